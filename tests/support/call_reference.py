"""What a warrant on a party of calls must deliver of a capture, by tshark's reading: which SIP messages there are, whom they name and which
packets are media; and by the rules of RFC 3261 and RFC 3264, written a second time on purpose, which of them belong to the target.

- A communication is a Call-ID; a registration is a transaction, because a phone registers everybody under one Call-ID (RFC 3261 section
  10.2). It is the target's from the first message on that names the target where that is believed: To and the Request-URI always, From
  where the operator says so, P-Asserted-Identity of senders in the trust domain. Whom the called side's requests go to is what the caller
  says of himself: it counts where From does. What came before names nobody who is asked for: a tap
  that kept it would keep everybody's.
- A request to a contact is to whom a registrar's answer has registered there, until another answer says otherwise.
- Media are what goes from or to an endpoint that SDP of the call named, from then to the call's end. An endpoint that two calls name at
  a time counts for one of them only towards its other endpoints. What was on its way at the end is the call's for a second, unless
  another call names the endpoint.
"""

import functools
import ipaddress
import json
import re
import subprocess
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Iterable, NamedTuple, Optional

from support.capture_file import Frame
from support.oracle_levels import ALL, levels_of
from support.tshark_count import dissect
from support.tshark_rows import rows, tshark

MEDIA = {"rtp", "rtcp", "t38", "srtp", "stun", "zrtp", "dtls"}
FIELDS = {"to": "sip.to.addr", "request-uri": "sip.r-uri", "from": "sip.from.addr", "asserted": "sip.pai.addr"}
CALLED = {"to", "request-uri"}  # whoever writes them
DOCUMENTATION = [ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")]
GRACE_US = 1_000_000
RETRIES = {401, 407, 413, 415, 416, 420, 421, 422, 494}  # behind which the caller may try again, as behind a redirection

Endpoint = tuple[str, int]


class Message(NamedTuple):
    frame: int
    at_us: int
    octets: bytes
    ends: tuple[Endpoint, Endpoint]
    names: dict[str, set[str]]  # selectors, by the field: "to", "request-uri", "from", "asserted"

    def named(self, believed: Iterable[str]) -> set[str]:
        return set().union(*(self.names[name] for name in believed))


class MediaPacket(NamedTuple):
    frame: int
    at_us: int
    ends: tuple[Endpoint, Endpoint]
    packet: bytes


def selectors_of(uri: str) -> set[str]:
    """As warrants name who the URI is: under a plan in which bare numbers are international."""
    scheme, _, rest = uri.strip().partition(":")
    if scheme.lower() == "tel":
        number, *params = rest.split(";")
        return _number(number, params)
    user, at, host = rest.partition("@")
    if scheme.lower() not in ("sip", "sips") or not at:
        return set()
    user, *params = user.split(";")
    host = host.split(";")[0].split(":")[0].lower()
    found = _number(user, params) if user[-1:].isdigit() else set()
    return found | ({f"sip-uri:{user}@{host}"} if re.fullmatch(r"[a-z0-9.-]+", host) else set())


def _number(text: str, params: list[str]) -> set[str]:
    """Contexts in these captures are places, of which nothing global follows."""
    digits = re.sub(r"[-.()]", "", text.removeprefix("+"))
    local = not text.startswith("+") and any(param.startswith("phone-context=") for param in params)
    return {f"tel-uri:+{digits}"} if re.fullmatch(r"[0-9]{1,15}", digits) and not local else set()


@functools.lru_cache(maxsize=None)
def field(octets: bytes, *names: str) -> str:
    """The first header line of one of the names."""
    head = re.split(rb"\r?\n\r?\n", octets, maxsplit=1)[0]
    found = re.search(rb"^(?:" + "|".join(names).encode() + rb")[ \t]*:[ \t]*(.*?)\r?$", head, re.I | re.M)
    return found.group(1).decode(errors="replace") if found else ""


@functools.lru_cache(maxsize=None)
def communication_of(octets: bytes) -> tuple[str, str]:
    cseq = field(octets, "CSeq")
    return field(octets, "Call-ID", "i"), cseq if cseq.endswith("REGISTER") else ""


def _values(node, key: str) -> list[str]:
    """Of a key anywhere in a tree of tshark's."""
    if isinstance(node, list):
        return [value for one in node for value in _values(one, key)]
    if not isinstance(node, dict):
        return []
    own = node.get(key, [])
    return (own if isinstance(own, list) else [own]) + [value for name, one in node.items() if not name.endswith("_raw")
                                                        for value in _values(one, key)]


def messages_of(path, frames: list[Frame]) -> list[Message]:
    """Every SIP message that tshark finds, put together of fragments and segments."""
    command = [tshark(), "-n", "-r", str(path), "-Y", "sip", "-T", "json", "-x", "--no-duplicate-keys", "-J", "frame ip ipv6 udp tcp sip"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, timeout=300)
    found = []
    for one in json.loads(done.stdout):
        layers = one["_source"]["layers"]
        raw, sip = layers["sip_raw"], layers["sip"]
        pairs = zip(raw, sip) if isinstance(sip, list) else [(raw, sip)]
        ends = tuple(_end(layers, *sides) for sides in (("src", "srcport"), ("dst", "dstport")))
        for (octets, *_), tree in pairs:
            names = {name: _named(tree, key) for name, key in FIELDS.items()}
            number = int(layers["frame"]["frame.number"])
            found.append(Message(number, frames[number - 1].timestamp_us, bytes.fromhex(octets), ends, names))
    return found


def _end(layers: dict, address: str, port: str) -> Endpoint:
    """Of the innermost levels."""
    network, transport = "ipv6" if "ipv6" in layers else "ip", "tcp" if "tcp" in layers else "udp"
    return (str(ipaddress.ip_address(_values(layers[network], f"{network}.{address}")[-1])),
            int(_values(layers[transport], f"{transport}.{port}")[-1]))


def _named(tree, key: str) -> set[str]:
    return {selector for uri in _values(tree, key) for selector in selectors_of(uri)}


def media_of(path, frames: list[Frame]) -> list[MediaPacket]:
    """Every datagram that tshark takes for media because a description said so, on whichever level it is."""
    with ThreadPoolExecutor(1) as beside:
        ports = beside.submit(lambda: list(rows(path, ("udp.srcport", "udp.dstport"), "a")))
        dissected = dissect(path)
    found = []
    for number, (frame, (sources, destinations)) in enumerate(zip(dissected, ports.result()), 1):
        names = frame.protocols.split(":")
        if not MEDIA & set(names) or {"icmp", "icmpv6"} & set(names):
            continue
        _, source, destination = frame.levels[-1]
        ends = ((source, int(sources.split(",")[-1])), (destination, int(destinations.split(",")[-1])))
        captured = frames[number - 1]
        view = levels_of(captured.octets, ALL).views[len(frame.levels) - 1]
        found.append(MediaPacket(number, captured.timestamp_us, ends, view.packet))
    return found


@functools.lru_cache(maxsize=None)
def endpoints_of(octets: bytes) -> frozenset[Endpoint]:
    """Where the description in a message says that media may go."""
    body = re.split(rb"\r?\n\r?\n", octets, maxsplit=1)
    if len(body) < 2 or not body[1].startswith(b"v=0"):
        return frozenset()
    session, *sections = re.split(r"^m=", body[1].decode(errors="replace"), flags=re.M)
    found = set()
    for section in sections:
        host = re.search(r"^c=IN IP[46] (\S+)", section, re.M) or re.search(r"^c=IN IP[46] (\S+)", session, re.M)
        port, protocol = int(section.split()[1]), section.split()[2]
        if host is None or port == 0:
            continue
        address = str(ipaddress.ip_address(host.group(1)))
        found.add((address, port))
        if "RTP" in protocol:
            rtcp = re.search(r"^a=rtcp:(\d+)", section, re.M)
            found.add((address, int(rtcp.group(1)) if rtcp else port + 1))
    return frozenset(found)


class _Call:
    def __init__(self):
        self.of_target = False
        self.caller = ""  # the tag; "": its INVITE did not pass
        self.endpoints: set[Endpoint] = set()
        self.branches: dict[str, bool] = {}  # of INVITEs; whether they had their last answer
        self.answered = False
        self.over_us: Optional[int] = None

    @property
    def over(self) -> bool:
        return self.over_us is not None

    def hear(self, message: Message) -> None:
        start, branch = message.octets.lstrip().split(b"\r\n")[0].decode(errors="replace"), field(message.octets, "Via", "v")
        method = field(message.octets, "CSeq").split()[-1:]
        branch = re.search(r"branch=([^;,\s]+)", branch).group(1) if "branch=" in branch else ""
        status = int(start.split()[1]) if start.startswith("SIP/2.0 ") else None
        if status is None and method == ["INVITE"]:
            opens = "tag=" not in field(message.octets, "To", "t")
            if self.over and opens and branch not in self.branches:
                self.__init__()
            if opens and not self.branches:
                self.caller = tag_of(field(message.octets, "From", "f"))
            self.branches.setdefault(branch, False)
        if not self.over:
            self.endpoints |= endpoints_of(message.octets)
        if status is not None and status >= 200 and not self.over and self._ends_with(status, method, branch):
            self.over_us = message.at_us

    def _ends_with(self, status: int, method: list[str], branch: str) -> bool:
        if method != ["INVITE"]:
            return method == ["BYE"] and status < 300
        self.branches[branch] = True
        self.answered = self.answered or status < 300
        may_retry = status in RETRIES or 300 <= status < 400
        return not self.answered and not may_retry and all(self.branches.values())


    def is_callers_word(self, message: Message) -> bool:
        """Whom the message goes to."""
        if "tag=" not in field(message.octets, "To", "t"):
            return False
        if self.caller:
            return tag_of(field(message.octets, "From", "f")) != self.caller
        return field(message.octets, "CSeq").endswith(" NOTIFY")


def tag_of(value: str) -> str:
    found = re.search(r";\s*tag=([^;,\s]+)", value)
    return found.group(1) if found else ""


class _Contacts:
    """Who is registered where."""

    def __init__(self):
        self._of: dict[str, tuple[set[tuple], set[str]]] = {}  # contacts and selectors, by address of record

    def hear(self, message: Message) -> None:
        if not message.octets.startswith(b"SIP/2.0 2") or not field(message.octets, "CSeq").endswith("REGISTER"):
            return
        default = field(message.octets, "Expires")
        contacts = re.findall(r"<([^>]+)>([^,]*)", field(message.octets, "Contact", "m"))
        lasting = {contact(uri) for uri, params in contacts if (re.findall(r";expires=(\d+)", params) or [default])[0] != "0"}
        others = re.findall(r"<([^>]+)>", field(message.octets, "P-Associated-URI"))
        names = message.named({"to"}).union(*map(selectors_of, others))
        self._of[field(message.octets, "To", "t").split(";tag=")[0]] = (lasting, names)

    def named(self, message: Message) -> set[str]:
        words = message.octets.split(b"\r\n")[0].decode(errors="replace").split(" ")
        if len(words) != 3 or words[0] == "SIP/2.0" or not words[1].startswith("sip"):
            return set()
        place = contact(words[1])
        if is_of_many(place[1]):
            return set()
        return set().union(*(names for contacts, names in self._of.values() if place in contacts))


def is_of_many(host: str) -> bool:
    """An address that other networks have, too."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return not address.is_global and not any(address in network for network in DOCUMENTATION)


def contact(uri: str) -> tuple[str, str, str]:
    """One phone's are user, host and port."""
    user, _, host = uri.partition(":")[2].rpartition("@")
    found = re.match(r"(\[[^]]*\]|[^:;?]*)(?::(\d+))?", host)
    return user.split(";")[0], found.group(1).lower(), found.group(2) or "5060"


class Expected(NamedTuple):
    messages: list[Message]
    packets: list[MediaPacket]


def expected(messages: Iterable[Message], media: Iterable[MediaPacket], targets: set[str], believed: set[str]) -> Expected:
    """Of one capture. `believed`: of "from" and "asserted" those that are."""
    calls: dict[tuple[str, str], _Call] = defaultdict(_Call)
    found, contacts = Expected([], []), _Contacts()
    for one in sorted([*messages, *media], key=lambda one: one.frame):
        if isinstance(one, MediaPacket):
            if any(call.of_target and _carries(call, one, calls.values()) for call in calls.values()):
                found.packets.append(one)
            continue
        call = calls[communication_of(one.octets)]
        was_target = call.of_target
        call.hear(one)
        contacts.hear(one)
        named = one.named(believed)
        if "from" in believed or not call.is_callers_word(one):
            named |= one.named(CALLED) | contacts.named(one)
        call.of_target = was_target or bool(named & targets)
        if call.of_target:
            found.messages.append(one)
    return found


def _carries(call: _Call, packet: MediaPacket, calls: Iterable[_Call]) -> bool:
    def is_shared(end: Endpoint) -> bool:
        return any(other is not call and not other.over and end in other.endpoints for other in calls)
    if call.over and packet.at_us - call.over_us >= GRACE_US:
        return False
    own = [end for end in packet.ends if end in call.endpoints]
    return (len(own) == 2 and not call.over) or any(not is_shared(end) for end in own)

"""The sessions of a capture by tshark's reading of it: who had which addresses, from which frame to which. RADIUS accounting, DHCPv4,
DHCPv6 and PPPoE, each by the messages that give and take by its RFC. No code of the product's, and none of its memory's bounds."""

import ipaddress
from pathlib import Path
from typing import Iterable, NamedTuple, Optional

from support.tshark_rows import rows_of_each


class Found(NamedTuple):
    protocol: str
    name: str       # octets in hexadecimal
    addresses: str  # all that it ever had, with their lengths, sorted
    begun: int      # frames
    ended: int      # 0: it goes on


class Ledger:
    """Open sessions by what their protocol knows them by. An address has one session; who has lost all has ended."""

    def __init__(self, protocol: str):
        self.protocol = protocol
        self.open: dict[tuple, dict] = {}
        self.found: list[Found] = []

    def begin(self, key: tuple, frame: int) -> dict:
        return self.open.setdefault(key, {"name": "", "begun": frame, "ever": set(), "now": set()})

    def give(self, key: tuple, addresses: Iterable[str], frame: int, *, instead: bool) -> None:
        session, addresses = self.begin(key, frame), set(addresses)
        for other in [one for one in self.open if one != key and self.open[one]["now"] & addresses]:
            self.take(other, addresses, frame)
        session["now"] = addresses if instead else session["now"] | addresses
        session["ever"] |= addresses

    def take(self, key: tuple, addresses: set[str], frame: int) -> None:
        self.open[key]["now"] -= addresses
        if not self.open[key]["now"]:
            self.end(key, frame)

    def end(self, key: tuple, frame: int) -> None:
        session = self.open.pop(key, None)
        if session:
            self.found.append(self._found(session, frame))

    def holder(self, address: str) -> Optional[tuple]:
        return next((key for key, session in self.open.items() if address in session["now"]), None)

    def all(self) -> list[Found]:
        return self.found + [self._found(session, 0) for session in self.open.values()]

    def _found(self, session: dict, frame: int) -> Found:
        return Found(self.protocol, session["name"], ",".join(sorted(session["ever"])), session["begun"], frame)


Frames = list[tuple[int, dict[str, list[str]]]]  # with their numbers: the values of each field


def _first(values: list[str], otherwise: str = "") -> str:
    return values[0] if values else otherwise


def _host(text: str) -> str:
    address = ipaddress.ip_address(text)
    return f"{address}/{address.max_prefixlen}"


def _ends(frame: dict[str, list[str]]) -> tuple[str, str]:
    """The innermost addresses."""
    sources, targets = frame["ip.src"] or frame["ipv6.src"], frame["ip.dst"] or frame["ipv6.dst"]
    return (sources[-1], targets[-1]) if sources and targets else ("", "")


IP = ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst")


# --- RADIUS (RFC 2866): Start, Interim, Stop; and a login that names its session ---

RADIUS = (*IP, "udp.srcport", "udp.dstport", "radius.code", "radius.id", "radius.Acct_Status_Type", "radius.Acct_Session_Id",
          "radius.User_Name", "radius.NAS_IP_Address", "radius.NAS_Identifier", "radius.Framed-IP-Address",
          "radius.Framed_IPv6_Prefix", "radius.Delegated_IPv6_Prefix", "radius.Framed_IPv6_Address")
NO_ADDRESS = {"0.0.0.0", "255.255.255.255", "255.255.255.254"}
ASKS, ANSWERS = {"1", "4"}, {"2", "3", "5", "11"}


def _radius_prefix(value: str) -> str:
    octets = bytes.fromhex(value)
    return str(ipaddress.ip_network((octets[2:].ljust(16, b"\0"), octets[1]), strict=False))


def _radius_addresses(frame: dict[str, list[str]]) -> list[str]:
    addresses = [_host(text) for text in frame["radius.Framed-IP-Address"] if text not in NO_ADDRESS][:1]
    prefixes = frame["radius.Framed_IPv6_Prefix"] + frame["radius.Delegated_IPv6_Prefix"]
    return addresses + [_radius_prefix(value) for value in prefixes] + [_host(text) for text in frame["radius.Framed_IPv6_Address"]]


class Radius:
    SHOWN, FIELDS = "radius && udp", RADIUS

    def __init__(self, frames: Frames):
        self.parties: set[str] = set()
        self.ledger = Ledger("radius")
        self.asked: dict[tuple, dict] = {}
        self.stopped: set[tuple] = set()
        for number, frame in frames:
            self._party(frame)
            self._message(number, frame)

    def _party(self, frame) -> None:
        source, target = _ends(frame)
        from_client = (_first(frame["radius.code"]) in ASKS) or _first(frame["radius.code"]) in ("41", "42", "44", "45")
        client, server = (source, target) if from_client else (target, source)
        self.parties |= {f"radius-client {client}", f"radius-server {server}"}

    def _message(self, number: int, frame) -> None:
        code, (source, target) = _first(frame["radius.code"]), _ends(frame)
        asked_by = (source, target, _first(frame["udp.srcport"]), _first(frame["radius.id"]))
        if code in ASKS:
            self.asked[asked_by] = {**frame, "source": source}
        if code == "4":
            self._account(number, frame, source)
        if code == "2":
            asked = self.asked.pop((target, source, _first(frame["udp.dstport"]), _first(frame["radius.id"])), None)
            if asked and asked["radius.Acct_Session_Id"]:
                self._name(self.ledger.begin(self._key(asked, asked["source"]), number), asked)

    @staticmethod
    def _key(frame, source: str) -> tuple:
        nas = _first(frame["radius.NAS_IP_Address"]) or _first(frame["radius.NAS_Identifier"]) or source
        return (nas, _first(frame["radius.Acct_Session_Id"]))

    @staticmethod
    def _name(session: dict, frame) -> None:
        if frame["radius.User_Name"]:
            session["name"] = ",".join(frame["radius.User_Name"]).encode().hex()

    def _account(self, number: int, frame, source: str) -> None:
        status, key = _first(frame["radius.Acct_Status_Type"]), self._key(frame, source)
        if status not in ("1", "2", "3") or not key[1]:
            return
        if status == "2":
            self.stopped.add(key)
            if key in self.ledger.open:
                self._name(self.ledger.open[key], frame)
            self.ledger.end(key, number)
        elif key not in self.stopped:
            self._name(self.ledger.begin(key, number), frame)
            if _radius_addresses(frame):
                self.ledger.give(key, _radius_addresses(frame), number, instead=True)


# --- DHCPv4 (RFC 2131): an ACK to a REQUEST gives; RELEASE, DECLINE and NAK take ---

DHCP4 = (*IP, "dhcp.type", "dhcp.option.dhcp", "dhcp.id", "dhcp.hw.mac_addr", "dhcp.ip.client", "dhcp.ip.your", "dhcp.ip.relay",
         "dhcp.option.dhcp_server_id", "dhcp.option.requested_ip_address", "dhcp.option.agent_information_option.agent_circuit_id",
         "dhcp.option.agent_information_option.agent_remote_id", "dhcp.client_id", "dhcp.option.type")
NOBODY = "0.0.0.0"


class Dhcp4:
    SHOWN, FIELDS = "dhcp && ip && udp", DHCP4

    def __init__(self, frames: Frames):
        self.parties: set[str] = set()
        self.ledger = Ledger("dhcp4")
        self.asked: dict[tuple, dict] = {}
        for number, frame in frames:
            self._party(frame)
            kind = _first(frame["dhcp.option.dhcp"])
            client = (_first(frame["dhcp.id"]), _first(frame["dhcp.hw.mac_addr"]))
            if kind == "3" or (kind == "1" and "80" in frame["dhcp.option.type"]):
                self.asked[client] = {**self.asked.get(client, {}), **{name: value for name, value in frame.items() if value}}
            elif kind == "5" and client in self.asked and _first(frame["dhcp.ip.your"], NOBODY) != NOBODY:
                self._acknowledge(number, frame, self.asked[client])
            elif kind in ("4", "6", "7"):
                self._take(number, frame, kind, self.asked.get(client))

    def _party(self, frame) -> None:
        source, relay = _ends(frame)[0], _first(frame["dhcp.ip.relay"], NOBODY)
        if _first(frame["dhcp.type"]) == "2":
            self.parties |= {f"dhcp4-server {one}" for one in [source, *frame["dhcp.option.dhcp_server_id"]]}
        elif relay != NOBODY:
            self.parties.add(f"dhcp4-relay {source}")
        if relay != NOBODY:
            self.parties.add(f"dhcp4-relay {relay}")

    def _acknowledge(self, number: int, frame, asked) -> None:
        mac, address = _first(frame["dhcp.hw.mac_addr"]).replace(":", ""), _host(_first(frame["dhcp.ip.your"]))
        holder = self.ledger.holder(address)
        line = "dhcp.option.agent_information_option.agent_circuit_id"
        own = (mac, _first(asked.get("dhcp.ip.relay", []), NOBODY), _first(asked.get(line, [])))
        key = holder if holder and holder[0] == mac else own
        self.ledger.give(key, [address], number, instead=True)
        self.ledger.open[key]["name"] = mac

    def _take(self, number: int, frame, kind: str, asked) -> None:
        named = {"4": frame["dhcp.option.requested_ip_address"], "7": frame["dhcp.ip.client"]}.get(kind)
        if kind == "6" and asked:
            renewed = [one for one in asked.get("dhcp.ip.client", []) if one != NOBODY]
            named = renewed or asked.get("dhcp.option.requested_ip_address")
        holder = self.ledger.holder(_host(_first(named, NOBODY))) if named else None
        if holder and holder[0] == _first(frame["dhcp.hw.mac_addr"]).replace(":", ""):
            self.ledger.end(holder, number)


# --- DHCPv6 (RFC 8415): a REPLY to REQUEST, RENEW or REBIND gives; RELEASE and DECLINE take ---

DHCP6 = (*IP, "dhcpv6.msgtype", "dhcpv6.xid", "dhcpv6.option.type", "dhcpv6.duid.bytes", "dhcpv6.linkaddr", "dhcpv6.interface_id",
         "dhcpv6.iaaddr.ip", "dhcpv6.iaaddr.valid_lifetime", "dhcpv6.iaprefix.pref_addr", "dhcpv6.iaprefix.pref_len",
         "dhcpv6.iaprefix.valid_lifetime")
DUIDS = ("1", "2", "53")  # options with one
RAPID = "14"


def _client_duid(frame) -> str:
    kinds = [kind for kind in frame["dhcpv6.option.type"] if kind in DUIDS]
    return next((duid.replace(":", "") for kind, duid in zip(kinds, frame["dhcpv6.duid.bytes"]) if kind == "1"), "")


def _leases(frame) -> dict[str, int]:
    """Addresses and prefixes with their valid lifetimes."""
    leases = {_host(text): int(valid) for text, valid in zip(frame["dhcpv6.iaaddr.ip"], frame["dhcpv6.iaaddr.valid_lifetime"])}
    for text, bits, valid in zip(frame["dhcpv6.iaprefix.pref_addr"], frame["dhcpv6.iaprefix.pref_len"],
                                 frame["dhcpv6.iaprefix.valid_lifetime"]):
        leases[str(ipaddress.ip_network(f"{text}/{bits}", strict=False))] = int(valid)
    return {text: valid for text, valid in leases.items() if not text.startswith("::")}


class Dhcp6:
    SHOWN, FIELDS = "dhcpv6 && udp", DHCP6

    def __init__(self, frames: Frames):
        self.parties: set[str] = set()
        self.ledger = Ledger("dhcp6")
        self.asked: dict[tuple, tuple] = {}
        for number, frame in frames:
            types, (source, target) = frame["dhcpv6.msgtype"], _ends(frame)
            if not types or not source:
                continue
            if types[0] == "12":
                self.parties.add(f"dhcp6-relay {source}")
            if types[0] == "13":
                self.parties |= {f"dhcp6-relay {target}", f"dhcp6-server {source}"}
            kind, duid = types[-1], _client_duid(frame)
            if kind in ("2", "7"):
                self.parties.add(f"dhcp6-server {source}")
            self._message(number, frame, kind, (_first(frame["dhcpv6.xid"]), duid))

    def _message(self, number: int, frame, kind: str, client: tuple) -> None:
        line = (_first(frame["dhcpv6.linkaddr"]), _first(frame["dhcpv6.interface_id"]))
        if kind in ("3", "5", "6") or (kind == "1" and RAPID in frame["dhcpv6.option.type"]):
            self.asked[client] = (kind, line)
        elif kind == "7" and client in self.asked and client[1]:
            asked, asked_line = self.asked[client]
            if asked != "1" or RAPID in frame["dhcpv6.option.type"]:
                self._reply(number, frame, client[1], asked_line)
        elif kind in ("8", "9"):
            for address in _leases(frame):
                holder = self.ledger.holder(address)
                if holder and holder[0] == client[1]:
                    self.ledger.take(holder, set(_leases(frame)), number)

    def _reply(self, number: int, frame, duid: str, line: tuple) -> None:
        given = [address for address, valid in _leases(frame).items() if valid]
        holders = [self.ledger.holder(address) for address in given]
        key = next((holder for holder in holders if holder and holder[0] == duid), (duid, line))
        if given:
            self.ledger.give(key, given, number, instead=False)
            self.ledger.open[key]["name"] = duid
        for address in [address for address, valid in _leases(frame).items() if not valid]:
            if self.ledger.holder(address) == key:
                self.ledger.take(key, {address}, number)


# --- PPPoE (RFC 2516, 1661, 1332): PADS begins, PADT and LCP's Terminate end; what the concentrator acknowledges is so ---

PPPOE = ("eth.src", "eth.dst", "pppoe.code", "pppoe.session_id", "pppoed.tags", "ppp.protocol", "ppp.code", "pap.code", "pap.peer_id",
         "chap.code", "chap.name", "ipcp.opt.ip_address")
PADO, PADS, PADT = "0x07", "0x65", "0xa7"
LCP, PAP, CHAP, IPCP = "0xc021", "0xc023", "0xc223", "0x8021"
ERRORS = {"0x0201", "0x0202", "0x0203"}


class Pppoe:
    SHOWN, FIELDS = "pppoed || pppoes", PPPOE

    def __init__(self, frames: Frames):
        self.concentrators = {_first(frame["eth.src"]) for _, frame in frames if _first(frame["pppoe.code"]) in (PADO, PADS)}
        self.parties = {f"concentrator {mac}" for mac in self.concentrators}
        self.ledger = Ledger("pppoe")
        self.tried: dict[tuple, str] = {}
        for number, frame in frames:
            from_concentrator = _first(frame["eth.src"]) in self.concentrators
            client = _first(frame["eth.dst"] if from_concentrator else frame["eth.src"]).replace(":", "")
            key = (client, _first(frame["pppoe.session_id"]))
            code = _first(frame["pppoe.code"])
            if code == PADS and from_concentrator and int(key[1], 16) and not ERRORS & set(frame["pppoed.tags"]):
                self.ledger.begin(key, number)["name"] = f"{client}/"
            elif code == PADT:
                self.ledger.end(key, number)
            elif frame["ppp.protocol"]:
                self._negotiate(number, frame, key, from_concentrator)

    def _negotiate(self, number: int, frame, key: tuple, from_concentrator: bool) -> None:
        protocol, code = frame["ppp.protocol"][0], _first(frame["ppp.code"])
        if protocol == LCP and from_concentrator and code in ("5", "6"):
            self.ledger.end(key, number)
        if not from_concentrator and protocol in (PAP, CHAP) and (frame["pap.peer_id"] or frame["chap.name"]):
            self.tried[key] = _first(frame["pap.peer_id"] or frame["chap.name"])
        accepted = (protocol == PAP and _first(frame["pap.code"]) == "2") or (protocol == CHAP and _first(frame["chap.code"]) == "3")
        if accepted and from_concentrator and key in self.ledger.open and key in self.tried:
            self.ledger.open[key]["name"] = f"{key[0]}/{self.tried[key].encode().hex()}"
        if protocol == IPCP and from_concentrator and code == "2" and frame["ipcp.opt.ip_address"]:
            session = self.ledger.begin(key, number)
            session["name"] = session["name"] or f"{key[0]}/"
            self.ledger.give(key, [_host(frame["ipcp.opt.ip_address"][0])], number, instead=True)


READERS = {"radius": Radius, "dhcp": Dhcp4, "dhcpv6": Dhcp6, "pppoe": Pppoe}


def readings(protocol: str, paths: Iterable[Path]) -> dict[Path, Radius | Dhcp4 | Dhcp6 | Pppoe]:
    """Each capture's frames of that protocol, as its reader reads them; those that tshark finds malformed are nobody's word."""
    reader = READERS[protocol]
    options = ("-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-Y", f"({reader.SHOWN}) && !_ws.malformed && !_ws.short")
    return {path: reader([(number, {name: text.split(",") if text else [] for name, text in zip(reader.FIELDS, values)})
                          for number, values in those]) for path, those in rows_of_each(paths, reader.FIELDS, "a", *options).items()}

"""A second opinion on the oracle's count, from tshark: which IP levels the frames of a capture have, in whatever
encapsulation; and the frames whose outermost level, under nothing but Ethernet, SNAP and VLAN tags, is the targets'."""

import ipaddress
import shutil
import subprocess
from typing import Iterable, NamedTuple, Optional

from support.oracle import Target

ADDRESSES = ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst")
FIELDS = ("frame.number", "frame.protocols", *ADDRESSES)
CONTEXT = ("vxlan.vni", "geneve.vni", "mpls.label")
# What quotes packets instead of carrying them.
QUOTES = {"icmp", "icmpv6"}
LINK_LEVELS = {"eth", "ethertype", "vlan", "ieee8021ad", "ieee8021ah", "llc", "sll"}


class Dissected(NamedTuple):
    """One frame: its IP levels from the outside in, and how many of them stand under Ethernet and tags alone."""
    protocols: str
    levels: list[tuple[int, str, str]]  # version, source, destination
    visible: int
    vnis: set[int]
    label: Optional[int]                # the bottom one of the last stack

    @property
    def addresses(self) -> set[tuple[int, str]]:
        return {(version, address) for version, *pair in self.levels for address in pair}


def tshark() -> Optional[str]:
    return shutil.which("tshark")


def rows(path, fields: tuple[str, ...], occurrence: str, *options: str) -> Iterable[list[str]]:
    """The fields of each frame; `occurrence` "a" gives all values of one, with commas, "f" the first."""
    command = [tshark(), "-n", "-r", str(path), *options, "-T", "fields", "-E", f"occurrence={occurrence}", "-E", "separator=/t"]
    for field in fields:
        command += ["-e", field]
    # Exit status 2 is a capture that is cut off in the middle of a packet; what was read before counts.
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=300)
    for line in done.stdout.splitlines():
        yield (line.split("\t") + [""] * len(fields))[:len(fields)]


def dissect(path) -> list[Dissected]:
    """Every frame of a capture. Fragments stay what they are: what a later one carries is nobody's yet."""
    options = ("-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE")
    return [_dissected(*row) for row in rows(path, ("frame.protocols", *ADDRESSES, *CONTEXT), "a", *options)]


def _dissected(protocols: str, *values: str) -> Dissected:
    *addresses, vxlan, geneve, labels = [value.split(",") if value else [] for value in values]
    columns = {"ip": list(zip(*addresses[:2])), "ipv6": list(zip(*addresses[2:]))}
    levels, visible, hidden = [], 0, False
    for name in protocols.split(":"):
        if name in QUOTES:
            break
        if name in columns and columns[name]:
            levels.append((4 if name == "ip" else 6, *(str(ipaddress.ip_address(text)) for text in columns[name].pop(0))))
            visible += not hidden
        hidden |= name not in LINK_LEVELS
    vnis = {int(text, 0) for text in vxlan + geneve}
    return Dissected(protocols, levels, visible, vnis, int(labels[-1], 0) if labels else None)


class Packet(NamedTuple):
    """A frame whose outermost level is IP under Ethernet and tags alone. `datagram` names what it is a fragment of."""
    number: int
    version: int
    source: str
    destination: str
    protocol: int
    datagram: Optional[tuple]
    offset: int
    ports: Optional[tuple[int, int]]


FRAGMENT_FIELDS = ("ip.src", "ip.dst", "ip.proto", "ip.id", "ip.flags.mf", "ip.frag_offset", "ipv6.src", "ipv6.dst", "ipv6.nxt",
                   "ipv6.fraghdr.ident", "ipv6.fraghdr.nxt", "ipv6.fraghdr.more", "ipv6.fraghdr.offset")
PORT_FIELDS = tuple(f"{name}.{side}port" for name in ("tcp", "udp", "sctp") for side in ("src", "dst"))


def packets_of(path) -> list[Packet]:
    """The packets of a capture, none put together of its fragments."""
    options = ("-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE")
    fields = ("frame.number", "frame.protocols", *FRAGMENT_FIELDS, *PORT_FIELDS)
    packets = []
    for number, protocols, *values in rows(path, fields, "f", *options):
        version = _outermost(protocols)
        if version is None:
            continue
        texts = dict(zip(FRAGMENT_FIELDS + PORT_FIELDS, values))
        read = _packet_ipv4 if version == 4 else _packet_ipv6
        packets.append(read(int(number), texts, _ports(texts, protocols)))
    return packets


def _ports(texts: dict[str, str], protocols: str) -> Optional[tuple[int, int]]:
    """Of the outermost level: what stands behind a second IP header or in a quotation is somebody else's."""
    names = protocols.split(":")
    level = next(at for at, name in enumerate(names) if name in ("ip", "ipv6"))
    for name in names[level + 1:]:
        if name in QUOTES or name in ("ip", "ipv6"):
            return None
        if name in ("tcp", "udp", "sctp") and texts[f"{name}.srcport"]:
            return int(texts[f"{name}.srcport"]), int(texts[f"{name}.dstport"])
    return None


def _packet_ipv4(number: int, texts: dict[str, str], ports: Optional[tuple[int, int]]) -> Packet:
    ends, protocol = (texts["ip.src"], texts["ip.dst"]), int(texts["ip.proto"], 0)
    offset = int(texts["ip.frag_offset"], 0)
    more = texts["ip.flags.mf"] in ("1", "True")
    datagram = (4, *ends, protocol, int(texts["ip.id"], 0)) if more or offset else None
    return Packet(number, 4, *ends, protocol, datagram, offset, ports)


def _packet_ipv6(number: int, texts: dict[str, str], ports: Optional[tuple[int, int]]) -> Packet:
    ends = tuple(str(ipaddress.ip_address(texts[f"ipv6.{side}"])) for side in ("src", "dst"))
    protocol = next((value for name, value in (("tcp", 6), ("udp", 17), ("sctp", 132)) if ports and texts[f"{name}.srcport"]),
                    int(texts["ipv6.nxt"], 0))
    offset = int(texts["ipv6.fraghdr.offset"] or "0", 0)
    more = texts["ipv6.fraghdr.more"] in ("1", "True")
    datagram = (6, *ends, int(texts["ipv6.fraghdr.ident"], 0)) if more or offset else None
    return Packet(number, 6, *ends, protocol, datagram, offset, ports)


def matching_frames(path, selectors: Iterable[str]) -> set[int]:
    """Numbers, from 1, of the frames that match."""
    targets = [Target(selector) for selector in selectors]
    matching = set()
    for number, protocols, *addresses in rows(path, FIELDS, "f"):
        version = _outermost(protocols)
        pair = {4: addresses[:2], 6: addresses[2:]}.get(version, [])
        if any(_covered(targets, version, text) for text in pair):
            matching.add(int(number))
    return matching


def _outermost(protocols: str) -> Optional[int]:
    """4 or 6 where the first level above the link is IP."""
    for name in protocols.split(":"):
        if name == "ip":
            return 4
        if name == "ipv6":
            return 6
        if name not in LINK_LEVELS:
            return None
    return None


def _covered(targets: list[Target], version: int, text: str) -> bool:
    return bool(text) and any(target.covers(version, int(ipaddress.ip_address(text))) for target in targets)

"""A second opinion on the oracle's count, from tshark: which IP levels the frames of a capture have, in whatever
encapsulation; and the frames whose outermost level, under nothing but Ethernet, SNAP and VLAN tags, is the targets'."""

import ipaddress
from pathlib import Path
from typing import Iterable, NamedTuple, Optional

from support.oracle import Target
from support.tshark_rows import rows, rows_of_each

ADDRESSES = ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst")
FIELDS = ("frame.protocols", *ADDRESSES)
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


def packets_of(paths: Iterable[Path]) -> dict[Path, list[Packet]]:
    """The packets of each capture, none put together of its fragments."""
    options = ("-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE")
    found = rows_of_each(paths, ("frame.protocols", *FRAGMENT_FIELDS, *PORT_FIELDS), "f", *options)
    return {path: [packet for number, values in those if (packet := _packet(number, *values))] for path, those in found.items()}


def _packet(number: int, protocols: str, *values: str) -> Optional[Packet]:
    version = _outermost(protocols)
    if version is None:
        return None
    texts = dict(zip(FRAGMENT_FIELDS + PORT_FIELDS, values))
    read = _packet_ipv4 if version == 4 else _packet_ipv6
    return read(number, texts, _ports(texts, protocols))


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


def matching_frames(selectors: dict[Path, list[str]]) -> dict[Path, set[int]]:
    """Numbers, from 1, of the frames that match; of each capture with its own selectors."""
    found = rows_of_each(selectors, FIELDS, "f")
    targets = {path: [Target(selector) for selector in those] for path, those in selectors.items()}
    return {path: {number for number, values in those if _matches(targets[path], *values)} for path, those in found.items()}


def _matches(targets: list[Target], protocols: str, *addresses: str) -> bool:
    version = _outermost(protocols)
    pair = {4: addresses[:2], 6: addresses[2:]}.get(version, ())
    return any(_covered(targets, version, text) for text in pair)


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

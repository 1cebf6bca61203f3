"""What a warrant on addresses must deliver of a capture: an independent count, in plain Python.

The rules are the appliance's promises, written a second time on purpose. It takes the outermost IP level under Ethernet,
802.3 SNAP and up to four VLAN tags; cuts padding by the IP length; and counts what cannot be classified by reason.
"""

import ipaddress
import struct
from collections import Counter
from typing import Iterable, NamedTuple, Optional

from support.capture_file import LINK_ETHERNET, Frame

TAG_TYPES = {0x8100, 0x88A8, 0x9100}
TAGS_MAX = 4
ETHERTYPE_IPV4 = 0x0800
ETHERTYPE_IPV6 = 0x86DD
SNAP_HEADER = b"\xaa\xaa\x03\x00\x00\x00"

FROM_TARGET, TO_TARGET, INDETERMINATE = 0, 1, 2


class View(NamedTuple):
    """The IP level of a frame: what is delivered where it matches."""
    version: int
    source: int
    destination: int
    packet: bytes
    whole: int               # octets that the IP header claims
    vlans: tuple[int, ...]


class Expected(NamedTuple):
    timestamp_us: int
    direction: int
    packet: bytes


class Target:
    """"ipv4:192.0.2.7", "ipv6:2001:db8::/32", as a warrant spells it."""

    def __init__(self, selector: str):
        kind, _, value = selector.partition(":")
        network = ipaddress.ip_network(value, strict=False)
        if kind != f"ipv{network.version}":
            raise ValueError(selector)
        self.version = network.version
        bits = network.max_prefixlen
        self.shift = bits - network.prefixlen
        self.key = int(network.network_address) >> self.shift

    def covers(self, version: int, address: int) -> bool:
        return version == self.version and address >> self.shift == self.key


def view_of(octets: bytes) -> tuple[Optional[View], Optional[str]]:
    """(the view, None), or (None, the reason of the drop), or (None, None) where the frame carries no IP here."""
    if len(octets) < 14:
        return None, "truncated"
    kind, at, vlans = int.from_bytes(octets[12:14], "big"), 14, []
    while kind in TAG_TYPES:
        if len(vlans) == TAGS_MAX:
            return None, "too_many_tags"
        if len(octets) < at + 4:
            return None, "truncated"
        tag, kind = struct.unpack_from(">HH", octets, at)
        vlans.append(tag & 0x0FFF)
        at += 4
    if kind <= 1500 and octets[at:at + 6] == SNAP_HEADER and len(octets) >= at + 8:
        kind = int.from_bytes(octets[at + 6:at + 8], "big")
        at += 8
    if kind == ETHERTYPE_IPV4:
        return _ipv4(octets[at:], tuple(vlans))
    if kind == ETHERTYPE_IPV6:
        return _ipv6(octets[at:], tuple(vlans))
    return None, None


def _ipv4(octets: bytes, vlans: tuple[int, ...]) -> tuple[Optional[View], Optional[str]]:
    if octets and octets[0] >> 4 != 4:
        return None, "bad_version"
    if len(octets) < 20:
        return None, "truncated"
    header = (octets[0] & 15) * 4
    if header < 20:
        return None, "bad_header_length"
    total = int.from_bytes(octets[2:4], "big")
    if total == 0:  # segmentation off-load leaves it to the card
        total = len(octets)
    elif total < header:
        return None, "bad_total_length"
    source, destination = struct.unpack_from(">II", octets, 12)
    return View(4, source, destination, octets[:total], total, vlans), None


def _ipv6(octets: bytes, vlans: tuple[int, ...]) -> tuple[Optional[View], Optional[str]]:
    if octets and octets[0] >> 4 != 6:
        return None, "bad_version"
    if len(octets) < 40:
        return None, "truncated"
    length = int.from_bytes(octets[4:6], "big")
    if length == 0 and octets[6] == 0:
        length = _jumbo_length(octets) or 0
    source = int.from_bytes(octets[8:24], "big")
    destination = int.from_bytes(octets[24:40], "big")
    return View(6, source, destination, octets[:40 + length], 40 + length, vlans), None


def _jumbo_length(octets: bytes) -> Optional[int]:
    """The jumbo payload option of the hop-by-hop header (RFC 2675), where it is captured whole."""
    if len(octets) < 42:
        return None
    end = min(len(octets), 40 + 8 * (octets[41] + 1))
    at = 42
    while at + 2 <= end:
        if octets[at] == 0:  # Pad1
            at += 1
            continue
        if octets[at] == 0xC2 and octets[at + 1] == 4 and at + 6 <= end:
            return int.from_bytes(octets[at + 2:at + 6], "big")
        at += 2 + octets[at + 1]
    return None


def direction_of(view: View, targets: list[Target]) -> Optional[int]:
    source = any(target.covers(view.version, view.source) for target in targets)
    destination = any(target.covers(view.version, view.destination) for target in targets)
    if source and destination:
        return INDETERMINATE
    if source:
        return FROM_TARGET
    return TO_TARGET if destination else None


class Reading(NamedTuple):
    """What a capture holds for a list of targets."""
    received: int
    expected: list[Expected]
    unmatched: int
    drops: Counter
    truncated: int  # matched, but shorter than their IP length


def read_expected(frames: Iterable[Frame], selectors: Iterable[str]) -> Reading:
    targets = [Target(selector) for selector in selectors]
    expected, drops = [], Counter()
    received = unmatched = truncated = 0
    for frame in frames:
        if frame.link_type != LINK_ETHERNET:
            raise ValueError(f"link type {frame.link_type} is not Ethernet")
        received += 1
        view, reason = view_of(frame.octets)
        if reason:
            drops[reason] += 1
            continue
        direction = direction_of(view, targets) if view else None
        if direction is None:
            unmatched += 1
            continue
        truncated += len(view.packet) < view.whole
        expected.append(Expected(frame.timestamp_us, direction, view.packet))
    return Reading(received, expected, unmatched, drops, truncated)


def choose_targets(frames: Iterable[Frame]) -> list[str]:
    """The most frequent IPv4 source, the /24 of the most frequent source outside of it, and the most frequent IPv6 source."""
    sources = {4: Counter(), 6: Counter()}
    for frame in frames:
        view, _ = view_of(frame.octets) if frame.link_type == LINK_ETHERNET else (None, None)
        if view:
            sources[view.version][view.source] += 1
    chosen = []
    ranked = [address for address, _ in sources[4].most_common()]
    if ranked:
        chosen.append(f"ipv4:{ipaddress.IPv4Address(ranked[0])}")
        others = [address for address in ranked if address >> 8 != ranked[0] >> 8]
        if others:
            chosen.append(f"ipv4:{ipaddress.IPv4Address(others[0] >> 8 << 8)}/24")
    if sources[6]:
        chosen.append(f"ipv6:{ipaddress.IPv6Address(sources[6].most_common(1)[0][0])}")
    return chosen

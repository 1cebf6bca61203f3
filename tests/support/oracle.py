"""What a warrant on addresses must deliver of a capture: an independent count, in plain Python.

The rules are the appliance's promises, written a second time on purpose. Of the levels that `oracle_levels` finds it takes
the outermost that matches, cuts padding by the IP length, and counts what cannot be classified by reason.
"""

import ipaddress
from collections import Counter
from typing import Iterable, NamedTuple, Optional

from support.capture_file import LINK_ETHERNET, Frame
from support.oracle_levels import ALL, NONE, View, levels_of

FROM_TARGET, TO_TARGET, INDETERMINATE = 0, 1, 2


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
    """Of the outermost level, with nothing trusted: (the view, None), or (None, the reason of the drop), or (None, None)
    where the frame carries no IP here."""
    levels = levels_of(octets)
    return (levels.views[0] if levels.views else None), levels.drop


def direction_of(view: View, targets: list[Target]) -> Optional[int]:
    source = any(target.covers(view.version, view.source) for target in targets)
    destination = any(target.covers(view.version, view.destination) for target in targets)
    if source and destination:
        return INDETERMINATE
    if source:
        return FROM_TARGET
    return TO_TARGET if destination else None


def matching_view(views: Iterable[View], targets: list[Target]) -> tuple[Optional[View], Optional[int]]:
    """The outermost level that matches, and its direction."""
    for view in views:
        direction = direction_of(view, targets)
        if direction is not None:
            return view, direction
    return None, None


class Reading(NamedTuple):
    """What a capture holds for a list of targets."""
    received: int
    expected: list[Expected]
    unmatched: int
    drops: Counter
    truncated: int      # matched, but shorter than their IP length
    inner_damaged: int
    too_deep: int


def read_expected(frames: Iterable[Frame], selectors: Iterable[str], trust: frozenset[str] = NONE) -> Reading:
    targets = [Target(selector) for selector in selectors]
    expected, drops, counts = [], Counter(), Counter()
    for frame in frames:
        if frame.link_type != LINK_ETHERNET:
            raise ValueError(f"link type {frame.link_type} is not Ethernet")
        levels = levels_of(frame.octets, trust)
        counts.update(received=1, damaged=levels.damaged, deep=levels.too_deep)
        if levels.drop:
            drops[levels.drop] += 1
            continue
        view, direction = matching_view(levels.views, targets)
        if view is None:
            counts["unmatched"] += 1
            continue
        counts["truncated"] += len(view.packet) < view.whole
        expected.append(Expected(frame.timestamp_us, direction, view.packet))
    return Reading(counts["received"], expected, counts["unmatched"], drops, counts["truncated"], counts["damaged"],
                   counts["deep"])


def choose_targets(frames: Iterable[Frame]) -> list[str]:
    """The most frequent outermost IPv4 source, the /24 of the most frequent one outside of it, the most frequent IPv6 source,
    and the most frequent source inside of encapsulations."""
    sources, inner = {4: Counter(), 6: Counter()}, Counter()
    for frame in frames:
        views = levels_of(frame.octets, ALL).views if frame.link_type == LINK_ETHERNET else []
        if views:
            sources[views[0].version][views[0].source] += 1
        inner.update((view.version, view.source) for view in views[1:])
    chosen = []
    ranked = [address for address, _ in sources[4].most_common()]
    if ranked:
        chosen.append(host(4, ranked[0]))
        others = [address for address in ranked if address >> 8 != ranked[0] >> 8]
        if others:
            chosen.append(f"ipv4:{ipaddress.IPv4Address(others[0] >> 8 << 8)}/24")
    if sources[6]:
        chosen.append(host(6, sources[6].most_common(1)[0][0]))
    chosen += [host(*inner.most_common(1)[0][0])] if inner else []
    return list(dict.fromkeys(chosen))


def host(version: int, address: int) -> str:
    return f"ipv{version}:{ipaddress.IPv4Address(address) if version == 4 else ipaddress.IPv6Address(address)}"

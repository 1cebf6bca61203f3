"""The proof: the content that the agency received against the target's packets in the capture, read and matched by the tests'
oracle, which shares no code with the appliance."""

import hashlib
import itertools
import sys
from pathlib import Path
from typing import Iterator, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests"))

from support.capture_file import read_capture  # noqa: E402
from support.oracle import ALL, Target, levels_of, matching_view  # noqa: E402

# Reading in Python costs some ten microseconds a packet; above this the sums must do.
PACKETS_MAX = 1_000_000


class Comparison(NamedTuple):
    expected: int
    delivered: int
    expected_sha256: str
    delivered_sha256: str
    first_difference: str  # empty: none


def _expected(capture: Path, selectors: list[str]) -> Iterator[tuple[int, bytes]]:
    """(time stamp, packet from its IP header on) of each packet of the targets, in whatever encapsulation."""
    targets = [Target(selector) for selector in selectors]
    for frame in read_capture(capture):
        view, _ = matching_view(levels_of(frame.octets, ALL).views, targets)
        if view:
            yield frame.timestamp_us, view.packet


def _delivered(content: Path) -> Iterator[tuple[int, bytes]]:
    for frame in read_capture(content):
        yield frame.timestamp_us, frame.octets


def can_compare(packets: int) -> str:
    """Why not, or an empty text."""
    return f"more than {PACKETS_MAX:,} packets" if packets > PACKETS_MAX else ""


def compare(capture: Path, selectors: list[str], content: Path) -> Comparison:
    """Packet by packet: the same time stamps and octets, in the same order."""
    sums = hashlib.sha256(), hashlib.sha256()
    counts, difference = [0, 0], ""
    for number, pair in enumerate(itertools.zip_longest(_expected(capture, selectors), _delivered(content)), 1):
        for side, packet in enumerate(pair):
            if packet is not None:
                counts[side] += 1
                sums[side].update(packet[0].to_bytes(8, "big", signed=True) + packet[1])
        if pair[0] != pair[1] and not difference:
            difference = f"packet {number} of the targets: {_describe(pair[0])} in the capture, {_describe(pair[1])} delivered"
    return Comparison(counts[0], counts[1], sums[0].hexdigest(), sums[1].hexdigest(), difference)


def _describe(packet) -> str:
    return "nothing" if packet is None else f"{len(packet[1])} octets at {packet[0]} us"

"""IP packets in captures of link types other than Ethernet: an own reading to hold `lictor-capture adapt` against."""

from typing import Iterator, Optional

from support.capture_file import Frame
from support.oracle import view_of

NULL, RAW, SLL, SLL2, LOOP, IPV4, IPV6 = 0, 101, 113, 276, 108, 228, 229
ETHERTYPES = (0x0800, 0x86DD)


def ip_of(frame: Frame) -> Optional[bytes]:
    """The octets from the IP header on; None where the frame carries none, or in a way that is not looked into."""
    octets = frame.octets
    if frame.link_type in (NULL, LOOP) and len(octets) > 4:
        family = int.from_bytes(octets[:4], "little"), int.from_bytes(octets[:4], "big")
        return octets[4:] if 2 in family or {24, 28, 30} & set(family) else None
    if frame.link_type == SLL and len(octets) >= 16:
        return octets[16:] if int.from_bytes(octets[14:16], "big") in ETHERTYPES else None
    if frame.link_type == SLL2 and len(octets) >= 20:
        return octets[20:] if int.from_bytes(octets[:2], "big") in ETHERTYPES else None
    if frame.link_type in (RAW, IPV4, IPV6):
        return octets or None
    return None


def views(frames: Iterator[Frame]) -> list[tuple[int, bytes]]:
    """(time stamp, IP packet) of each frame that classifies, cut as the oracle cuts."""
    found = []
    for frame in frames:
        octets = ip_of(frame)
        if not octets:
            continue
        # Under an Ethernet header of the version's type, the oracle's own rules apply.
        kind = b"\x86\xdd" if octets[0] >> 4 == 6 else b"\x08\x00"
        view, _ = view_of(bytes(12) + kind + octets)
        if view:
            found.append((frame.timestamp_us, view.packet))
    return found

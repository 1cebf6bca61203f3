"""IP packets in captures of link types other than Ethernet: an own reading to hold `lictor-capture adapt` against."""

from typing import Iterable, Optional

from support.capture_file import Frame
from support.oracle import view_of

NULL, PPP, RAW, LOOP, SLL, IPV4, IPV6, SLL2 = 0, 9, 101, 108, 113, 228, 229, 276
RAW_OF_HOSTS = (12, 14)  # what operating systems call it, and some wrote into files
TYPE_OF_VERSION = {4: 0x0800, 6: 0x86DD}
FAMILIES = {2: 0x0800, 24: 0x86DD, 28: 0x86DD, 30: 0x86DD}  # AF_INET, and the BSDs' AF_INET6
PPP_PROTOCOLS = {0x0021: 0x0800, 0x0057: 0x86DD}


def payload_of(frame: Frame) -> Optional[tuple[int, bytes]]:
    """(EtherType, octets behind the link header); None where the frame carries nothing with an EtherType."""
    octets = frame.octets
    if frame.link_type in (NULL, LOOP) and len(octets) >= 4:
        families = int.from_bytes(octets[:4], "little"), int.from_bytes(octets[:4], "big")
        kind = next((FAMILIES[family] for family in families if family in FAMILIES), None)
        return (kind, octets[4:]) if kind else None
    if frame.link_type == SLL and len(octets) >= 16:
        return int.from_bytes(octets[14:16], "big"), octets[16:]
    if frame.link_type == SLL2 and len(octets) >= 20:
        return int.from_bytes(octets[:2], "big"), octets[20:]
    if frame.link_type == PPP and len(octets) >= 4:
        octets = octets.removeprefix(b"\xff\x03")
        kind = PPP_PROTOCOLS.get(int.from_bytes(octets[:2], "big"))
        return (kind, octets[2:]) if kind else None
    if frame.link_type in (RAW, *RAW_OF_HOSTS, IPV4, IPV6) and octets:
        return TYPE_OF_VERSION.get(octets[0] >> 4, 0x0800), octets
    return None


def views(frames: Iterable[Frame]) -> list[tuple[int, bytes]]:
    """(time stamp, IP packet) of each frame that classifies. Behind an Ethernet header the oracle's own rules apply."""
    found = []
    for frame in frames:
        payload = payload_of(frame)
        if payload and payload[0] > 1500:
            view, _ = view_of(bytes(12) + payload[0].to_bytes(2, "big") + payload[1])
            if view:
                found.append((frame.timestamp_us, view.packet))
    return found

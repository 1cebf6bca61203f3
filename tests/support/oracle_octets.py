"""What the oracle recognises without being told: Ethernet, PPP and IP by their first octets; and how it reads integers."""

import struct
from typing import Optional

TAG_TYPES = {0x8100, 0x88A8, 0x9100}
TAGS_MAX = 4
ETHERTYPE_IPV4 = 0x0800
ETHERTYPE_IPV6 = 0x86DD
ETHERTYPE_NSH = 0x894F
ETHERTYPE_PPPOE = 0x8864
ETHERTYPES_MPLS = {0x8847, 0x8848}
SNAP_HEADER = b"\xaa\xaa\x03\x00\x00\x00"
NEXT_HEADERS = {0, 4, 6, 17, 41, 43, 44, 47, 50, 51, 58, 59, 60, 115, 132, 135, 137}  # what is sent in IPv6 under labels


def integer(octets: bytes, at: int, size: int) -> int:
    return int.from_bytes(octets[at:at + size], "big")


def leads_to_ip(octets: bytes) -> bool:
    """Ethernet behind which, over tags, stands what may carry IP."""
    kind, at = integer(octets, 12, 2), 14
    for _ in range(TAGS_MAX):
        if kind in TAG_TYPES and len(octets) >= at + 4:
            kind, at = integer(octets, at + 2, 2), at + 4
    if len(octets) < at:
        return False
    if kind <= 1500:
        kind = integer(octets, at + 6, 2) if octets[at:at + 6] == SNAP_HEADER and len(octets) >= at + 8 else 0
        at += 8
    if kind in ETHERTYPES_MPLS or kind == ETHERTYPE_PPPOE:
        return True
    first = octets[at] if len(octets) > at else 0
    return (kind == ETHERTYPE_IPV4 and 0x45 <= first <= 0x4F) or (kind == ETHERTYPE_IPV6 and first >> 4 == 6)


def ppp_protocol(octets: bytes) -> Optional[tuple[int, bytes]]:
    octets = octets.removeprefix(b"\xff\x03")
    size = 1 if octets and octets[0] & 1 else 2
    return (integer(octets, 0, size), octets[size:]) if len(octets) >= size else None


def is_ppp_with_ip(octets: bytes) -> bool:
    protocol, rest = ppp_protocol(octets) or (0, b"")
    return bool(rest) and ((protocol == 0x21 and 0x45 <= rest[0] <= 0x4F) or (protocol == 0x57 and rest[0] >> 4 == 6))


def is_surely_ipv4(octets: bytes) -> bool:
    size = (octets[0] & 15) * 4
    if octets[0] >> 4 != 4 or size < 20 or len(octets) < size or len(octets) < integer(octets, 2, 2):
        return False
    total = sum(struct.unpack(f">{size // 2}H", octets[:size]))
    return total > 0 and total % 0xFFFF == 0


def is_surely_ipv6(octets: bytes) -> bool:
    whole = 40 + integer(octets, 4, 2)
    fits = len(octets) >= 40 and whole <= len(octets) <= whole + 4
    return fits and octets[0] >> 4 == 6 and octets[6] in NEXT_HEADERS


def jumbo_length(octets: bytes) -> int:
    """The jumbo payload option of the hop-by-hop header (RFC 2675), where it is captured whole."""
    if len(octets) < 42:
        return 0
    end = min(len(octets), 40 + 8 * (octets[41] + 1))
    at = 42
    while at + 2 <= end:
        if octets[at] == 0:  # Pad1
            at += 1
            continue
        if octets[at] == 0xC2 and octets[at + 1] == 4 and at + 6 <= end:
            return integer(octets, at + 2, 4)
        at += 2 + octets[at + 1]
    return 0

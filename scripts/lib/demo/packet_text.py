"""One line about an IP packet, for people."""

import ipaddress

PROTOCOLS = {1: "ICMP", 6: "TCP", 17: "UDP", 47: "GRE", 50: "ESP", 58: "ICMPv6", 132: "SCTP"}
WITH_PORTS = (6, 17, 132)
EXTENSION_HEADERS = (0, 43, 60)


def _level(packet: bytes) -> tuple[str, str, int, int, bool]:
    """(source, destination, protocol, offset of the payload, whether the payload starts with the transport's header)."""
    if packet[0] >> 4 == 4:
        fragment = int.from_bytes(packet[6:8], "big") & 0x1FFF
        return (str(ipaddress.IPv4Address(packet[12:16])), str(ipaddress.IPv4Address(packet[16:20])), packet[9],
                (packet[0] & 15) * 4, fragment == 0)
    protocol, at, first = packet[6], 40, True
    while (protocol in EXTENSION_HEADERS or protocol == 44) and at + 8 <= len(packet):
        if protocol == 44:  # fragment header: always eight octets
            first, length = int.from_bytes(packet[at + 2:at + 4], "big") & 0xFFF8 == 0, 8
        else:
            length = 8 * (packet[at + 1] + 1)
        protocol, at = packet[at], at + length
    return str(ipaddress.IPv6Address(packet[8:24])), str(ipaddress.IPv6Address(packet[24:40])), protocol, at, first


def describe(packet: bytes) -> str:
    """"TCP 192.0.2.77:49152 > 198.51.100.9:443"."""
    if len(packet) < (20 if packet[:1] and packet[0] >> 4 == 4 else 40):
        return "cut off inside its header"
    source, destination, protocol, at, first = _level(packet)
    name = PROTOCOLS.get(protocol, f"protocol {protocol}")
    if not first:
        return f"{name} fragment {source} > {destination}"
    if protocol in WITH_PORTS and len(packet) >= at + 4:
        pattern = "[{}]:{}" if packet[0] >> 4 == 6 else "{}:{}"
        source = pattern.format(source, int.from_bytes(packet[at:at + 2], "big"))
        destination = pattern.format(destination, int.from_bytes(packet[at + 2:at + 4], "big"))
    return f"{name} {source} > {destination}"

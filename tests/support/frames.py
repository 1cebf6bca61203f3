"""Builds Ethernet frames with IPv4 or IPv6 and UDP inside, and pcap files of them: what tests send and replay."""

import ipaddress
import struct
from typing import Iterable

TARGET_MAC = bytes.fromhex("02000000000a")
OTHER_MAC = bytes.fromhex("02000000000b")


def checksum(octets: bytes) -> int:
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


FROM_PORT = 40000  # of udp_packet


def udp_packet(source: str, destination: str, payload: bytes, identification: int = 0) -> bytes:
    """An IP packet, version 4 or 6 as the addresses are, with UDP from port 40000 to port 9."""
    first, second = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    udp = struct.pack(">HHHH", FROM_PORT, 9, 8 + len(payload), 0)
    pseudo = first.packed + second.packed + struct.pack(">IHBB", 8 + len(payload), 0, 0, 17)
    udp = udp[:6] + struct.pack(">H", checksum(pseudo + udp + payload) or 0xFFFF)
    body = udp + payload
    if first.version == 6:
        return struct.pack(">IHBB", 6 << 28, len(body), 17, 64) + first.packed + second.packed + body
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), identification & 0xFFFF, 0, 64, 17, 0)
    header += first.packed + second.packed
    return header[:10] + struct.pack(">H", checksum(header)) + header[12:] + body


def fragments_of(packet: bytes, identification: int, size: int) -> list[bytes]:
    """The packet in fragments of `size` octets of payload each."""
    ipv6 = packet[0] >> 4 == 6
    header, body = packet[:40 if ipv6 else 20], packet[40 if ipv6 else 20:]
    parts = []
    for at in range(0, len(body), size):
        piece, more = body[at:at + size], at + size < len(body)
        if ipv6:
            piece = struct.pack(">BBHI", header[6], 0, at | more, identification) + piece
            parts.append(header[:4] + struct.pack(">HB", len(piece), 44) + header[7:] + piece)
        else:
            fields = struct.pack(">HHH", 20 + len(piece), identification, (0x2000 if more else 0) | at // 8)
            parts.append(header[:2] + fields + header[8:10] + b"\0\0" + header[12:] + piece)
    return parts


def tcp_packet(source: str, destination: str, sequence: int, payload: bytes, ports: tuple[int, int] = (40000, 80),
               flags: int = 0x18, identification: int = 0, ttl: int = 64) -> bytes:
    """An IPv4 packet with a TCP segment."""
    ends = ipaddress.ip_address(source).packed + ipaddress.ip_address(destination).packed
    tcp = struct.pack(">HHIIBBHHH", *ports, sequence & 0xFFFFFFFF, 1, 0x50, flags, 65535, 0, 0)
    pseudo = ends + struct.pack(">BBH", 0, 6, len(tcp) + len(payload))
    tcp = tcp[:16] + struct.pack(">H", checksum(pseudo + tcp + payload)) + tcp[18:]
    header = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(payload), identification & 0xFFFF, 0, ttl, 6, 0) + ends
    return header[:10] + struct.pack(">H", checksum(header)) + header[12:] + tcp + payload


def ethernet(packet: bytes, vlans: Iterable[int] = ()) -> bytes:
    tags = b"".join(struct.pack(">HH", 0x8100, vlan) for vlan in vlans)
    kind = 0x86DD if packet[0] >> 4 == 6 else 0x0800
    frame = TARGET_MAC + OTHER_MAC + tags + struct.pack(">H", kind) + packet
    return frame.ljust(60, b"\0")  # Ethernet's minimum without its check sequence: padding that must not be delivered


def write_pcap(path, frames: Iterable[bytes], first_us: int = 1_700_000_000_000_000, step_us: int = 1000) -> int:
    """A microsecond pcap with a frame every `step_us`; answers how many."""
    count = 0
    with open(path, "wb") as stream:
        stream.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for count, frame in enumerate(frames, 1):
            at = first_us + (count - 1) * step_us
            stream.write(struct.pack("<IIII", at // 1_000_000, at % 1_000_000, len(frame), len(frame)))
            stream.write(frame)
    return count


def conversation(target: str, peer: str, count: int, payload_bytes: int = 100) -> list[bytes]:
    """`count` numbered packets between target and peer, every other one to the target, and as many of strangers."""
    stranger = "198.51.100.200" if ":" not in target else "2001:db8:ffff::200"
    frames = []
    for number in range(count):
        ends = (target, peer) if number % 2 == 0 else (peer, target)
        payload = struct.pack(">Q", number).ljust(payload_bytes, b"x")
        frames.append(ethernet(udp_packet(*ends, payload, number)))
        frames.append(ethernet(udp_packet(stranger, peer, payload, number)))
    return frames

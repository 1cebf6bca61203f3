"""What really passed a tapped wire: every frame with the kernel's time, in the order in which the port gets them, and what of it
is signalling. The yardstick of tests in which real programs speak; shares nothing with the appliance."""

import ipaddress
import socket
import struct
from typing import NamedTuple, Optional

from support.network import VethPair, in_namespace, packet_socket

ETH_P_ALL = 3
SO_RCVBUFFORCE, SO_TIMESTAMPNS = 33, 35
SOL_PACKET, PACKET_STATISTICS = 263, 6
BUFFER_BYTES = 128 << 20
UDP = 17


class Seen(NamedTuple):
    time_ns: int
    packet: bytes  # the IP packet; empty where the frame has none


def _packet_in(frame: bytes) -> bytes:
    """Without Ethernet's padding."""
    kind = frame[12:14]
    if kind == b"\x08\x00":
        return frame[14:14 + struct.unpack_from(">H", frame, 16)[0]]
    return frame[14:54 + struct.unpack_from(">H", frame, 18)[0]] if kind == b"\x86\xdd" else b""


def _datagram_in(packet: bytes) -> Optional[tuple[int, int, bytes]]:
    """(source port, destination port, octets) of UDP right behind the IP header."""
    if not packet:
        return None
    header, protocol = (40, packet[6]) if packet[0] >> 4 == 6 else (4 * (packet[0] & 15), packet[9])
    if protocol != UDP or len(packet) < header + 8:
        return None
    return (*struct.unpack_from(">HH", packet, header), packet[header + 8:])


def _value_in(octets: bytes, wanted: int, is_radius: bool) -> Optional[bytes]:
    """Of a RADIUS attribute, whose length counts its own header, or of a DHCPv4 option."""
    at = 0
    while at + 2 <= len(octets) and octets[at] != 255:
        if not is_radius and octets[at] == 0:
            at += 1
            continue
        length = octets[at + 1] - (2 if is_radius else 0)
        if octets[at] == wanted:
            return octets[at + 2:at + 2 + length]
        at += 2 + length
    return None


def word_of(packet: bytes) -> str:
    """What a message of signalling says: "access 2", "accounting start", "dhcp4 5", "dhcp6 7"; else nothing."""
    datagram = _datagram_in(packet)
    if datagram is None:
        return ""
    ports, octets = set(datagram[:2]), datagram[2]
    if 1812 in ports:
        return f"access {octets[0]}"
    if 1813 in ports:
        status = _value_in(octets[20:], 40, True)
        names = {1: "start", 2: "stop", 3: "interim"}
        return f"accounting {names[status[3]]}" if octets[0] == 4 and status else f"accounting {octets[0]}"
    if ports & {67, 68}:
        return f"dhcp4 {(_value_in(octets[240:], 53, False) or bytes(1))[0]}"
    if ports & {546, 547}:
        return f"dhcp6 {octets[0]}"
    return ""


class WireReference:
    """Listens where the frames go to the port. Nothing reads while they pass: the socket's buffer has room for a test."""

    def __init__(self, pair: VethPair):
        self.link = in_namespace(pair.namespace, lambda: packet_socket(pair.far, ETH_P_ALL))
        self.link.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
        self.link.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.link.setblocking(False)
        self._seen: list[Seen] = []

    def seen(self) -> list[Seen]:
        """All that passed so far."""
        while True:
            try:
                frame, control, _, sender = self.link.recvmsg(65536, 64)
            except BlockingIOError:
                return self._seen
            if sender[2] != socket.PACKET_OUTGOING:
                continue
            seconds, nanoseconds = struct.unpack("qq", control[0][2])
            self._seen.append(Seen(seconds * 1_000_000_000 + nanoseconds, _packet_in(frame)))

    def lost(self) -> int:
        return struct.unpack("II", self.link.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]

    def words(self) -> list[tuple[int, str]]:
        """(place, word) of every message of signalling."""
        found = [(place, word_of(one.packet)) for place, one in enumerate(self.seen())]
        return [(place, word) for place, word in found if word]

    def place(self, word: str, which: int = 0) -> int:
        """Of the message that says it; of several the first, or the one that is asked for."""
        return [place for place, said in self.words() if said == word][which]

    def close(self) -> None:
        self.link.close()


class Addresses:
    """Those of a subscriber."""

    def __init__(self, *prefixes: str):
        self.networks = [ipaddress.ip_network(prefix) for prefix in prefixes]
        self._known: dict[bytes, bool] = {}

    def concern(self, packet: bytes) -> bool:
        """Whether it is from or to one of them."""
        if not packet:
            return False
        at, length = (8, 16) if packet[0] >> 4 == 6 else (12, 4)
        return self._has(packet[at:at + length]) or self._has(packet[at + length:at + 2 * length])

    def _has(self, end: bytes) -> bool:
        if end not in self._known:
            self._known[end] = any(ipaddress.ip_address(end) in network for network in self.networks)
        return self._known[end]

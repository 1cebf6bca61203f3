"""A subscriber's and a concentrator's ends of PPPoE, as state machines: frames in, frames out. Written from RFC 2516, RFC 1661,
RFC 1334 and RFC 1332, with nothing of the appliance."""

import ipaddress
import struct
from typing import Optional

DISCOVERY, SESSION = 0x8863, 0x8864
PADI, PADO, PADR, PADS, PADT = 0x09, 0x07, 0x19, 0x65, 0xA7
SERVICE_NAME, AC_NAME, HOST_UNIQ, VENDOR = 0x0101, 0x0102, 0x0103, 0x0105
IP, LCP, PAP, IPCP = 0x0021, 0xC021, 0xC023, 0x8021
REQUEST, ACK, NAK = 1, 2, 3
MRU, AUTHENTICATION, MAGIC, IP_ADDRESS = 1, 3, 5, 3
EVERYBODY = b"\xff" * 6
ACCESS_NODES = struct.pack(">I", 3561)  # of the Broadband Forum, whose tag access nodes put in
ETHERNET_BYTES, PPPOE_BYTES = 14, 6


def tag(kind: int, value: bytes) -> bytes:
    return struct.pack(">HH", kind, len(value)) + value


def option(kind: int, value: bytes) -> bytes:
    return struct.pack(">BB", kind, 2 + len(value)) + value


def frame(source: bytes, destination: bytes, ethertype: int, code: int, session: int, inside: bytes) -> bytes:
    head = struct.pack(">HBBHH", ethertype, 0x11, code, session, len(inside))
    return (destination + source + head + inside).ljust(60, b"\0")


class End:
    """What both ends share: of a frame its fields, and messages of PPP."""

    def __init__(self, mac: bytes):
        self.mac = mac

    def take(self, received: bytes) -> list[bytes]:
        """What it answers; nothing to what is not for it."""
        if received[:6] not in (self.mac, EVERYBODY) or received[6:12] == self.mac:
            return []
        ethertype, _, code, session, length = struct.unpack_from(">HBBHH", received, 12)
        inside = received[ETHERNET_BYTES + PPPOE_BYTES:][:length]
        if ethertype == DISCOVERY:
            return self.discovered(code, session, inside, received[6:12])
        protocol, = struct.unpack_from(">H", inside)
        if protocol == IP:
            return []
        kind, identifier, size = struct.unpack_from(">BBH", inside, 2)
        return self.negotiated(session, protocol, kind, identifier, inside[6:2 + size], received[6:12])

    def discovered(self, code: int, session: int, tags: bytes, peer: bytes) -> list[bytes]:
        raise NotImplementedError

    def negotiated(self, session: int, protocol: int, kind: int, identifier: int, data: bytes, peer: bytes) -> list[bytes]:
        raise NotImplementedError

    def say(self, peer: bytes, session: int, protocol: int, kind: int, identifier: int, data: bytes) -> bytes:
        message = struct.pack(">HBBH", protocol, kind, identifier, 4 + len(data)) + data
        return frame(self.mac, peer, SESSION, 0, session, message)

    def carry(self, peer: bytes, session: int, packet: bytes) -> bytes:
        return frame(self.mac, peer, SESSION, 0, session, struct.pack(">H", IP) + packet)


class Subscriber(End):
    """Dials, logs in by PAP and takes the address that it is given."""

    def __init__(self, mac: bytes, user: str, password: str, line: str = ""):
        super().__init__(mac)
        self.login = b"".join(struct.pack(">B", len(word)) + word.encode() for word in (user, password))
        # What an access node on the way puts in.
        self.line = tag(VENDOR, ACCESS_NODES + option_of_node(1, line)) if line else b""
        self.session, self.peer, self.address = 0, b"", None

    def dial(self) -> bytes:
        return frame(self.mac, EVERYBODY, DISCOVERY, PADI, 0, tag(SERVICE_NAME, b"") + tag(HOST_UNIQ, b"me") + self.line)

    def hang_up(self) -> bytes:
        self.address = None
        return frame(self.mac, self.peer, DISCOVERY, PADT, self.session, b"")

    def packet(self, packet: bytes) -> bytes:
        return self.carry(self.peer, self.session, packet)

    def discovered(self, code, session, tags, peer):
        if code == PADO:
            self.peer = peer
            return [frame(self.mac, peer, DISCOVERY, PADR, 0, tag(SERVICE_NAME, b"") + tag(HOST_UNIQ, b"me") + self.line)]
        if code == PADS:
            self.session = session
            return [self.say(peer, session, LCP, REQUEST, 1, option(MRU, struct.pack(">H", 1492)) + option(MAGIC, self.mac[-4:]))]
        if code == PADT:
            self.address = None
        return []

    def negotiated(self, session, protocol, kind, identifier, data, peer):
        if kind == REQUEST and protocol in (LCP, IPCP):
            return [self.say(peer, session, protocol, ACK, identifier, data)]
        if (protocol, kind) == (LCP, ACK):
            return [self.say(peer, session, PAP, REQUEST, 2, self.login)]
        if (protocol, kind) == (PAP, ACK):
            return [self.say(peer, session, IPCP, REQUEST, 3, option(IP_ADDRESS, bytes(4)))]
        if (protocol, kind) == (IPCP, NAK):
            return [self.say(peer, session, IPCP, REQUEST, 4, data)]
        if (protocol, kind) == (IPCP, ACK):
            self.address = str(ipaddress.ip_address(data[2:6]))
        return []


def option_of_node(kind: int, value: str) -> bytes:
    return struct.pack(">BB", kind, len(value)) + value.encode()


class Concentrator(End):
    """Lets in whom it knows, and gives each the address that it keeps for him: name -> (password, address)."""

    def __init__(self, mac: bytes, users: dict[str, tuple[str, str]]):
        super().__init__(mac)
        self.users = users
        self.sessions: dict[int, bytes] = {}
        self.given: dict[int, str] = {}

    def number_of(self, peer: bytes) -> int:
        return next(number for number, mac in self.sessions.items() if mac == peer)

    def packet(self, peer: bytes, packet: bytes) -> bytes:
        return self.carry(peer, self.number_of(peer), packet)

    def discovered(self, code, session, tags, peer):
        answer = tag(SERVICE_NAME, b"") + tag(AC_NAME, b"ac1") + tag(HOST_UNIQ, b"me")
        if code == PADI:
            return [frame(self.mac, peer, DISCOVERY, PADO, 0, answer)]
        if code == PADR:
            number = 0x100 + len(self.given) + len(self.sessions)
            self.sessions[number] = peer
            request = option(MRU, struct.pack(">H", 1492)) + option(AUTHENTICATION, struct.pack(">H", PAP))
            return [frame(self.mac, peer, DISCOVERY, PADS, number, answer), self.say(peer, number, LCP, REQUEST, 1, request)]
        if code == PADT:
            self.sessions.pop(session, None)
        return []

    def negotiated(self, session, protocol, kind, identifier, data, peer):
        if kind != REQUEST or self.sessions.get(session) != peer:
            return []
        if protocol == LCP:
            return [self.say(peer, session, LCP, ACK, identifier, data)]
        if protocol == PAP:
            address = self.address_of(data)
            if address is None:
                return [self.say(peer, session, PAP, NAK, identifier, b"\0")]
            self.given[session] = address
            own = option(IP_ADDRESS, ipaddress.ip_address("198.51.100.1").packed)
            return [self.say(peer, session, PAP, ACK, identifier, b"\0"), self.say(peer, session, IPCP, REQUEST, 9, own)]
        wanted = option(IP_ADDRESS, ipaddress.ip_address(self.given[session]).packed)
        return [self.say(peer, session, IPCP, ACK if data == wanted else NAK, identifier, wanted)]

    def address_of(self, login: bytes) -> Optional[str]:
        user = login[1:1 + login[0]].decode()
        password = login[2 + login[0]:2 + login[0] + login[1 + login[0]]].decode()
        known, address = self.users.get(user, (None, None))
        return address if known == password else None

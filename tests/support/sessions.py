"""One RADIUS server's signalling: what its access server says, the settings of a dataplane that listens, and the base of live tests of
both."""

from pathlib import Path

from support import radius
from support.dataplane import EAL
from support.frames import ethernet, udp_packet
from support.live import PEER, LiveTest
from support.network import Injector

ALICE, BOB = "alice@example.org", "bob@example.org"
ADDRESS, OTHER_ADDRESS = "192.0.2.7", "192.0.2.8"
SERVER, NAS, SECRET = "198.51.100.1", "203.0.113.5", b"a secret of tests"


def accounting(status: int, user: str, session: str, ip: str, source: str = NAS, secret: bytes = SECRET, more=(),
               server: str = SERVER, identifier: int = 0) -> bytes:
    """The frame of an access server's accounting message."""
    request = radius.accounting_request(identifier, radius.session(status, user, session, ip, more), secret)
    return ethernet(radius.datagram(source, 40001, server, 1813, request))


def lcores() -> dict:
    return {"lcores": {"rx": [1], "sessions": [3], "encoders": [2]}, "eal": EAL[:-1] + ["(0-3)@(0-1)"]}


def signalling(folder: Path, server: str = SERVER, **more) -> dict:
    """Settings of a dataplane that follows one RADIUS server's subscribers."""
    secret = folder / "radius-secret"
    secret.write_bytes(SECRET + b"\n")
    secret.chmod(0o600)
    return lcores() | {"signalling": {"sets": [{"name": "access", "radius": {"servers": [server], "clients": [
        {"addresses": "203.0.113.0/24", "secret": str(secret)}]}}], **more}}


def packets_of(contents: list) -> list[bytes]:
    return [one.packet for one in contents]


class LiveSessionsTest(LiveTest):
    def setUp(self) -> None:
        super().setUp()
        self.injector = Injector(self.pair)
        self.addCleanup(self.injector.close)

    def packets(self, first: int, count: int, ip: str = ADDRESS) -> list[bytes]:
        return [udp_packet(ip, PEER, f"packet {first + index}".encode()) for index in range(count)]

    def send(self, packets: list[bytes]) -> None:
        self.injector.send(*map(ethernet, packets))

    def heard(self, dataplane, messages: int) -> None:
        dataplane.wait_statistics(lambda now: now["sessions"]["messages_radius"] >= messages, "the messages are heard")

"""One RADIUS server's signalling: what its access server says, and the settings of a dataplane that listens."""

from pathlib import Path

from support import radius
from support.dataplane import EAL
from support.frames import ethernet

SERVER, NAS, SECRET = "198.51.100.1", "203.0.113.5", b"a secret of tests"


def accounting(status: int, user: str, session: str, ip: str, source: str = NAS, secret: bytes = SECRET, more=(),
               server: str = SERVER, identifier: int = 0) -> bytes:
    """The frame of an access server's accounting message."""
    request = radius.accounting_request(identifier, radius.session(status, user, session, ip, more), secret)
    return ethernet(radius.datagram(source, 40001, server, 1813, request))


def signalling(folder: Path, server: str = SERVER, **more) -> dict:
    """Settings of a dataplane that follows one RADIUS server's subscribers."""
    secret = folder / "radius-secret"
    secret.write_bytes(SECRET + b"\n")
    secret.chmod(0o600)
    return {"lcores": {"rx": [1], "sessions": [3], "encoders": [2]}, "eal": EAL[:-1] + ["(0-3)@(0-1)"],
            "signalling": {"sets": [{"name": "access", "radius": {"servers": [server], "clients": [
                {"addresses": "203.0.113.0/24", "secret": str(secret)}]}}], **more}}

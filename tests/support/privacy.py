"""Looks for planted identities where none may stand: logs, command lines, thread names, file names."""

import base64
import ipaddress
from pathlib import Path
from typing import Iterable


def spellings(secret: str) -> list[bytes]:
    """The ways in which a careless program would show it: as it is, as hex, as base64, as another form of the address."""
    found = {secret.encode(), secret.encode().hex().encode(), base64.b64encode(secret.encode())}
    try:
        address = ipaddress.ip_address(secret)
    except ValueError:
        return sorted(found)
    found |= {address.exploded.encode(), address.packed.hex().encode()}
    found.discard(b"")
    return sorted(found)


def traces_of(octets: bytes, secrets: Iterable[str]) -> list[str]:
    """Those of the secrets that the octets show."""
    return [secret for secret in secrets if any(_stands_alone(octets, form) for form in spellings(secret))]


def _stands_alone(octets: bytes, form: bytes) -> bool:
    """Whether `form` occurs and not as a piece of a longer word: 192.0.2.1 is not in 192.0.2.10."""
    at = octets.find(form)
    while at >= 0:
        before, after = octets[at - 1:at], octets[at + len(form):at + len(form) + 1]
        if not before.isalnum() and not after.isalnum() and before not in (b".", b":"):
            return True
        at = octets.find(form, at + 1)
    return False


def traces_in_logs(folder: Path, secrets: Iterable[str]) -> list[str]:
    """"log: secret" for every log in the folder, and "name: secret" for every file whose name shows one."""
    found = []
    for path in sorted(folder.rglob("*")):
        found += [f"the file name {path.name}: {secret}" for secret in traces_of(path.name.encode(), secrets)]
        if path.suffix == ".log":
            found += [f"{path.name}: {secret}" for secret in traces_of(path.read_bytes(), secrets)]
    return found


def traces_in_process(pid: int, secrets: Iterable[str]) -> list[str]:
    """The same for a running process: its arguments, its environment's names, its threads' names."""
    places = [Path(f"/proc/{pid}/cmdline"), Path(f"/proc/{pid}/comm"), *Path(f"/proc/{pid}/task").glob("*/comm")]
    return [f"{path}: {secret}" for path in places for secret in traces_of(path.read_bytes(), secrets)]

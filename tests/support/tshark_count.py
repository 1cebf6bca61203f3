"""A second opinion on the oracle's count, from tshark: the frames of a capture whose outermost IP level, under nothing but
Ethernet, SNAP and VLAN tags, has an address of the targets."""

import ipaddress
import shutil
import subprocess
from typing import Iterable, Optional

from support.oracle import Target

FIELDS = ("frame.number", "frame.protocols", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst")
LINK_LEVELS = {"eth", "ethertype", "vlan", "ieee8021ad", "ieee8021ah", "llc", "sll"}


def tshark() -> Optional[str]:
    return shutil.which("tshark")


def matching_frames(path, selectors: Iterable[str]) -> set[int]:
    """Numbers, from 1, of the frames that match."""
    targets = [Target(selector) for selector in selectors]
    command = [tshark(), "-n", "-r", str(path), "-T", "fields", "-E", "occurrence=f", "-E", "separator=/t"]
    for field in FIELDS:
        command += ["-e", field]
    # Exit status 2 is a capture that is cut off in the middle of a packet; what was read before counts.
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=300)
    matching = set()
    for line in done.stdout.splitlines():
        number, protocols, *addresses = (line.split("\t") + [""] * len(FIELDS))[:len(FIELDS)]
        version = _outermost(protocols)
        pair = {4: addresses[:2], 6: addresses[2:]}.get(version, [])
        if any(_covered(targets, version, text) for text in pair):
            matching.add(int(number))
    return matching


def _outermost(protocols: str) -> Optional[int]:
    """4 or 6 where the first level above the link is IP."""
    for name in protocols.split(":"):
        if name == "ip":
            return 4
        if name == "ipv6":
            return 6
        if name not in LINK_LEVELS:
            return None
    return None


def _covered(targets: list[Target], version: int, text: str) -> bool:
    return bool(text) and any(target.covers(version, int(ipaddress.ip_address(text))) for target in targets)

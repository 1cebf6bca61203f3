"""What a process that runs tests has for itself, so that several can run at a time: its own network (a loopback with all
ports, interfaces, IPsec policies) and its own view of /sys/class/net. Everything else that a test uses lies in its own folder.
Called by the runner in each of its workers, before any test."""

import ctypes
import fcntl
import os
import signal
import socket
import struct
from pathlib import Path

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
MS_BIND, MS_SLAVE = 0x1000, 1 << 19
MNT_DETACH = 2
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
PR_SET_PDEATHSIG = 1

# Where the new sysfs lies for the moment in which its parts are put over the old one's.
SYSFS_MOMENT = "/sys/kernel"
# Of this network. The rest of /sys stays as it is: control groups are mounted there.
SYSFS_OF_NETWORK = ("class/net", "devices/virtual/net")

_libc = ctypes.CDLL(None, use_errno=True)


def alone(reason: str):
    """Marks a test, or a class of tests, that no other test may run beside: the reason is shown by run.py --list."""
    def mark(what):
        what.alone = reason
        return what
    return mark


def end_with_parent(number: int = signal.SIGTERM) -> None:
    """The kernel sends this process the signal when its parent dies, however that happens."""
    _libc.prctl(PR_SET_PDEATHSIG, number)


def take_own_network() -> None:
    """For this process and what it starts from now on. OSError where the privileges are missing."""
    _call(_libc.unshare, CLONE_NEWNET | CLONE_NEWNS)
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        # What is mounted here from now on is seen here alone.
        _libc.mount(None, line.split()[4].encode(), None, MS_SLAVE, None)
    _set_up_loopback()
    _call(_libc.mount, b"sysfs", SYSFS_MOMENT.encode(), b"sysfs", 0, None)
    for part in SYSFS_OF_NETWORK:
        _call(_libc.mount, f"{SYSFS_MOMENT}/{part}".encode(), f"/sys/{part}".encode(), None, MS_BIND, None)
    _call(_libc.umount2, SYSFS_MOMENT.encode(), MNT_DETACH)


def _call(function, *arguments) -> None:
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function.__name__}: {os.strerror(number)}")


def _set_up_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        flags = struct.unpack_from("16xH", fcntl.ioctl(handle, SIOCGIFFLAGS, struct.pack("16s24x", b"lo")))[0]
        fcntl.ioctl(handle, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", flags | IFF_UP))

"""A veth pair with one end in a network namespace of its own, for tests of a live port. Removed even when the test fails."""

import ctypes
import itertools
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import Callable, TypeVar

from support.process import Process

T = TypeVar("T")

SENDER = Path(__file__).with_name("send_frames.py")
_serial = itertools.count()


def free_port() -> int:
    """Of the loopback, and nobody's right now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def run_ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(words)}: {done.stdout.strip()}")


def in_namespace(namespace: str, act: Callable[[], T]) -> T:
    """What `act` answers there, by a thread of its own that goes into the namespace and ends in it."""
    answers: list[T] = []

    def go() -> None:
        clone_newnet = 0x40000000
        with open(f"/var/run/netns/{namespace}", "rb") as where:
            if ctypes.CDLL(None, use_errno=True).setns(where.fileno(), clone_newnet):
                raise OSError(ctypes.get_errno(), "setns")
        answers.append(act())

    actor = threading.Thread(target=go)
    actor.start()
    actor.join()
    if not answers:
        raise RuntimeError(f"nothing came of it in {namespace}")
    return answers[0]


class VethPair:
    """`near` is the port's interface, in this namespace; `far` is in `namespace`, where senders run."""

    def __init__(self):
        serial = next(_serial)
        self.namespace = f"lictor-e2e-{os.getpid()}-{serial}"
        self.near = f"lp{os.getpid() % 100000}n{serial}"  # interface names have 15 characters at most
        self.far = f"lp{os.getpid() % 100000}f{serial}"
        run_ip("netns", "add", self.namespace)
        try:
            run_ip("link", "add", self.near, "type", "veth", "peer", "name", self.far, "netns", self.namespace)
            self._prepare(self.near, [])
            self._prepare(self.far, ["-n", self.namespace])
        except RuntimeError:
            self.remove()
            raise

    def _prepare(self, interface: str, where: list[str]) -> None:
        # Without IPv6 the kernel sends nothing of its own into the test.
        command = ["sysctl", "-qw", f"net.ipv6.conf.{interface}.disable_ipv6=1"]
        if where:
            command = ["ip", "netns", "exec", self.namespace, *command]
        subprocess.run(command, stderr=subprocess.DEVNULL, check=False)
        run_ip(*where, "link", "set", interface, "up")

    def address(self, near: str, far: str) -> None:
        """Addresses with their prefix lengths: the two ends can talk."""
        run_ip("address", "add", near, "dev", self.near)
        run_ip("-n", self.namespace, "address", "add", far, "dev", self.far)
        run_ip("-n", self.namespace, "link", "set", "lo", "up")

    def cut(self, is_cut: bool) -> None:
        """The far end's interface goes down or up: nothing arrives, nobody is told."""
        run_ip("-n", self.namespace, "link", "set", self.far, "down" if is_cut else "up")

    def remove(self) -> None:
        """Deleting the namespace deletes its end, and with it the other."""
        subprocess.run(["ip", "link", "delete", self.near], stderr=subprocess.DEVNULL, check=False)
        subprocess.run(["ip", "netns", "delete", self.namespace], stderr=subprocess.DEVNULL, check=False)


def packet_socket(interface: str, protocol: int = 0) -> socket.socket:
    """Frames out of an interface of the namespace that the caller is in, and those of a protocol as they pass it."""
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    link.bind((interface, protocol))
    return link


class Injector:
    """Frames out of the far end, one by one, by the test itself."""

    def __init__(self, pair: VethPair):
        self.link = in_namespace(pair.namespace, lambda: packet_socket(pair.far))

    def send(self, *frames: bytes) -> None:
        for frame in frames:
            self.link.send(frame)

    def close(self) -> None:
        self.link.close()


class Sender:
    """send_frames.py in the far namespace."""

    def __init__(self, pair: VethPair, folder: Path, name: str, source: str, destination: str, **options: int):
        self.log_file = folder / f"{name}.sent"
        command = [sys.executable, str(SENDER), "--interface", pair.far, "--source", source,
                   "--destination", destination, "--log", str(self.log_file)]
        for option, value in options.items():
            command += [f"--{option}", str(value)]
        self.process = Process(name, command, folder, ["ip", "netns", "exec", pair.namespace])

    def stop(self) -> list[tuple[int, int]]:
        """Ends it; (number, time in nanoseconds) of every packet that was sent."""
        if self.process.running():
            self.process.signal(signal.SIGTERM)
        return self.sent()

    def sent(self) -> list[tuple[int, int]]:
        """The same, after it ended by itself."""
        status = self.process.wait_exit()
        if status:
            raise AssertionError(f"the sender ended with {status}\n{self.process.log_tail()}")
        return list(struct.iter_unpack(">QQ", self.log_file.read_bytes()))

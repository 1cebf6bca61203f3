"""A wire in namespaces that real programs talk over: a hub, whoever is plugged into it, and the dataplane's port, which sees
every frame once, whoever sends it. All of it goes with the test."""

import contextlib
import json
import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import Iterable, Optional

from support.network import VethPair, in_namespace, run_ip
from support.process import Process

HUB = "hub"


class Host:
    """A namespace with interfaces, addresses and programs."""

    def __init__(self, namespace: str, folder: Path, ipv6: bool):
        self.namespace = namespace
        self.folder = folder
        self.programs: list[Process] = []
        run_ip("netns", "add", namespace)
        run_ip("-n", namespace, "link", "set", "lo", "up")
        # Link-local addresses are given by hand: servers must be known by theirs; and nobody waits for one to be proved.
        settings = ["net.ipv4.ip_forward=1", f"net.ipv6.conf.default.disable_ipv6={0 if ipv6 else 1}"]
        if ipv6:
            settings += ["net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.default.addr_gen_mode=1",
                         "net.ipv6.conf.default.accept_ra=0", "net.ipv6.conf.all.forwarding=1"]
        self.run("sysctl", "-qw", *settings)

    @property
    def prefix(self) -> list[str]:
        return ["ip", "netns", "exec", self.namespace]

    def address(self, interface: str, *addresses: str) -> None:
        for address in addresses:
            run_ip("-n", self.namespace, "address", "add", address, "dev", interface)

    def route(self, *words: str) -> None:
        run_ip("-n", self.namespace, "route", "add", *words)

    def run(self, *command, given: Optional[str] = None) -> subprocess.CompletedProcess:
        """To its end, whatever comes of it."""
        return subprocess.run([*self.prefix, *map(str, command)], input=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False, timeout=60)

    def start(self, name: str, *command) -> Process:
        program = Process(name, list(command), self.folder, self.prefix)
        self.programs.append(program)
        return program

    def addresses(self, interface: str) -> list[str]:
        """What it has there, without prefix lengths."""
        shown = json.loads(self.run("ip", "-json", "address", "show", "dev", interface).stdout)
        return [address["local"] for address in shown[0]["addr_info"]]

    def datagrams(self, address: str, port: int) -> socket.socket:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        link = in_namespace(self.namespace, lambda: socket.socket(family, socket.SOCK_DGRAM))
        link.bind((address, port))
        link.settimeout(30)
        return link

    def remove(self) -> None:
        for program in self.programs:
            program.kill()
        left = subprocess.run(["ip", "netns", "pids", self.namespace], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
        for pid in left.stdout.split():  # what they started in their turn
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        subprocess.run(["ip", "netns", "delete", self.namespace], stderr=subprocess.DEVNULL, check=False)


class TappedWire:
    """The hub is in the far namespace of the pair, whose near end is the port's."""

    def __init__(self, pair: VethPair, folder: Path, ipv6: bool = False):
        self.pair = pair
        self.folder = folder
        self.ipv6 = ipv6
        self.hosts: list[Host] = []
        # Without memory of who is where a bridge is a hub.
        subprocess.run(["ip", "netns", "exec", pair.namespace, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1"], check=True)
        run_ip("-n", pair.namespace, "link", "add", HUB, "type", "bridge", "ageing_time", "0", "mcast_snooping", "0")
        run_ip("-n", pair.namespace, "link", "set", HUB, "up")
        self._plug_in(pair.far)
        # Of a queue frames leave one after the other: whoever listens there gets them in the order in which the port does.
        subprocess.run(["ip", "netns", "exec", pair.namespace, "tc", "qdisc", "replace", "dev", pair.far, "root", "pfifo", "limit",
                        "10000"], check=True)

    def _plug_in(self, interface: str) -> None:
        run_ip("-n", self.pair.namespace, "link", "set", interface, "master", HUB)
        run_ip("-n", self.pair.namespace, "link", "set", interface, "up")

    def host(self, name: str) -> Host:
        host = Host(f"{self.pair.namespace}-{name}", self.folder, self.ipv6)
        self.hosts.append(host)
        return host

    def plug(self, host: Host, interface: str, mac: Optional[str] = None) -> None:
        """An interface of the host's at the hub."""
        hub_end = f"h{len(self.hosts)}{interface}"
        run_ip("-n", self.pair.namespace, "link", "add", hub_end, "type", "veth", "peer", "name", interface, "netns", host.namespace)
        self._plug_in(hub_end)
        self._raise(host, interface, mac)

    def join(self, first: Host, interface: str, second: Host, other: str, mac: Optional[str] = None) -> None:
        """A wire between two of them that nobody taps; `mac` is the second's."""
        run_ip("-n", first.namespace, "link", "add", interface, "type", "veth", "peer", "name", other, "netns", second.namespace)
        self._raise(first, interface, None)
        self._raise(second, other, mac)

    @staticmethod
    def _raise(host: Host, interface: str, mac: Optional[str]) -> None:
        if mac:
            run_ip("-n", host.namespace, "link", "set", interface, "address", mac)
        run_ip("-n", host.namespace, "link", "set", interface, "up")

    def remove(self) -> None:
        for host in self.hosts:
            host.remove()


def converse(client: socket.socket, server: socket.socket, count: int) -> None:
    """Each datagram is answered before the next one goes."""
    for number in range(count):
        client.sendto(f"question {number}".encode(), server.getsockname()[:2])
        question, sender = server.recvfrom(2048)
        server.sendto(question.replace(b"question", b"answer"), sender)
        client.recvfrom(2048)


def write_files(folder: Path, files: dict[str, Iterable[str]]) -> None:
    for name, lines in files.items():
        path = folder / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        path.chmod(0o755 if name.endswith(".sh") else 0o600)

"""Figures of sessions, of the real processes on live ports: how soon behind the message that binds an address its packets are
copied, here and, through lictord, at another dataplane."""

import struct
import subprocess
import tempfile
import time
from pathlib import Path

from runner.appliance import use_build
from runner.native import Failed

BINDINGS, TARGETS_A_WARRANT = 300, 100
APART_NS = 50_000  # of packets: a queue that is always full says of no packet when it came
WINDOW_NS = {"binding_p99_us": 12_000_000, "relay_p99_ms": 40_000_000}
SENDER_GAP_NS = 1_000_000  # between two packets of the sender: something else had its CPU, and the sample says nothing of the product


class Subscriber:
    """Stamped packets of the address that the last message bound, at an even pace: lictor-paced-sender."""

    def __init__(self, build: Path, injector, other):
        sockets = [one.link.fileno() for one in (injector, other)]
        self.process = subprocess.Popen([build / "perf/lictor-paced-sender", *map(str, sockets)], pass_fds=sockets,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.number = 0

    def frame(self, address: str) -> tuple[bytes, int]:
        """A frame, and where its stamp goes."""
        from support.frames import ethernet, udp_packet
        from support.live import PEER
        plain = ethernet(udp_packet(address, PEER, bytes(16)))
        at = plain.index(bytes(16))
        return plain[:at - 2] + b"\0\0" + plain[at:], at

    def bind(self, message: bytes, address: str, window_ns: int) -> tuple[int, int, list[tuple[int, int]]]:
        """The message, then packets for so long. (When the message was sent, the longest gap, each packet's number and time.)"""
        frame, at = self.frame(address)
        self.process.stdin.write(struct.pack("<IIIIQQ", len(message), len(frame), at, self.number, window_ns, APART_NS)
                                 + message + frame)
        self.process.stdin.flush()
        begun, longest, count = struct.unpack("<QQQ", self.process.stdout.read(24))
        sent = list(struct.iter_unpack("<QQ", self.process.stdout.read(16 * count)))
        self.number += len(sent) + 1
        return begun, longest, sent

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def user(number: int) -> tuple[str, str]:
    """A user's name and address."""
    return f"user-{number}@example.org", f"192.0.2.{1 + number % 250}"


def measure_in(build: Path, folder: Path, key: str) -> list[float]:
    """Nanoseconds from a binding's message to the first packet that was copied, of each binding that the probe lets count."""
    from support import radius, sessions
    from support.control import Lictord
    from support.dataplane import Dataplane, live_port
    from support.network import Injector, VethPair
    from support.receiver import Lemf
    from support.live import stamp_of
    from runner.appliance import Provisioner
    relayed = key == "relay_p99_ms"
    pairs = [VethPair() for _ in range(2 if relayed else 1)]
    started = []
    try:
        lictord = Lictord(folder).start()
        lemf = Lemf(folder).start()
        started += [lictord, lemf]
        planes = []
        for number, pair in enumerate(pairs):
            server = sessions.SERVER if number == 0 else "198.51.100.222"
            plane = Dataplane(folder, lictord.address, [live_port(pair.near)], f"NE-{number + 1}",
                              **sessions.signalling(folder, server=server), log={"level": "warning"}).start()
            plane.wait_statistics(lambda now: now["ports"][0]["link_up"], "the port is up")
            planes.append(plane)
            started.append(plane)
        provisioner = Provisioner(folder, lictord.address, lemf)
        targets = [f"radius-user:{user(number)[0]}" for number in range(BINDINGS)]
        for first in range(0, BINDINGS, TARGETS_A_WARRANT):
            some = targets[first:first + TARGETS_A_WARRANT]
            provisioner.activate(provisioner.file_selectors(some, first), len(planes))
        injectors = [Injector(pair) for pair in pairs]
        subscriber = Subscriber(build, injectors[0], injectors[-1])
        samples = []
        for number in range(BINDINGS):
            name, address = user(number)
            message = sessions.accounting(radius.START, name, f"s{number}", address, identifier=number)
            samples.append(subscriber.bind(message, address, WINDOW_NS[key]))
            stop = sessions.accounting(radius.STOP, name, f"s{number}", address, identifier=number)
            injectors[0].send(stop)
            time.sleep(0.01)
        subscriber.end()
        for plane in planes:
            plane.wait_delivered()
            plane.stop()
        lemf.stop()
        element = f"NE-{len(planes)}".encode()
        copied = {stamp_of(one)[0] for one in lemf.contents() if one.element == element}
    finally:
        for fixture in reversed(started):
            if fixture.process is not None:
                fixture.process.kill()
        for pair in pairs:
            pair.remove()
    delays, excluded = [], 0
    for begun, longest, sent in samples:
        first = next((at for number, at in sent if number in copied), None)
        if longest > SENDER_GAP_NS and not relayed:
            excluded += 1
        elif first is None:
            delays.append(float(WINDOW_NS[key]))
        else:
            delays.append(float(first - begun))
    if len(delays) < BINDINGS // 10:
        raise Failed(f"the machine is not quiet: {excluded} of {BINDINGS} samples had a gap")
    return delays


def measure(build: Path, key: str) -> dict:
    use_build(build)
    with tempfile.TemporaryDirectory(prefix="lictor-perf-") as folder:
        delays = sorted(measure_in(build, Path(folder), key))
    unit, scale = ("ms", 1e6) if key.endswith("_ms") else ("us", 1e3)
    at = lambda percent: delays[min(len(delays) - 1, len(delays) * percent // 100)] / scale
    return {"value": at(99), "low": at(50), "high": at(100), "unit": unit, "samples": {unit: [delay / scale for delay in delays]},
            "details": {"median": at(50), "bindings": len(delays), "of": BINDINGS}}

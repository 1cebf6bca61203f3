"""Figures of sessions and calls, of the real processes on live ports: how soon behind the message that binds an address, or names
where media go, its packets are copied, here and, through lictord, at another dataplane."""

import struct
import subprocess
import tempfile
import time
from pathlib import Path

from runner.appliance import use_build
from runner.native import Failed

BINDINGS, TARGETS_A_WARRANT = 300, 100
STAMP_BYTES = 16
APART_NS = 50_000  # of packets: a queue that is always full says of no packet when it came
WINDOW_NS = {"binding_p99_us": 12_000_000, "media_armed_p99_us": 12_000_000, "relay_p99_ms": 40_000_000}
SENDER_GAP_NS = 1_000_000  # between two packets of the sender: something else had its CPU, and the sample says nothing of the product


class Subscriber:
    """Stamped packets of the address that the last message bound, at an even pace: lictor-paced-sender."""

    def __init__(self, build: Path, injector, other):
        sockets = [one.link.fileno() for one in (injector, other)]
        self.process = subprocess.Popen([build / "perf/lictor-paced-sender", *map(str, sockets)], pass_fds=sockets,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.number = 0

    def frame(self, address: str, before: bytes) -> tuple[bytes, int]:
        """A frame whose payload begins with `before`, and where its stamp goes."""
        from support.frames import ethernet, udp_packet
        from support.live import PEER
        plain = ethernet(udp_packet(address, PEER, before + bytes(STAMP_BYTES)))
        payload_at = plain.index(before + bytes(STAMP_BYTES))
        return plain[:payload_at - 2] + b"\0\0" + plain[payload_at:], payload_at + len(before)

    def bind(self, message: bytes, address: str, before: bytes, window_ns: int) -> tuple[int, int, list[tuple[int, int]]]:
        """The message, then packets for so long. (When the message was sent, the longest gap, each packet's number and time.)"""
        frame, at = self.frame(address, before)
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


def address_of(number: int) -> str:
    return f"192.0.2.{1 + number % 250}"


class Radius:
    """Sessions that begin and end."""
    before = b""

    def selector(self, number: int) -> str:
        return f"radius-user:user-{number}@example.org"

    def settings(self, folder: Path, server: str) -> dict:
        from support import sessions
        return sessions.signalling(folder, server=server)

    def message(self, status: int, number: int) -> bytes:
        from support import sessions
        return sessions.accounting(status, f"user-{number}@example.org", f"s{number}", address_of(number), identifier=number)

    def begin(self, number: int) -> bytes:
        from support import radius
        return self.message(radius.START, number)

    def end(self, number: int) -> bytes:
        from support import radius
        return self.message(radius.STOP, number)


class Calls:
    """Calls that are offered and refused, with what the caller sends before."""
    before = bytes.fromhex("80601111" + "22" * 8)  # RTP

    def selector(self, number: int) -> str:
        return f"sip-uri:user-{number}@example.org"

    def settings(self, _folder: Path, server: str) -> dict:
        from support import sessions
        return sessions.lcores() | {"signalling": {"sets": [{"name": "calls", "sip": {"servers": [server]}}]}}

    def frame(self, first_line: str, number: int, tagged: bool, body: str) -> bytes:
        from support import sessions, sip
        from support.frames import ethernet
        from support.radius import datagram
        text = sip.message(first_line, "INVITE", f"c{number}", f"user-{number}@example.org", tagged=tagged, body=body)
        return ethernet(datagram(sessions.SERVER, sip.PORT, address_of(number), sip.PORT, text))

    def begin(self, number: int) -> bytes:
        from support import sip
        from support.frames import FROM_PORT
        return self.frame(f"INVITE sip:user-{number}@example.org SIP/2.0", number, False, sip.audio(address_of(number), FROM_PORT))

    def end(self, number: int) -> bytes:
        return self.frame("SIP/2.0 486 Busy Here", number, True, "")


def measure_in(build: Path, folder: Path, key: str) -> list[float]:
    """Nanoseconds from a binding's message to the first packet that was copied, of each binding that the probe lets count."""
    from support import sessions
    from support.control import Lictord
    from support.dataplane import Dataplane, live_port
    from support.network import Injector, VethPair
    from support.receiver import Lemf
    from support.live import UDP_PAYLOAD_AT
    from runner.appliance import Provisioner
    relayed = key == "relay_p99_ms"
    scene = Calls() if key == "media_armed_p99_us" else Radius()
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
                              **scene.settings(folder, server), log={"level": "warning"}).start()
            plane.wait_statistics(lambda now: now["ports"][0]["link_up"], "the port is up")
            planes.append(plane)
            started.append(plane)
        provisioner = Provisioner(folder, lictord.address, lemf)
        targets = [scene.selector(number) for number in range(BINDINGS)]
        for first in range(0, BINDINGS, TARGETS_A_WARRANT):
            some = targets[first:first + TARGETS_A_WARRANT]
            provisioner.activate(provisioner.file_selectors(some, first), len(planes))
        injectors = [Injector(pair) for pair in pairs]
        subscriber = Subscriber(build, injectors[0], injectors[-1])
        samples = []
        for number in range(BINDINGS):
            samples.append(subscriber.bind(scene.begin(number), address_of(number), scene.before, WINDOW_NS[key]))
            injectors[0].send(scene.end(number))
            time.sleep(0.01)
        subscriber.end()
        for plane in planes:
            plane.wait_delivered()
            plane.stop()
        lemf.stop()
        element = f"NE-{len(planes)}".encode()
        stamp_at = UDP_PAYLOAD_AT + len(scene.before)
        copied = {struct.unpack_from(">Q", one.packet, stamp_at)[0] for one in lemf.contents() if one.element == element}
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

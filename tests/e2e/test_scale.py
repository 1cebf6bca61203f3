"""Many packets, all of them the target's, towards a receiver that is slow: a replay loses nothing."""

import json
import struct
import subprocess
from typing import Iterator

from support.bench import E2eTest
from support.capture_file import read_capture
from support.dataplane import pcap_port
from support.environment import program, runs_everything
from support.oracle import view_of
from support.ps_pdu import read_header

TARGET = "192.0.2.77"
HOURS = 3600.0
KEEPALIVE = b"\xa2\x04\xa2\x02\x83\x00"  # the payload of one


def packets_of(path) -> Iterator[tuple[int, int, bytes]]:
    """(number, time in microseconds, packet) of each CC record, by the shortest way through its TLVs: millions are to be read."""
    with open(path, "rb") as stream:
        octets = stream.read()
    at = 0
    while at < len(octets):
        _, inner, end = read_header(octets, at)
        _, header, payload = read_header(octets, inner)
        at = end
        if octets[payload:end] == KEEPALIVE:
            continue
        fields = dict(_members(octets, header, payload))
        number = int.from_bytes(octets[slice(*fields[0x84])], "big")
        stamp = dict(_members(octets, *fields[0xA7]))
        micros = int.from_bytes(octets[slice(*stamp[0x80])], "big") * 1_000_000
        micros += int.from_bytes(octets[slice(*stamp[0x81])], "big")
        # [2] { [1] { 30 { [0] direction, [2] { [2] { [0] id, [1] { [0] packet } } } } } }: the packet is last at every level
        left, right = payload, end
        while True:
            tag, left, right = _last(octets, left, right)
            if tag == 0x80:
                break
        yield number, micros, octets[left:right]


def _members(octets: bytes, at: int, end: int) -> Iterator[tuple[int, tuple[int, int]]]:
    while at < end:
        tag, inner, at = read_header(octets, at)
        yield tag, (inner, at)


def _last(octets: bytes, at: int, end: int) -> tuple[int, int, int]:
    while True:
        tag, inner, after = read_header(octets, at)
        if after == end:
            return tag, inner, after
        at = after


class Scale(E2eTest):
    def replay_to_slow_receiver(self, packets: int, slow_bytes: int, size: str) -> None:
        self.lictord.start()
        lemf = self.lemf(options=("--raw-only", "--slow-bps", "1000000", "--slow-bytes", str(slow_bytes)))
        self.agency("lea", lemf)
        self.active_warrant("lea", "LIID-MANY", [f"ipv4:{TARGET}"], content="cc")
        path = self.folder / "many.pcap"
        done = subprocess.run([program("lictor-capture"), "generate", "--out", path, "--packets", str(packets), "--seed", "5",
                               "--target", TARGET, "--match-percent", "100", "--size", size], stdout=subprocess.PIPE, check=True)
        total = json.loads(done.stdout)["packets"]
        dataplane = self.dataplane([pcap_port(path)], replay={"taps": 1, "packets": total},
                                   buffers={"backlog_bytes": 8 << 20}).start()
        dataplane.wait_replayed(HOURS)
        dataplane.wait_delivered(HOURS)
        statistics = dataplane.stop(HOURS)
        self.assertEqual(lemf.stop(), 0)
        self.assertEqual(statistics["packets"]["received"], total)
        self.assertEqual((sum(statistics["packets"]["drops"].values()), sum(statistics["records"]["drops"].values())), (0, 0))
        summary = lemf.summary()
        self.assertEqual((summary["hi3"]["errors"], summary["hi3"]["gaps"]), (0, 0))
        self.assertEqual(self._compare(path, lemf.out / "hi3.ber"), statistics["packets"]["matched"])

    def _compare(self, capture, stream) -> int:
        """Every packet of the capture in its place; how many."""
        delivered, count = packets_of(stream), 0
        for frame in read_capture(capture):
            view, _ = view_of(frame.octets)
            if view is None or struct.unpack(">I", bytes(map(int, TARGET.split("."))))[0] not in (view.source, view.destination):
                continue
            got = next(delivered, None)
            if got != (count, frame.timestamp_us, view.packet):
                self.fail(f"record {count} differs: {got}")
            count += 1
        self.assertIsNone(next(delivered, None), "nothing else came")
        return count

    def test_a_slow_receiver_costs_time_and_no_packet(self):
        # At first 1 Mbit/s, for longer than backlog and sockets can hold what comes; then freely.
        self.replay_to_slow_receiver(200_000, 500_000, "imix")

    def test_five_million_packets_to_a_slow_receiver_lose_nothing(self):
        if not runs_everything():
            self.skipTest("takes long: scripts/test --all runs it")
        self.replay_to_slow_receiver(5_000_000, 8_000_000, "64")

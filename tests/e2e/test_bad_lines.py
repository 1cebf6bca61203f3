"""Lines between the appliance and an agency that stall, trickle, break off inside of records and are reset, in the clear and with
TLS: in the end everything is there, in order, and nothing stands still meanwhile."""

from types import SimpleNamespace

from support.capture_file import read_capture
from support.chaos import Chaos
from support.dataplane import pcap_port
from support.environment import some_or_all
from support.frames import conversation, write_pcap
from support.live import PEER, TARGET
from support.oracle import read_expected
from support.waiting import wait_for
from test_tls import HANDOVER, TlsTest

PACKETS, PER_SECOND = 12_000, 8_000  # half of them the target's
SEEDS, SEEDS_ALL = 1, 12


class BadLines(TlsTest):
    def deliver(self, seed: int, tls: bool) -> int:
        """How often the lines broke."""
        lemf = self.tls_lemf(self.receiver, self.ca, f"lemf-{seed}") if tls else self.lemf(f"lemf-{seed}")
        lines = [Chaos(lemf.hi2, seed + 1000, breaks_within=400), Chaos(lemf.hi3, seed)]
        for line in lines:
            self.addCleanup(line.close)
        agency, liid = f"lea-{seed}", f"LIID-BAD-{seed}"
        behind = SimpleNamespace(hi2_address=f"127.0.0.1:{lines[0].port}", hi3_address=f"127.0.0.1:{lines[1].port}")
        self.agency(agency, behind, "--confirm", "read", "--confirm-interval-kib", "64", "--confirm-fallback-ms", "600000",
                    security=("--security", "tls") if tls else ())
        warrant = self.active_warrant(agency, liid, [f"ipv4:{TARGET}"])
        path = self.folder / f"bad-{seed}.pcap"
        packets = write_pcap(path, conversation(TARGET, PEER, PACKETS // 2, 600))
        expected = [one.packet for one in read_expected(read_capture(path), [f"ipv4:{TARGET}"]).expected]
        dataplane = self.dataplane([pcap_port(path)], f"NE-{seed}", handover={**HANDOVER, "credentials": [self.credential()]},
                                   replay={"taps": 1, "packets": packets, "packets_per_s": PER_SECOND}).start()
        dataplane.wait_replayed()
        wait_for(lambda: lines[0].broken >= 1 and lines[1].broken >= 2, "the lines broke")
        for line in lines:
            line.calm()
        self.ctl.json("warrant", "end", warrant)
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        contents = lemf.contents()
        due = 0
        for one in contents:
            if one.number == due:
                self.assertEqual(one.packet, expected[due])
                due += 1
            self.assertLess(one.number, due, "in order, repeats aside")
        self.assertEqual(due, len(expected))
        self.assertEqual(lemf.hi2_stream().kinds(liid.encode())[-1], "liDeactivated")
        return sum(line.broken for line in lines)

    def seeds(self) -> range:
        return range(1, 1 + some_or_all(SEEDS, SEEDS_ALL, "bad lines"))

    def test_nothing_is_missing_in_the_clear(self):
        self.lictord.start()
        for seed in self.seeds():
            self.assertGreaterEqual(self.deliver(seed, tls=False), 2)

    def test_nothing_is_missing_with_tls(self):
        self.lictord.start()
        for seed in self.seeds():
            self.assertGreaterEqual(self.deliver(seed + 100, tls=True), 2)

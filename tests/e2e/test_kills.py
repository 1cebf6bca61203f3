"""kill -9 of a dataplane under load, again and again, with hashes on: at the agency every interception's numbers begin with 0 and
lack none, each with its packet, in order, and every integrity PDU holds over what was received. And the spool's own kills on a disk that is slow."""

import random
import unittest
from collections import defaultdict

from support import integrity
from support.bench import E2eTest
from support.capture_file import read_capture
from support.dataplane import Dataplane, pcap_port
from support.delivered import Content
from support.environment import build_folder, need_namespaces, some_or_all
from support.frames import conversation, write_pcap
from support.isolation import alone
from support.live import PEER, TARGET
from support.oracle import read_expected
from support.slow_disk import MIB, SlowDisk
from test_spool import SEGMENT_BYTES, SpoolTest

KILLS, KILLS_ALL = 6, 200
PACKETS = 2000  # of the target, in a capture that goes round
RECORDS_MAX = 4000  # before a kill
PER_SECOND = 20_000  # packets, half of them the target's
ENDLESS = 1 << 40
SLOW_BYTES_PER_S = 2 * MIB
PROFILE = ("--integrity", "sha256", "--hash-records", "64", "--hash-ms", "10")


class KilledOften(SpoolTest):
    def begin(self) -> Dataplane:
        self.lictord.start()
        self.later.start()
        self.agency("lea", self.later, *PROFILE)
        self.warrant_id = self.active_warrant("lea", "LIID-OFTEN", [f"ipv4:{TARGET}"])
        path = self.folder / "round.pcap"
        write_pcap(path, conversation(TARGET, PEER, PACKETS, 600))
        self.packets = [one.packet for one in read_expected(read_capture(path), [f"ipv4:{TARGET}"]).expected]
        self.port = pcap_port(path)
        return self.dataplane([{**self.port, "device": self.port["device"] + ",infinite_rx=1"}],
                              replay={"taps": 1, "packets": ENDLESS, "packets_per_s": PER_SECOND},
                              statistics={"file": str(self.folder / "statistics-NE-1.json"), "interval_ms": 20},
                              spool={"directory": str(self.spool), "segment_bytes": SEGMENT_BYTES})

    def kill_under_load(self, dataplane: Dataplane, records: int, away: bool) -> int:
        """How many records it had surely sealed; the receiver is away meanwhile, or not."""
        if away:
            self.later.stop()
        counts = ("appended",) if away else ("appended", "confirmed")  # what is confirmed may be the process's before
        dataplane.start()
        dataplane.wait_statistics(lambda now: all(now["records"][count] >= records for count in counts), "it is under load")
        dataplane.kill()
        appended = dataplane.statistics()["records"]["appended"]
        if away:
            self.later.start()
        return appended

    def drain(self, dataplane: Dataplane) -> None:
        """A last process, which copies nothing."""
        dataplane.settings["replay"] = {"taps": 99, "packets": ENDLESS}
        dataplane.start()
        dataplane.wait_statistics(lambda now: now["tasks"], "its taps are there")
        dataplane.wait_delivered()
        given_up = dataplane.stop()["records"]["given_up"]
        self.assertEqual(sum(given_up.values()), 0)
        self.assertEqual(self.later.stop(), 0)

    def check(self, contents: list[Content]) -> list[int]:
        """Records of each interception, without repeats."""
        due: dict[tuple, int] = defaultdict(int)
        for one in contents:
            if one.number < due[one.series]:
                continue  # a repeat; that its octets are the same is integrity.verify's
            self.assertEqual(one.number, due[one.series], "nothing is missing, and order holds")
            self.assertEqual(one.packet, self.packets[one.number % PACKETS])
            due[one.series] += 1
        return sorted(due.values())

    def test_nothing_is_missing_and_every_hash_holds(self):
        dataplane = self.begin()
        chance = random.Random(7)
        sealed = [self.kill_under_load(dataplane, chance.randrange(1, RECORDS_MAX), kill % 3 == 1)
                  for kill in range(some_or_all(KILLS, KILLS_ALL, "kills"))]
        self.drain(dataplane)
        arrived = self.check(self.later.contents())
        self.assertEqual(len(arrived), len(sealed))
        hashes = 0
        for side in ("hi2", "hi3"):
            report = integrity.verify((self.later.out / f"{side}.ber").read_bytes())
            self.assertEqual(report.faults, [])
            hashes += report.hashes
        # `appended` counts the other interface's records and the hashes, too; each interception has a begin and no end.
        self.assertGreaterEqual(sum(arrived) + hashes + 2 * len(sealed), sum(sealed))
        self.assertGreater(hashes, len(sealed))


@alone("loop devices and the block I/O controller are the machine's")
class SlowDiskKills(E2eTest):
    def test_nothing_that_was_sealed_is_lost_on_a_slow_disk(self):
        program = build_folder() / "tests/unit/encoders/spool/spool_kill_test"
        if not program.exists():
            raise unittest.SkipTest("spool_kill_test is not built")
        need_namespaces()  # the rights to mount
        disk = SlowDisk(self.folder, 512 * MIB, SLOW_BYTES_PER_S)
        self.addCleanup(disk.remove)
        done = disk.run([program], 1500, LICTOR_KILLS=str(some_or_all(12, 200, "kills")))
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("[  PASSED  ] 2 tests.", done.stdout)

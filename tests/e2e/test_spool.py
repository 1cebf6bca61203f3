"""The spool on disk: what was copied outlives the process, an ended warrant is delivered and then forgotten, a revoked one is
neither, and where the disk or the bound says no, the counts say how much."""

import socket
import subprocess
from pathlib import Path

from support.bench import E2eTest
from support.capture_file import read_capture
from support.dataplane import Dataplane, pcap_port, task_of, tasks_in
from support.frames import conversation, write_pcap
from support.live import PEER, TARGET, LiveTest
from support.oracle import read_expected
from support.receiver import Lemf
from support.waiting import wait_for

SEGMENT_BYTES = 256 << 10


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class SpoolTest(E2eTest):
    def setUp(self) -> None:
        super().setUp()
        self.spool = self.folder / "spool"
        self.later = self._own(Lemf(self.folder))  # away until it is started
        self.later.hi2, self.later.hi3 = free_port(), free_port()

    def key_files(self) -> list[Path]:
        return sorted((self.folder / "spool-keys").iterdir())

    def copied(self, liid: str, count: int = 300, profile: tuple = (), **spool) -> Dataplane:
        """Everything of a replay is spooled, for an agency that is away."""
        self.lictord.start()
        self.agency("lea", self.later, *profile)
        self.warrant_id = self.active_warrant("lea", liid, [f"ipv4:{TARGET}"])
        self.path = self.folder / "spool.pcap"
        self.packets = write_pcap(self.path, conversation(TARGET, PEER, count, 600))
        dataplane = self.dataplane([pcap_port(self.path)], replay={"taps": 1, "packets": self.packets},
                                   spool={"directory": str(self.spool), "segment_bytes": SEGMENT_BYTES, **spool})
        dataplane.start()
        dataplane.wait_replayed()
        dataplane.wait_statistics(lambda now: now["records"]["in_rings"] == 0 and now["records"]["matched"] > 0,
                                  "all is encoded")
        return dataplane

    def again(self, dataplane: Dataplane) -> Dataplane:
        """kill -9, and a new process that replays nothing."""
        dataplane.kill()
        dataplane.settings["replay"] = {"taps": 99, "packets": self.packets}
        return dataplane.start()

    def expected(self) -> list[bytes]:
        return [one.packet for one in read_expected(read_capture(self.path), [f"ipv4:{TARGET}"]).expected]

    def wait_recovered(self, dataplane: Dataplane) -> dict:
        dataplane.wait_statistics(lambda now: now["records"]["recovered"] > 0, "what was left is found")
        return dataplane.wait_delivered()


class Killed(SpoolTest):
    def test_what_was_copied_before_kill_9_is_delivered_by_the_next_process(self):
        dataplane = self.again(self.copied("LIID-KILLED"))
        self.later.start()
        self.wait_recovered(dataplane)
        records = dataplane.stop()["records"]
        self.assertEqual(self.later.stop(), 0)
        contents = self.later.contents()
        self.assertEqual([one.packet for one in contents], self.expected())
        self.assertEqual([one.number for one in contents], list(range(len(contents))))
        self.assertEqual(records["recovered"], len(contents) + 2)  # liActivated and the IRI of its beginning
        self.assertEqual(sum(records["given_up"].values()), 0)

    def test_numbers_go_on_where_a_profile_keeps_the_cin(self):
        dataplane = self.copied("LIID-GOESON", profile=("--cin", "same"))
        dataplane.kill()
        dataplane.start()  # replays the same once more
        self.later.start()
        dataplane.wait_replayed()
        self.wait_recovered(dataplane)
        dataplane.stop()
        self.assertEqual(self.later.stop(), 0)
        contents = self.later.contents()
        self.assertEqual([one.packet for one in contents], 2 * self.expected())
        self.assertEqual([one.number for one in contents], list(range(len(contents))))
        self.assertEqual(len({one.cin for one in contents}), 1)
        self.assertNotIn("cINReset", self.later.hi2_stream().kinds(b"LIID-GOESON"))
        self.assertEqual(self.later.hi2_stream().gaps(), [])

    def test_numbers_by_liid_go_on_over_the_fresh_cin_of_each_process(self):
        self.later.options = ("--number-series", "liid")
        dataplane = self.copied("LIID-OVERCINS", profile=("--number-series", "liid"))
        dataplane.kill()
        dataplane.start().wait_replayed()  # the same once more
        dataplane.wait_statistics(lambda now: now["records"]["in_rings"] == 0 and now["records"]["matched"] > 0, "all is encoded")
        self.later.start()
        self.wait_recovered(dataplane)
        dataplane.kill()  # with nothing left but its numbers
        dataplane.start().wait_replayed()
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(self.later.stop(), 0)
        contents = self.later.contents()
        self.assertEqual([one.packet for one in contents], 3 * self.expected())
        self.assertEqual([one.number for one in contents], list(range(len(contents))))
        self.assertEqual(len({one.cin for one in contents}), 3)
        hi2 = self.later.hi2_stream()
        self.assertNotIn("cINReset", hi2.kinds(b"LIID-OVERCINS"))
        self.assertEqual(hi2.gaps(by_liid=True), [])
        series = self.later.summary()["series"]
        self.assertEqual({one["kind"] for one in series}, {"iri", "cc", "hi1"})
        self.assertEqual([(one["cin"], one["missing"], one["repeats"], one["resets"]) for one in series], 3 * [(None, 0, 0, 0)])
        self.assertEqual(self.alarms("numbers_restarted"), [])

    def test_an_orderly_end_leaves_the_backlog_in_the_spool(self):
        dataplane = self.copied("LIID-ORDERLY")
        dataplane.settings["handover"]["drain_ms"] = 100
        dataplane.kill()
        dataplane.settings["replay"] = {"taps": 99, "packets": self.packets}
        dataplane.start().wait_statistics(lambda now: now["records"]["recovered"] > 0, "what was left is found")
        records = dataplane.stop()["records"]
        self.assertEqual(sum(records["given_up"].values()), 0)
        self.assertEqual(records["in_spool"], records["recovered"] + records["appended"])
        self.later.start()
        self.wait_recovered(dataplane.start())
        dataplane.stop()
        self.assertEqual(self.later.stop(), 0)
        self.assertEqual([one.packet for one in self.later.contents()], self.expected())


class Ended(SpoolTest):
    def test_what_ended_in_an_outage_arrives_later_and_then_its_key_is_gone(self):
        dataplane = self.copied("LIID-ENDED")
        self.ctl.json("warrant", "end", self.warrant_id)
        dataplane.wait_tasks(1, "draining")
        self.assertEqual(len(self.key_files()), 1)
        key = self.key_files()[0].read_bytes()
        dataplane = self.again(dataplane)
        dataplane.wait_statistics(lambda now: now["records"]["recovered"] > 0, "it drains what it found")
        self.later.start()
        dataplane.wait_delivered()
        dataplane.wait_tasks(1, "ended")
        wait_for(lambda: not self.key_files(), "the key is erased")
        dataplane.stop()
        self.assertEqual(self.later.stop(), 0)
        self.assertEqual([one.packet for one in self.later.contents()], self.expected())
        self.assertEqual(self.later.hi2_stream().kinds(b"LIID-ENDED")[-1], "liDeactivated")
        self.assertNotIn(key, self.lictord.database.read_bytes())

    def test_of_what_was_revoked_nothing_arrives_any_more(self):
        dataplane = self.copied("LIID-REVOKED")
        xid = self.xids(self.warrant_id)[0]
        self.ctl.json("warrant", "revoke", self.warrant_id)
        self.assertEqual(self.key_files(), [])
        dataplane.wait_statistics(lambda now: task_of(now, xid)["records"]["given_up"].get("revoked", 0) > 0, "it is given up")
        dataplane = self.again(dataplane)
        self.later.start()
        dataplane.wait_statistics(lambda now: now["ports"], "the new process is there")
        dataplane.stop()
        self.assertEqual(self.later.stop(), 0)
        self.assertEqual(self.later.contents(), [])

    def test_a_key_that_no_backup_brings_back_is_said_and_counted(self):
        dataplane = self.copied("LIID-LOST")
        dataplane.kill()
        self.lictord.process.kill()
        for path in self.key_files():
            path.unlink()
        self.lictord.start()
        wait_for(lambda: self.alarms("spool_key"), "the daemon says so")
        self.later.start()
        dataplane.settings["replay"] = {"taps": 99, "packets": self.packets}
        dataplane.start()
        records = self.wait_recovered(dataplane)["records"]
        self.assertEqual(records["given_up"]["no_key"], records["recovered"])
        dataplane.stop()
        self.later.stop()
        self.assertEqual(self.later.contents(), [])


class Bounds(SpoolTest):
    def test_beyond_the_bound_exactly_the_oldest_are_missing_and_counted(self):
        dataplane = self.copied("LIID-BOUND", count=5000, bytes_max=8 * SEGMENT_BYTES)
        wait_for(lambda: self.alarms("spool_filling") and self.alarms("records_given_up"), "it is told")
        self.later.start()
        wait_for(lambda: (self.later.out / "hi2.ber").exists() and
                 "alarms-indicator" in self.later.hi2_stream().kinds(b"LIID-BOUND"), "the agency is told")
        records = dataplane.wait_delivered()["records"]
        dataplane.stop()
        self.later.stop()
        contents, expected = self.later.contents(), self.expected()
        missing = len(expected) - len(contents)
        self.assertGreater(missing, 1000)
        self.assertEqual(records["given_up"]["backlog_max"], missing)
        self.assertEqual([one.packet for one in contents], expected[missing:])
        self.assertEqual([one.number for one in contents], list(range(missing, len(expected))))


class DiskFull(LiveTest):
    def test_a_full_disk_costs_what_it_cannot_hold_counts_it_and_heals(self):
        disk = self.folder / "disk"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", str(disk)], check=True)
        later = self._own(Lemf(self.folder))
        later.hi2, later.hi3 = free_port(), free_port()
        self.lictord.start()
        self.agency("lea", later)
        self.active_warrant("lea", "LIID-FULL", [f"ipv4:{TARGET}"])
        dataplane = self.live_dataplane(spool={"directory": str(disk), "segment_bytes": SEGMENT_BYTES})
        dataplane.wait_tasks(1)
        self.sender("flood", count=8000, payload=1400).sent()
        dataplane.wait_statistics(lambda now: now["records"]["drops"]["no_segment"] > 0, "the disk is full")
        wait_for(lambda: self.alarms("spool_disk"), "it is told")
        later.start()
        dataplane.wait_delivered()
        before = dataplane.statistics()["records"]["appended"]
        self.sender("after", count=100, payload=1400).sent()
        dataplane.wait_statistics(lambda now: now["records"]["appended"] >= before + 100, "it goes on")
        dataplane.wait_delivered()
        statistics = dataplane.stop()
        later.stop()
        self.assertEqual(len(later.contents()), statistics["records"]["confirmed"] - len(later.hi2_stream().kinds(b"LIID-FULL")))
        self.assertEqual(len(tasks_in(statistics, "active")), 1)

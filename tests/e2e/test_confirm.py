"""What a receiver has not said to have read is sent again: killed, frozen, cut off, slow, mute or rude, it has all in the end."""

import signal
import subprocess

from support import ps_pdu
from support.bench import E2eTest
from support.capture_file import read_capture
from support.dataplane import Dataplane, pcap_port
from support.environment import need_namespaces, program
from support.fake_lemf import FakeLemf
from support.frames import conversation, write_pcap
from support.live import PEER, TARGET
from support.network import VethPair
from support.oracle import read_expected
from support.receiver import Lemf
from support.waiting import wait_for

QUICK = ("--keepalive-idle", "5", "--keepalive-wait", "1", "--confirm-interval-ms", "50", "--confirm-interval-kib", "16",
         "--confirm-fallback-ms", "20000", "--resends-max", "2")


def acknowledged(fallback_ms: int = 20000, negotiate_ms: int = 20000) -> tuple[str, ...]:
    """Nothing of these times passes where the receiver behaves, however slow the machine is."""
    return ("--confirm", "acknowledged", "--keepalive-idle", "5", "--keepalive-wait", "30", "--confirm-interval-ms", "50",
            "--confirm-interval-kib", "16", "--confirm-fallback-ms", str(fallback_ms), "--negotiate-ms", str(negotiate_ms),
            "--resends-max", "2")


class Confirm(E2eTest):
    def fake(self, **manners) -> FakeLemf:
        fake = self._own(FakeLemf(**manners))
        self.addCleanup(fake.close)
        return fake

    def deliver_to(self, receiver, *options: str, count: int = 2000) -> Dataplane:
        """A dataplane that has copied everything; what becomes of it is the test's business."""
        self.lictord.start()
        self.agency("lea", receiver, *(options or QUICK))
        self.active_warrant("lea", "LIID-CONFIRM", [f"ipv4:{TARGET}"])
        self.path = self.folder / "confirm.pcap"
        packets = write_pcap(self.path, conversation(TARGET, PEER, count, 600))
        dataplane = self.dataplane([pcap_port(self.path)], replay={"taps": 1, "packets": packets}).start()
        dataplane.wait_replayed()
        return dataplane

    def expected(self) -> list[bytes]:
        return [one.packet for one in read_expected(read_capture(self.path), [f"ipv4:{TARGET}"]).expected]

    def hi3(self, statistics: dict) -> dict:
        return next(one for one in statistics["destinations"] if one["interface"].endswith("HI3"))

    def shown(self, destination: str) -> dict:
        """What lictorctl says about a destination; empty before the first report."""
        for report in self.ctl.json("destination", "list"):
            for one in report["statistics"]["destinations"]:
                if one["id"] == destination:
                    return one
        return {}

    def destination(self, *words: str) -> str:
        """What `lictorctl destination` prints for a person."""
        done = subprocess.run([program("lictorctl"), "--server", self.lictord.address, "destination", *words],
                              stdout=subprocess.PIPE, text=True, check=True, timeout=60)
        return done.stdout

    def confirmed_up_to(self, destination: str) -> dict[str, int]:
        """The number of the last confirmed record of each series of the only warrant; empty before the first report."""
        for report in self.ctl.json("destination", "show", destination):
            for task in report["statistics"]["tasks"]:
                return {series["kind"]: series["last_number"] for series in task["confirmed"]}
        return {}

    def standing(self, code: str, interface: str = "HI3") -> list[dict]:
        return [one for one in self.alarms(code) if int(one.get("cleared_unix_ns", 0)) == 0 and interface in one["text"]]

    def assert_complete(self, lemf: Lemf, dataplane: Dataplane) -> dict:
        """Nothing is missing, nothing is corrupt, and nothing had to be given up."""
        dataplane.wait_delivered()
        statistics = dataplane.stop()
        self.assertEqual(statistics["records"]["confirmed"], statistics["records"]["appended"])
        self.assertEqual(lemf.stop(), 0)
        by_number = {one.number: one.packet for one in lemf.contents()}  # repeats are in the file, too
        self.assertEqual([by_number[number] for number in sorted(by_number)], self.expected())
        return statistics

    def assert_complete_fake(self, fake: FakeLemf, dataplane: Dataplane) -> dict:
        dataplane.wait_delivered()
        statistics = dataplane.stop()
        self.assertEqual(statistics["records"]["confirmed"], statistics["records"]["appended"])
        by_number = {}
        for record in fake.records():
            pdu = ps_pdu.decode(record)
            if ps_pdu.kind_of(pdu) == "cc":
                known = by_number.setdefault(pdu["pSHeader"]["sequenceNumber"], record)
                self.assertEqual(known, record, "a repeat is octet-identical")
        packets = [packet for _, _, packet in ps_pdu.contents(ps_pdu.decode(by_number[number]) for number in sorted(by_number))]
        self.assertEqual(packets, self.expected())
        return statistics

    def test_a_receiver_that_is_killed_gets_again_what_its_kernel_had_taken_for_it(self):
        lemf = self.lemf(options=("--slow-bps", "4000000"))
        dataplane = self.deliver_to(lemf)
        lemf.process.wait_until(lambda: lemf.received() > 100_000, "a part has been stored")
        lemf.process.kill()
        wait_for(lambda: self.standing("destination_down"), "the operator is told")
        away = dataplane.statistics()
        self.assertLess(away["records"]["confirmed"], away["records"]["appended"])
        lemf.options = ()
        lemf.start()
        statistics = self.assert_complete(lemf, dataplane)
        self.assertGreater(self.hi3(statistics)["resent_records"], 0)
        self.assertEqual(self.hi3(statistics)["confirm_level"], "CONFIRM_LEVEL_READ")

    def test_a_frozen_receiver_is_asked_first_and_not_flooded_and_has_all_when_it_thaws(self):
        lemf = self.lemf(options=("--slow-bps", "4000000"))
        dataplane = self.deliver_to(lemf)
        dataplane.wait_statistics(lambda now: self.hi3(now)["keepalives_answered"] > 0, "it has shown that it answers")
        lemf.process.signal(signal.SIGSTOP)
        wait_for(lambda: self.standing("delivery_held"), "records wait, and the operator is told")
        held = dataplane.wait_statistics(lambda now: self.hi3(now)["holding"], "the statistics say so")
        self.assertGreater(self.hi3(held)["waiting_ms"], 0)
        self.assertFalse(self.hi3(held)["confirm_reduced"], "that it does not answer now says that it has not read")
        lemf.process.signal(signal.SIGCONT)
        statistics = self.assert_complete(lemf, dataplane)
        self.assertGreaterEqual(self.hi3(statistics)["holds"], 1)

    def test_a_receiver_that_is_cut_off_has_all_when_the_line_is_back(self):
        need_namespaces()
        pair = VethPair()
        self.addCleanup(pair.remove)
        pair.address("192.0.2.129/30", "192.0.2.130/30")
        lemf = self._own(Lemf(self.folder, options=("--slow-bps", "4000000"), host="192.0.2.130",
                              prefix=["ip", "netns", "exec", pair.namespace])).start()
        dataplane = self.deliver_to(lemf)
        dataplane.wait_statistics(lambda now: self.hi3(now)["keepalives_answered"] > 0, "it answers")
        pair.cut(True)
        wait_for(lambda: self.standing("destination_down"), "the operator is told")
        pair.cut(False)
        wait_for(lambda: not self.standing("destination_down"), "and told when it is over")
        self.assert_complete(lemf, dataplane)

    def test_a_slow_receiver_is_neither_dead_nor_hurried(self):
        lemf = self.lemf(options=("--slow-bps", "1000000"))
        dataplane = self.deliver_to(lemf, "--keepalive-idle", "5", "--keepalive-wait", "3", count=800)
        statistics = self.assert_complete(lemf, dataplane)
        self.assertEqual(self.hi3(statistics)["connects"], 1)
        self.assertEqual(self.hi3(statistics)["resent_records"], 0)
        self.assertFalse(self.hi3(statistics)["confirm_reduced"])

    def test_a_receiver_that_never_answers_is_believed_by_its_tcp_and_an_alarm_stands(self):
        fake = self.fake(answers=False)
        dataplane = self.deliver_to(fake, *("500" if word == "20000" else word for word in QUICK))
        wait_for(lambda: self.standing("confirm_level_reduced"), "the operator is told")
        wait_for(lambda: self.shown("lea/hi3").get("confirm_reduced"), "lictorctl shows it")
        shown = self.shown("lea/hi3")
        self.assertEqual((shown["confirm_level"], shown["holding"]), ("CONFIRM_LEVEL_TRANSPORTED", False))
        self.assertEqual(self.ctl.json("destination", "list", "--agency", "nobody"), [])
        self.assertIn("transported (reduced)", self.destination("list", "--rate", "1"))
        statistics = self.assert_complete_fake(fake, dataplane)
        self.assertEqual(self.hi3(statistics)["confirm_level"], "CONFIRM_LEVEL_TRANSPORTED")
        self.assertTrue(self.hi3(statistics)["confirm_reduced"])

    def test_a_receiver_that_answers_only_while_nothing_flows_gets_records_a_bounded_number_of_times(self):
        fake = self.fake(answers="idle")
        self.lictord.start()
        self.agency("lea", fake, *QUICK)
        self.active_warrant("lea", "LIID-CONFIRM", [f"ipv4:{TARGET}"])
        self.path = self.folder / "confirm.pcap"
        packets = write_pcap(self.path, conversation(TARGET, PEER, 500, 600))
        dataplane = self.dataplane([pcap_port(self.path)], replay={"taps": 2, "packets": packets}).start()
        dataplane.wait_statistics(lambda now: now["destinations"] and self.hi3(now)["keepalives_answered"] > 0, "it answers while idle")
        self.active_warrant("lea", "LIID-BESIDE", ["ipv4:192.0.2.250"])  # now packets flow
        dataplane.wait_replayed()
        wait_for(lambda: self.standing("confirm_level_reduced"), "the operator is told")
        self.assert_complete_fake(fake, dataplane)
        repeats = {}
        for record in fake.records():
            if ps_pdu.kind_of(ps_pdu.decode(record)) == "cc":
                repeats[record] = repeats.get(record, 0) + 1
        self.assertEqual(max(repeats.values()), 3, "twice, and once for its sign of life")

    def test_a_receiver_that_agrees_acknowledges_every_record(self):
        lemf = self.lemf()
        dataplane = self.deliver_to(lemf, *acknowledged())
        dataplane.wait_delivered()
        wait_for(lambda: self.shown("lea/hi3").get("confirm_level") == "CONFIRM_LEVEL_ACKNOWLEDGED", "lictorctl shows it")
        wait_for(lambda: self.confirmed_up_to("lea/hi3") == {"SERIES_KIND_CC": len(self.expected()) - 1}, "and up to which number")
        wait_for(lambda: set(self.confirmed_up_to("lea/hi2")) == {"SERIES_KIND_IRI", "SERIES_KIND_HI1"}, "IRI and HI1 too")
        shown = self.destination("show", "lea/hi3")
        self.assertIn("acknowledged", shown)
        self.assertNotIn("LIID-CONFIRM", shown)
        self.assertIn("and 1 series more", self.destination("show", "lea/hi2", "--series-max", "1"))
        statistics = self.assert_complete(lemf, dataplane)
        confirmed = sum(one["confirmed_records"] for one in statistics["destinations"])
        self.assertEqual(confirmed, statistics["records"]["confirmed"])
        for one in statistics["destinations"]:
            self.assertEqual((one["confirm_level"], one["confirm_reason"]), ("CONFIRM_LEVEL_ACKNOWLEDGED", ""))
            self.assertGreater(one["acknowledgements"], 0)
            self.assertEqual(one["resent_records"], 0)
        self.assertGreaterEqual(lemf.summary()["hi3"]["acknowledgements"], self.hi3(statistics)["acknowledgements"])
        self.assertEqual(self.alarms("confirm_level_reduced"), [])

    def test_a_receiver_that_declines_to_acknowledge_is_confirmed_by_as_read_and_an_alarm_stands(self):
        lemf = self.lemf(options=("--options", "decline"))
        dataplane = self.deliver_to(lemf, *acknowledged())
        wait_for(lambda: self.standing("confirm_level_reduced"), "the operator is told")
        self.assertIn("the confirm level in force is read", self.standing("confirm_level_reduced")[0]["text"])
        wait_for(lambda: self.shown("lea/hi3").get("confirm_level") == "CONFIRM_LEVEL_READ", "lictorctl shows it")
        self.assertIn("read (reduced)", self.destination("list"))
        self.assertIn("read (reduced): the peer declines to acknowledge PDUs", self.destination("show", "lea/hi3"))
        statistics = self.assert_complete(lemf, dataplane)
        self.assertEqual(self.hi3(statistics)["confirm_reason"], "the peer declines to acknowledge PDUs")
        self.assertEqual(lemf.summary()["hi3"]["acknowledgements"], 0)

    def test_a_receiver_that_is_killed_before_it_acknowledges_gets_everything_again(self):
        lemf = self.lemf(options=("--slow-bps", "4000000"))
        dataplane = self.deliver_to(lemf, *acknowledged())
        lemf.process.wait_until(lambda: lemf.received() > 100_000, "a part has been stored")
        lemf.process.kill()
        wait_for(lambda: self.standing("destination_down"), "the operator is told")
        away = dataplane.statistics()
        self.assertLess(away["records"]["confirmed"], away["records"]["appended"])
        lemf.options = ()
        lemf.start()
        statistics = self.assert_complete(lemf, dataplane)
        self.assertGreater(self.hi3(statistics)["resent_records"], 0)
        self.assertEqual(self.hi3(statistics)["confirm_level"], "CONFIRM_LEVEL_ACKNOWLEDGED")

    def confirmed_as_read(self, reason: str, profile: tuple, **manners) -> None:
        fake = self.fake(**manners)
        dataplane = self.deliver_to(fake, *profile)
        statistics = self.assert_complete_fake(fake, dataplane)
        hi3 = self.hi3(statistics)
        self.assertEqual((hi3["confirm_level"], hi3["confirm_reason"]), ("CONFIRM_LEVEL_READ", reason))
        self.assertEqual(hi3["connects"], 1)

    def test_a_receiver_that_does_not_say_whether_it_acknowledges_is_confirmed_by_as_read(self):
        self.confirmed_as_read("the peer does not say whether it acknowledges PDUs", acknowledged(negotiate_ms=500), options="silent")

    def test_a_receiver_that_answers_junk_is_confirmed_by_as_read(self):
        self.confirmed_as_read("the peer declines to acknowledge PDUs", acknowledged(), options="junk")

    def test_a_receiver_that_does_not_keep_its_word_is_confirmed_by_as_read(self):
        self.confirmed_as_read("the peer has agreed to acknowledge PDUs and does not", acknowledged(fallback_ms=3000),
                               answers={"keep-alive"})

    def test_a_receiver_that_closes_inside_records_has_all_in_the_end(self):
        fake = self.fake(closes_after=50_001)
        dataplane = self.deliver_to(fake)
        statistics = self.assert_complete_fake(fake, dataplane)
        self.assertGreaterEqual(self.hi3(statistics)["connects"], 3)
        self.assertTrue(any(connection.rest() for connection in fake.connections), "one was closed inside a record")

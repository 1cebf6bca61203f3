"""Agencies that fail: what was not confirmed comes again, nothing is missing, and the second endpoint takes over."""

from support import ps_pdu
from support.bench import E2eTest
from support.capture_file import read_capture
from support.dataplane import Dataplane, pcap_port
from support.fake_lemf import FakeLemf
from support.frames import conversation, write_pcap
from support.live import PEER, TARGET
from support.oracle import read_expected
from support.waiting import wait_for

PLAIN = ("--security", "plain-lab")
KEEPALIVE = ("--keepalive-idle", "5", "--keepalive-wait", "1")  # the shortest idle time that a profile may have


class Handover(E2eTest):
    def fake(self, **manners) -> FakeLemf:
        fake = self._own(FakeLemf(**manners))
        self.addCleanup(fake.close)
        return fake

    def replaying(self, count: int = 1000) -> Dataplane:
        self.path = self.folder / "handover.pcap"
        packets = write_pcap(self.path, conversation(TARGET, PEER, count, 600))
        return self.dataplane([pcap_port(self.path)], replay={"taps": 1, "packets": packets}).start()

    def expected(self) -> list[bytes]:
        return [one.packet for one in read_expected(read_capture(self.path), [f"ipv4:{TARGET}"]).expected]

    def destination(self, statistics: dict, interface: str) -> dict:
        return next(one for one in statistics["destinations"] if str(one["interface"]).lower().endswith(interface))

    def test_a_connection_reset_inside_a_record_costs_repeats_and_nothing_else(self):
        self.lictord.start()
        hi2, hi3 = self.fake(), self.fake(reset_after=100_001)
        self.ctl.json("agency", "create", "--id", "lea", "--name", "LEA", "--country", "AT", "--lab",
                      *PLAIN, "--hi2", hi2.hi2_address, "--hi3", hi3.hi3_address)
        self.active_warrant("lea", "LIID-RESET", [f"ipv4:{TARGET}"])
        dataplane = self.replaying()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        statistics = dataplane.stop()
        wait_for(lambda: all(connection.closed for connection in hi3.connections), "the connections are read to their ends")
        first, *others = hi3.connections
        self.assertTrue(first.rest(), "the reset came inside a record")
        for connection in others:
            self.assertEqual(connection.rest(), b"", "later connections carry whole records from the first octet on")
        self.check_repeats(hi3)
        self.assertGreaterEqual(self.destination(statistics, "hi3")["connects"], 2)
        self.assertGreater(self.destination(statistics, "hi3")["resent_records"], 0)
        self.assertEqual(statistics["records"]["unconfirmed"], 0)

    def check_repeats(self, hi3: FakeLemf) -> None:
        by_number = {}
        for record in hi3.records():
            pdu = ps_pdu.decode(record)
            if ps_pdu.kind_of(pdu) == "cc":
                known = by_number.setdefault(pdu["pSHeader"]["sequenceNumber"], record)
                self.assertEqual(known, record, "a repeat is octet-identical")
        expected = self.expected()
        self.assertEqual(sorted(by_number), list(range(len(expected))), "nothing is missing")
        packets = [packet for _, _, packet in ps_pdu.contents(ps_pdu.decode(by_number[number]) for number in sorted(by_number))]
        self.assertEqual(packets, expected)

    def test_keepalives_that_are_answered_keep_the_connection(self):
        self.lictord.start()
        fake2, fake3 = self.fake(), self.fake()
        self.ctl.json("agency", "create", "--id", "lea", "--name", "LEA", "--country", "AT", "--lab",
                      *PLAIN, "--hi2", fake2.hi2_address, "--hi3", fake3.hi3_address, *KEEPALIVE)
        self.active_warrant("lea", "LIID-ALIVE", [f"ipv4:{TARGET}"])
        dataplane = self.replaying(20)
        statistics = dataplane.wait_statistics(
            lambda now: all(one["keepalives_answered"] >= 2 for one in now["destinations"]) and now["destinations"],
            "two keepalives were answered")
        self.assertEqual([one["connects"] for one in statistics["destinations"]], [1, 1])
        self.assertEqual((len(fake2.connections), len(fake3.connections)), (1, 1))
        self.assertEqual(self.alarms("destination_down"), [])
        dataplane.stop()

    def test_a_keepalive_without_an_answer_makes_the_connection_anew_and_alarms(self):
        self.lictord.start()
        fake2, mute = self.fake(), self.fake(answers=False)
        self.ctl.json("agency", "create", "--id", "lea", "--name", "LEA", "--country", "AT", "--lab",
                      *PLAIN, "--hi2", fake2.hi2_address, "--hi3", mute.hi3_address, *KEEPALIVE)
        self.active_warrant("lea", "LIID-MUTE", [f"ipv4:{TARGET}"])
        dataplane = self.replaying(20)
        dataplane.wait_statistics(lambda now: any(one["connects"] >= 2 for one in now["destinations"]), "it connects again")
        self.assertTrue(mute.keepalives())
        self.assertGreaterEqual(len(mute.connections), 2)
        self.assertTrue(mute.connections[0].closed)
        wait_for(lambda: self.alarms("destination_down") or self.alarms("keepalive_unanswered"), "the silence is alarmed")
        dataplane.stop()

    def test_the_second_endpoint_takes_over_where_the_first_is_away(self):
        self.lictord.start()
        away, there = self.fake(), self.lemf()
        away.close()
        self.agency("lea", [away, there])
        self.active_warrant("lea", "LIID-FAILOVER", [f"ipv4:{TARGET}"])
        dataplane = self.replaying()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(there.stop(), 0)
        self.assertEqual([one.packet for one in there.contents()], self.expected())

    def test_replay_is_refused_towards_a_destination_that_is_not_lab(self):
        self.lictord.start()
        lemf = self.lemf()
        self.ctl.json("agency", "create", "--id", "real", "--name", "Real", "--country", "AT",
                      "--hi2", lemf.hi2_address, "--hi3", lemf.hi3_address)
        warrant = self.warrant("real", "LIID-REAL", [f"ipv4:{TARGET}"])
        dataplane = self.replaying()
        self.lictord.process.wait_until(lambda: self.ctl.json("dataplane", "list").get("dataplanes"), "it is attached")
        answer = self.ctl.json("warrant", "activate", warrant)
        self.assertEqual(answer["dataplanes_told"], 0)
        self.assertIn("lab", " ".join(answer["warnings"]), "the person is told why")
        self.assertEqual(self.ctl.json("tap", "list").get("taps", []), [])
        statistics = dataplane.stop()
        self.assertEqual((statistics["packets"]["matched"], statistics["records"]["appended"]), (0, 0))
        self.assertEqual((lemf.received("hi2"), lemf.received("hi3")), (0, 0))

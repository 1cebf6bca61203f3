"""While nothing is tapped, ports stay up and what comes is counted as idle; the first tap sees everything from its
acknowledgement on, and nothing from before."""

from support.dataplane import SPREAD, tasks_in
from support.live import TARGET, LiveTest, numbers_of
from support.waiting import wait_for

BEFORE = 20_000  # more than a port's queue holds: some are missed
AFTER = 2_000


class Idle(LiveTest):
    def idle_then_tapped(self, **settings) -> None:
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        dataplane = self.live_dataplane(idle={"untapped_poll_ms": 1000}, **settings)
        before = self.sender("before", rate=0, count=BEFORE).sent()
        dataplane.wait_statistics(lambda now: now["ports"][0]["idle"] >= len(before), "all came while nothing was tapped")
        self.assertTrue(dataplane.statistics()["ports"][0]["link_up"])
        self.active_warrant("lea", "LIID-IDLE", [f"ipv4:{TARGET}"])
        after = self.sender("after", rate=1000, count=AFTER, first=BEFORE).sent()
        dataplane.wait_statistics(lambda now: now["packets"]["matched"] >= len(after), "all after the tap are copied")
        dataplane.wait_delivered()
        statistics = dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        port = statistics["ports"][0]
        self.assertEqual(port["idle"], len(before), "each packet from before, waiting or missed")
        self.assertEqual(port["imissed"], 0, "what was missed while nothing was tapped is idle")
        self.assertEqual(port["received"], len(after))
        self.assertEqual(port["offered"], len(before) + len(after))
        self.assertEqual(numbers_of(lemf.contents()), [number for number, _ in after])
        self.assertEqual(self.alarms("port_missed"), [], "nobody was tapped: nobody lost anything")

    def test_nothing_from_before_the_tap_and_everything_after_its_acknowledgement(self):
        self.idle_then_tapped()

    def test_the_same_where_a_spreader_receives(self):
        self.idle_then_tapped(**SPREAD)

    def test_a_packet_that_is_sent_right_after_the_acknowledgement_is_copied(self):
        """Taps come and go: each time the lcores may have fallen asleep before."""
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        dataplane = self.live_dataplane(idle={"untapped_poll_ms": 1000})
        sent = []
        for turn in range(3):
            warrant = self.active_warrant("lea", f"LIID-TURN-{turn}", [f"ipv4:{TARGET}"])
            sent += self.sender(f"turn{turn}", rate=0, count=100, first=100 * turn).sent()
            dataplane.wait_statistics(lambda now: now["packets"]["matched"] >= len(sent), "all are copied")
            self.ctl.json("warrant", "end", warrant)
            idle = dataplane.statistics()["ports"][0]["idle"]
            while dataplane.statistics()["ports"][0]["idle"] == idle:
                self.sender("between", rate=0, count=1, first=10_000).sent()
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        self.assertEqual(sorted(numbers_of(lemf.contents())), [number for number, _ in sent])

    def test_a_tap_of_signalling_alone_keeps_nobody_awake_and_is_told_of(self):
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        dataplane = self.live_dataplane(idle={"untapped_poll_ms": 100})
        warrant = self.active_warrant("lea", "LIID-IRI", [f"ipv4:{TARGET}"], content="iri")
        dataplane.wait_tasks(1)
        idle = dataplane.statistics()["ports"][0]["idle"]
        wait_for(lambda: self.sender("ignored", rate=0, count=1).sent() and dataplane.statistics()["ports"][0]["idle"] > idle,
                 "nobody looks")
        self.ctl.json("warrant", "end", warrant)
        dataplane.wait_statistics(lambda now: tasks_in(now, "ended"), "the end of interception is delivered")
        statistics = dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        self.assertEqual(statistics["packets"]["matched"], 0)

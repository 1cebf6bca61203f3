"""Interfaces of the kernel as ports: one dataplane has one, and whoever watches it hears when nothing can arrive."""

from support.dataplane import live_port
from support.live import TARGET, LiveTest, numbers_of
from support.waiting import wait_for

COUNT = 500


class Ports(LiveTest):
    def test_a_second_dataplane_on_an_interface_is_refused_and_the_first_receives_as_before(self):
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        first = self.live_dataplane()
        self.active_warrant("lea", "LIID-PORTS", [f"ipv4:{TARGET}"])
        before = self.sender("before", rate=1000, count=COUNT).sent()
        second = self.dataplane([live_port(self.pair.near)], "NE-2").start()
        self.assertEqual(second.process.wait_exit(), 1)
        for word in ("ports[0]", self.pair.near, f"process {first.process.pid}"):
            self.assertIn(word, second.process.log())
        after = self.sender("after", rate=1000, count=COUNT, first=COUNT).sent()
        first.wait_statistics(lambda now: now["packets"]["matched"] >= 2 * COUNT, "what came after the second is copied")
        first.wait_delivered()
        first.stop()
        self.assertEqual(lemf.stop(), 0)
        self.assertEqual(numbers_of(lemf.contents()), [number for number, _ in before + after])

    def test_an_interface_is_free_again_when_its_dataplane_was_killed(self):
        self.live_dataplane().kill()
        self.live_dataplane()

    def is_told(self) -> bool:
        alarms = self.ctl.json("alarm", "list", "--standing").get("alarms", [])
        return any(alarm["code"] == "link_down" for alarm in alarms)

    def test_a_link_that_goes_down_and_one_that_is_gone_are_told(self):
        self.lictord.start()
        dataplane = self.live_dataplane()
        self.pair.cut(True)
        dataplane.wait_statistics(lambda now: not now["ports"][0]["link_up"], "the link is down")
        wait_for(self.is_told, "the alarm stands")
        self.pair.cut(False)
        dataplane.wait_statistics(lambda now: now["ports"][0]["link_up"], "the link is up")
        wait_for(lambda: not self.is_told(), "the alarm is over")
        self.pair.remove()
        dataplane.wait_statistics(lambda now: not now["ports"][0]["link_up"], "the interface is gone")
        wait_for(self.is_told, "the alarm stands again")

"""A host's clock is set by an hour in the midst of a warrant: nothing is copied beyond its end, the step is alarmed, and nothing
is begun by a clock that cannot be trusted."""

import time
from datetime import datetime, timedelta, timezone

from support.bench import from_now, rfc3339
from support.dataplane import task_of
from support.delivered import missing_numbers
from support.host_clock import HostClock
from support.live import TARGET, LiveTest, stamp_of
from support.waiting import wait_for

HOUR = 3600
LITTLE_S = 2  # a step all the same
# A busy machine files a warrant, activates it and sets a clock before such a window ends.
WINDOW_S = 15
# How late before its end a packet may be sent and still count: it has to get through the veth pair and a busy machine.
LATENCY_NS = 500_000_000
MILLISECOND_NS = 1_000_000


class ClockSteps(LiveTest):
    """lictord, a dataplane with a live port, and an agency; either program by a clock of its own."""

    watched = "on"  # whether the dataplane watches its own clock
    settle_s = 1  # until it is trusted again

    def setUp(self) -> None:
        super().setUp()
        self.daemon_clock = HostClock(self.folder, "daemon")
        self.clock = HostClock(self.folder, "dataplane")
        self.lictord.prefix = self.daemon_clock.prefix
        self.lictord.settings["policy"]["trusted_time"] = True
        self.lictord.start()
        self.receiver = self.lemf()
        self.agency("lea", self.receiver, "--agency-alarms", "message")
        self.element = self.live_dataplane(prefix=self.clock.prefix, alarms={"time": self.watched, "time_settle_s": self.settle_s})
        wait_for(lambda: self.ctl.json("dataplane", "list").get("dataplanes"), "the dataplane is attached")

    def in_force(self, seconds: float) -> tuple[str, int]:
        """A warrant that copies, for so long by the true clock; its id, and the window's end in nanoseconds."""
        self.traffic = self.sender(rate=1000)
        warrant = self.active_warrant("lea", "LIID-STEP", [f"ipv4:{TARGET}"], end=from_now(seconds))
        self.element.wait_statistics(lambda now: now["records"]["matched"] > 0, "the target is copied")
        window = self.ctl.json("warrant", "show", warrant)["warrant"]["window"]
        self.begun_ns = int(window["start_unix_ns"])
        return warrant, int(window["end_unix_ns"])

    def another(self, liid: str) -> str:
        return self.warrant("lea", liid, ["ipv4:192.0.2.201"], end=rfc3339(datetime.now(timezone.utc) + timedelta(hours=3)))

    def wait_ended(self, warrant: str) -> None:
        xid = self.xids(warrant)[0]
        self.element.wait_statistics(lambda now: not str(task_of(now, xid)["state"]).lower().endswith("active"), "it has ended")

    def wait_more_traffic(self) -> None:
        """Offered: with nothing tapped the port is left alone, and what arrives is counted as idle."""
        before = self.element.statistics()["packets"]["offered"]
        self.element.wait_statistics(lambda now: now["packets"]["offered"] > before + 500, "traffic goes on")

    def wait_alarm(self, code: str, stands: bool) -> dict:
        def found():
            known = self.alarms(code)
            return known[0] if known and bool(int(known[0].get("cleared_unix_ns", 0))) != stands else None
        return wait_for(found, f"{code} {'stands' if stands else 'is over'}")

    def delivered(self) -> tuple[list[tuple[int, int]], list]:
        """What was sent, as (number, true time); and the contents that the agency has."""
        sent = self.traffic.stop()
        self.element.wait_delivered()
        statistics = self.element.stop()
        self.assertEqual(statistics["ports"][0]["imissed"], 0, "the port kept up")
        self.assertEqual(self.receiver.stop(), 0)
        contents = self.receiver.contents()
        self.assertEqual(sum(missing_numbers(contents).values()), 0)
        numbers = [stamp_of(content)[0] for content in contents]
        self.assertEqual(numbers, list(range(numbers[0], numbers[-1] + 1)), "no hole between the first and the last, over the step too")
        return sent, contents

    def assert_ends(self, contents: list, end_ns: int) -> None:
        """At the end of the window at the latest, by when packets were sent and by what the agency is told of when they came."""
        for content in contents:
            self.assertLess(stamp_of(content)[1], end_ns + MILLISECOND_NS)
            self.assertLess(content.timestamp_us * 1000, end_ns + MILLISECOND_NS)

    def assert_whole(self, sent: list, contents: list, end_ns: int) -> None:
        """Everything until the end."""
        numbers = {stamp_of(content)[0] for content in contents}
        inside = {number for number, at in sent if number >= min(numbers) and at < end_ns - LATENCY_NS}
        self.assertEqual(inside - numbers, set())

    def audited_steps(self) -> list[str]:
        entries = self.ctl.json("audit", "show", "--action", "clock.step").get("entries", [])
        return [field["value"] for entry in entries for field in entry["fields"] if field["name"] == "by"]


class DataplaneClock(ClockSteps):
    settle_s = 300  # what is looked for stands for longer than a look may take

    def set_back(self, seconds: int) -> tuple[list, list, int]:
        """In mid-window, and told; what was sent, what was delivered, and when the window ended."""
        warrant, end_ns = self.in_force(WINDOW_S)
        wait_for(lambda: time.time_ns() > self.begun_ns + 2 * LITTLE_S * 1_000_000_000, "the window is older than a little step")
        self.clock.set_by(-seconds)
        self.assertIn(f"was set by -{seconds}.", self.wait_alarm("time_untrusted", stands=True)["text"])
        self.assertTrue(self.wait_alarm("clock_differs", stands=True)["text"].endswith(" behind"))
        self.wait_ended(warrant)
        self.wait_more_traffic()
        sent, contents = self.delivered()
        self.assert_ends(contents, end_ns)
        self.assertEqual(self.receiver.hi2_stream().kinds(b"LIID-STEP")[-1], "liDeactivated")
        return sent, contents, end_ns

    def test_a_clock_that_is_set_back_lengthens_no_window_and_loses_nothing_of_it(self):
        self.assert_whole(*self.set_back(LITTLE_S))

    def test_a_clock_that_is_set_back_behind_the_windows_beginning_lengthens_no_window(self):
        """It may have been wrong before: by what it shows now nothing may be copied yet."""
        self.set_back(HOUR)

    def test_a_clock_that_is_set_ahead_ends_the_window_and_setting_it_back_does_not_open_it_again(self):
        warrant, end_ns = self.in_force(HOUR / 2)
        self.clock.set_by(HOUR)
        self.wait_ended(warrant)
        step = self.wait_alarm("time_untrusted", stands=True)
        self.assertIn("was set by +3600.", step["text"])
        matched = self.element.statistics()["records"]["matched"]
        self.wait_more_traffic()
        self.clock.set_by(-HOUR)
        self.wait_alarm("clock_differs", stands=False)
        self.wait_more_traffic()
        self.assertEqual(self.element.statistics()["records"]["matched"], matched, "it stays shut")
        _, contents = self.delivered()
        self.assertEqual(len(contents), matched)
        self.assert_ends(contents, end_ns)


class UnsynchronisedClock(ClockSteps):
    def test_nothing_is_activated_by_a_clock_that_nobody_synchronises(self):
        warrant = self.another("LIID-LATER")
        self.clock.synchronise(False)
        self.wait_alarm("time_untrusted", stands=True)
        self.assertIn("dataplane NE-1 says so of its clock", self.ctl.refused("warrant", "activate", warrant).message)
        self.clock.synchronise(True)
        self.wait_alarm("time_untrusted", stands=False)
        self.ctl.json("warrant", "activate", warrant)
        self.element.wait_tasks(1)
        self.element.stop()


class DifferingClock(ClockSteps):
    """The daemon alone finds out."""

    watched = "off"

    def test_nothing_is_activated_by_a_clock_that_was_set_until_it_is_right_again(self):
        warrant = self.another("LIID-LATER")
        for seconds in (-HOUR, HOUR):
            self.clock.set_by(seconds)
            self.wait_alarm("clock_differs", stands=True)
            self.assertIn("time cannot be trusted", self.ctl.refused("warrant", "activate", warrant).message)
            self.clock.set_by(-seconds)
            self.wait_alarm("clock_differs", stands=False)
        self.ctl.json("warrant", "activate", warrant)
        self.element.wait_tasks(1)
        self.element.stop()


class DaemonClock(ClockSteps):
    def step_daemon(self, seconds: int) -> None:
        warrant, end_ns = self.in_force(WINDOW_S)
        self.daemon_clock.set_by(seconds)
        wait_for(self.audited_steps, "the account has the step")
        self.wait_alarm("clock_differs", stands=True)
        self.assertIn("time cannot be trusted", self.ctl.refused("warrant", "activate", self.another("LIID-LATER")).message)
        self.wait_ended(warrant)
        self.wait_more_traffic()
        sent, contents = self.delivered()
        self.assert_ends(contents, end_ns)
        if seconds < 0:
            self.assert_whole(sent, contents, end_ns)

    def test_a_daemon_that_is_set_back_lengthens_no_window(self):
        self.step_daemon(-HOUR)
        self.assertEqual([by.split(" ")[-1] for by in self.audited_steps()], ["back"])

    def test_a_daemon_that_is_set_ahead_lengthens_no_window(self):
        self.step_daemon(HOUR)
        self.assertEqual([by.split(" ")[-1] for by in self.audited_steps()], ["ahead"])

    def test_nothing_is_activated_while_the_daemons_clock_is_not_synchronised(self):
        warrant = self.another("LIID-LATER")
        self.daemon_clock.synchronise(False)
        self.assertIn("the daemon's clock is not synchronised", self.ctl.refused("warrant", "activate", warrant).message)
        self.daemon_clock.synchronise(True)
        self.ctl.json("warrant", "activate", warrant)
        self.element.wait_tasks(1)
        self.element.stop()

"""A warrant copies inside [start, end) on the legal clock, to the packet, and the control daemon's death changes nothing."""

from datetime import datetime, timedelta, timezone

from support.bench import rfc3339
from support.delivered import missing_numbers
from support.live import TARGET, LiveTest, stamp_of

# How late before its end a packet may be sent and still count: it has to get through the veth pair and a busy machine.
LATENCY_NS = 500_000_000


class Window(LiveTest):
    def copy_of_window(self, kill_lictord: bool) -> None:
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        dataplane = self.live_dataplane()
        sender = self.sender(rate=1000)
        now = datetime.now(timezone.utc)
        start, end = now + timedelta(seconds=2), now + timedelta(seconds=10)
        warrant = self.active_warrant("lea", "LIID-WINDOW", [f"ipv4:{TARGET}"], start=rfc3339(start), end=rfc3339(end))
        # Seconds pass before a busy machine has filed and activated: the window in force is what counts.
        window = self.ctl.json("warrant", "show", warrant)["warrant"]["window"]
        start_us, end_us = int(window["start_unix_ns"]) // 1000, int(window["end_unix_ns"]) // 1000
        dataplane.wait_statistics(lambda now: now["records"]["matched"] > 0, "the window has begun")
        if kill_lictord:
            self.lictord.process.kill()
        dataplane.wait_statistics(lambda now: not self._is_active(now), "the window has ended")
        # Offered: with nothing tapped any more the port is left alone, and what arrives is counted as idle.
        after = dataplane.statistics()["packets"]["offered"]
        dataplane.wait_statistics(lambda now: now["packets"]["offered"] > after + 500, "traffic goes on after the end")
        sent = sender.stop()
        dataplane.wait_delivered()
        statistics = dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        self.assertEqual(statistics["ports"][0]["imissed"], 0, "the port kept up")
        self.check(lemf, sent, start_us, end_us)

    @staticmethod
    def _is_active(statistics: dict) -> bool:
        return any(str(task["state"]).lower().endswith(("pending", "active")) for task in statistics["tasks"])

    def check(self, lemf, sent: list[tuple[int, int]], start_us: int, end_us: int) -> None:
        contents = lemf.contents()
        stamps = [stamp_of(content) for content in contents]
        inside = [number for number, at in sent if start_us * 1000 <= at < end_us * 1000 - LATENCY_NS]
        numbers = [number for number, _ in stamps]
        self.assertEqual(numbers, list(range(numbers[0], numbers[-1] + 1)), "no hole between first and last")
        self.assertGreater(len(inside), 1000)
        self.assertEqual(set(inside) - set(numbers), set(), "what was sent inside the window is there")
        for content, (_, at) in zip(contents, stamps):
            self.assertGreaterEqual(content.timestamp_us, start_us)
            self.assertLess(content.timestamp_us, end_us)
            self.assertLess(at, end_us * 1000)
        self.assertEqual(sum(missing_numbers(contents).values()), 0)
        stream = lemf.hi2_stream()
        self.assertEqual(stream.gaps(), [])
        self.assertEqual(stream.kinds(b"LIID-WINDOW"), ["liActivated", "iri 7", "iri 9", "liDeactivated"])

    def test_copies_from_the_windows_first_to_its_last_packet_and_not_outside(self):
        self.copy_of_window(kill_lictord=False)

    def test_a_window_ends_on_time_while_the_control_daemon_is_dead(self):
        self.copy_of_window(kill_lictord=True)

    def test_a_warrant_before_its_window_copies_nothing(self):
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        dataplane = self.live_dataplane()
        start = datetime.now(timezone.utc) + timedelta(hours=1)
        self.active_warrant("lea", "LIID-EARLY", [f"ipv4:{TARGET}"], start=rfc3339(start),
                            end=rfc3339(start + timedelta(hours=1)))
        dataplane.wait_tasks(1, "pending")
        self.sender(rate=0, count=500)
        statistics = dataplane.wait_statistics(lambda now: now["packets"]["received"] >= 500, "the packets have arrived")
        self.assertEqual(statistics["packets"]["matched"], 0)
        self.assertEqual(dataplane.stop()["records"]["matched"], 0)
        self.assertEqual(lemf.received("hi3"), 0)

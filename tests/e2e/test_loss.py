"""A receiver that stands still while packets go on: what is lost is counted, alarmed, and shows as exactly that many numbers."""

import signal

from support.dataplane import task_of
from support.delivered import missing_numbers
from support.live import TARGET, LiveTest, numbers_of

# Small on purpose: a frozen receiver fills them, and the sockets' buffers before them, in a moment.
BUFFERS = {"copy_ring_bytes": 1 << 20, "backlog_bytes": 1 << 20}
PAYLOAD = 1400
FLOOD = 40_000  # about 58 MB: ten times what TCP on the loopback swallows


class Loss(LiveTest):
    def test_numbers_lack_exactly_what_was_counted_as_lost_while_the_receiver_stood_still(self):
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        warrant = self.active_warrant("lea", "LIID-LOSS", [f"ipv4:{TARGET}"])
        dataplane = self.live_dataplane(buffers=BUFFERS)
        dataplane.wait_tasks(1)
        lemf.process.signal(signal.SIGSTOP)
        flood = self.sender("flood", count=FLOOD, payload=PAYLOAD)
        dropped = dataplane.wait_statistics(lambda now: sum(now["records"]["drops"].values()) > 1000, "records are dropped")
        self.assertGreater(dropped["packets"]["received"], 0)
        flooded = flood.sent()
        lemf.process.signal(signal.SIGCONT)
        dataplane.wait_delivered()
        # The next packets carry the news of what was lost before them.
        last = self.sender("last", count=200, rate=1000, first=FLOOD)
        tail = [number for number, _ in last.sent()]
        dataplane.wait_statistics(lambda now: self._offered(now) >= len(flooded) + len(tail), "the last have arrived")
        dataplane.wait_delivered()
        self.assertTrue(self.alarms("records_lost"), "the loss is alarmed")
        statistics = dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        self.check(lemf, statistics, self.xids(warrant)[0], tail)

    @staticmethod
    def _offered(statistics: dict) -> int:
        return statistics["ports"][0]["offered"]

    def check(self, lemf, statistics: dict, xid: str, tail: list[int]) -> None:
        contents = lemf.contents()
        records = task_of(statistics, xid)["records"]
        lost = sum(records["drops"].get(reason, 0) for reason in ("ring_full", "backlog_full", "fair_share"))
        print(f"        {records['matched']} matched, {len(contents)} delivered, {lost} lost, "
              f"{statistics['ports'][0]['imissed']} missed by the port")
        self.assertEqual(lost, sum(records["drops"].values()))
        self.assertEqual(sum(missing_numbers(contents).values()), lost, "each lost copy is one missing number")
        self.assertEqual(records["matched"], len(contents) + lost)
        self.assertEqual(len(contents), len(set(numbers_of(contents))), "nothing came twice")
        self.assertEqual(numbers_of(contents), sorted(numbers_of(contents)))
        self.assertEqual(numbers_of(contents)[-len(tail):], tail)
        self.assertIn("alarms-indicator", lemf.hi2_stream().kinds(b"LIID-LOSS"), "the agency is told")

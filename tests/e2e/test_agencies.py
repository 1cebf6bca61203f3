"""Several agencies on one target, several dataplanes on one warrant: sets that are whole and know nothing of each other."""

from support.bench import E2eTest
from support.capture_file import read_capture
from support.dataplane import Dataplane, pcap_port, task_of
from support.delivered import Content, first_difference, missing_numbers
from support.frames import conversation, write_pcap
from support.live import TARGET, LiveTest, numbers_of
from support.oracle import Expected, read_expected
from support.receiver import Lemf

PEER = "198.51.100.9"


class Replayed(E2eTest):
    def capture(self, name: str, count: int, first_us: int = 1_700_000_000_000_000):
        path = self.folder / f"{name}.pcap"
        self.packets = write_pcap(path, conversation(TARGET, PEER, count), first_us)
        return path

    def expected(self, path) -> list[Expected]:
        return read_expected(read_capture(path), [f"ipv4:{TARGET}"]).expected

    def assert_set_of(self, contents: list[Content], liid: bytes, expected: list[Expected]) -> None:
        """The whole set of one warrant, in one series that is numbered from 0."""
        self.assertIsNone(first_difference(contents, expected))
        self.assertEqual({content.liid for content in contents}, {liid})
        self.assertEqual(len({content.series for content in contents}), 1)
        self.assertEqual([content.number for content in contents], list(range(len(expected))))

    def test_two_agencies_on_one_target_get_a_complete_set_each(self):
        self.lictord.start()
        first, second = self.lemf("lemf-a"), self.lemf("lemf-b")
        self.agency("lea-a", first)
        self.agency("lea-b", second)
        self.active_warrant("lea-a", "LIID-AAA", [f"ipv4:{TARGET}"])
        self.active_warrant("lea-b", "LIID-BBB", [f"ipv4:{TARGET}"])
        path = self.capture("both", 500)
        dataplane = self.dataplane([pcap_port(path)], replay={"taps": 2, "packets": self.packets}).start()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        statistics = dataplane.stop()
        self.assertEqual((first.stop(), second.stop()), (0, 0))
        expected = self.expected(path)
        self.assert_set_of(first.contents(), b"LIID-AAA", expected)
        self.assert_set_of(second.contents(), b"LIID-BBB", expected)
        self.assertEqual(statistics["packets"]["matched"], len(expected))
        self.assertEqual(statistics["records"]["matched"], 2 * len(expected))

    def test_two_warrants_of_one_agency_on_one_target_get_a_complete_set_each(self):
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        for liid in ("LIID-ONE", "LIID-TWO"):
            self.active_warrant("lea", liid, [f"ipv4:{TARGET}"])
        path = self.capture("both", 300)
        dataplane = self.dataplane([pcap_port(path)], replay={"taps": 2, "packets": self.packets}).start()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        contents = lemf.contents()
        for liid in (b"LIID-ONE", b"LIID-TWO"):
            self.assert_set_of([one for one in contents if one.liid == liid], liid, self.expected(path))

    def test_series_of_two_dataplanes_do_not_collide_and_join_at_the_receiver(self):
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        self.active_warrant("lea", "LIID-TWO-NE", [f"ipv4:{TARGET}"])
        paths, dataplanes = [], []
        for index, element in enumerate(("NE-1", "NE-2")):
            paths.append(self.capture(element, 200, 1_700_000_000_000_000 + index * 10_000_000))
            replay = {"taps": 1, "packets": self.packets}
            dataplanes.append(self.dataplane([pcap_port(paths[-1])], element, replay=replay).start())
        for dataplane in dataplanes:
            dataplane.wait_replayed()
            dataplane.wait_delivered()
        for dataplane in dataplanes:
            dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        contents = lemf.contents()
        for element, path in zip((b"NE-1", b"NE-2"), paths):
            self.assert_set_of([one for one in contents if one.element == element], b"LIID-TWO-NE", self.expected(path))
        self.assertEqual(len({one.cin for one in contents}), 2, "a CIN is used once in a LIID")
        joined = sorted(contents, key=lambda one: one.timestamp_us)
        self.assertIsNone(first_difference(joined, self.expected(paths[0]) + self.expected(paths[1])))


class Live(LiveTest):
    def active_pair(self) -> tuple[list[Lemf], list[str], Dataplane]:
        self.lictord.start()
        lemfs, warrants = [self.lemf("lemf-a"), self.lemf("lemf-b")], []
        for name, lemf in zip("ab", lemfs):
            self.agency(f"lea-{name}", lemf)
            warrants.append(self.active_warrant(f"lea-{name}", f"LIID-END-{name}", [f"ipv4:{TARGET}"]))
        dataplane = self.live_dataplane()
        dataplane.wait_tasks(2)
        return lemfs, warrants, dataplane

    def test_ending_one_warrant_changes_nothing_for_the_other(self):
        lemfs, warrants, dataplane = self.active_pair()
        xids = [self.xids(warrant)[0] for warrant in warrants]
        sender = self.sender(rate=1000)
        matched = self._matched_of(dataplane, xids[0], 200)
        self.ctl.json("warrant", "end", warrants[0])
        more = self._matched_of(dataplane, xids[1], matched + 500)
        sent = [number for number, _ in sender.stop()]
        dataplane.wait_statistics(lambda now: now["ports"][0]["offered"] >= len(sent), "every packet has arrived")
        dataplane.wait_delivered()
        statistics = dataplane.stop()
        self.assertEqual([lemf.stop() for lemf in lemfs], [0, 0])
        self.assertEqual(statistics["ports"][0]["imissed"], 0)
        ended, other = (lemf.contents() for lemf in lemfs)
        self.assertEqual(numbers_of(other), sent, "the other agency has every packet that was sent")
        self.assertEqual(numbers_of(ended), sent[:len(ended)], "the ended one has them up to its end")
        self.assertLess(len(ended), more)
        for contents in (ended, other):
            self.assertEqual(sum(missing_numbers(contents).values()), 0)
        self.assertEqual(lemfs[0].hi2_stream().kinds(b"LIID-END-a")[-2:], ["iri 9", "liDeactivated"])
        self.assertEqual(lemfs[0].hi2_stream().gaps() + lemfs[1].hi2_stream().gaps(), [])

    def _matched_of(self, dataplane: Dataplane, xid: str, count: int) -> int:
        statistics = dataplane.wait_statistics(
            lambda now: any(task["xid"] == xid and task["records"]["matched"] >= count for task in now["tasks"]),
            f"{count} packets matched")
        return task_of(statistics, xid)["records"]["matched"]

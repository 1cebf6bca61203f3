"""lictor-perf: in every mode packets flow, and every one of them and of their copies is accounted for. No times are asserted."""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

from support.environment import leave, program, runs_everything
from support.isolation import alone

MODES = ("reference", "receive", "prefilter", "parse", "classify", "copy", "encode", "full")
COPYING = ("copy", "encode", "full")
SOURCES = ("ring", "capture")
SECONDS = "0.5"


@alone("lictor-perf polls on every core")
class Perf(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory(prefix="lictor-perf-")
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def perf(self, *words, text: str = "") -> subprocess.CompletedProcess:
        return subprocess.run([program("lictor-perf"), "--no-huge", *map(str, words)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False, timeout=120, input=text)

    def totals(self, *settings) -> dict:
        """The totals of a session that ended with every sum in order."""
        report = self.folder / "report.json"
        done = self.perf("run", "--duration", SECONDS, "--json", report, *settings)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        found = json.loads(report.read_text(encoding="utf-8"))
        self.assertEqual(found["broken_sums"], [])
        return found["totals"]

    def test_every_mode_moves_packets_and_accounts_for_them(self):
        pairs = [(mode, source) for mode in MODES for source in SOURCES]
        chosen = pairs if runs_everything() else [(mode, SOURCES[number % 2]) for number, mode in enumerate(MODES)]
        for mode, source in chosen:
            with self.subTest(mode=mode, source=source):
                self.moves_and_accounts(mode, source)
        if chosen != pairs:
            leave(len(pairs) - len(chosen), "modes with the other source of packets")

    def moves_and_accounts(self, mode: str, source: str) -> None:
        totals = self.totals("--mode", mode, "--source", source, "--match", "5", "--vlan", "20", "--ipv6", "20", "--sizes", "imix")
        self.assertGreater(totals["received"], 0)
        self.assertEqual(totals["port"]["offered"], totals["received"])
        self.assertEqual(totals["dropped"], 0)
        if mode in ("classify", *COPYING):
            self.assertGreater(totals["matched"], 0)
        if mode in COPYING:
            self.assertEqual(totals["delivered"] + totals["copies_lost"] + totals["record_drops"] + totals["given_up"], totals["copies"])

    def test_exactly_the_ordered_share_of_the_packets_matches(self):
        for percent in (0, 10, 100):
            with self.subTest(percent=percent):
                # net_pcap offers the file in its order, and the share is spread evenly over it.
                totals = self.totals("--mode", "classify", "--source", "capture", "--packets", "10000", "--match",
                                     percent)
                self.assertLessEqual(abs(totals["matched"] * 100 - totals["received"] * percent), 100)

    def test_copies_that_nobody_can_take_are_counted_as_lost(self):
        totals = self.totals("--mode", "full", "--match", "100", "--sizes", "9216", "--packets", "1024")
        self.assertGreater(totals["matched"], 0)
        self.assertEqual(totals["copies"], totals["matched"])

    def test_a_capture_file_is_offered_again_and_again(self):
        for mode in ("classify", "full"):
            with self.subTest(mode=mode):
                capture = self.folder / "tap.pcap"
                made = subprocess.run([program("lictor-capture"), "generate", "--out", capture, "--packets", "500"],
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
                self.assertEqual(made.returncode, 0, made.stdout)
                totals = self.totals("--mode", mode, "--source", "capture", "--capture", capture, "--capture-targets", "3")
                self.assertGreater(totals["received"], 500)
                self.assertGreater(totals["matched"], 0)

    def test_the_console_starts_changes_and_stops(self):
        done = self.perf("console", text="set targets 1000\nset mode classify\nstart\nset mode full\nshow stats\nshow totals\n"
                                         "stop\nset mode copy\nset match 5\nstart\nstop\nset mode nothing\nnonsense\nquit now\nset mode\n"
                                         "show settings\nquit\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count("every packet is accounted for"), 2, done.stdout)
        self.assertIn("mode classify:", done.stdout)
        self.assertIn("stop first", done.stdout)
        self.assertIn("mode copy:", done.stdout)
        self.assertIn("mode nothing: is none of the modes", done.stdout)
        self.assertIn("nonsense: there is no such command", done.stdout)
        self.assertIn("quit takes 0 words more, not 1", done.stdout)
        self.assertIn("set takes 2 words more, not 1", done.stdout)
        self.assertIn("idle-sleep-us", done.stdout, "what was misspelt did not end it")

    def test_options_of_the_environment_stand_on_either_side_of_the_mode(self):
        for words in (("--no-huge", "run"), ("run", "--no-huge")):
            done = subprocess.run([program("lictor-perf"), *words, "--duration", "0.05", "--mode", "receive"],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertIn("no hugepages", done.stdout)

    def test_a_figure_that_is_none_is_named_once(self):
        done = self.perf("measure", "nope")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertEqual(done.stderr.count("nope"), 1, done.stderr)

    def test_what_cannot_be_is_refused_by_name(self):
        for words, named in ((("run", "--sizes", "63"), "sizes"), (("run", "--ipv6", "60", "--vlan", "60"), "ipv6"),
                             (("run", "--mode", "all"), "mode"), (("run", "--zipf", "nan"), "zipf"),
                             (("run", "--packets", "1"), "packets"), (("measure", "--rounds", "0", "x"), "rounds"), ((), "")):
            with self.subTest(words=words):
                done = self.perf(*words)
                self.assertEqual(done.returncode, 2, done.stdout)
                self.assertIn(named, done.stderr)
        done = self.perf("run", "--capture", self.folder / "none.pcap")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("none.pcap", done.stderr)

    def test_a_figure_is_made_of_windows(self):
        report = self.folder / "figure.json"
        done = self.perf("measure", "unmatched_64_vs_ref", "--rounds", "3", "--window-ms", "5", "--json", report)
        self.assertEqual(done.returncode, 0, done.stderr)
        figure = json.loads(report.read_text(encoding="utf-8"))["unmatched_64_vs_ref"]
        self.assertEqual({len(windows) for windows in figure["samples"].values()}, {3})
        self.assertTrue(all(packets > 0 for windows in figure["samples"].values() for packets, *_ in windows))


if __name__ == "__main__":
    unittest.main()

"""scripts/demo and scripts/demo --pcap: the main job in one command, and what it leaves behind."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Optional

from support.bench import E2eTest
from support.capture_file import read_capture
from support.captures import choose, index
from support.delivered import Stream, contents_of, first_difference
from support.environment import TREE, build_folder, captures_folder, need_hugepages, program
from support.frames import conversation, ethernet, udp_packet, write_pcap
from support.isolation import alone
from support.live import PEER, TARGET
from support.oracle import ALL, read_expected
from support.process import Process
from support.sums import problems_of

BOUND_S = 600
DROPPED = 3  # the exit status where all that could be classified was delivered, and something could not
RECORD_KEYS = {"matched", "events", "appended", "confirmed", "unconfirmed", "in_spool", "given_up", "drops"}
PACKET_KEYS = {"offered", "received", "unmatched", "matched", "drops"}


def processes_with(marker: str) -> list[str]:
    """Command lines that name the folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if marker in line:
            found.append(line)
    return found


class Demo(E2eTest):
    def demo(self, *words: str) -> subprocess.CompletedProcess:
        program("lictord")  # skips where nothing is built
        environment = {**os.environ, "LICTOR_BUILD": str(build_folder()), "TMPDIR": str(self.folder)}
        return subprocess.run([str(TREE / "scripts" / "demo"), *map(str, words)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=BOUND_S, env=environment)

    def assert_done(self, done: subprocess.CompletedProcess) -> None:
        self.assertEqual(done.returncode, 0, done.stdout[-6000:])
        self.assertEqual(processes_with(str(self.folder)), [], "nothing is left running")

    def check_folder(self, folder: Path, path: Path, targets: list[str]) -> None:
        expected = read_expected(read_capture(path), targets, ALL).expected
        stream = Stream(folder, "hi3")
        self.assertIsNone(first_difference(contents_of(stream), expected))
        self.assertEqual(stream.gaps() + Stream(folder, "hi2").gaps(), [])
        if (folder / "content.pcapng").exists():
            saved = [(frame.timestamp_us, frame.octets) for frame in read_capture(folder / "content.pcapng")]
            self.assertEqual(saved, [(one.timestamp_us, one.packet) for one in expected])

    def check_stats(self, out: Path, agencies: Optional[int] = None) -> dict:
        stats = json.loads((out / "stats.json").read_text(encoding="utf-8"))
        self.assertLessEqual(PACKET_KEYS, set(stats["packets"]))
        self.assertLessEqual(RECORD_KEYS, set(stats["records"]))
        tasks = [{"xid": name, "records": one["records"]} for name, one in stats["agencies"].items()]
        self.assertEqual(problems_of({**stats, "tasks": tasks}), [])
        self.assertEqual(len(tasks), agencies or 1)
        self.assertEqual(stats["records"]["appended"], stats["records"]["confirmed"])
        return stats

    def test_a_demo_that_is_killed_impatiently_leaves_nothing(self):
        environment = ["env", f"LICTOR_BUILD={build_folder()}", f"TMPDIR={self.folder}"]
        demo = Process("demo", [TREE / "scripts" / "demo", "--packets", "1000000"], self.folder, environment)
        demo.wait_until(lambda: "attached" in demo.log(), "the appliance runs")
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP) * 3:
            demo.signal(number)
        self.assertEqual(demo.wait_exit(), 130, demo.log_tail())
        self.assertEqual(list(self.folder.glob("lictor-demo-*")), [])
        self.assertEqual(processes_with(str(self.folder)), [])

    def test_frames_as_long_as_a_packet_can_be_are_taken(self):
        path, out = self.folder / "long.pcap", self.folder / "out"
        write_pcap(path, [ethernet(udp_packet(TARGET, PEER, bytes(60_000)))] + conversation(TARGET, PEER, 10))
        self.assert_done(self.demo("--pcap", path, "--target", f"ipv4:{TARGET}", "--out", out))
        self.check_folder(out, path, [f"ipv4:{TARGET}"])

    def test_what_lictord_refuses_is_told_to_a_person(self):
        capture = self.folder / "some.pcap"
        subprocess.run([program("lictor-capture"), "generate", "--out", capture, "--packets", "10"], check=True,
                       stdout=subprocess.DEVNULL)
        done = self.demo("--pcap", capture, "--target", "sip:alice@example.org", "--out", self.folder / "out")
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertIn("refused: warrant.targets[0]", done.stdout)
        self.assertIn("must begin with ipv4:", done.stdout)
        self.assertNotIn("{", done.stdout)

    def test_the_demo_delivers_exactly_its_targets_packets_and_leaves_nothing_running(self):
        out = self.folder / "out"
        done = self.demo("--out", out)
        self.assert_done(done)
        stats = self.check_stats(out)
        self.assertGreater(stats["packets"]["matched"], 0)
        self.assertGreater(stats["packets"]["unmatched"], 0)
        contents = contents_of(Stream(out, "hi3"))
        self.assertEqual(len(contents), stats["packets"]["matched"])
        self.assertEqual(Stream(out, "hi2").gaps() + Stream(out, "hi3").gaps(), [])

    def test_as_a_tool_it_takes_any_capture_through_the_appliance(self):
        path, out = self.folder / "own.pcap", self.folder / "out"
        write_pcap(path, conversation(TARGET, PEER, 150) + conversation("2001:db8::7", "2001:db8:9::9", 150))
        targets = [f"ipv4:{TARGET}", "ipv6:2001:db8::/64"]
        words = [word for target in targets for word in ("--target", target)]
        self.assert_done(self.demo("--pcap", path, *words, "--out", out))
        self.check_folder(out, path, targets)
        stats = self.check_stats(out)
        self.assertEqual((stats["packets"]["offered"], stats["packets"]["matched"]), (600, 300))

    def test_as_a_tool_it_serves_several_agencies_a_folder_each(self):
        path, out = self.folder / "own.pcap", self.folder / "out"
        write_pcap(path, conversation(TARGET, PEER, 100))
        self.assert_done(self.demo("--pcap", path, "--target", f"ipv4:{TARGET}", "--agency", "north", "--agency", "south",
                                   "--out", out))
        for agency in ("north", "south"):
            self.check_folder(out / agency, path, [f"ipv4:{TARGET}"])
        self.check_stats(out, 2)

    def test_what_the_tool_cannot_take_it_refuses_by_name(self):
        noise = self.folder / "noise.pcap"
        noise.write_bytes(b"this is no capture")
        for words in (("--pcap", noise, "--target", f"ipv4:{TARGET}", "--out", self.folder / "o1"),
                      ("--pcap", self.folder / "absent.pcap", "--target", f"ipv4:{TARGET}", "--out", self.folder / "o2"),
                      ("--pcap", noise, "--out", self.folder / "o3")):
            done = self.demo(*words)
            self.assertEqual(done.returncode, 2, done.stdout[-2000:])
        path = self.folder / "own.pcap"
        write_pcap(path, conversation(TARGET, PEER, 2))
        done = self.demo("--pcap", path, "--target", "ipv4:192.0.2.0/8", "--out", self.folder / "o4")
        self.assertEqual(done.returncode, 2, done.stdout[-2000:])
        self.assertIn("selector", done.stdout)

    def test_a_damaged_packet_is_counted_and_told_by_the_exit_status(self):
        path, out = self.folder / "own.pcap", self.folder / "out"
        good = conversation(TARGET, PEER, 20)
        write_pcap(path, [*good, good[0][:20], good[0][:14] + b"\x41" + good[0][15:]])
        done = self.demo("--pcap", path, "--target", f"ipv4:{TARGET}", "--out", out)
        self.assertEqual(done.returncode, DROPPED, done.stdout[-2000:])
        self.check_folder(out, path, [f"ipv4:{TARGET}"])
        drops = {reason: count for reason, count in self.check_stats(out)["packets"]["drops"].items() if count}
        self.assertEqual(drops, {"truncated": 1, "bad_header_length": 1})

    def test_other_link_types_and_pcapng_are_taken_too(self):
        folder = captures_folder()
        for linktype, ending in (("linux-sll", ".pcapng"), ("rawip", ".pcap")):
            name = next(row["file"] for row in index(folder) if row["linktype"] == linktype and row["file"].endswith(ending))
            adapted = self.folder / "adapted.pcap"
            subprocess.run([program("lictor-capture"), "adapt", folder / name, adapted], stdout=subprocess.DEVNULL, check=True)
            targets = choose(self.folder, adapted.name).selectors
            out = self.folder / linktype
            words = [word for target in targets for word in ("--target", target)]
            with self.subTest(file=name):
                self.assert_done(self.demo("--pcap", folder / name, *words, "--out", out))
                self.check_folder(out, adapted, targets)

    @alone("hugepages are the machine's")
    def test_the_demo_runs_in_hugepages_where_there_are_some(self):
        need_hugepages(256)
        out = self.folder / "out"
        self.assert_done(self.demo("--hugepages", "--out", out))
        self.check_stats(out)

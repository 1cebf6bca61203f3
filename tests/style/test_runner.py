"""tests/e2e/run.py: several tests at a time, each whole in what is printed, and nothing lost in whatever way one ends."""

import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUNNER = ROOT / "tests/e2e/run.py"

# Two that can only end when both run at the same time.
MEETING = """
import os, unittest
from support.waiting import wait_for
def meet(own, other):
    open(own, "w").close()
    wait_for(lambda: os.path.exists(other), "the other runs")
    print("met at", own)
class First(unittest.TestCase):
    def test_meets(self): meet("a", "b")
class Second(unittest.TestCase):
    def test_meets(self): meet("b", "a")
"""

# Whoever finds somebody in the room was not alone.
ALONE = """
import os, time, unittest
from support.isolation import alone
def enter(who):
    os.mkdir(who)
    time.sleep(0.05)
    found = [one for one in os.listdir() if one in ("x", "y", "z")]
    os.rmdir(who)
    return found
@alone("the room is small")
class Alone(unittest.TestCase):
    def test_x(self): self.assertEqual(enter("x"), ["x"])
    def test_y(self): self.assertEqual(enter("y"), ["y"])
class Other(unittest.TestCase):
    def test_z(self): enter("z")
"""

ENDS = """
import os, unittest
class Ends(unittest.TestCase):
    def test_dies(self): os._exit(7)
    def test_lives(self): os.system("echo said by a child")
class Unready(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise unittest.SkipTest("no ground")
    def test_never_begins(self): pass
    def test_never_begins_either(self): pass
"""

LEAVES = """
import unittest
from support.environment import leave
class Leaves(unittest.TestCase):
    def test_x(self): leave(7, "captures")
"""

STOPPED = """
import time, unittest
class Stopped(unittest.TestCase):
    def test_a_waits(self):
        self.addCleanup(lambda: open("cleaned", "w").close())
        open("begun", "w").close()
        while True: time.sleep(0.01)
    def test_b_never_begins(self): open("begun too late", "w").close()
"""


class Runner(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def start(self, tests: str, *options: str) -> subprocess.Popen:
        (self.folder / "test_it.py").write_text(tests)
        command = [sys.executable, "-B", RUNNER, "--folder", self.folder, "--build", self.folder, *options]
        return subprocess.Popen(list(map(str, command)), cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run_tests(self, tests: str, *options: str) -> tuple[int, str]:
        with self.start(tests, *options) as runner:
            printed = runner.communicate()[0]
        return runner.returncode, printed

    def test_tests_run_at_the_same_time_and_each_is_printed_whole(self):
        status, printed = self.run_tests(MEETING, "--workers", "2")
        self.assertEqual(status, 0, printed)
        self.assertRegex(printed, r"First: meets\nmet at a\n +passed after")
        self.assertRegex(printed, r"Second: meets\nmet at b\n +passed after")

    def test_nobody_runs_beside_a_test_that_is_marked_alone(self):
        status, printed = self.run_tests(ALONE, "--workers", "3")
        self.assertEqual(status, 0, printed)
        self.assertIn("Alone: x (alone: the room is small)", self.run_tests(ALONE, "--list")[1])

    def test_a_worker_that_dies_fails_its_test_and_no_other_is_lost(self):
        status, printed = self.run_tests(ENDS, "--workers", "1")
        self.assertEqual(status, 1, printed)
        self.assertIn("the process that ran it ended with 7", printed)
        self.assertRegex(printed, r"Ends: lives\nsaid by a child\n +passed")
        self.assertRegex(printed, r"1 passed, 1 failed, 2 skipped in \d+ s\n$")

    def test_what_a_test_leaves_for_all_is_said_again_at_the_end(self):
        status, printed = self.run_tests(LEAVES, "--workers", "1")
        self.assertEqual(status, 0, printed)
        self.assertRegex(printed, r"\nleft for --all: Leaves: x: 7 captures\n[^\n]*1 passed, 0 failed, 0 skipped in \d+ s\n$")

    def test_on_a_signal_the_running_test_cleans_up_and_none_begins(self):
        with self.start(STOPPED, "--workers", "1") as runner:
            while not (self.folder / "begun").exists():
                self.assertIsNone(runner.poll(), "it ended before the test began")
                time.sleep(0.01)
            runner.terminate()
            printed = runner.communicate()[0]
        self.assertEqual(runner.returncode, 1, printed)
        self.assertTrue((self.folder / "cleaned").exists())
        self.assertFalse((self.folder / "begun too late").exists())


if __name__ == "__main__":
    unittest.main()

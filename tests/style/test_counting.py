"""scripts/test counts every single test: none is lost, whatever way it ends."""

import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/lib"))
sys.path.insert(0, str(ROOT / "scripts/lib/testing"))

from builds import Program  # noqa: E402
from programs import run_programs  # noqa: E402
from results import FAILED, PASSED, SKIPPED, Report, Result  # noqa: E402
from python_tests import run_python_tests  # noqa: E402

PYTHON_TESTS = """
import unittest
class T(unittest.TestCase):
    def test_passes(self): pass
    def test_fails(self): self.fail("because")
    def test_breaks(self): raise ValueError("broken")
    def test_skips(self): self.skipTest("no capability")
    def test_fails_inside(self):
        for part in (1, 2):
            with self.subTest(part=part): self.assertEqual(part, 1)
"""

UNREADY = """
import unittest
class Unready(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise RuntimeError("not to be made")
    def test_never_runs(self): pass
"""

LEAVES = """
import unittest
from support.environment import leave
class Leaves(unittest.TestCase):
    def test_x(self): leave(7, "captures")
"""

GTEST_XML = """<testsuites><testsuite name="S">
<testcase name="Passes" classname="S" status="run" result="completed"/>
<testcase name="Fails" classname="S" status="run" result="completed"><failure message="a">file.cc:1 expected b</failure></testcase>
<testcase name="Skips" classname="S" status="run" result="skipped"><skipped message="file.cc:2&#x0A;no hugepages"/></testcase>
<testcase name="DISABLED_Sleeps" classname="S" status="notrun" result="suppressed"/>
</testsuite></testsuites>"""


class Counting(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.report = Report()
        self.printed = io.StringIO()

    def outcomes(self) -> dict[str, list[str]]:
        return {outcome: sorted(result.name.rsplit(".", 1)[-1] for result in self.report.results if result.outcome == outcome)
                for outcome in (PASSED, FAILED, SKIPPED)}

    def run_program(self, script: str) -> None:
        program = Program("program", "tests/unit", ["sh", "-c", script], "", False)
        with contextlib.redirect_stdout(self.printed):
            run_programs(self.report, "unit", [program])

    def run_python(self, folder: Path) -> None:
        with contextlib.redirect_stdout(self.printed):
            run_python_tests(self.report, "e2e", folder, self.folder, everything=False)

    def test_python_tests_are_counted_one_by_one(self):
        path = self.folder / "tests" / "test_it.py"
        path.parent.mkdir()
        path.write_text(PYTHON_TESTS)
        self.run_python(path.parent)
        self.assertEqual(self.outcomes(), {
            PASSED: ["test_passes"], SKIPPED: ["test_skips"],
            FAILED: ["test_breaks", "test_fails", "test_fails_inside"]})

    def test_a_python_file_that_cannot_be_loaded_is_a_failure(self):
        path = self.folder / "tests" / "test_it.py"
        path.parent.mkdir()
        path.write_text("import nothing_of_that_name\n")
        self.run_python(path.parent)
        self.assertEqual(self.report.count(FAILED), 1)

    def test_a_class_that_cannot_be_set_up_is_a_failure(self):
        path = self.folder / "tests" / "test_it.py"
        path.parent.mkdir()
        path.write_text(UNREADY)
        self.run_python(path.parent)
        self.assertEqual(self.report.count(FAILED), 1)

    def test_googletest_cases_are_counted_one_by_one(self):
        (self.folder / "outcome.xml").write_text(GTEST_XML)
        self.run_program(f'cp "{self.folder}/outcome.xml" "${{GTEST_OUTPUT#xml:}}"; exit 1')
        self.assertEqual(self.outcomes(), {PASSED: ["Passes"], FAILED: ["Fails"], SKIPPED: ["DISABLED_Sleeps", "Skips"]})
        self.assertIn("no hugepages", [result.detail for result in self.report.results])

    def test_a_program_that_dies_without_a_word_is_a_failure(self):
        self.run_program("kill -SEGV $$")
        self.assertEqual(self.report.count(FAILED), 1)

    def test_what_was_left_is_no_test_and_is_named_at_the_end(self):
        path = self.folder / "tests" / "test_it.py"
        path.parent.mkdir()
        path.write_text(LEAVES)
        self.run_python(path.parent)
        self.assertEqual(self.outcomes(), {PASSED: ["test_x"], SKIPPED: [], FAILED: []})
        with contextlib.redirect_stdout(self.printed):
            self.report.finish()
        self.assertIn("left for --all:\n  e2e: Leaves: x: 7 captures\n", self.printed.getvalue())

    def test_the_run_ends_with_the_count(self):
        self.report.results = [Result("unit", "a", PASSED), Result("unit", "b", SKIPPED, "no hugepages")]
        with contextlib.redirect_stdout(self.printed):
            self.assertEqual(self.report.finish(), 0)
        self.assertEqual(self.printed.getvalue().splitlines()[-1], "1 passed, 0 failed, 1 skipped")
        self.assertIn("unit: b: no hugepages", self.printed.getvalue())

    def test_a_run_with_a_failure_or_without_a_test_fails(self):
        with contextlib.redirect_stdout(self.printed):
            self.assertEqual(Report().finish(), 1)
            self.report.results = [Result("unit", "a", PASSED), Result("unit", "b", FAILED)]
            self.assertEqual(self.report.finish(), 1)


if __name__ == "__main__":
    unittest.main()

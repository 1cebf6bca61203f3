"""What a failure shows of a long output: the lines that say why."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/lib/testing"))

from telling import telling_lines  # noqa: E402

NOISE = [f"[2031-01-01] [info] line {number}" for number in range(200)]
ERROR = ["==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602", "READ of size 1 at 0x602 thread T0",
         "    #0 0x55 in parse_frame dataplane/packet/parse_frame.cc:12:3"]
SHADOW = ["Shadow bytes around the buggy address:", "  0x0c04: fa fa", "=>0x0c05: fa[01]", "Shadow byte legend (one shadow byte):",
          *[f"  Kind {number}:   fa" for number in range(40)], "==7==ABORTING"]
SUMMARY = ["SUMMARY: AddressSanitizer: heap-buffer-overflow parse_frame.cc:12:3 in parse_frame"]


class Telling(unittest.TestCase):
    def shown(self, lines: list[str], most: int = 12) -> list[str]:
        found = telling_lines("\n".join(lines), most)
        self.assertLessEqual(len(found), most + 2)
        return found

    def test_what_is_short_is_shown_whole(self):
        self.assertEqual(self.shown(["a", "b"]), ["a", "b"])

    def test_a_sanitizers_error_is_shown_with_its_test_and_without_its_legend(self):
        shown = self.shown(["[ RUN      ] Frame.IsRead", "[       OK ] Frame.IsRead (0 ms)", "[ RUN      ] Frame.IsCut", *NOISE, *ERROR, *SUMMARY, *SHADOW])
        self.assertEqual(shown[0], "[ RUN      ] Frame.IsCut")
        self.assertLessEqual(set(ERROR + SUMMARY), set(shown))

    def test_a_fuzzers_error_is_shown_without_what_it_ran_before(self):
        self.assertEqual(self.shown([*NOISE, *ERROR, *SHADOW[:-1], *SUMMARY, "artifact_prefix='x'"])[:4], [*ERROR, *SUMMARY])

    def test_an_error_at_the_end_of_a_program_whose_tests_all_passed_is_shown(self):
        leak = ["==7==ERROR: LeakSanitizer: detected memory leaks", "Direct leak of 8 byte(s)"]
        self.assertEqual(self.shown(["[ RUN      ] A.B", *NOISE, "[       OK ] A.B (1 ms)", *leak, "SUMMARY: AddressSanitizer: 8 byte(s) leaked"])[:2], leak)

    def test_a_failed_tests_own_lines_are_shown_and_no_other_tests(self):
        own = ["[ RUN      ] A.Fails", "a_test.cc:3: Failure", "[  FAILED  ] A.Fails (1 ms)"]
        self.assertEqual(self.shown(["[ RUN      ] A.Passes", *NOISE, "[       OK ] A.Passes (1 ms)", *own, *NOISE]), own)

    def test_an_exception_is_shown_with_the_line_that_raised_it(self):
        shown = self.shown([*NOISE, "Traceback (most recent call last):", '  File "test_it.py", line 3, in test_it', "    self.fail()",
                            "AssertionError: not within 90 s", *NOISE])
        self.assertIn("    self.fail()", shown)
        self.assertIn("AssertionError: not within 90 s", shown)

    def test_a_compilers_error_is_shown_before_what_was_compiled_after_it(self):
        self.assertEqual(self.shown([*NOISE, "a.cc:3:1: error: expected", *NOISE])[0], "a.cc:3:1: error: expected")

    def test_of_anything_else_the_end_is_shown(self):
        self.assertEqual(self.shown(NOISE)[1:], NOISE[-12:])


if __name__ == "__main__":
    unittest.main()

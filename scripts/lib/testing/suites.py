"""The suites, in the order in which they run."""

import os
import time
from typing import Callable

import tree
from builds import Builds, Program
from checks.suite import CHECKS
from fuzz import LONG_SECONDS, SHORT_SECONDS, run_fuzzers
from programs import run_programs
from python_tests import run_python_tests
from results import FAILED, PASSED, Report, Result
from tidy import run_tidy

# Compiled a second time by clang with sanitisers. Not among them: what needs DPDK (its rings and pools are not instrumented)
# and the gRPC services (minutes of compiling for code that parses nothing of its own).
INSTRUMENTED_FOLDERS = ("tests/unit/dataplane/", "tests/unit/encoders/", "tests/golden", "tests/simulation")
INSTRUMENTED_PROGRAMS = ("control_registry", "control_store", "control_vault", "control_audit")
# Of these, what reads no octets from outside, and takes as long to compile again as the parsers' tests do: --all has them, too.
# Fuzzers reach what of it reads a person's text or a peer's answer.
READING_NOTHING = ("system_calls", "session", "spool_kill", "files", "files_kill", "handover", "encode", "encode_etsi",
                   *INSTRUMENTED_PROGRAMS)


class Suites:
    def __init__(self, report: Report, everything: bool):
        self.report, self.everything = report, everything
        self.builds = Builds(report)
        if everything:
            os.environ["LICTOR_KILLS"] = "200"  # tests/unit/encoders/spool/kill_test.cc
            os.environ["LICTOR_SIGNALS"] = "1000000"  # tests/simulation
            os.environ["LICTOR_PHONE_CALLS"] = "25000"  # tests/simulation/calls, in each of its four tests
            os.environ["LICTOR_CALLS"] = "10000"  # tests/unit/control/rpc/hostile_calls_test.cc

    def style(self) -> None:
        started = time.monotonic()
        results = []
        for name, check in CHECKS.items():
            findings = check()
            results.append(Result("style", name, FAILED if findings else PASSED, "\n".join(findings)))
        self.report.add(results, "style: scripts/check", time.monotonic() - started)
        self._python("style", "tests/style")

    def unit(self) -> None:
        if self.builds.compile("plain"):
            run_programs(self.report, "unit", [program for program in self.builds.programs("plain")
                                               if not program.source_folder.startswith("tests/golden")])

    def golden(self) -> None:
        if self.builds.compile("plain"):
            run_programs(self.report, "golden", [program for program in self.builds.programs("plain")
                                                 if program.source_folder.startswith("tests/golden")])
        self._python("golden", "tests/golden")

    def e2e(self) -> None:
        if self.builds.compile("plain"):
            self._python("e2e", "tests/e2e")

    def sanitised(self) -> None:
        if not self.builds.configure("sanitised"):
            return
        programs = [program for program in self._instrumented("sanitised") if self.everything or program.name not in READING_NOTHING]
        fuzzers = self.builds.fuzzers("sanitised")
        if self.builds.compile("sanitised", tuple(program.target for program in programs + fuzzers)):
            run_programs(self.report, "sanitised", programs)
            seconds = LONG_SECONDS if self.everything else SHORT_SECONDS
            run_fuzzers(self.report, "sanitised", fuzzers, self.builds.folder("sanitised"), seconds)

    def tidy(self) -> None:
        if self.builds.compile("plain"):
            run_tidy(self.report, self.builds.folder("plain"))

    def threads(self) -> None:
        if not self.builds.configure("threads"):
            return
        programs = self._instrumented("threads")
        if self.builds.compile("threads", tuple(program.target for program in programs)):
            run_programs(self.report, "threads", programs)

    def _instrumented(self, kind: str) -> list[Program]:
        return [program for program in self.builds.programs(kind) if program.target and not program.uses_dpdk and
                (program.source_folder.startswith(INSTRUMENTED_FOLDERS) or program.name in INSTRUMENTED_PROGRAMS)]

    def _python(self, suite: str, folder: str) -> None:
        if any((tree.ROOT / folder).glob("test_*.py")):
            run_python_tests(self.report, suite, tree.ROOT / folder, self.builds.folder("plain"), self.everything)


SUITES: dict[str, Callable[[Suites], None]] = {
    "style": Suites.style, "unit": Suites.unit, "golden": Suites.golden, "e2e": Suites.e2e, "sanitised": Suites.sanitised,
    "tidy": Suites.tidy, "threads": Suites.threads}
DEFAULT = ("style", "unit", "golden", "e2e", "sanitised")

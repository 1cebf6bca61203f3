"""scripts/test: which suites, in which order, and the count at the end."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from results import Report  # noqa: E402
from suites import DEFAULT, SUITES, Suites  # noqa: E402


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/test", description="Runs Lictor's tests.")
    parser.add_argument("--all", action="store_true", help="clang-tidy, ThreadSanitizer, public captures and longer fuzzing too")
    parser.add_argument("--suite", action="append", choices=list(SUITES), help="this suite; may be given several times")
    options = parser.parse_args(arguments)
    report = Report()
    suites = Suites(report, options.all)
    for name in options.suite or (SUITES if options.all else DEFAULT):
        report.say(f"--- {name}")
        SUITES[name](suites)
    return report.finish()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("interrupted")

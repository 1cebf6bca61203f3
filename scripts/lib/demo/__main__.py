"""scripts/demo: one capture through the whole appliance, and what came out of it."""

import shutil
import signal
import sys
import tempfile
from pathlib import Path

from flow import Flow
from options import Refused, parse_options
from processes import Children, Failed


INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _ignore_interrupts() -> None:
    """From the first one on, and on the way out: whoever is impatient would leave processes and the folder behind."""
    for number in INTERRUPTS:
        signal.signal(number, signal.SIG_IGN)


def run(options) -> int:
    folder = Path(tempfile.mkdtemp(prefix="lictor-demo-"))
    children = Children()
    try:
        return Flow(options, folder, children).run()
    finally:
        _ignore_interrupts()
        children.stop_all()
        if options.keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _interrupt(*_) -> None:
    _ignore_interrupts()
    raise KeyboardInterrupt


def main(arguments: list[str]) -> int:
    for number in INTERRUPTS:
        signal.signal(number, _interrupt)
    try:
        return run(parse_options(arguments))
    except Refused as refusal:
        print(f"refused: {refusal}", file=sys.stderr)
        return 2
    except Failed as failure:
        print(f"failed: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; everything was stopped", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

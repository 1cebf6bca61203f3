"""One child process of a test: its log, its life, its end. Ended by its pid, whatever happens to the test."""

import ctypes
import os
import signal
import subprocess
from pathlib import Path
from typing import Optional

from support.waiting import BOUND_S, TimedOut, wait_for

LOG_TAIL_CHARACTERS = 4000

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _die_with_parent() -> None:
    """In the child: the kernel ends it when the test runner dies, however that happens."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    def __init__(self, name: str, command: list[str], folder: Path, prefix: Optional[list[str]] = None):
        """Starts `command`; its output goes to FOLDER/NAME.log, appended to by every later process of that name."""
        self.name = name
        self.command = [*(prefix or []), *map(str, command)]
        self.log_path = folder / f"{name}.log"
        self._log_start = self.log_path.stat().st_size if self.log_path.exists() else 0
        with open(self.log_path, "ab") as log:
            self._child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                                           preexec_fn=_die_with_parent)

    @property
    def pid(self) -> int:
        return self._child.pid

    def running(self) -> bool:
        return self._child.poll() is None

    def log(self) -> str:
        with open(self.log_path, "rb") as log:
            log.seek(self._log_start)
            return log.read().decode("utf-8", "replace")

    def log_tail(self) -> str:
        return f"--- {self.name} ({' '.join(self.command)})\n{self.log()[-LOG_TAIL_CHARACTERS:]}"

    def wait_until(self, condition, what: str, bound_s: float = BOUND_S):
        """As wait_for, but fails at once where the process is gone."""
        def check():
            answer = condition()
            if not answer and not self.running():
                raise AssertionError(f"{what}: {self.name} ended with {self._child.returncode}\n{self.log_tail()}")
            return answer
        return wait_for(check, what, bound_s, self.log_tail)

    def signal(self, number: int) -> None:
        self._child.send_signal(number)

    def wait_exit(self, bound_s: float = BOUND_S) -> int:
        try:
            return self._child.wait(bound_s)
        except subprocess.TimeoutExpired as expired:
            raise TimedOut(f"{self.name} did not end within {bound_s:.0f} s\n{self.log_tail()}") from expired

    def stop(self, bound_s: float = BOUND_S) -> int:
        """SIGTERM, and the exit status; -9 would mean that it had to be killed, so that is an error."""
        if self.running():
            self.signal(signal.SIGTERM)
        return self.wait_exit(bound_s)

    def kill(self) -> None:
        """SIGKILL, as the end of a test or as what the test is about."""
        if self.running():
            self.signal(signal.SIGKILL)
        self._child.wait(BOUND_S)

    def command_line(self) -> bytes:
        return Path(f"/proc/{self.pid}/cmdline").read_bytes()

    def threads(self) -> list[str]:
        return [Path(f"/proc/{self.pid}/task/{task}/comm").read_text(encoding="utf-8").strip()
                for task in os.listdir(f"/proc/{self.pid}/task")]

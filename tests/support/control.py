"""lictord and lictorctl as fixtures."""

import json
import os
import socket
import subprocess
from pathlib import Path
from typing import Optional

from support.environment import program
from support.libconfig import to_libconfig
from support.process import Process

UNREACHABLE = 3


class Refused(AssertionError):
    """lictorctl's exit status was not 0."""

    def __init__(self, command: list[str], status: int, message: str):
        super().__init__(f"lictorctl {' '.join(command)}: exit {status}: {message.strip()}")
        self.status = status
        self.message = message


class Lictord:
    """The daemon with a store and a socket of its own in `folder`. It can be killed and started again."""

    def __init__(self, folder: Path, lab: bool = True):
        self.folder = folder
        self.socket = folder / "lictord.sock"
        self.database = folder / "lictord.db"
        self.settings = {
            "listen": {"socket": str(self.socket)},
            "store": {"path": str(self.database)},
            "policy": {"lab": lab, "trusted_time": False},  # whatever disciplines the clock of this machine
            "fleet": {"acknowledge_wait_ms": 5000},
            "log": {"level": "debug"},
        }
        self.options: tuple = ()  # for the next start
        self.prefix: Optional[list] = None  # what runs it, as with another clock
        self.process: Optional[Process] = None

    @property
    def address(self) -> str:
        return f"unix:{self.socket}"

    def start(self) -> "Lictord":
        config = self.folder / "lictord.conf"
        config.write_text(to_libconfig(self.settings), encoding="utf-8")
        self.process = Process("lictord", [program("lictord"), "--config", config, *self.options], self.folder,
                               self.prefix)
        self.process.wait_until(self.answers, "lictord answers on its socket")
        return self

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.socket))
                return True
            except OSError:
                return False


class Ctl:
    """lictorctl towards one daemon."""

    def __init__(self, server: str):
        self.server = server

    def run(self, *words: str) -> subprocess.CompletedProcess:
        """Whatever comes of it."""
        command = [program("lictorctl"), "--server", self.server, "--json", *map(str, words)]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=60,
                              env={**os.environ, "LICTOR_SERVER": "unix:/nonexistent"})

    def json(self, *words: str) -> dict:
        """The answer of a command that must succeed."""
        done = self.run(*words)
        if done.returncode:
            raise Refused([str(word) for word in words], done.returncode, done.stderr + done.stdout)
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def refused(self, *words: str) -> Refused:
        """The refusal of a command that must not succeed."""
        done = self.run(*words)
        if done.returncode == 0:
            raise AssertionError(f"lictorctl {' '.join(map(str, words))} was not refused: {done.stdout}")
        return Refused([str(word) for word in words], done.returncode, done.stderr + done.stdout)

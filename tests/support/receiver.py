"""lictor-lemf as a fixture: the agency's end."""

import json
from pathlib import Path
from typing import Optional

from support.delivered import Content, Stream, contents_of
from support.environment import program
from support.process import Process


class Lemf:
    """A receiver with its output in `folder`; the ports are the system's choice until the first start."""

    def __init__(self, folder: Path, name: str = "lemf", options: tuple = (), host: str = "127.0.0.1", prefix: Optional[list] = None):
        self.host = host
        self.prefix = prefix  # what runs it, as in a network namespace
        self.name = name
        self.logs = folder
        self.out = folder / name
        self.options = options
        self.hi2 = self.hi3 = 0
        self.process: Optional[Process] = None

    def start(self) -> "Lemf":
        ready = self.logs / f"{self.name}.ready"
        ready.unlink(missing_ok=True)
        command = [program("lictor-lemf"), "--hi2", f"{self.host}:{self.hi2}", "--hi3", f"{self.host}:{self.hi3}",
                   "--out", self.out, "--ready-file", ready, *self.options]
        self.process = Process(self.name, command, self.logs, self.prefix)
        self.process.wait_until(ready.exists, f"{self.name} listens")
        ports = json.loads(ready.read_text(encoding="utf-8"))
        self.hi2, self.hi3 = ports["hi2"], ports["hi3"]
        return self

    @property
    def hi2_address(self) -> str:
        return f"{self.host}:{self.hi2}"

    @property
    def hi3_address(self) -> str:
        return f"{self.host}:{self.hi3}"

    def summary(self) -> dict:
        try:
            return json.loads((self.out / "summary.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}

    def received(self, interface: str = "hi3") -> int:
        """Octets so far: grows while something is delivered."""
        path = self.out / f"{interface}.ber"
        return path.stat().st_size if path.exists() else 0

    def stop(self) -> int:
        """The exit status: 1 where a record was not strict."""
        return self.process.stop()

    def hi2_stream(self) -> Stream:
        return Stream(self.out, "hi2")

    def hi3_stream(self) -> Stream:
        return Stream(self.out, "hi3")

    def contents(self) -> list[Content]:
        return contents_of(self.hi3_stream())

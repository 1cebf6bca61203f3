"""The base of the end-to-end tests: a private folder, an appliance made to order, and what must hold after every test.

After each test, whatever it was about: every process is ended by its pid, the last sums of every dataplane hold, every
receiver found its streams strict, no log and no command line names a target or a LIID, and no program was refused a system
call.
"""

import shutil
import tempfile
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Iterable, Optional

from support.control import Ctl, Lictord
from support.dataplane import Dataplane
from support.privacy import traces_in_logs
from support.receiver import Lemf

# Where nobody listens: for agencies that no record is ever sent to.
NOBODY = SimpleNamespace(hi2_address="127.0.0.1:9", hi3_address="127.0.0.1:9")


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


def from_now(seconds: float) -> str:
    return rfc3339(datetime.now(timezone.utc) + timedelta(seconds=seconds))


def identities_in(target: str) -> set[str]:
    """What of a target, as lictorctl takes it, no log may show: its address, or its pattern."""
    kind, _, value = target.partition(":")
    if kind == "pattern":
        return {value.partition(":")[2]}
    side = value.partition("@")[0].split(",")[1] if kind == "flow" else value.partition("@")[0]
    if kind == "flow":
        side = side[1:].partition("]")[0] if side.startswith("[") else side.partition(":")[0]
    return {side.partition("/")[0]}


class E2eTest(unittest.TestCase):
    """One lictord; receivers and dataplanes as the test asks for them."""

    lab = True

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lictor-e2e-"))
        self.secrets: set[str] = set()  # identities that no log may show
        self.processes: list = []       # whatever has a .process
        self.refused_calls: tuple = ()  # system calls that this test has refused on purpose
        self.addCleanup(self._clean_up)
        self.lictord = self._own(Lictord(self.folder, self.lab))
        self.ctl = Ctl(self.lictord.address)

    def _own(self, fixture):
        self.processes.append(fixture)
        return fixture

    def lemf(self, name: str = "lemf", options: tuple = ()) -> Lemf:
        return self._own(Lemf(self.folder, name, options)).start()

    def dataplane(self, ports: list[dict], element: str = "NE-1", **settings) -> Dataplane:
        return self._own(Dataplane(self.folder, self.lictord.address, ports, element, **settings))

    def agency(self, name: str, lemf, *options: str, security: Iterable[str] = ()) -> None:
        """An agency of that id whose only destinations are the receiver's; `lemf` may be two for a failover pair.
        Deliveries go in the clear unless `security` has other options."""
        pair = lemf if isinstance(lemf, (list, tuple)) else [lemf]
        self.ctl.json("agency", "create", "--id", name, "--name", f"Agency {name}", "--country", "AT", "--lab",
                      *(security or ("--security", "plain-lab")), "--hi2", ",".join(one.hi2_address for one in pair),
                      "--hi3", ",".join(one.hi3_address for one in pair), *options)

    def warrant(self, agency: str, liid: str, targets: Iterable[str], *options: str, start: Optional[str] = None,
                end: Optional[str] = None, content: str = "both") -> str:
        """A filed warrant; its id. Targets as lictorctl takes them, KIND:VALUE[@SCOPE]."""
        self.secrets.add(liid)
        words = ["warrant", "create", "--agency", agency, "--liid", liid, "--reference", "REF-1", "--authorised-by",
                 "Test Judge", "--country", "AT", "--operator", "OP1", "--user-label", "subscriber",
                 "--access-type", "lan", "--end", end or from_now(3600), "--content", content, *options]
        if start:
            words += ["--start", start]
        for target in targets:
            self.secrets.update(identities_in(target))
            words += ["--target", target]
        return self.ctl.json(*words)["warrant"]["id"]

    def active_warrant(self, agency: str, liid: str, targets: Iterable[str], *options: str, **more) -> str:
        identity = self.warrant(agency, liid, targets, *options, **more)
        self.ctl.json("warrant", "activate", identity)
        return identity

    def refused_warrant(self, agency: str, liid: str, targets: Iterable[str], *options: str, **more) -> str:
        """One that every dataplane refuses: it is filed as active all the same."""
        identity = self.warrant(agency, liid, targets, *options, **more)
        assert "refuses it" in self.ctl.refused("warrant", "activate", identity).message
        return identity

    def xids(self, warrant: str) -> list[str]:
        return self.ctl.json("warrant", "show", warrant)["warrant"]["xids"]

    def alarms(self, code: str) -> list[dict]:
        answer = self.ctl.json("alarm", "list")
        return [alarm for alarm in answer.get("alarms", []) if alarm["code"] == code]

    def _clean_up(self) -> None:
        for fixture in reversed(self.processes):
            if fixture.process is not None:
                fixture.process.kill()
        failed = self._failed()
        traces = traces_in_logs(self.folder, self.secrets)
        refused = [line for log in self.folder.glob("*.log") for line in log.read_text(encoding="utf-8", errors="replace").splitlines()
                   if "does not need was refused" in line and not line.endswith(self.refused_calls)]
        if failed:
            self._show_logs()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.assertEqual(traces, [], "logs name a target or a LIID")
        self.assertEqual(refused, [], "a program needs a system call that its filter refuses")

    def _failed(self) -> bool:
        result = self._outcome.result  # what this test has so far; unittest has no public word for it
        return any(test is self for test, _ in [*result.failures, *result.errors])

    def _show_logs(self) -> None:
        for log in sorted(self.folder.glob("*.log")):
            print(f"--- {log.name}\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}", flush=True)

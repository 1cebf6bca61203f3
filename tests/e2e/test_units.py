"""The systemd units: systemd takes them as they are, and what they leave open is little."""

import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from support.environment import TREE, program

UNITS = sorted((TREE / "scripts/systemd").glob("*.service"))
# systemd's own measure: 0 is nothing exposed, 10 everything. The dataplane starts as root.
EXPOSURE_MAX = {"lictord": 1.8, "lictor-dataplane": 4.5}


def analyze(*words: object) -> subprocess.CompletedProcess:
    return subprocess.run(["systemd-analyze", *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, timeout=120)


class Units(unittest.TestCase):
    def setUp(self) -> None:
        if not shutil.which("systemd-analyze"):
            self.skipTest("needs systemd-analyze")
        self.folder = Path(tempfile.mkdtemp(prefix="lictor-units-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def with_programs(self, unit: Path) -> Path:
        """The unit, with the programs of the build: verify wants to see what is started."""
        text = re.sub(r"^ExecStart=/usr/sbin/(\S+)", lambda match: f"ExecStart={program(match[1])}", unit.read_text(encoding="utf-8"),
                      flags=re.MULTILINE)
        copy = self.folder / unit.name
        copy.write_text(text, encoding="utf-8")
        return copy

    def test_systemd_has_nothing_to_say_against_them(self):
        self.assertEqual({unit.stem for unit in UNITS}, set(EXPOSURE_MAX))
        for unit in UNITS:
            done = analyze("verify", "--man=no", "--recursive-errors=no", self.with_programs(unit))
            self.assertEqual((done.returncode, done.stdout.strip()), (0, ""), unit.name)

    def test_they_leave_little_open(self):
        for unit in UNITS:
            done = analyze("security", "--offline=true", f"--threshold={int(EXPOSURE_MAX[unit.stem] * 10)}", "--no-pager",
                           self.with_programs(unit))
            self.assertEqual(done.returncode, 0, f"{unit.name}\n{done.stdout}")

    def test_no_unit_lets_a_core_be_dumped(self):
        for unit in UNITS:
            lines = unit.read_text(encoding="utf-8").splitlines()
            for line in ("LimitCORE=0", "NoNewPrivileges=yes", "ProtectSystem=strict", "MemoryDenyWriteExecute=yes"):
                self.assertIn(line, lines, unit.name)

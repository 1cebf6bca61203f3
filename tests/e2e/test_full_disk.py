"""The disk of store and audit log is full: interceptions are ended and reduced all the same, each with its entry, by room that
was kept back; nothing else is done until there is room again."""

import os
import subprocess
from pathlib import Path

from support.bench import NOBODY, E2eTest
from support.control import Refused
from support.waiting import wait_for

MIB = 1 << 20
CHANGES_MAX = 1000  # so many fit into what files of a full disk have left in their last blocks, and many less


def fill(disk: Path) -> Path:
    """To the last block."""
    filler = disk / "filler"
    descriptor = os.open(filler, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        for size in (MIB, 4096, 1):
            try:
                while True:
                    os.write(descriptor, bytes(size))
            except OSError:
                continue
    finally:
        os.close(descriptor)
    return filler


class FullDisk(E2eTest):
    def setUp(self) -> None:
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m,mode=0700", "tmpfs", str(self.disk)], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", str(self.disk)], check=False)
        self.lictord.settings["store"] = {"path": str(self.disk / "lictord.db")}
        self.lictord.start()
        self.agency("lea", NOBODY)
        self.warrants = [self.active_warrant("lea", f"LIID-{number}", [f"ipv4:203.0.113.{number}"]) for number in range(1, 4)]
        self.filler = fill(self.disk)

    def change_until_it_is_refused(self) -> str:
        for number in range(CHANGES_MAX):
            try:
                self.ctl.json("warrant", "modify", self.warrants[2], "--user-label", f"label-{number}")
            except Refused as refusal:
                return refusal.message
        raise AssertionError("the disk is not full")

    def state(self, warrant: str) -> str:
        return self.ctl.json("warrant", "show", warrant)["warrant"]["state"]

    def test_interceptions_are_ended_and_reduced_with_their_entries_and_nothing_else_goes_on(self):
        self.change_until_it_is_refused()
        self.ctl.json("warrant", "end", self.warrants[0])
        self.assertIn("the disk is full", self.change_until_it_is_refused())
        self.ctl.json("warrant", "suspend", self.warrants[1])
        self.ctl.json("warrant", "revoke", self.warrants[1])
        self.ctl.refused("warrant", "show", self.warrants[0])
        self.lictord.process.kill()
        self.lictord.start()
        self.ctl.json("warrant", "end", self.warrants[2])
        self.filler.unlink()
        wait_for(lambda: self.ctl.run("warrant", "show", self.warrants[0]).returncode == 0, "there is room again")
        self.assertEqual([self.state(warrant) for warrant in self.warrants],
                         ["WARRANT_STATE_ENDED", "WARRANT_STATE_REVOKED", "WARRANT_STATE_ENDED"])
        actions = [entry["action"] for entry in self.ctl.json("audit", "show")["entries"]]
        for action in ("disk.reserve_given_up", "warrant.end", "warrant.suspend", "warrant.revoke", "disk.reserve_kept"):
            self.assertIn(action, actions)

"""A disk that writes so many octets a second and no more, for processes that are started by `run`: a file as a block device,
throttled by the block I/O controller. Removed even when the test fails."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

BLKIO = Path("/sys/fs/cgroup/blkio")  # the controller's first version: it throttles who waits for the disk
MIB = 1 << 20


class SlowDisk:
    def __init__(self, folder: Path, size_bytes: int, bytes_per_s: int):
        if not (BLKIO / "cgroup.procs").exists() or not os.access("/dev/loop-control", os.W_OK):
            raise unittest.SkipTest("needs loop devices and the blkio controller in its first version")
        self.image, self.path = folder / "slow.img", folder / "slow"
        self.path.mkdir()
        with self.image.open("wb") as image:
            image.write(bytes(size_bytes))
        subprocess.run(["mkfs.ext4", "-q", self.image], check=True)
        self.device = self._tool("losetup", "--direct-io=on", "-f", "--show", self.image)
        subprocess.run(["mount", self.device, self.path], check=True)
        self.group = Path(tempfile.mkdtemp(prefix="lictor-slow-", dir=BLKIO))
        numbers = self._tool("lsblk", "-dno", "MAJ:MIN", self.device)
        (self.group / "blkio.throttle.write_bps_device").write_text(f"{numbers} {bytes_per_s}", encoding="ascii")

    @staticmethod
    def _tool(*words) -> str:
        return subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()

    def run(self, command: list, bound_s: float, **environment: str) -> subprocess.CompletedProcess:
        def enter() -> None:
            (self.group / "cgroup.procs").write_text("0", encoding="ascii")
        return subprocess.run(command, preexec_fn=enter, env={**os.environ, "TMPDIR": str(self.path), **environment}, timeout=bound_s,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)

    def remove(self) -> None:
        for command in (["umount", self.path], ["losetup", "-d", self.device]):
            subprocess.run(command, check=False)
        self.group.rmdir()
        self.image.unlink()

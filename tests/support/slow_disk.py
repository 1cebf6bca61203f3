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
        if not (BLKIO / "cgroup.procs").exists() or not all(os.access(one, os.W_OK) for one in (BLKIO, "/dev/loop-control")):
            raise unittest.SkipTest("needs loop devices and the blkio controller in its first version")
        self.image, self.path = folder / "slow.img", folder / "slow"
        self.device = self.group = None
        try:
            self._make(size_bytes, bytes_per_s)
        except BaseException:
            self.remove()
            raise

    def _make(self, size_bytes: int, bytes_per_s: int) -> None:
        self.path.mkdir()
        with self.image.open("wb") as image:
            for _ in range(size_bytes // MIB):
                image.write(bytes(MIB))
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
        if self.path.is_mount():
            subprocess.run(["umount", "--lazy", self.path], check=False)
        if self.device is not None:
            subprocess.run(["losetup", "-d", self.device], check=False)
        if self.group is not None:
            self.group.rmdir()
        self.image.unlink(missing_ok=True)

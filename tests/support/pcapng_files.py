"""What an agency does with the files of a pcapng destination: checks each chain of manifests, opens the files with openssl's
command line, and reads them with readers that share nothing with the writer."""

import hashlib
import json
import subprocess
from pathlib import Path

from support.capture_file import read_capture


class Agency:
    """A key pair of openssl's making, and what it opens."""

    def __init__(self, folder: Path, name: str = "agency", algorithm: tuple = ("rsa:2048",)):
        self.key, self.certificate = folder / f"{name}.key", folder / f"{name}.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", *algorithm, "-nodes", "-keyout", self.key, "-out", self.certificate,
                        "-subj", "/CN=agency.example.org", "-days", "90"], check=True, timeout=60, stderr=subprocess.DEVNULL)

    def opens(self, sealed: Path, plain: Path) -> bool:
        done = subprocess.run(["openssl", "cms", "-decrypt", "-inform", "DER", "-binary", "-in", sealed, "-inkey", self.key,
                               "-recip", self.certificate, "-out", plain], check=False, timeout=60, stderr=subprocess.PIPE)
        return done.returncode == 0


class ChainOfFiles:
    """One task's files, opened; `problems` says what is wrong with the chain."""

    def __init__(self, folder: Path, agency: Agency, into: Path, killed: bool = False):
        self.name = folder.name
        self.problems: list[str] = []
        self.manifests: list[dict] = []
        self.captures: list[Path] = []
        previous = ""
        for sequence, path in enumerate(sorted(folder.glob("*.json")), 1):
            text = path.read_bytes()
            manifest = json.loads(text)
            self.manifests.append(manifest)
            if (manifest["sequence"], manifest["previous"], manifest["chain"]) != (sequence, previous, self.name):
                self.problems.append(f"{path.name} does not follow the one before it")
            previous = hashlib.sha256(text).hexdigest()
            self._open(folder / manifest["file"], manifest, agency, into)
        unnamed = {one.name for one in folder.glob("*.cms")} - {one["file"] for one in self.manifests}
        # A process that was killed between the two renames shows the manifest of its last file when it comes again.
        if unnamed - ({f"{len(self.manifests) + 1:010}.pcapng.cms"} if killed else set()):
            self.problems.append(f"no manifest tells of {sorted(unnamed)}")

    def _open(self, sealed: Path, manifest: dict, agency: Agency, into: Path) -> None:
        if not sealed.exists() or hashlib.sha256(sealed.read_bytes()).hexdigest() != manifest["sha256"]:
            self.problems.append(f"{sealed.name} is not what its manifest tells of")
            return
        plain = into / f"{self.name}-{manifest['sequence']:010}.pcapng"
        if not agency.opens(sealed, plain):
            self.problems.append(f"{sealed.name} does not open")
            return
        self.captures.append(plain)
        if len(list(read_capture(plain))) != manifest["packets"]:
            self.problems.append(f"{sealed.name} does not hold the packets that its manifest tells of")

    def packets(self) -> list[bytes]:
        return [frame.octets for capture in self.captures for frame in read_capture(capture)]

    def fields(self, *names: str, where: str = "frame") -> list[list[str]]:
        """Of each packet that tshark shows, these fields."""
        rows = []
        for capture in self.captures:
            words = [word for name in names for word in ("-e", name)]
            done = subprocess.run(["tshark", "-r", capture, "-n", "-Y", where, "-T", "fields", *words], check=True, timeout=60,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            rows += [line.split("\t") for line in done.stdout.splitlines()]
        return rows


def chains_in(directory: Path, agency: Agency, into: Path, killed: bool = False) -> list[ChainOfFiles]:
    into.mkdir(exist_ok=True)
    return [ChainOfFiles(folder, agency, into, killed) for folder in sorted(directory.iterdir()) if folder.name != ".work"]

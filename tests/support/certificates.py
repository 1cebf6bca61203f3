"""Certificates of a test: CAs and what they issue, made by openssl's command line, and those that scripts/certificates makes."""

import hashlib
import shutil
import subprocess
from pathlib import Path

from support.environment import TREE
from support.made_once import made_once


def site(folder: Path, *parts: tuple[str, ...]) -> None:
    """Fills `folder`, which is not there yet, as scripts/certificates does with the words of each part; issue() adds to it."""
    def make(made: Path) -> None:
        for words in parts:
            issue(made, *words)

    shutil.copytree(made_once(("site", parts), make), folder)


def issue(folder: Path, *words: str) -> None:
    subprocess.run([TREE / "scripts/certificates", folder, *words], check=True, stdout=subprocess.DEVNULL, timeout=60)


def _openssl(*words) -> bytes:
    done = subprocess.run(["openssl", *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=60)
    if done.returncode:
        raise AssertionError(f"openssl {words[0]}: {done.stderr.decode()}")
    return done.stdout


class Certificate:
    """Two PEM files in a folder; `name`.pem and `name`.key."""

    def __init__(self, folder: Path, name: str):
        self.folder = folder
        self.name = name
        self.path = folder / f"{name}.pem"
        self.key = folder / f"{name}.key"

    def pin(self, kind: str) -> str:
        """As a profile takes it: "cert" or "spki"."""
        if kind == "cert":
            octets = _openssl("x509", "-in", self.path, "-outform", "DER")
        else:
            public = _openssl("x509", "-in", self.path, "-noout", "-pubkey")
            (self.folder / f"{self.name}.pub").write_bytes(public)
            octets = _openssl("pkey", "-pubin", "-in", self.folder / f"{self.name}.pub", "-outform", "DER")
        return f"{kind}:{hashlib.sha256(octets).hexdigest()}"


class Authority(Certificate):
    """A CA. What it issues lies in the same folder."""

    def __init__(self, folder: Path, name: str):
        super().__init__(folder, name)
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.key,
                 "-out", self.path, "-days", "365", "-subj", f"/CN={name}.example.org",
                 "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
        self.key.chmod(0o600)

    def issue(self, name: str, subject: str = "IP:127.0.0.1", days: int = 90) -> Certificate:
        """For a name or address as subjectAltName spells it; negative days: it has expired. Replaces what is there."""
        made = Certificate(self.folder, name)
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{made.key}.new",
                 "-out", request, "-subj", f"/CN={name}.example.org")
        extensions.write_text(f"subjectAltName={subject}\n", encoding="utf-8")
        _openssl("x509", "-req", "-in", request, "-CA", self.path, "-CAkey", self.key, "-CAcreateserial", "-days", days,
                 "-extfile", extensions, "-out", f"{made.path}.new")
        Path(f"{made.key}.new").chmod(0o600)
        Path(f"{made.key}.new").rename(made.key)
        Path(f"{made.path}.new").rename(made.path)
        return made

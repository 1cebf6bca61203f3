"""Form: clang-format, whitespace, executable bits, scripts that parse, and a package list in order."""

import os
import re
import subprocess

import tree

PACKAGE = re.compile(r"^[a-z0-9][a-z0-9+.-]+ +# \S.*$")
FORMATTER = "clang-format"


def check_format() -> list[str]:
    """clang-format has nothing to change."""
    sources = [str(tree.ROOT / path) for path in tree.cxx()]
    if not sources:
        return []
    done = subprocess.run([FORMATTER, "--dry-run", "--Werror", *sources], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, check=False)
    found = [line.split(": error:")[0] for line in done.stderr.splitlines() if ": error:" in line]
    firsts = {}
    for place in found:
        path, line, _ = place.rsplit(":", 2)
        firsts.setdefault(os.path.relpath(path, tree.ROOT), line)
    return [f"{path}:{line}: clang-format would change it from here on" for path, line in firsts.items()]


def check_whitespace() -> list[str]:
    """Text is UTF-8 without tabs, blanks at line ends or a missing last newline."""
    findings = []
    for path in tree.files():
        text = tree.text(path)
        if not text or "/corpus/" in path or path.startswith("tests/golden/"):
            continue
        if not text.endswith("\n"):
            findings.append(f"{path}: does not end with a newline")
        for number, line in enumerate(text.split("\n"), 1):
            if line != line.rstrip() or "\t" in line:
                findings.append(f"{path}:{number}: a tab, or blanks at the end of the line")
    return findings


def check_executable() -> list[str]:
    """What starts with #! can be run, and nothing else can."""
    findings = []
    for path in tree.files():
        runnable = os.access(tree.ROOT / path, os.X_OK)
        with open(tree.ROOT / path, "rb") as stream:
            starts = stream.read(2) == b"#!"
        if starts and not runnable:
            findings.append(f"{path}: starts with #! and cannot be run")
        elif runnable and not starts:
            findings.append(f"{path}: can be run and does not start with #!")
    return findings


def check_scripts() -> list[str]:
    """Every script parses."""
    findings = []
    for path in tree.shell_scripts():
        done = subprocess.run(["bash", "-n", str(tree.ROOT / path)], stderr=subprocess.PIPE, text=True, check=False)
        findings += [line.removeprefix(f"{tree.ROOT}/") for line in done.stderr.splitlines()]
    for path in tree.python_sources():
        try:
            compile(tree.text(path), path, "exec")
        except SyntaxError as error:
            findings.append(f"{path}:{error.lineno}: {error.msg}")
    return findings


def check_packages() -> list[str]:
    """scripts/packages.txt: groups, each sorted, each package once and with a reason."""
    path, group, findings, seen = "scripts/packages.txt", None, [], {}
    last = ""
    for number, line in enumerate(tree.lines(path), 1):
        if not line or line.startswith("#"):
            continue
        if re.fullmatch(r"\[\w+\]", line):
            group, last = line, ""
            continue
        name = line.split()[0]
        if group is None or not PACKAGE.match(line):
            findings.append(f"{path}:{number}: wants \"package  # what for\" inside a [group]")
        if name in seen:
            findings.append(f"{path}:{number}: {name} stands in line {seen[name]} already")
        if name < last:
            findings.append(f"{path}:{number}: {name} belongs before {last}")
        seen[name], last = number, name
    return findings

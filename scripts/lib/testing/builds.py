"""The build folders that the suites need, made when they are needed and each once a run."""

import json
import os
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

from results import FAILED, PASSED, Report, Result

import tree

# Instrumented for libFuzzer everywhere, or a fuzzer would see no coverage below its own file. An undefined behaviour ends the
# program, or a test would pass over it.
SANITISED = ["-Db_sanitize=address,undefined", "-Db_lundef=false", "-Dfuzzers=true", "-Dperf=false", "-Doptimization=1",
             "-Dcpp_args=-g1 -fsanitize=fuzzer-no-link -fno-sanitize-recover=undefined -fno-omit-frame-pointer",
             "-Dc_args=-fsanitize=fuzzer-no-link -fno-sanitize-recover=undefined -fno-omit-frame-pointer"]
THREADS = ["-Db_sanitize=thread", "-Db_lundef=false", "-Dperf=false", "-Doptimization=1"]

COMPILERS = {"gcc": ("gcc", "g++"), "clang": ("clang", "clang++")}


class Kind(NamedTuple):
    folder: str
    compiler: str
    options: list[str]


KINDS = {
    "plain": Kind("build", "gcc", []),
    "sanitised": Kind("build-sanitised", "clang", SANITISED),
    "threads": Kind("build-threads", "clang", THREADS),
}


class Program(NamedTuple):
    """A test executable as meson knows it."""
    name: str
    source_folder: str   # "tests/unit/encoders/etsi"
    command: list[str]
    target: str          # for scripts/build --target
    uses_dpdk: bool


class Builds:
    def __init__(self, report: Report):
        self.report = report
        self.compiled: dict[tuple[str, tuple[str, ...]], bool] = {}

    def folder(self, kind: str) -> Path:
        return tree.ROOT / KINDS[kind].folder

    def compile(self, kind: str, targets: tuple[str, ...] = ()) -> bool:
        """False, and a failed test in the report, where the build fails."""
        if (kind, targets) not in self.compiled:
            self.compiled[kind, targets] = self._compile(kind, targets)
        return self.compiled[kind, targets]

    def _compile(self, kind: str, targets: tuple[str, ...]) -> bool:
        started = time.monotonic()
        self.report.say(f"building {KINDS[kind].folder}" + (f": {len(targets)} targets" if targets else ""))
        done = self._run_build(kind, [argument for target in targets for argument in ("--target", target)])
        seconds = time.monotonic() - started
        outcome = PASSED if done.returncode == 0 else FAILED
        self.report.add([Result("build", kind, outcome, done.stdout)], f"build {KINDS[kind].folder}", seconds)
        return done.returncode == 0

    def configure(self, kind: str) -> bool:
        """Makes the folder without compiling: its tests can be listed then."""
        if (self.folder(kind) / "build.ninja").exists():
            return True
        done = self._run_build(kind, ["--configure-only"])
        if done.returncode != 0:
            self.report.add([Result("build", f"{kind}: configuration", FAILED, done.stdout)], "configuration", 0)
        return done.returncode == 0

    def _run_build(self, kind: str, arguments: list[str]) -> subprocess.CompletedProcess:
        where = KINDS[kind]
        cached = "ccache " if any((Path(place) / "ccache").exists() for place in os.environ["PATH"].split(":")) else ""
        environment = {**os.environ, "CC": cached + COMPILERS[where.compiler][0], "CXX": cached + COMPILERS[where.compiler][1]}
        command = [str(tree.ROOT / "scripts/build"), "--dir", str(self.folder(kind)), *arguments, "--", *where.options]
        return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", check=False)

    def programs(self, kind: str) -> list[Program]:
        """Every test() of the tree, as this folder would build it."""
        targets = {target["id"]: target for target in self._introspect(kind, "--targets")}
        return [self._program(test, targets) for test in self._introspect(kind, "--tests")]

    def _program(self, test: dict, targets: dict) -> Program:
        """A test's own executable is the one that its command starts; it may depend on others."""
        target = next((target for target in targets.values() if test["cmd"][0] in target["filename"]), None)
        if target is None:
            script = next(word for word in test["cmd"] if word.startswith(str(tree.ROOT / "tests")))
            return Program(test["name"], str(Path(script).parent.relative_to(tree.ROOT)), test["cmd"], "", False)
        defined = Path(target["defined_in"]).parent.relative_to(tree.ROOT)
        parameters = [text for source in target["target_sources"] for text in source.get("parameters", [])]
        return Program(test["name"], str(defined), test["cmd"], f"{defined}/{target['name']}:executable", "rte_config.h" in parameters)

    def fuzzers(self, kind: str) -> list[Program]:
        return [Program(target["name"], "tests/fuzz", target["filename"], f"tests/fuzz/{target['name']}:executable", False)
                for target in self._introspect(kind, "--targets")
                if target["type"] == "executable" and "tests/fuzz" in target["defined_in"]]

    def _introspect(self, kind: str, what: str) -> list[dict]:
        done = subprocess.run(["meson", "introspect", str(self.folder(kind)), what], stdout=subprocess.PIPE, text=True, check=True)
        return json.loads(done.stdout)

"""Writes test results as JUnit XML, the form that scripts/test and CI systems read."""

import unittest
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import NamedTuple


class Case(NamedTuple):
    group: str
    name: str
    elapsed_s: float
    outcome: str  # passed, failed, skipped
    detail: str

    @classmethod
    def of(cls, test: unittest.TestCase, elapsed_s: float, outcome: str, detail: str) -> "Case":
        group, _, name = test.id().rpartition(".")
        return cls(group, name, elapsed_s, outcome, detail)

    @property
    def id(self) -> str:
        return f"{self.group}.{self.name}"


def write(path: Path, suite: str, cases: list[Case]) -> None:
    counts = {outcome: str(sum(case.outcome == outcome for case in cases)) for outcome in ("failed", "skipped")}
    root = xml.Element("testsuites")
    group = xml.SubElement(root, "testsuite", name=suite, tests=str(len(cases)), failures=counts["failed"], errors="0",
                           skipped=counts["skipped"], time=f"{sum(case.elapsed_s for case in cases):.3f}")
    for case in cases:
        element = xml.SubElement(group, "testcase", classname=case.group, name=case.name, time=f"{case.elapsed_s:.3f}")
        if case.outcome == "failed":
            xml.SubElement(element, "failure", message=_printable(case.detail.strip().rpartition("\n")[2])).text = \
                _printable(case.detail)
        elif case.outcome == "skipped":
            xml.SubElement(element, "skipped", message=_printable(case.detail))
    path.parent.mkdir(parents=True, exist_ok=True)
    xml.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _printable(text: str) -> str:
    """XML 1.0 has no control characters."""
    return "".join(character if character.isprintable() or character in "\n\t" else "?" for character in text)

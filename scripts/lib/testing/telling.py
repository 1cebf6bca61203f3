"""Of what a failed program printed, the lines that say why: the failed test's own, the sanitizer's error, the exception, the
compiler's error. What comes first is seldom it, and what comes last is often a legend. Pure functions."""

import re

# Where a sanitizer, libFuzzer or the C++ run-time begins to say what is wrong.
ERROR = re.compile(r"ERROR: \w*(Sanitizer|libFuzzer)|WARNING: ThreadSanitizer|: runtime error: |^terminate called|Assertion .* failed|check failed")
SUMMARY = "SUMMARY: "
# Pages of memory around the place, and what their letters mean: nothing that the error and its stack do not say.
SHADOW = re.compile(r"Shadow (bytes around|byte legend)")
COMPILER = re.compile(r"^FAILED: |: (fatal )?error: |undefined reference to ")
BEGUN, FAILED, OTHERWISE = "[ RUN      ] ", "[  FAILED  ] ", ("[       OK ] ", "[  SKIPPED ] ")
TRACEBACK, RAISED_BY_LINES = "Traceback (most recent call last):", 3


def has_sanitizer_error(output: str) -> bool:
    return any(ERROR.search(line) for line in output.splitlines())


def telling_lines(output: str, most: int) -> list[str]:
    """At most `most` lines, and one more for each place where some are left out."""
    lines = _without_shadow(output.strip("\n").split("\n"))
    if len(lines) <= most:
        return lines
    for find in (_of_googletest, _of_sanitizer, _of_python, _of_compiler):
        found = find(lines)
        if found:
            return _cut(found, most)
    return [_left_out(len(lines) - most), *lines[-most:]]


def _left_out(count: int) -> str:
    return f"… {count} lines more"


def _without_shadow(lines: list[str]) -> list[str]:
    kept, in_shadow = [], False
    for line in lines:
        if SHADOW.search(line):
            in_shadow = True
        elif in_shadow and not line.startswith(" ") and not line.startswith("=>"):
            in_shadow = False
        if not in_shadow:
            kept.append(line)
    return kept


def _of_googletest(lines: list[str]) -> list[str]:
    """Each failed test from its beginning to its end; of the one in which the program died, to the end of all."""
    found, begun = [], None
    for at, line in enumerate(lines):
        if line.startswith(BEGUN):
            begun = at
        elif line.startswith(OTHERWISE):
            begun = None
        elif line.startswith(FAILED) and begun is not None:
            found += lines[begun:at + 1]
            begun = None
    if begun is not None:
        found += lines[begun:]
    elif found and has_sanitizer_error("\n".join(lines)):
        found += _of_sanitizer(lines)
    return found


def _of_sanitizer(lines: list[str]) -> list[str]:
    """From the error to its summary."""
    first = next((at for at, line in enumerate(lines) if ERROR.search(line)), None)
    if first is None:
        return []
    last = next((at for at in range(first, len(lines)) if lines[at].startswith(SUMMARY)), len(lines) - 1)
    return lines[first:last + 1]


def _of_python(lines: list[str]) -> list[str]:
    """The exception, with the lines of code that raised it."""
    begun = next((at for at in reversed(range(len(lines))) if lines[at].startswith(TRACEBACK)), None)
    if begun is None:
        return []
    raised = next((at for at in range(begun + 1, len(lines)) if not lines[at].startswith(" ")), begun)
    return lines[max(begun, raised - RAISED_BY_LINES):]


def _of_compiler(lines: list[str]) -> list[str]:
    first = next((at for at, line in enumerate(lines) if COMPILER.search(line)), None)
    return [] if first is None else lines[first:]


def _cut(lines: list[str], most: int) -> list[str]:
    """What is too long keeps its first line, the test's name, and its most telling part."""
    if len(lines) <= most:
        return lines
    error = next((at for at, line in enumerate(lines) if ERROR.search(line)), 0)
    if error <= 1:
        return [*lines[:most], _left_out(len(lines) - most)]
    part = lines[error:error + most - 1]
    after = len(lines) - error - len(part)
    return [lines[0], _left_out(error - 1), *part] + ([_left_out(after)] if after else [])

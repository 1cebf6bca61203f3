"""All checks by name, and how they are shown."""

import sys

from checks import form, shape, walls, words

CHECKS = {function.__name__.removeprefix("check_"): function for function in (
    walls.check_walls, walls.check_include_paths, walls.check_include_cycles,
    shape.check_function_length, shape.check_file_length, shape.check_opening, shape.check_readmes,
    words.check_words, words.check_hosts, words.check_addresses,
    form.check_format, form.check_whitespace, form.check_executable, form.check_scripts, form.check_packages)}


def run_checks(names: list[str]) -> int:
    unknown = set(names) - set(CHECKS)
    if unknown:
        print(f"scripts/check: no check is called {', '.join(sorted(unknown))}; there are {', '.join(CHECKS)}", file=sys.stderr)
        return 2
    found = 0
    for name in names or CHECKS:
        findings = CHECKS[name]()
        found += len(findings)
        print(f"{'FAILED' if findings else 'ok':6}  {name}: {CHECKS[name].__doc__.splitlines()[0]}")
        for finding in findings:
            print(f"        {finding}")
    return 1 if found else 0

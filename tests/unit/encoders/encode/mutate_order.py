#!/usr/bin/python3
"""Writes the encoder loop anew with its mechanism removed: reports are taken behind the copies, and no copy waits. What
tests it must fail then. `mutate_order.py SOURCE RESULT`; fails where the source is not what it expects."""

import sys

LOOP = [("bool busy = take_reports(now) || commanded;", "bool busy = commanded;"),
        ("  busy = settle_copies(now) || busy;\n", ""),
        ("    settle(source);\n  }\n  busy = take_checks(now) || busy;",
         "    settle(source);\n  }\n  busy = settle_copies(now) || busy;\n  busy = take_reports(now) || busy;\n"
         "  busy = take_checks(now) || busy;")]
SESSIONS = [("held_->settled(reported_until_, now, plan_.settling_ns)", "held_->oldest()")]


def main(source, result):
    with open(source, encoding="utf-8") as file:
        text = file.read()
    for before, after in LOOP if source.endswith("encode_loop.cc") else SESSIONS:
        if text.count(before) != 1:
            sys.exit(f"{source}: not once: {before}")
        text = text.replace(before, after)
    with open(result, "w", encoding="utf-8") as file:
        file.write(text)


main(*sys.argv[1:])

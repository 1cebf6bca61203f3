"""The command line of scripts/demo."""

import argparse
import re
import sys
from pathlib import Path

EPILOG = """\
Everything runs in lab mode in a folder of its own and ends with the command: the control daemon, a receiver for each
agency, the dataplane. Records carry the capture's time stamps.

DIR holds afterwards: hi2.ber and hi3.ber (the bytes that the agency received), records.jsonl (the same, decoded),
content.pcapng (the content as packets), summary.json (the receiver's findings), and stats.json (the fate of every packet and
record). With several agencies the first four are in DIR/NAME.

exit status: 0 all delivered; 1 something failed; 2 the command line or the capture was refused; 3 all that could be
classified was delivered, but packets or records were dropped, with reasons in stats.json.
"""

DEMO_TARGETS = ["ipv4:192.0.2.77", "ipv6:2001:db8:77::77"]


SCOPED = ("ipv4", "ipv6", "flow")  # kinds of targets whose @ begins a scope


class Refused(Exception):
    """What the user asked for cannot be done; the text says why. Exit status 2."""


def parse_options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/demo", epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description="Runs the whole appliance on one capture and shows what it delivered.")
    parser.add_argument("--pcap", type=Path, metavar="FILE", help="a pcap or pcapng file; without it one is generated")
    parser.add_argument("--target", action="append", default=[], metavar="KIND:VALUE", dest="targets",
                        help="ipv4:192.0.2.7, ipv6:2001:db8::/64, …; all of them form one warrant for each agency")
    parser.add_argument("--agency", action="append", default=[], metavar="NAME", dest="agencies",
                        help="an agency that gets it all; may be given several times")
    parser.add_argument("--out", type=Path, metavar="DIR", help="leave the results here")
    parser.add_argument("--content", choices=["both", "iri", "cc"], default="both", help="what is delivered (default: both)")
    parser.add_argument("--hugepages", action="store_true", help="use the machine's hugepages (scripts/README.md)")
    parser.add_argument("--packets", type=int, default=2000, metavar="N", help="of the generated capture (default: 2000)")
    parser.add_argument("--slow-bps", type=int, metavar="N", help="the receivers read N bits a second …")
    parser.add_argument("--slow-bytes", type=int, metavar="M", help="… until they have read M bytes, then freely")
    parser.add_argument("--stall", type=int, default=120, metavar="SECONDS",
                        help="give up when nothing has moved for so long (default: 120)")
    parser.add_argument("--keep", action="store_true", help="keep the working folder: configurations, database, logs")
    options = parser.parse_args(arguments)
    try:
        _check(options)
    except Refused as refusal:
        parser.print_usage(sys.stderr)
        raise refusal
    return options


def _check(options: argparse.Namespace) -> None:
    if options.pcap and not options.targets:
        raise Refused("--pcap needs at least one --target KIND:VALUE")
    if options.pcap and not options.out:
        raise Refused("--pcap needs --out DIR for the results")
    if options.targets and not options.pcap:
        raise Refused("--target goes with --pcap; the generated capture has targets of its own")
    if options.pcap and not options.pcap.is_file():
        raise Refused(f"{options.pcap}: there is no such file")
    if options.out and options.out.exists() and not options.out.is_dir():
        raise Refused(f"{options.out}: is not a folder")
    if options.slow_bytes is not None and options.slow_bps is None:
        raise Refused("--slow-bytes goes with --slow-bps")
    if not 1 <= options.packets <= 100_000_000:
        raise Refused("--packets: from 1 to 100000000")
    options.agencies = options.agencies or ["agency-1"]
    options.targets = options.targets or list(DEMO_TARGETS)
    for name in options.agencies:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}", name):
            raise Refused(f"--agency {name}: 1 to 63 letters, digits, dots, dashes and underscores")
    for target in options.targets:
        if "@" in target and target.partition(":")[0] in SCOPED:
            raise Refused(f"--target {target}: in the demo a target counts everywhere; leave out what follows the @")
    ids = [agency_id(name) for name in options.agencies]
    for position, identity in enumerate(ids):
        if identity in ids[:position]:
            raise Refused(f"--agency {options.agencies[position]}: that agency is there already")


def agency_id(name: str) -> str:
    """The id that lictord knows an agency by: lower case, dashes."""
    return re.sub(r"[^a-z0-9-]", "-", name.lower())

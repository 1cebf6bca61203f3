"""What a person sees: steps as they happen, then what the agency received, then the proof."""

import datetime
import itertools
import mmap
import os
import sys
import time
from pathlib import Path
from typing import Iterator, Optional

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests"))

from packet_text import describe  # noqa: E402
from support import ps_pdu  # noqa: E402

SIGNALLING_SHOWN_MAX = 24
CONTENT_SHOWN = 8
COLOURS = sys.stdout.isatty() and "NO_COLOR" not in os.environ

ACCESS_EVENTS = {7: "start of interception, session active", 9: "end of interception, session active"}
IRI_TYPES = {1: "BEGIN", 2: "END", 3: "CONTINUE", 4: "REPORT"}
HI1_EVENTS = {"liActivated": "warrant in force", "liModified": "warrant changed", "liDeactivated": "warrant over",
              "alarms-indicator": "alarm"}
DIRECTIONS = {0: "from target", 1: "to target", 2: "within"}


def paint(text: str, code: str) -> str:
    return f"\033[{code}m{text}\033[0m" if COLOURS else text


def banner() -> None:
    print(paint("\nLictor", "1") + ": from a packet on a port to a record at the agency\n")


def step(who: str, what: str) -> None:
    print(f"  {paint(f'{who:17}', '1')} {what}", flush=True)


def heading(text: str) -> None:
    print("\n" + paint(text, "1;4"))


def capture(source: Optional[Path], facts: dict) -> None:
    name = source.name if source else "made on the spot"
    seconds = (facts["last_unix_ns"] - facts["first_unix_ns"]) / 1e9
    step("capture", f"{name}: {facts['packets']:,} packets, {facts['bytes']:,} octets, {seconds:,.1f} s, {facts['link_type']}")
    if facts["truncated"]:
        step("", "the file ends early; what is whole is used")


def filed(agency: str, targets: list[str]) -> None:
    step("warrant", f"filed for {agency}: " + ", ".join(targets))


def activated(reply: dict) -> None:
    told, acknowledged = reply["dataplanes_told"], reply["dataplanes_acknowledged"]
    warrant = reply["warrant"]
    step("", f"in force: {warrant['legal_reference']}, authorised by {warrant['authorising_person']}, until {warrant['end']};"
             f" {acknowledged} of {told} dataplanes acknowledged")
    for warning in reply["warnings"]:
        step("", f"warning: {warning}")


class Progress:
    """A line that grows on a terminal; elsewhere a line now and then."""

    def __init__(self, total: int):
        self.total, self.shown, self.due = total, "", 0.0

    def update(self, statistics: dict) -> None:
        packets, records = statistics.get("packets", {}), statistics.get("records", {})
        text = (f"{int(packets.get('received', 0)):,} of {self.total:,} packets, {int(packets.get('matched', 0)):,} matched, "
                f"{int(records.get('confirmed', 0)):,} records confirmed")
        if text == self.shown or time.monotonic() < self.due:
            return
        self.shown, self.due = text, time.monotonic() + (0.1 if COLOURS else 5)
        if COLOURS:
            print(f"\r  {'replay':17} {text}\033[K", end="", flush=True)
        else:
            step("replay", text)

    def finish(self, seconds: float) -> None:
        ending = f"done in {seconds:.1f} s: all {self.total:,} packets received, every record confirmed"
        print("\r" if COLOURS else "", end="")
        step("replay", ending + ("\033[K" if COLOURS else ""))


# --- what was delivered ---


def _pdus(path: Path) -> Iterator[dict]:
    if path.stat().st_size == 0:
        return
    with open(path, "rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as octets:
        for _, record in ps_pdu.records(octets):
            yield ps_pdu.decode(record)


def _when(pdu: dict) -> str:
    micros = ps_pdu.time_of(pdu)
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=micros or 0)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def _what(pdu: dict) -> str:
    kind = ps_pdu.kind_of(pdu)
    if kind == "hi1":
        event = next(iter(pdu["payload"]["hI1-Operation"]))
        return f"HI1  {event}: {HI1_EVENTS[event]}"
    if kind != "iri":
        return f"TRI  {kind}"
    payload = pdu["payload"]["iRIPayloadSequence"][0]
    contents = payload["iRIContents"]["iPIRI"]["iPIRIContents"]
    event = ACCESS_EVENTS.get(contents["accessEventType"], f"event {contents['accessEventType']}")
    return f"IRI  {IRI_TYPES.get(payload.get('iRIType'), '?')}: {event}; user {contents['targetUsername'].decode(errors='replace')}"


def _series(pdu: dict) -> str:
    liid, _, element, cin = ps_pdu.series_of(pdu)
    return f"{liid.decode(errors='replace'):14} {(element or b'').decode(errors='replace'):10} {'-' if cin is None else cin!s:>10}"


def _signalling(path: Path) -> None:
    """HI2 as a table, without keepalives."""
    telling = (pdu for pdu in _pdus(path) if ps_pdu.kind_of(pdu) not in ("keep-alive", "keep-aliveResponse"))
    print(f"  {'time (UTC)':26}  {'LIID':14} {'element':10} {'CIN':>10} {'number':>6}  record")
    for pdu in itertools.islice(telling, SIGNALLING_SHOWN_MAX):
        print(f"  {_when(pdu)}  {_series(pdu)} {pdu['pSHeader']['sequenceNumber']:6}  {_what(pdu)}")
    more = sum(1 for _ in telling)
    if more:
        print(f"  … and {more} more")


def _content(path: Path, total: int) -> None:
    """The first of HI3 as a table."""
    print(f"  {'time (UTC)':26} {'number':>8}  {'direction':11} {'octets':>6}  packet")
    content = (pdu for pdu in _pdus(path) if ps_pdu.kind_of(pdu) == "cc")
    for pdu in itertools.islice(content, CONTENT_SHOWN):
        for _, direction, octets in ps_pdu.contents([pdu]):
            print(f"  {_when(pdu)} {pdu['pSHeader']['sequenceNumber']:8}  {DIRECTIONS.get(direction, '?'):11} {len(octets):6}  "
                  f"{describe(bytes(octets))}")
    if total > CONTENT_SHOWN:
        print(f"  … and {total - CONTENT_SHOWN:,} more")


def received(receivers: list) -> None:
    for receiver in receivers:
        heading(f"{receiver.agency} received on HI2")
        _signalling(receiver.out / "hi2.ber")
        heading(f"{receiver.agency} received on HI3")
        _content(receiver.out / "hi3.ber", receiver.summary()["hi3"]["cc"])


# --- the proof ---


def comparison(agency: str, result) -> None:
    heading(f"Proof for {agency}: its content against the target's packets in the capture")
    print(f"  {'':12} {'packets':>10}  SHA-256 of time stamps and packets")
    print(f"  {'capture':12} {result.expected:10,}  {result.expected_sha256}")
    print(f"  {'delivered':12} {result.delivered:10,}  {result.delivered_sha256}")
    print("  " + (paint(f"different: {result.first_difference}", "31") if result.first_difference else
                  paint("the same, packet by packet", "32")))


def _account_table(account: dict) -> None:
    packets, records = account["packets"], account["records"]
    heading("Every packet has a fate, every record too")
    print(f"  packets   {packets['received']:,} received = {packets['unmatched']:,} unmatched + {packets['matched']:,} matched"
          f" + {sum(packets['drops'].values()):,} dropped")
    for name, part in [("records", records)] + ([(name, part["records"]) for name, part in account["agencies"].items()]
                                               if len(account["agencies"]) > 1 else []):
        print(f"  {name:9} {part['matched']:,} copies + {part['events']:,} events = {part['appended']:,} encoded"
              f" + {sum(part['drops'].values()):,} dropped;  {part['appended']:,} encoded = {part['confirmed']:,} confirmed"
              f" + {sum(part['given_up'].values()) + part['unconfirmed'] + part['in_spool']:,} not")
    for name, part in account["agencies"].items():
        hi2, hi3 = part["receiver"]["hi2"], part["receiver"]["hi3"]
        print(f"  {name} counted {hi2['iri']:,} IRI, {hi2['hi1']:,} HI1 and {hi3['cc']:,} CC records: "
              f"{hi2['errors'] + hi3['errors']} errors, {hi2['gaps'] + hi3['gaps']} gaps")


def verdict(account: dict, faults: list[str], losses: list[str], not_compared: str, out: Optional[Path]) -> None:
    _account_table(account)
    if not_compared:
        print(f"  content was not compared packet by packet: {not_compared}")
    if out:
        print(f"\nresults: {out}/ (hi2.ber, hi3.ber, content.pcapng, stats.json, …)")
    for text in losses + faults:
        print(paint(f"\nwrong: {text}", "31"), end="")
    if faults:
        print(paint("\nNOT everything was delivered as it should be.", "1;31"))
    elif losses:
        print(paint("\nWhat could be classified was delivered; something was dropped on the way.", "1;33"))
    else:
        print(paint("\nEvery packet of the targets was delivered, and nothing else.", "1;32"))

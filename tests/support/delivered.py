"""What a receiver wrote, read by the independent decoder: content per warrant, numbering, kinds."""

from collections import defaultdict
from pathlib import Path
from typing import Iterable, NamedTuple, Optional

from support import ps_pdu


class Content(NamedTuple):
    """One CC record, and what says which series it belongs to."""
    liid: bytes
    element: bytes
    cin: int
    number: int
    timestamp_us: Optional[int]
    direction: int
    packet: bytes  # or frame, of L2CC
    original: Optional[int]  # of a record that says of itself that it was truncated

    @property
    def series(self) -> tuple[bytes, bytes, int]:
        return self.liid, self.element, self.cin


class Stream:
    """hi2.ber or hi3.ber: strict DER throughout, or that with wide lengths; else DerError."""

    def __init__(self, folder: Path, interface: str, wide: bool = False):
        self.path = Path(folder) / f"{interface}.ber"
        self.interface = interface
        self.pdus = ps_pdu.decode_file(self.path, wide) if self.path.exists() else []

    def of(self, liid: bytes) -> list[dict]:
        return [pdu for pdu in self.pdus if pdu["pSHeader"]["lawfulInterceptionIdentifier"] == liid]

    def gaps(self, by_liid: bool = False) -> list[str]:
        """Breaks in the numbering, repeats counted; in the series of each CIN, or of each LIID."""
        return ps_pdu.gaps(self.pdus, self.interface, by_liid)

    def kinds(self, liid: bytes) -> list[str]:
        """What came for a warrant, in order: "liActivated", "iri 7", "cc", "cINReset", …"""
        return [_kind(pdu) for pdu in self.of(liid)]


IRI_TYPES = {1: "begin", 2: "end", 3: "continue", 4: "report"}  # TS 102 232-1, IRIType


def _kind(pdu: dict) -> str:
    kind = ps_pdu.kind_of(pdu)
    if kind == "hi1":
        return next(iter(pdu["payload"]["hI1-Operation"]))
    if kind == "iri":
        contents = pdu["payload"]["iRIPayloadSequence"][0]["iRIContents"]
        if "iPMMIRI" in contents:
            return f"sip {IRI_TYPES[pdu['payload']['iRIPayloadSequence'][0]['iRIType']]}"
        if "l2IRI" in contents:
            return f"l2iri {contents['l2IRI']['l2IRIContents']['accessEventType']}"
        return f"iri {contents['iPIRI']['iPIRIContents']['accessEventType']}"
    return kind


def contents_of(stream: Stream) -> list[Content]:
    """Every CC record of the stream, in the order of arrival."""
    found = []
    for pdu in stream.pdus:
        liid, _, element, cin = ps_pdu.series_of(pdu)
        number = pdu["pSHeader"]["sequenceNumber"]
        for payload in pdu["payload"].get("cCPayloadSequence", []):
            packet, original = ps_pdu.content_of(payload)
            found.append(Content(liid, element, cin, number, ps_pdu.time_of(pdu, payload), payload["payloadDirection"], packet, original))
    return found


class Signalled(NamedTuple):
    """One IRI of a call, or of what is none."""
    liid: bytes
    element: bytes
    cin: int
    timestamp_us: Optional[int]
    step: str        # "begin", "continue", "end", "report"
    message: bytes   # empty: the record tells of none
    may_carry: bool  # its form is that of an order that covers content
    record: bytes    # whole


def signalled_of(stream: Stream) -> list[Signalled]:
    """Every IPMMIRI of the stream, in the order of arrival."""
    found = []
    for (_, record), pdu in zip(ps_pdu.records(stream.path.read_bytes()), stream.pdus):
        liid, _, element, cin = ps_pdu.series_of(pdu)
        for payload in pdu["payload"].get("iRIPayloadSequence", []):
            if "iPMMIRI" not in payload["iRIContents"]:
                continue
            form, sip = next(iter(payload["iRIContents"]["iPMMIRI"]["iPMMIRIContents"].items()))
            found.append(Signalled(liid, element, cin, ps_pdu.time_of(pdu, payload), IRI_TYPES[payload["iRIType"]], sip["sIPContent"],
                                   not form.startswith("iRIOnly"), bytes(record)))
    return found


def by_liid(contents: Iterable[Content]) -> dict[bytes, list[Content]]:
    found = defaultdict(list)
    for content in contents:
        found[content.liid].append(content)
    return found


def missing_numbers(contents: Iterable[Content]) -> dict[tuple, int]:
    """Per series: numbers from 0 to the highest that never came."""
    seen = defaultdict(set)
    for content in contents:
        seen[content.series].add(content.number)
    return {series: max(numbers) + 1 - len(numbers) for series, numbers in seen.items()}


def first_difference(contents: list[Content], expected: list) -> Optional[str]:
    """Where records and the oracle's packets part, in words; None where they are the same one for one."""
    for index, (got, want) in enumerate(zip(contents, expected)):
        if (got.timestamp_us, got.direction, got.packet) != tuple(want):
            return (f"record {index} of {len(contents)}: time {got.timestamp_us} direction {got.direction} "
                    f"{len(got.packet)} octets {got.packet[:24].hex()}…, expected time {want.timestamp_us} direction "
                    f"{want.direction} {len(want.packet)} octets {want.packet[:24].hex()}…")
    if len(contents) != len(expected):
        return f"{len(contents)} records, expected {len(expected)}"
    return None

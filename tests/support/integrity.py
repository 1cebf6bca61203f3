"""Verifies integrity PDUs over the bytes that were received, written a third time: an own walk over BER, hashlib, and the
openssl command line for signatures. Knows nothing of the product's code, nor of the other decoders here."""

import hashlib
import subprocess
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator, Optional

HASHES = {1: "sha1", 2: "sha256", 3: "sha384", 4: "sha512"}
IRI, CC = 1, 2
ECDSA, EDDSA = 2, 3


def elements(octets: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """(tag, content, tag and length and content) of each element, one behind the other."""
    at = 0
    while at < len(octets):
        begin, tag = at, octets[at]
        length, at = octets[at + 1], at + 2
        if length >= 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(octets[at:at + size], "big"), at + size
        if at + length > len(octets):
            raise ValueError(f"an element at octet {begin} reaches beyond the end")
        yield tag, octets[at:at + length], octets[begin:at + length]
        at += length


def child(octets: bytes, *tags: int) -> Optional[bytes]:
    """The content of the element at that path."""
    for wanted in tags:
        octets = next((content for tag, content, _ in elements(octets) if tag == wanted), None)
        if octets is None:
            return None
    return octets


def number(content: bytes) -> int:
    return int.from_bytes(content, "big")


@dataclass
class Hash:
    pdu: bytes
    numbers: list[int]
    value: bytes
    algorithm: str


@dataclass
class Series:
    records: dict[int, bytes] = field(default_factory=dict)
    hashes: dict[int, Hash] = field(default_factory=dict)
    signatures: dict[int, dict] = field(default_factory=dict)


@dataclass
class Report:
    records: int = 0
    covered: int = 0
    hashes: int = 0
    signatures: int = 0
    faults: list[str] = field(default_factory=list)


def decrypted(container: bytes, sequence_number: int, key: str) -> bytes:
    """The octets inside of an EncryptionContainer, by openssl's command line; `key` is hexadecimal."""
    method, octets = number(child(container, 0x80)), child(container, 0x81)
    if method == 1:
        return octets
    command = ["openssl", "enc", "-d", "-nopad", {3: "-aes-192-cbc", 4: "-aes-256-cbc"}[method], "-K", key, "-iv",
               sequence_number.to_bytes(4, "big").hex() * 4]
    return subprocess.run(command, input=octets, capture_output=True, check=True, timeout=60).stdout


def payload_of(container: bytes, sequence_number: int, key: str) -> bytes:
    """The payload that was encrypted; ValueError where it is none."""
    plain = decrypted(container, sequence_number, key)
    tag, inside, whole = next(elements(plain))
    counter, payload = child(inside, 0x80), child(inside, 0xA1)
    if tag != 0x30 or counter is None or payload is None or any(plain[len(whole):]) or len(plain) - len(whole) > 15:
        raise ValueError("what was decrypted is no EncryptedPayload")
    return payload


def before_encryption(whole: bytes, sequence_number: int, key: str) -> bytes:
    """A record with a container as it was before its octets were encrypted, with the type none."""
    container = child(whole, 0x30, 0xA2, 0xA4)
    encrypted = child(container, 0x81)
    head, _, tail = whole.partition(encrypted)
    kind = b"\x80\x01" + child(container, 0x80)
    at = head.rindex(kind)
    return head[:at] + b"\x80\x01\x01" + head[at + 3:] + decrypted(container, sequence_number, key) + tail


def collect(octets: bytes, encrypted: int = CC, key: str = "", before: bool = False,
            by_liid: bool = False) -> tuple[dict[tuple, Series], list[str]]:
    """Everything by (LIID, operator, element, CIN, IRI or CC); repeats are the same octets or faults. `encrypted`: what
    encrypted records count as. `by_liid`: the CIN is left out, numbers go on over it."""
    series: dict[tuple, Series] = defaultdict(Series)
    faults: list[str] = []
    for _, record, whole in elements(octets):
        header, payload = child(record, 0xA1), child(record, 0xA2)
        communication = child(header, 0xA3)
        network = child(communication, 0xA0)
        key_of = (child(header, 0x81), child(network, 0x80), child(network, 0x81), number(child(communication, 0x81) or b""))
        if by_liid:
            key_of = (*key_of[:3], 0)
        own = number(child(header, 0x84))
        container = child(payload, 0xA4)
        if container is not None and number(child(container, 0x82)) != 8:
            hashed = before_encryption(whole, own, key) if before else whole
            if series[(*key_of, encrypted)].records.setdefault(own, hashed) != hashed:
                faults.append(f"record {own} came twice with different octets")
        if container is not None:
            continue
        check = child(payload, 0xA2, 0xA0)
        if check is None:
            kind = {0xA0: IRI, 0xA1: CC}.get(payload[0])
            if kind and series[(*key_of, kind)].records.setdefault(own, whole) != whole:
                faults.append(f"record {own} came twice with different octets")
            continue
        of = series[(*key_of, number(child(check, 0x82)))]
        numbers = [number(content) for _, content, _ in elements(child(check, 0xA0))]
        value = child(check, 0x83)
        if number(child(check, 0x81)) == 1:
            one = Hash(whole, numbers, value, HASHES[number(child(check, 0x84))])
            if of.hashes.setdefault(own, one).pdu != whole:
                faults.append(f"hash {own} came twice with different octets")
        else:
            algorithm = child(check, 0x84)
            one = {"check": check, "numbers": numbers, "value": value, "signature": number(child(check, 0x85)),
                   "hash": HASHES[number(algorithm)] if algorithm else None}
            if of.signatures.setdefault(own, one) != one:
                faults.append(f"signature {own} came twice with different octets")
    return series, faults


def encoded(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def signed_message(signature: dict, series: Series, covers: str) -> bytes:
    hashes = [series.hashes[one] for one in signature["numbers"]]
    if covers == "pdus":
        return b"".join(one.pdu for one in hashes)
    if covers == "digests":
        return b"".join(one.value for one in hashes)
    members = b"".join(encoded(tag, b"" if tag == 0x83 else content) for tag, content, _ in elements(signature["check"]))
    return encoded(0xA0, members)


def signature_holds(signature: dict, message: bytes, public_key: Path, algorithm: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "message").write_bytes(message)
        (Path(folder) / "signature").write_bytes(signature["value"])
        if signature["signature"] == ECDSA:
            command = ["openssl", "dgst", f"-{algorithm}", "-verify", public_key, "-signature", f"{folder}/signature",
                       f"{folder}/message"]
        else:
            command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", public_key, "-rawin", "-in", f"{folder}/message",
                       "-sigfile", f"{folder}/signature"]
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0


def verify(octets: bytes, public_key: Optional[Path] = None, covers: str = "pdus", first: int = 0,
           algorithm: str = "sha256", **encryption) -> Report:
    """`first`: the number that the series of checks begin at. `algorithm`: of signatures that do not name theirs."""
    series, faults = collect(octets, **encryption)
    report = Report(faults=faults)
    for one in series.values():
        report.records += len(one.records)
        report.hashes += len(one.hashes)
        report.signatures += len(one.signatures)
        for kind in (one.hashes, one.signatures):
            if sorted(kind) != list(range(first, first + len(kind))):
                report.faults.append(f"the numbers of checks have gaps: {sorted(kind)[:20]}")
        covered: set[int] = set()
        for own, check in one.hashes.items():
            missing = [n for n in check.numbers if n not in one.records]
            if missing:
                report.faults.append(f"hash {own} names records that did not come: {missing[:5]}")
                continue
            digest = hashlib.new(check.algorithm, b"".join(one.records[n] for n in check.numbers)).digest()
            if digest != check.value:
                report.faults.append(f"hash {own} does not hold")
            if covered & set(check.numbers):
                report.faults.append(f"hash {own} covers what another one covers")
            covered |= set(check.numbers)
        report.covered += len(covered)
        for own, signature in one.signatures.items():
            message = signed_message(signature, one, covers)
            if public_key and not signature_holds(signature, message, public_key, signature["hash"] or algorithm):
                report.faults.append(f"signature {own} does not hold")
    return report

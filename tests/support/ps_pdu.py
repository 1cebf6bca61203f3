"""An independent reader of TS 102 232-1 PS-PDUs, for tests: strict DER and the types that Lictor sends.

Written from the standards' tag tables alone (ps_types.py) and sharing no code with the encoders. `records(octets)` splits
a stream, `decode(record)` answers nested dictionaries (names as in the ASN.1), and anything that is not strict DER or does
not fit the types raises `DerError`. Run as a program it checks files: `ps_pdu.py FILE…`.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.ps_types import PS_PDU, DerError, decode_value, read_header  # noqa: E402


def records(octets):
    """(offset, record) for each whole PS-PDU of a stream; DerError where the stream ends inside one."""
    at = 0
    while at < len(octets):
        tag, _, after = read_header(octets, at)
        if tag != 0x30:
            raise DerError(f"octet {at}: a PS-PDU starts with 30, not {tag:02x}")
        yield at, octets[at:after]
        at = after


def der_of_wide(octets):
    """The DER of TLVs with wide lengths: of constructed values in three octets, of primitive ones in one or, from 128 on, in
    three; in more only where three are too few. DerError where a length has another form."""
    out, at = b"", 0
    while at < len(octets):
        if at + 2 > len(octets):
            raise DerError(f"octet {at}: ends inside a tag or length")
        tag, first = octets[at], octets[at + 1]
        start = at + 2 + (first & 0x7F if first >= 0x80 else 0)
        length = int.from_bytes(octets[at + 2:start], "big") if first >= 0x80 else first
        needed = 1 if length < 0x80 else 1 + (length.bit_length() + 7) // 8
        constructed = bool(tag & 0x20)
        if start - at - 1 != (max(needed, 3) if constructed or needed > 1 else 1):
            raise DerError(f"octet {at}: a length of {start - at - 1} octets is not wide")
        if start + length > len(octets):
            raise DerError(f"octet {at}: content passes the end")
        content = octets[start:start + length]
        content = der_of_wide(content) if constructed else content
        size = len(content)
        octets_of_size = (size.bit_length() + 7) // 8
        out += bytes([tag, size]) if size < 0x80 else bytes([tag, 0x80 | octets_of_size]) + size.to_bytes(octets_of_size, "big")
        out += content
        at = start + length
    return out


# --- what tests ask ------------------------------------------------------------------------------------------------


def decode(record):
    """The record as nested dictionaries; DerError where it is not strict DER or not of the types above."""
    tag, start, end = read_header(record, 0)
    if tag != 0x30 or end != len(record):
        raise DerError("octet 0: not one whole PS-PDU")
    return decode_value(PS_PDU, record, start, end, "PS-PDU")


def kind_of(pdu):
    """'iri', 'cc', 'hi1' or the name of the TRI alternative."""
    name = next(iter(pdu["payload"]))
    if name == "tRIPayload":
        return next(iter(pdu["payload"][name]))
    return {"iRIPayloadSequence": "iri", "cCPayloadSequence": "cc", "hI1-Operation": "hi1",
            "encryptionContainer": "encrypted"}[name]


def series_of(pdu):
    """(LIID, operator, network element, CIN): with the kind, what a sequence number counts in."""
    header = pdu["pSHeader"]
    identifier = header["communicationIdentifier"]
    network = identifier["networkIdentifier"]
    return (header["lawfulInterceptionIdentifier"], network["operatorIdentifier"],
            network.get("networkElementIdentifier"), identifier.get("communicationIdentityNumber"))


def time_of(pdu, payload=None):
    """The record's time stamp in microseconds since the epoch (microSecondTimeStamp), or None; of an aggregate that of
    the payload."""
    stamp = (payload or {}).get("microSecondTimeStamp") or pdu["pSHeader"].get("microSecondTimeStamp")
    return None if stamp is None else stamp["seconds"] * 1_000_000 + stamp["microSeconds"]


def contents(pdus):
    """(time in microseconds, direction, octets of packet or frame) of every CC payload."""
    for pdu in pdus:
        for payload in pdu["payload"].get("cCPayloadSequence", []):
            yield time_of(pdu, payload), payload.get("payloadDirection"), content_of(payload)[0]


def content_of(payload):
    """(octets, original length or None) of a CC payload: an IP packet, an Ethernet frame of layer 2, or media of a call."""
    contents = payload["cCContents"]
    if "iPMMCC" in contents:
        return contents["iPMMCC"]["mMCCContents"], None
    if "l2CC" in contents:
        return contents["l2CC"]["l2CCContents"]["ethernet"], None
    packet = contents["iPCC"]["iPCCContents"]
    cut = packet.get("iPTruncatedPacket", {})
    return packet.get("iPPackets", cut.get("truncatedPacket")), cut.get("originalLength")


def decode_file(path, wide=False):
    """All PDUs of a stream as the receiver wrote it; `wide`: their lengths are."""
    with open(path, "rb") as stream:
        octets = memoryview(der_of_wide(stream.read()) if wide else stream.read())
    return [decode(record) for _, record in records(octets)]


def gaps(pdus, interface, by_liid=False):
    """Breaks in the numbering, as texts; repeats count as breaks. `interface` 'hi2' or 'hi3' says whose cINResets these are.
    `by_liid`: a series goes on over the CINs of its LIID."""
    expected, found = {}, []
    for pdu in pdus:
        kind = kind_of(pdu)
        number = pdu["pSHeader"]["sequenceNumber"]
        series = series_of(pdu)[:3] if by_liid else series_of(pdu)
        if kind == "cINReset":
            kind = "iri" if interface == "hi2" else "cc"
            for restarted in ("iri", "hi1") if interface == "hi2" else ("cc",):
                expected.pop((*series, restarted), None)
        if kind not in ("iri", "cc", "hi1"):
            continue
        key = (*series, kind)
        if number != expected.get(key, 0):
            found.append(f"{kind} CIN {series_of(pdu)[3]}: {number} where {expected.get(key, 0)} was due")
        expected[key] = (number + 1) % 2**32
    return found


def main(paths):
    failed = False
    for path in paths:
        try:
            pdus = decode_file(path)
        except DerError as error:
            print(f"{path}: {error}")
            failed = True
            continue
        breaks = gaps(pdus, "hi3" if "hi3" in path else "hi2")
        print(f"{path}: {len(pdus)} records, {len(breaks)} breaks in the numbering")
        for text_of_break in breaks[:10]:
            print(f"  {text_of_break}")
        failed = failed or bool(breaks)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Reads pcap and pcapng files, in either byte order and with any time resolution, as plain frames.

Written for the tests' oracle and for nothing else: it shares no code with the appliance and none with libpcap, so that a
mistake in either shows as a difference. Where libpcap gives up on a damaged file, this stops at the same packet.
"""

import struct
from typing import BinaryIO, Iterator, NamedTuple

LINK_ETHERNET = 1

# libpcap refuses captured lengths above this as corruption (MAXIMUM_SNAPLEN).
CAPTURED_BYTES_MAX = 262144

PCAP_MAGICS = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1, 0xA1B2CD34: 1000}  # nanoseconds a tick
PCAP_MODIFIED = 0xA1B2CD34  # the record header has eight more octets
PCAPNG_SECTION = 0x0A0D0D0A
PCAPNG_ORDER = 0x1A2B3C4D


class Frame(NamedTuple):
    link_type: int
    timestamp_us: int  # since the epoch, rounded down as libpcap does
    octets: bytes      # as captured
    original: int      # octets on the wire


class Unreadable(Exception):
    """The file is no capture."""


def read_capture(path) -> Iterator[Frame]:
    """Every whole frame of the file, in order; ends where the file is cut off or damaged."""
    with open(path, "rb") as stream:
        start = stream.read(4)
        if len(start) < 4:
            raise Unreadable(f"{path}: shorter than a magic number")
        for order in "<>":
            magic = struct.unpack(order + "I", start)[0]
            if magic in PCAP_MAGICS:
                yield from _read_pcap(stream, order, magic)
                return
        if struct.unpack("<I", start)[0] != PCAPNG_SECTION:
            raise Unreadable(f"{path}: neither pcap nor pcapng")
        stream.seek(0)
        yield from _read_pcapng(stream)


def _read_pcap(stream: BinaryIO, order: str, magic: int) -> Iterator[Frame]:
    header = stream.read(20)
    if len(header) < 20:
        raise Unreadable("pcap file header is cut off")
    _, _, _, _, snap, link = struct.unpack(order + "HHiIII", header)
    link &= 0x03FFFFFF
    if snap == 0 or snap > 0x7FFFFFFF:
        snap = CAPTURED_BYTES_MAX
    record = struct.Struct(order + ("IIIIIHBB" if magic == PCAP_MODIFIED else "IIII"))
    while True:
        head = stream.read(record.size)
        if len(head) < record.size:
            return
        seconds, fraction, captured, original = record.unpack(head)[:4]
        if captured > CAPTURED_BYTES_MAX:
            return
        octets = stream.read(captured)
        if len(octets) < captured:
            return
        micros = seconds * 1_000_000 + fraction * PCAP_MAGICS[magic] // 1000
        yield Frame(link, micros, octets[:snap], original)


class _Interface(NamedTuple):
    link_type: int
    snap: int
    ticks_per_second: int
    offset_s: int


def _options(body: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(body):
        code, length = struct.unpack_from(order + "HH", body, at)
        if code == 0:
            return
        yield code, body[at + 4:at + 4 + length]
        at += 4 + (length + 3 & ~3)


def _interface(body: bytes, order: str) -> _Interface:
    link, _, snap = struct.unpack_from(order + "HHI", body)
    ticks, offset = 1_000_000, 0
    for code, value in _options(body[8:], order):
        if code == 9 and value:  # if_tsresol
            ticks = 2 ** (value[0] & 0x7F) if value[0] & 0x80 else 10 ** value[0]
        elif code == 14 and len(value) == 8:  # if_tsoffset
            offset = struct.unpack(order + "q", value)[0]
    return _Interface(link, snap or CAPTURED_BYTES_MAX, ticks, offset)


def _blocks(stream: BinaryIO) -> Iterator[tuple[int, bytes, str]]:
    """(type, body, byte order) of each whole block."""
    order = "<"
    while True:
        head = stream.read(8)
        if len(head) < 8:
            return
        kind, length = struct.unpack(order + "II", head)
        if struct.unpack("<I", head[:4])[0] == PCAPNG_SECTION:
            mark = stream.read(4)
            if len(mark) < 4:
                return
            order = "<" if struct.unpack("<I", mark)[0] == PCAPNG_ORDER else ">"
            kind, length = PCAPNG_SECTION, struct.unpack(order + "I", head[4:])[0]
            stream.seek(-4, 1)
        if length < 12 or length % 4:
            return
        rest = stream.read(length - 8)
        if len(rest) < length - 8:
            return
        yield kind, rest[:-4], order


def _read_pcapng(stream: BinaryIO) -> Iterator[Frame]:
    interfaces: list[_Interface] = []
    for kind, body, order in _blocks(stream):
        if kind == PCAPNG_SECTION:
            interfaces = []
        elif kind == 1 and len(body) >= 8:
            interfaces.append(_interface(body, order))
        elif kind in (2, 6) and len(body) >= 20:  # (obsolete) packet block, enhanced packet block
            if kind == 6:
                index, high, low, captured, original = struct.unpack_from(order + "IIIII", body)
            else:
                index, _, high, low, captured, original = struct.unpack_from(order + "HHIIII", body)
            if index >= len(interfaces) or captured > len(body) - 20:
                return
            interface = interfaces[index]
            ticks = high << 32 | low
            micros = interface.offset_s * 1_000_000 + ticks * 1_000_000 // interface.ticks_per_second
            yield Frame(interface.link_type, micros, body[20:20 + captured], original)
        elif kind == 3 and len(body) >= 4 and interfaces:  # simple packet block: no time stamp
            original = struct.unpack_from(order + "I", body)[0]
            captured = min(original, interfaces[0].snap, len(body) - 4)
            yield Frame(interfaces[0].link_type, 0, body[4:4 + captured], original)

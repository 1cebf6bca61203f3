"""The public captures of SIP and of calls as one capture for one port, so that one dataplane hears them all: each in its own time, with a
day of silence before the next, in which keepalives show the tracker that time passes. Frames are as they were published, under
Ethernet."""

import struct
import subprocess
from bisect import bisect_right
from pathlib import Path
from typing import NamedTuple

from support.capture_file import Frame, read_capture
from support.captures import index
from support.environment import program
from support.frames import checksum, ethernet

TOPICS = ("sip-rtp", "sip-signalling")
FIRST_US, DAY_US, STEP_US = 1_600_000_000_000_000, 86_400_000_000, 100_000
# Whoever talks between the captures, and how often: the tracker looks at one of CALLS_MAX calls at a message, and at each twice, first
# to end it and then to forget it.
NEIGHBOURS, SIP_PORT, CALLS_MAX = ("198.51.100.1", "198.51.100.2"), 5060, 16
KEEPALIVES = 3 * CALLS_MAX


class Joined(NamedTuple):
    path: Path
    names: list[str]      # of each frame's capture; empty between them
    frames: list[Frame]   # the first one is tshark's number 1

    def name_at(self, timestamp_us: int) -> str:
        """The capture whose time that is; empty between them."""
        at = bisect_right(self.frames, timestamp_us, key=lambda frame: frame.timestamp_us)
        return self.names[at - 1]


def call_captures(folder: Path) -> list[str]:
    return [row["file"] for row in index(folder) if row["topic"] in TOPICS]


def adapted(source: Path, path: Path) -> list[Frame]:
    """The capture's frames under Ethernet, whatever its link type is."""
    subprocess.run([program("lictor-capture"), "adapt", str(source), str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   check=True)
    return list(read_capture(path))


def keepalive() -> bytes:
    """RFC 5626 section 4.4.1 in a datagram."""
    ends = b"".join(bytes(map(int, address.split("."))) for address in NEIGHBOURS)
    udp = struct.pack(">HHHH", SIP_PORT, SIP_PORT, 12, 0) + b"\r\n\r\n"
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + ends
    return ethernet(header[:10] + struct.pack(">H", checksum(header)) + header[12:] + udp)


def join(parts: dict[str, list[Frame]], path: Path) -> Joined:
    """All of them into the file, one behind the other. A pause in one that is longer than a day is a day."""
    now, names, frames = FIRST_US, [], []
    for name, part in parts.items():
        last = part[0].timestamp_us
        for frame in part:
            now += min(frame.timestamp_us - last, DAY_US)
            last = frame.timestamp_us
            frames.append(frame._replace(timestamp_us=now))
        names += [name] * len(part)
        now += DAY_US
        silence = [Frame(1, now + number * STEP_US, keepalive(), len(keepalive())) for number in range(KEEPALIVES)]
        frames += silence
        names += [""] * len(silence)
        now = silence[-1].timestamp_us + STEP_US
    with open(path, "wb") as stream:
        stream.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for frame in frames:
            stream.write(struct.pack("<IIII", frame.timestamp_us // 1_000_000, frame.timestamp_us % 1_000_000, len(frame.octets),
                                     len(frame.octets)) + frame.octets)
    return Joined(path, names, frames)

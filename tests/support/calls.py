"""Calls as frames: their messages, in datagrams, fragments or segments, and their media."""

import ipaddress
import struct

from support import sip
from support.delivered import Stream
from support.frames import checksum, ethernet, fragments_of, tcp_packet

PROXY, ALICE, BOB, OTHER = "198.51.100.1", "203.0.113.5", "192.0.2.7", "192.0.2.9"
PROXY6, ALICE6, BOB6 = "2001:db8::1", "2001:db8::a", "2001:db8::b"
SIP_PORT, SEGMENT, FRAGMENT = 5060, 300, 400
STEP_US = 1000  # between frames, in captures
PAUSE = 1100    # frames


def messages_in(hi2: Stream, liid: bytes) -> list[bytes]:
    """The SIP messages that were told, as they were."""
    found = [pdu["payload"]["iRIPayloadSequence"][0]["iRIContents"] for pdu in hi2.of(liid) if "iRIPayloadSequence" in pdu["payload"]]
    return [one["iPMMIRI"]["iPMMIRIContents"]["sIPMessage"]["sIPContent"] for one in found]


def rtp(number: int, length: int = 160, kind: int = 0, source: int = 0) -> bytes:
    """A packet of payload type `kind` of the stream with that SSRC."""
    return bytes([0x80, kind]) + number.to_bytes(2, "big") + bytes(4) + source.to_bytes(4, "big") + bytes(length)


def datagram(source: str, source_port: int, destination: str, destination_port: int, payload: bytes, identification: int = 0) -> bytes:
    """An IP packet, version 4 or 6 as the addresses are, without UDP checksum."""
    ends = [ipaddress.ip_address(end) for end in (source, destination)]
    udp = struct.pack(">HHHH", source_port, destination_port, 8 + len(payload), 0) + payload
    packed = ends[0].packed + ends[1].packed
    if ends[0].version == 6:
        return struct.pack(">IHBB", 6 << 28, len(udp), 17, 64) + packed + udp
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), identification, 0, 64, 17, 0) + packed
    return header[:10] + struct.pack(">H", checksum(header)) + header[12:] + udp


class Udp:
    """How messages come: each in a datagram."""

    def frames(self, ends: tuple[str, str], message: bytes) -> list[bytes]:
        return [ethernet(datagram(ends[0], SIP_PORT, ends[1], SIP_PORT, message))]


class Fragments:
    """The same in fragments, the last one first."""

    def __init__(self):
        self.identification = 0

    def frames(self, ends: tuple[str, str], message: bytes) -> list[bytes]:
        self.identification += 1
        whole = datagram(ends[0], SIP_PORT, ends[1], SIP_PORT, message, self.identification)
        return [ethernet(one) for one in reversed(fragments_of(whole, self.identification, FRAGMENT))]


class Tcp:
    """In segments, whose second one comes first, and twice."""

    def __init__(self):
        self.sequences: dict[tuple[str, str], int] = {}

    def frames(self, ends: tuple[str, str], message: bytes) -> list[bytes]:
        ports, frames = (SIP_PORT, SIP_PORT), []
        if ends not in self.sequences:
            frames.append(ethernet(tcp_packet(*ends, 99, b"", ports, flags=2)))
            self.sequences[ends] = 100
        parts = []
        for at in range(0, len(message), SEGMENT):
            parts.append(ethernet(tcp_packet(*ends, self.sequences[ends], message[at:at + SEGMENT], ports)))
            self.sequences[ends] += len(message[at:at + SEGMENT])
        return frames + parts[1:2] + parts


class Call:
    """Messages of one call through the proxy, and its media between the two parties."""

    def __init__(self, name: str, caller: str, called: str, ports: tuple = (40000, 40002), ends: tuple = (ALICE, BOB), way=None,
                 proxy: str = PROXY, fields: str = "", formats: str = "0", named: tuple = (), lines: str = ""):
        """`named`: addresses that the parties' descriptions have, where these are not their own; `formats` and `lines`: of both."""
        self.fields, self.formats, self.named, self.lines = fields, formats, named or ends, lines
        self.name, self.caller, self.called, self.ports, self.ends, self.proxy = name, caller, called, ports, ends, proxy
        self.way = way or Udp()
        self.frames: list[bytes] = []
        self.messages: list[bytes] = []
        self.media: list[bytes] = []

    def sdp(self, side: int) -> str:
        return sip.audio(self.named[side], self.ports[side], ipaddress.ip_address(self.named[side]).version, self.formats, self.lines)

    def say(self, first_line: str, method: str, number: int, from_caller: bool, tagged: bool, body: str = "") -> None:
        message = sip.message(first_line, method, self.name, self.called, number, tagged, body, self.proxy, self.caller,
                              f"User-Agent: {'x' * 200}\r\n{self.fields}")
        self.messages.append(message)
        ends = (self.ends[0], self.proxy) if from_caller else (self.proxy, self.ends[0])
        self.frames.extend(self.way.frames(ends, message))

    def invite(self) -> None:
        self.say(f"INVITE sip:{self.called} SIP/2.0", "INVITE", 1, True, False, self.sdp(0))

    def accept(self) -> None:
        self.say("SIP/2.0 180 Ringing", "INVITE", 1, False, True)
        self.say("SIP/2.0 200 OK", "INVITE", 1, False, True, self.sdp(1))
        self.say(f"ACK sip:{self.called} SIP/2.0", "ACK", 1, True, True)

    def refuse(self) -> None:
        self.say("SIP/2.0 486 Busy Here", "INVITE", 1, False, True)

    def talk(self, count: int = 20) -> None:
        for number in range(count):
            self.send(number % 2, rtp(number))

    def send(self, side: int, payload: bytes) -> None:
        packet = datagram(self.ends[side], self.ports[side], self.ends[1 - side], self.ports[1 - side], payload)
        self.media.append(packet)
        self.frames.append(ethernet(packet))

    def other_datagram(self) -> None:
        """Something that is no media, to a port of the call's."""
        self.frames.append(ethernet(datagram(self.ends[0], self.ports[0], self.ends[1], self.ports[1], b"\x04 a query")))

    def pause(self) -> None:
        """Longer than media have grace behind a call's end."""
        self.frames.extend([ethernet(datagram(OTHER, 9, BOB, 9, b"nobody's"))] * PAUSE)

    def hang_up(self) -> None:
        self.say(f"BYE sip:{self.called} SIP/2.0", "BYE", 2, True, True)
        self.say("SIP/2.0 200 OK", "BYE", 2, False, True)

    def whole(self) -> "Call":
        self.invite()
        self.accept()
        self.talk()
        self.hang_up()
        return self

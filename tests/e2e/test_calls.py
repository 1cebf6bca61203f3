"""Calls: every message of a target's as IRI, every packet of its media as content, and nobody else's."""

import ipaddress
import struct

from support import sip
from support.bench import E2eTest
from support.dataplane import pcap_port
from support.delivered import by_liid
from support.environment import runs_everything
from support.frames import checksum, ethernet, fragments_of, tcp_packet, write_pcap
from support.sessions import lcores

PROXY, ALICE, BOB, OTHER = "198.51.100.1", "203.0.113.5", "192.0.2.7", "192.0.2.9"
PROXY6, ALICE6, BOB6 = "2001:db8::1", "2001:db8::a", "2001:db8::b"
FROM_TARGET, TO_TARGET = 0, 1
FIRST_US, STEP_US = 1_700_000_000_000_000, 1000


SIP_PORT, SEGMENT, FRAGMENT, OFFERS = 5060, 300, 400, 3000


def rtp(number: int, length: int = 160) -> bytes:
    return bytes([0x80, 0]) + number.to_bytes(2, "big") + bytes(8) + bytes(length)


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
                 proxy: str = PROXY):
        self.name, self.caller, self.called, self.ports, self.ends, self.proxy = name, caller, called, ports, ends, proxy
        self.way = way or Udp()
        self.frames: list[bytes] = []
        self.messages: list[bytes] = []
        self.media: list[bytes] = []

    def sdp(self, side: int) -> str:
        return sip.audio(self.ends[side], self.ports[side], ipaddress.ip_address(self.ends[side]).version)

    def say(self, first_line: str, method: str, number: int, from_caller: bool, tagged: bool, body: str = "") -> None:
        message = sip.message(first_line, method, self.name, self.called, number, tagged, body, self.proxy, self.caller,
                              f"User-Agent: {'x' * 200}\r\n")
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
            side = number % 2
            packet = datagram(self.ends[side], self.ports[side], self.ends[1 - side], self.ports[1 - side], rtp(number))
            self.media.append(packet)
            self.frames.append(ethernet(packet))

    def other_datagram(self) -> None:
        """Something that is no media, to a port of the call's."""
        self.frames.append(ethernet(datagram(self.ends[0], self.ports[0], self.ends[1], self.ports[1], b"\x04 a query")))

    def hang_up(self) -> None:
        self.say(f"BYE sip:{self.called} SIP/2.0", "BYE", 2, True, True)
        self.say("SIP/2.0 200 OK", "BYE", 2, False, True)

    def whole(self) -> "Call":
        self.invite()
        self.accept()
        self.talk()
        self.hang_up()
        return self


class Calls(E2eTest):
    def deliver(self, frames: list[bytes], targets: dict[str, str], content: str = "both") -> dict:
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        for liid, target in targets.items():
            self.active_warrant("lea", liid, [target], content=content)
        path = self.folder / "calls.pcap"
        write_pcap(path, frames, FIRST_US, STEP_US)
        signalling = {"sets": [{"name": "calls", "sip": {"servers": [PROXY, PROXY6]}}]}
        dataplane = self.dataplane([pcap_port(path)], replay={"taps": len(targets), "packets": len(frames)},
                                   signalling=signalling, **lcores()).start()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        self.statistics = dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        self.hi2 = lemf.hi2_stream()
        self.assertEqual(self.hi2.gaps(), [])
        return by_liid(lemf.contents())

    def messages(self, liid: bytes) -> list[bytes]:
        found = [pdu["payload"]["iRIPayloadSequence"][0]["iRIContents"] for pdu in self.hi2.of(liid) if "iRIPayloadSequence" in pdu["payload"]]
        return [one["iPMMIRI"]["iPMMIRIContents"]["sIPMessage"]["sIPContent"] for one in found]

    def test_every_message_and_every_media_packet_of_the_called_party(self):
        call, other = Call("one", "alice@example.org", "bob@example.org").whole(), Call(
            "two", "alice@example.org", "carol@example.org", (41000, 41002), (ALICE, OTHER)).whole()
        frames = [frame for pair in zip(call.frames, other.frames) for frame in pair]
        delivered = self.deliver(frames, {"LIID-B": "sip-uri:bob@example.org"})
        self.assertEqual([one.packet for one in delivered[b"LIID-B"]], call.media)
        self.assertEqual(self.hi2.kinds(b"LIID-B"), ["liActivated", "sip begin", *["sip continue"] * 4, "sip end"])
        self.assertEqual(self.messages(b"LIID-B"), call.messages)

    def is_complete(self, call: Call) -> None:
        delivered = self.deliver(call.whole().frames, {"LIID-B": "sip-uri:bob@example.org"})
        self.assertEqual([one.packet for one in delivered[b"LIID-B"]], call.media)
        self.assertEqual(self.messages(b"LIID-B"), call.messages)

    def test_over_tcp(self):
        self.is_complete(Call("one", "alice@example.org", "bob@example.org", way=Tcp()))

    def test_in_fragments(self):
        self.is_complete(Call("one", "alice@example.org", "bob@example.org", way=Fragments()))

    def test_over_ipv6(self):
        self.is_complete(Call("one", "alice@example.org", "bob@example.org", ends=(ALICE6, BOB6), proxy=PROXY6))

    def test_over_ipv6_in_fragments(self):
        self.is_complete(Call("one", "alice@example.org", "bob@example.org", ends=(ALICE6, BOB6), proxy=PROXY6, way=Fragments()))

    def test_directions_are_the_targets(self):
        call = Call("one", "alice@example.org", "bob@example.org").whole()
        delivered = self.deliver(call.frames, {"LIID-B": "sip-uri:bob@example.org"})
        self.assertEqual([one.direction for one in delivered[b"LIID-B"]], [TO_TARGET, FROM_TARGET] * (len(call.media) // 2))

    def test_media_before_the_answer(self):
        call = Call("one", "alice@example.org", "bob@example.org")
        call.invite()
        call.talk(6)
        call.accept()
        call.talk(6)
        call.hang_up()
        delivered = self.deliver(call.frames, {"LIID-B": "sip-uri:bob@example.org"})
        self.assertEqual([one.packet for one in delivered[b"LIID-B"]], call.media)

    def test_calls_at_one_port_of_a_server_are_told_apart(self):
        ends = [("203.0.113.5", "192.0.2.7"), ("203.0.113.6", "192.0.2.7")]
        own = Call("one", "alice@example.org", "bob@example.org", (40000, 6000), ends[0])
        other = Call("two", "alice@example.org", "carol@example.org", (41000, 6000), ends[1])
        for act in ("invite", "accept", "talk", "hang_up"):
            getattr(own, act)()
            getattr(other, act)()
        frames = [frame for pair in zip(own.frames, other.frames) for frame in pair]
        delivered = self.deliver(frames, {"LIID-B": "sip-uri:bob@example.org"})
        self.assertEqual([one.packet for one in delivered[b"LIID-B"]], own.media)

    def test_offers_of_what_is_others_copy_nothing_of_theirs(self):
        """Whoever calls the target says that his media are at others' addresses: those of their calls, and of servers."""
        others = [Call(f"o{number}", "carol@example.org", f"dora{number}@example.org", (30000 + 4 * number, 32000 + 4 * number),
                       (f"203.0.113.{50 + number}", f"192.0.2.{50 + number}")) for number in range(20)]
        frames = []
        for one in others:
            one.invite()
            one.accept()
            frames += one.frames
        hostile = Call("h", "mallory@example.org", "bob@example.org")
        for number in range(OFFERS if runs_everything() else OFFERS // 10):
            victim, side = others[number % len(others)], number // len(others) % 2
            port = 53 if number % 7 == 0 else victim.ports[side]
            offer = Call(f"h{number}", hostile.caller, hostile.called, (port, 0), (victim.ends[side], BOB))
            offer.invite()
            if number % 3 == 0:
                offer.ports, offer.ends = (0, others[(number + 1) % len(others)].ports[1]), (ALICE, others[(number + 1) % len(others)].ends[1])
                offer.say("SIP/2.0 200 OK", "INVITE", 1, False, True, offer.sdp(1))
            frames += offer.frames
        for one in others:
            one.frames = []
            one.talk(10)
            frames += one.frames
            frames.append(ethernet(datagram(one.ends[0], 53, BOB, 40002, b"\x12\x34\x81\x80" + bytes(30))))
        delivered = self.deliver(frames, {"LIID-B": "sip-uri:bob@example.org"})
        self.assertEqual(delivered, {})
        self.assertGreater(self.statistics["sessions"]["calls_endpoints_shared"], 0)

    def test_what_is_no_media_is_not_copied(self):
        call = Call("one", "alice@example.org", "bob@example.org")
        call.invite()
        call.accept()
        call.other_datagram()
        call.talk(4)
        call.hang_up()
        delivered = self.deliver(call.frames, {"LIID-B": "sip-user:bob"})
        self.assertEqual([one.packet for one in delivered[b"LIID-B"]], call.media)
        self.assertEqual(self.statistics["records"]["drops"]["not_media"], 1)

    def test_a_call_that_is_refused_has_messages_and_no_media(self):
        call = Call("one", "alice@example.org", "bob@example.org")
        call.invite()
        call.refuse()
        call.talk(6)
        delivered = self.deliver(call.frames, {"LIID-B": "sip-uri:bob@example.org"})
        self.assertEqual(delivered, {})
        self.assertEqual(self.hi2.kinds(b"LIID-B"), ["liActivated", "sip begin", "sip end"])

    def test_an_order_without_content_has_messages_alone(self):
        call = Call("one", "alice@example.org", "bob@example.org").whole()
        delivered = self.deliver(call.frames, {"LIID-B": "sip-uri:bob@example.org"}, content="iri")
        self.assertEqual(delivered, {})
        self.assertEqual(len(self.hi2.kinds(b"LIID-B")), 1 + len(call.messages))

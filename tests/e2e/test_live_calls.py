"""Calls of real programs on a tapped wire: sipp calls sipp and baresip baresip, and what is told and copied is held against what
passed."""

import struct
import tempfile
from ipaddress import ip_address
from pathlib import Path

from support.baresip import Baresip
from support.calls import messages_in
from support.isolation import alone
from support.live import LiveTest
from support.process import Process
from support.sessions import lcores
from support.signalling_programs import need_programs
from support.sip_proxy import media_relay, proxy
from support.sipp import Sipp
from support.tapped_wire import TappedWire
from support.waiting import wait_for
from support.wire_reference import WireReference

SERVER, SERVER6 = "198.51.100.1", "2001:db8:0:1::1"
CALLER, CALLER6 = "198.51.100.50", "2001:db8:0:1::50"
OTHER, OTHER6 = "198.51.100.60", "2001:db8:0:1::60"
SIP_PORT, TCP, UDP = 5060, 6, 17
HEADER6 = 40
ALAW = 8  # RTP's number of it
TALK = 300  # packets


class Transport:
    """Of an IP packet without extension headers: protocol, ports, what TCP counts, and the payload."""

    def __init__(self, packet: bytes):
        ipv6 = packet[0] >> 4 == 6
        header = HEADER6 if ipv6 else 4 * (packet[0] & 15)
        self.protocol = packet[6] if ipv6 else packet[9]
        self.ends = (packet[8:24], packet[24:40]) if ipv6 else (packet[12:16], packet[16:20])
        self.ports, self.sequence, self.payload = (0, 0), 0, b""
        if self.protocol not in (TCP, UDP):
            return
        self.ports = struct.unpack_from(">HH", packet, header)
        if self.protocol == UDP:
            self.payload = packet[header + 8:]
        else:
            self.sequence = struct.unpack_from(">I", packet, header + 4)[0]
            self.payload = packet[header + 4 * (packet[header + 12] >> 4):]

    @property
    def is_signalling(self) -> bool:
        return SIP_PORT in self.ports

    @property
    def is_media(self) -> bool:
        return self.protocol == UDP and not self.is_signalling

    @property
    def is_voice(self) -> bool:
        return self.is_media and self.payload[0] >> 6 == 2 and self.payload[1] & 0x7f == ALAW

    @property
    def ends_call(self) -> bool:
        return self.is_signalling and self.payload.startswith(b"SIP/2.0 200") and b" BYE\r\n" in self.payload


class LiveCalls(LiveTest):
    """Three hosts at one hub, and a target among those that they call."""

    def setUp(self) -> None:
        super().setUp()
        programs = tempfile.TemporaryDirectory(prefix="lictor-e2e-programs-")  # their logs name everybody
        self.addCleanup(programs.cleanup)
        self.wire = TappedWire(self.pair, Path(programs.name), ipv6=True)
        self.addCleanup(self.wire.remove)
        self.hosts = []
        for name, *addresses in (("server", SERVER, SERVER6), ("caller", CALLER, CALLER6), ("other", OTHER, OTHER6)):
            host = self.wire.host(name)
            self.wire.plug(host, f"{name[:3]}0")
            host.address(f"{name[:3]}0", f"{addresses[0]}/24", f"{addresses[1]}/64")
            self.hosts.append(host)

    def watch(self) -> None:
        self.lictord.start()
        self.receiver = self.lemf()
        self.agency("lea", self.receiver)
        self.active_warrant("lea", "LIID-B", ["sip-user:bob"])
        self.element = self.live_dataplane(signalling={"sets": [{"name": "calls", "sip": {"servers": [SERVER, SERVER6]}}]}, **lcores())
        self.element.wait_tasks(1)
        self.reference = WireReference(self.pair)
        self.addCleanup(self.reference.close)

    def finish(self) -> None:
        """All that was copied is delivered. Every call has ended."""
        element = self.element
        offered = len(self.reference.seen())
        element.wait_statistics(lambda now: now["ports"][0]["offered"] >= offered, "the port has had all that passed")
        element.wait_delivered()
        self.counts = counts = element.stop()
        self.assertEqual(self.reference.lost(), 0, "the reference missed packets")
        self.assertEqual(counts["ports"][0]["imissed"], 0, "the port missed packets")
        self.assertEqual(self.receiver.stop(), 0)

    def passed(self) -> list[tuple[bytes, Transport]]:
        return [(one.packet, Transport(one.packet)) for one in self.reference.seen() if one.packet]

    def own(self, caller: str) -> list[tuple[bytes, Transport]]:
        """Packets of the target's call, as they passed."""
        end = ip_address(caller).packed
        return [(packet, read) for packet, read in self.passed() if end in read.ends]

    def messages(self) -> list[bytes]:
        hi2 = self.receiver.hi2_stream()
        self.kinds = hi2.kinds(b"LIID-B")
        return messages_in(hi2, b"LIID-B")

    def assert_messages(self, own: list[tuple[bytes, Transport]]) -> None:
        self.assertEqual(self.messages(), [read.payload for _, read in own if read.is_signalling])
        self.assertEqual((self.kinds[1], self.kinds.count("sip begin"), self.kinds.count("sip end")), ("sip begin", 1, 1))

    def assert_copied(self, expected: list[bytes], copied: list[bytes]) -> None:
        missing = [Transport(packet) for packet in expected if packet not in copied]
        self.assertEqual([(one.ports, one.payload[:16].hex()) for one in missing], [], f"{self.counts}")
        self.assertEqual(copied, expected)


class LiveCallsOfSipp(LiveCalls):
    def setUp(self) -> None:
        need_programs("sipp")
        super().setUp()

    def call(self, transport: str, server: str, caller: str, other: str) -> None:
        """One calls the target and another somebody else, at the same time, at one server whose media have one port."""
        self.watch()
        sipp = Sipp(self.hosts[0], transport)
        sipp.answer(server)
        self.end(sipp.call(self.hosts[1], caller, server, "bob"), sipp.call(self.hosts[2], other, server, "carol"))

    def end(self, *callers: Process) -> None:
        for one in callers:
            self.assertEqual(one.wait_exit(), 0, one.log_tail())
        self.finish()

    def assert_media(self, own: list[tuple[bytes, Transport]]) -> None:
        expected = [packet for packet, read in own if read.is_media]
        self.assertGreater(len(expected), 50)
        self.assert_copied(expected, [one.packet for one in self.receiver.contents()])

    def assert_datagrams(self, caller: str) -> None:
        own = self.own(caller)
        self.assert_messages(own)
        self.assert_media(own)

    @alone("a port that misses a packet shows nothing")
    def test_over_udp(self):
        self.call("u1", SERVER, CALLER, OTHER)
        self.assert_datagrams(CALLER)

    @alone("a port that misses a packet shows nothing")
    def test_over_ipv6(self):
        self.call("u1", SERVER6, CALLER6, OTHER6)
        self.assert_datagrams(CALLER6)

    @alone("a port that misses a packet shows nothing")
    def test_over_tcp(self):
        self.call("t1", SERVER, CALLER, OTHER)
        own, messages = self.own(CALLER), self.messages()
        streams: dict[tuple, dict[int, bytes]] = {}
        for _, read in own:
            if read.protocol == TCP and read.payload:
                streams.setdefault(read.ends, {})[read.sequence] = read.payload
        octets = [b"".join(payload for _, payload in sorted(stream.items())) for stream in streams.values()]
        self.assertEqual(sum(map(len, octets)), sum(map(len, messages)))
        for message in messages:
            self.assertTrue(any(message in stream for stream in octets))
        self.assertEqual((self.kinds[1], self.kinds[-1]), ("sip begin", "sip end"))
        self.assert_media(own)

    @alone("a port that misses a packet shows nothing")
    def test_through_a_proxy_and_a_relay_of_media(self):
        """Both legs are seen: the messages of both, and the media on both sides of the relay."""
        need_programs("kamailio", "rtpengine")
        self.watch()
        server, caller, called = self.hosts
        media_relay(server, SERVER)
        proxy(server, SERVER, OTHER)
        sipp = Sipp(called, "u1")
        sipp.answer(OTHER)
        self.end(sipp.call(caller, CALLER, SERVER, "bob"))
        self.assert_datagrams(SERVER)


class LiveCallsOfBaresip(LiveCalls):
    def setUp(self) -> None:
        need_programs("baresip")
        super().setUp()

    def phone(self, host: int, user: str, address: str) -> Baresip:
        phone = Baresip(self.hosts[host], user, address)
        self.addCleanup(phone.close)
        return phone

    def talk(self, alice: Baresip, bob: Baresip, uri: str) -> None:
        alice.call(uri)
        for phone in (alice, bob):
            phone.wait_for("CALL_ESTABLISHED")
        wait_for(lambda: sum(read.is_voice for _, read in self.passed()) >= TALK, "they talk")
        alice.hang_up()
        for phone in (alice, bob):
            phone.wait_for("CALL_CLOSED")
        self.finish()

    def assert_call(self, end: str) -> None:
        """Of the media all from the first of the voice to the answer to BYE. Reports of RTCP go ahead of the voice, within a
        millisecond of the INVITE, and take leave behind the end: of those no other packets than passed, once and in their order."""
        own = self.own(end)
        self.assert_messages(own)
        first = next(place for place, (_, read) in enumerate(own) if read.is_voice)
        last = next(place for place, (_, read) in enumerate(own) if read.ends_call)
        media = [(place, packet) for place, (packet, read) in enumerate(own) if read.is_media]
        copied = [one.packet for one in self.receiver.contents()]
        expected = [packet for place, packet in media if first <= place < last or packet in copied]
        self.assertGreaterEqual(sum(Transport(packet).is_voice for packet in expected), TALK)
        self.assert_copied(expected, copied)

    @alone("a port that misses a packet shows nothing")
    def test_between_two_phones(self):
        self.watch()
        bob, alice = self.phone(0, "bob", SERVER), self.phone(1, "alice", CALLER)
        self.talk(alice, bob, f"sip:bob@{SERVER}")
        self.assert_call(CALLER)

    @alone("a port that misses a packet shows nothing")
    def test_between_two_phones_through_a_proxy_and_a_relay_of_media(self):
        need_programs("kamailio", "rtpengine")
        self.watch()
        media_relay(self.hosts[0], SERVER)
        proxy(self.hosts[0], SERVER, OTHER)
        bob, alice = self.phone(2, "bob", OTHER), self.phone(1, "alice", CALLER)
        self.talk(alice, bob, f"sip:bob@{SERVER}")
        self.assert_call(SERVER)

"""Calls whose messages pass one dataplane and whose media pass another one: the whole of a target's, and nothing of others'."""

import struct
import subprocess

from support import ps_pdu, sip
from support.environment import program
from support.frames import ethernet, udp_packet
from support.live import LiveTest
from support.network import Injector, VethPair
from support.sessions import lcores, signalling
from support.waiting import wait_for

PROXY, ALICE, BOB, OTHER, FAX = "198.51.100.1", "203.0.113.5", "192.0.2.7", "192.0.2.9", "203.0.113.6"
PORTS_AT, CHECKSUM_AT = 20, 26  # in a packet of IPv4 with UDP
FROM_TARGET, TO_TARGET = 0, 1
PCMU, TELEPHONE_EVENT = 0, 101
DESCRIBED = {"formats": "0 101", "lines": "a=rtpmap:101 telephone-event/8000\r\n"}
STRANGERS = 99  # SSRC


def rtp(number: int, kind: int = PCMU, length: int = 160, source: int = 0) -> bytes:
    return bytes([0x80, kind]) + number.to_bytes(2, "big") + bytes(4) + source.to_bytes(4, "big") + bytes(length)


def datagram(source: str, source_port: int, destination: str, destination_port: int, payload: bytes) -> bytes:
    packet = udp_packet(source, destination, payload)
    return (packet[:PORTS_AT] + struct.pack(">HH", source_port, destination_port) + packet[PORTS_AT + 4:CHECKSUM_AT] + b"\0\0"
            + packet[CHECKSUM_AT + 2:])


class Call:
    """The messages of one call through the proxy, as frames, and its media."""

    def __init__(self, name: str, called: str, ports: tuple, ends: tuple):
        self.name, self.called, self.ports, self.ends = name, called, ports, ends

    def message(self, first_line: str, method: str, number: int, from_caller: bool, tagged: bool, body: str = "") -> bytes:
        octets = sip.message(first_line, method, self.name, self.called, number, tagged, body, PROXY)
        ends = (self.ends[0], PROXY) if from_caller else (PROXY, self.ends[0])
        return ethernet(datagram(ends[0], sip.PORT, ends[1], sip.PORT, octets))

    def invite(self) -> list[bytes]:
        body = sip.audio(self.ends[0], self.ports[0], **DESCRIBED)
        return [self.message(f"INVITE sip:{self.called} SIP/2.0", "INVITE", 1, True, False, body)]

    def accept(self) -> list[bytes]:
        body = sip.audio(self.ends[1], self.ports[1], **DESCRIBED)
        return [self.message("SIP/2.0 200 OK", "INVITE", 1, False, True, body),
                self.message(f"ACK sip:{self.called} SIP/2.0", "ACK", 1, True, True)]

    def hang_up(self) -> list[bytes]:
        return [self.message(f"BYE sip:{self.called} SIP/2.0", "BYE", 2, True, True),
                self.message("SIP/2.0 200 OK", "BYE", 2, False, True)]

    def media(self, count: int = 20) -> list[bytes]:
        packets = []
        for number in range(count):
            side = number % 2
            packets.append(datagram(self.ends[side], self.ports[side], self.ends[1 - side], self.ports[1 - side], rtp(number)))
        return packets


class RemoteCalls(LiveTest):
    def setUp(self) -> None:
        super().setUp()
        second = VethPair()
        self.addCleanup(second.remove)
        self.signals, self.media = Injector(self.pair), Injector(second)
        self.addCleanup(self.signals.close)
        self.addCleanup(self.media.close)
        self.lictord.start()
        self.receiver = self.lemf()
        self.agency("lea", self.receiver, "--leave-out-telephone-events")
        sets = {"signalling": {"sets": [{"name": "calls", "sip": {"servers": [PROXY]}}]}}
        self.near = self.live_dataplane("NE-1", **lcores(), **sets)
        self.pair, first = second, self.pair
        self.far = self.live_dataplane("NE-2", **signalling(self.folder))
        self.pair = first
        self.active_warrant("lea", "LIID-B", ["sip-uri:bob@example.org"])

    def say(self, *frames: bytes) -> None:
        self.signals.send(*frames)

    def heard(self, reports: int) -> None:
        self.far.wait_statistics(lambda now: now["sessions"]["targets_reports"] >= reports, "the other heard of it")

    def establish(self, *calls: Call) -> None:
        """All of them are heard of at the other dataplane; the first one is the target's."""
        for act, reports in (("invite", 1), ("accept", 2)):
            for call in reversed(calls):
                self.say(*getattr(call, act)())
            self.heard(reports)

    def listed(self) -> list[dict]:
        return self.ctl.json("session", "list").get("sessions", [])

    def table(self, *words: str) -> str:
        command = [program("lictorctl"), "--server", self.lictord.address, *words]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout

    def contents(self) -> list:
        for dataplane in (self.near, self.far):
            dataplane.wait_delivered()
            dataplane.stop()
        self.assertEqual(self.receiver.stop(), 0)
        return self.receiver.contents()

    def send_media(self, own: list[bytes], strange: list[bytes]) -> None:
        """To the far dataplane alone; own ones are matched there before anything else happens."""
        before = self.far.statistics()["packets"]["matched"]
        for pair in zip(own, strange):
            self.media.send(*map(ethernet, pair))
        self.far.wait_statistics(lambda now: now["packets"]["matched"] >= before + len(own), "the call's are matched")

    def test_media_that_pass_another_dataplane_are_the_calls(self):
        own = Call("one", "bob@example.org", (40000, 40002), (ALICE, BOB))
        stranger = Call("two", "carol@example.org", (41000, 41002), (ALICE, OTHER))
        self.establish(own, stranger)
        shown, = self.listed()
        self.assertEqual(shown["protocol"], "SIGNALLING_PROTOCOL_SIP")
        self.assertEqual([one["selector"] for one in shown["matched"]], ["sip-uri:bob@example.org"])
        wait_for(lambda: self.ctl.json("session", "show", shown["id"])["sessions"][0].get("told_network_element_ids") == ["NE-2"],
                 "the other is told")
        self.assertRegex(self.table("session", "list"), rf"SIP +.*{BOB}:40002 \(RTP\)")
        self.assertIn(f"{ALICE}:40000 (RTP, other party)", self.table("session", "show", shown["id"]))
        packets = own.media()
        self.send_media(packets, stranger.media())
        self.say(*own.hang_up())
        self.far.wait_statistics(lambda now: now["sessions"]["targets_remotes_live"] == 0, "the other heard of its end")
        self.assertEqual(self.listed(), [])
        for packet in own.media():
            self.media.send(ethernet(packet))
        contents = self.contents()
        self.assertEqual([one.packet for one in contents], packets)
        self.assertEqual({one.element for one in contents}, {b"NE-2"})
        self.assertEqual([one.direction for one in contents], [TO_TARGET, FROM_TARGET] * (len(packets) // 2))
        messages = [pdu for pdu in self.receiver.hi2_stream().of(b"LIID-B") if ps_pdu.kind_of(pdu) == "iri"]
        self.assertEqual({ps_pdu.series_of(pdu)[2:] for pdu in messages}, {(b"NE-1", contents[0].cin)}, "the owner tells, under one CIN")
        self.assertEqual({one.cin for one in contents}, {contents[0].cin})

    def test_of_a_port_that_several_calls_use_only_the_calls_own_is_copied(self):
        own = Call("one", "bob@example.org", (40000, 6000), (ALICE, BOB))
        stranger = Call("two", "carol@example.org", (41000, 6000), (FAX, BOB))
        self.establish(own, stranger)
        self.assertIn(f"{BOB}:6000 (RTP, shared)", self.table("session", "list"))
        packets = own.media()
        self.send_media(packets, stranger.media())
        contents = self.contents()
        self.assertEqual([one.packet for one in contents], packets)

    def test_what_descriptions_say_of_media_holds_where_these_pass(self):
        own = Call("one", "bob@example.org", (40000, 40002), (ALICE, BOB))
        self.establish(own)
        packets = own.media()
        self.send_media(packets[:4], packets[:4])
        strange = [datagram(OTHER, 7000, BOB, 40002, rtp(number, source=STRANGERS)) for number in range(8)]
        keys = [datagram(ALICE, 40000, BOB, 40002, rtp(number, TELEPHONE_EVENT, 4)) for number in range(8)]
        self.send_media(packets[4:12], strange)
        self.send_media(packets[12:], keys)
        self.far.wait_statistics(lambda now: (now["records"]["drops"]["not_of_call"], now["records"]["drops"]["left_out"]) == (8, 8),
                                 "strangers' packets and pressed keys are counted")
        contents = self.contents()
        self.assertEqual([one.packet for one in contents], [packet for packet in packets[:4] for _ in range(2)] + packets[4:])
        named = {payload["cCContents"]["iPMMCC"]["streamIdentifier"] for pdu in self.receiver.hi3_stream().of(b"LIID-B")
                 for payload in pdu["payload"]["cCPayloadSequence"]}
        self.assertEqual(named, {f"{ALICE}:40000".encode()})


del LiveTest

"""The tests' own tools against hand-made octets: a wrong oracle would prove the wrong thing."""

import struct
import tempfile
import unittest
from pathlib import Path

from support import sip
from support.call_reference import MediaPacket, Message, expected, selectors_of
from support.capture_file import Frame, Unreadable, read_capture
from support.frames import checksum, ethernet, udp_packet
from support.libconfig import REMOVED, changed, to_libconfig
from support.oracle import FROM_TARGET, INDETERMINATE, TO_TARGET, read_expected, view_of
from support.oracle_levels import ALL, levels_of
from support.planted_messages import CONTENT, LOCATION, planted, secrets_of
from support.sums import problems_of

MACS = bytes(12)
IPV4 = udp_packet("192.0.2.7", "198.51.100.9", b"payload!")
IPV6 = udp_packet("2001:db8::7", "2001:db8:9::9", b"payload!")


def frame_of(kind: int, octets: bytes, tags: bytes = b"") -> bytes:
    return MACS + tags + struct.pack(">H", kind) + octets


class View(unittest.TestCase):
    def packet(self, octets: bytes) -> bytes:
        view, reason = view_of(octets)
        self.assertIsNone(reason)
        self.assertIsNotNone(view)
        return view.packet

    def reason(self, octets: bytes):
        view, reason = view_of(octets)
        self.assertIsNone(view)
        return reason

    def test_padding_is_cut_by_the_ip_length(self):
        self.assertEqual(self.packet(ethernet(IPV4)), IPV4)
        self.assertEqual(self.packet(frame_of(0x86DD, IPV6 + b"\0\0\0\0")), IPV6)

    def test_up_to_four_tags_and_snap_are_looked_through(self):
        for tags in range(5):
            octets = frame_of(0x0800, IPV4, struct.pack(">HH", 0x8100, 100) * tags)
            self.assertEqual(self.packet(octets), IPV4)
            self.assertEqual(len(view_of(octets)[0].vlans), tags)
        self.assertEqual(self.reason(frame_of(0x0800, IPV4, struct.pack(">HH", 0x88A8, 100) * 5)), "too_many_tags")
        self.assertEqual(self.packet(frame_of(len(IPV4) + 8, b"\xaa\xaa\x03\0\0\0\x08\x00" + IPV4)), IPV4)

    def test_a_total_length_of_zero_claims_all_that_was_captured(self):
        offloaded = IPV4[:2] + b"\0\0" + IPV4[4:] + b"more"
        self.assertEqual(self.packet(frame_of(0x0800, offloaded)), offloaded)

    def test_what_cannot_be_classified_has_its_reason(self):
        self.assertEqual(self.reason(MACS), "truncated")
        self.assertEqual(self.reason(frame_of(0x0800, IPV4[:19])), "truncated")
        self.assertEqual(self.reason(frame_of(0x86DD, IPV6[:39])), "truncated")
        self.assertEqual(self.reason(frame_of(0x0800, IPV6)), "bad_version")
        self.assertEqual(self.reason(frame_of(0x86DD, IPV4)), "bad_version")
        self.assertEqual(self.reason(frame_of(0x0800, b"\x44" + IPV4[1:])), "bad_header_length")
        self.assertEqual(self.reason(frame_of(0x0800, IPV4[:2] + b"\0\x13" + IPV4[4:])), "bad_total_length")
        self.assertIsNone(self.reason(frame_of(0x0806, bytes(28))))

    def test_options_beyond_the_capture_do_not_keep_addresses_from_matching(self):
        octets = b"\x4f" + IPV4[1:2] + b"\0\x60" + IPV4[4:20]
        self.assertEqual(self.packet(frame_of(0x0800, octets)), octets)

    def test_a_jumbogram_claims_its_options_length_and_a_zero_without_it_the_header(self):
        jumbo = struct.pack(">IHBB", 6 << 28, 0, 0, 64) + bytes(32) + b"\x3b\x00\xc2\x04" + struct.pack(">I", 70000)
        view, _ = view_of(frame_of(0x86DD, jumbo + b"x" * 50))
        self.assertEqual((view.whole, len(view.packet)), (70040, len(jumbo) + 50))
        bare = struct.pack(">IHBB", 6 << 28, 0, 59, 64) + bytes(32)
        self.assertEqual(self.packet(frame_of(0x86DD, bare + b"x" * 50)), bare)

    def test_directions(self):
        for source, destination, direction in (("192.0.2.7", "198.51.100.9", FROM_TARGET),
                                               ("198.51.100.9", "192.0.2.7", TO_TARGET),
                                               ("192.0.2.7", "192.0.2.8", INDETERMINATE)):
            frames = [Frame(1, 5, ethernet(udp_packet(source, destination, b"x")), 60)]
            self.assertEqual(read_expected(frames, ["ipv4:192.0.2.0/24"]).expected[0].direction, direction)
        self.assertEqual(read_expected(frames, ["ipv4:203.0.113.0/24", "ipv6:2001:db8::/32"]).unmatched, 1)

    def test_built_packets_have_right_checksums(self):
        self.assertEqual(checksum(IPV4[:20]), 0)
        pseudo = IPV4[12:20] + struct.pack(">BBH", 0, 17, len(IPV4) - 20)
        self.assertEqual(checksum(pseudo + IPV4[20:]), 0)


class Levels(unittest.TestCase):
    def over(self, protocol: int, octets: bytes) -> bytes:
        """An IPv4 packet of `protocol` around `octets`, as a frame."""
        head = struct.pack(">BBHIBBH", 0x45, 0, 20 + len(octets), 1 << 16, 64, protocol, 0)
        return frame_of(0x0800, head + bytes((198, 51, 100, 1, 198, 51, 100, 2)) + octets)

    def udp(self, port: int, octets: bytes) -> bytes:
        return self.over(17, struct.pack(">HHHH", 50000, port, 8 + len(octets), 0) + octets)

    def test_what_is_trusted_is_looked_into_and_nothing_else(self):
        inner = frame_of(0x0800, IPV4)
        for name, octets in (("ip_in_ip", self.over(4, IPV4)), ("gre", self.over(47, b"\0\0\x08\0" + IPV4)),
                             ("nvgre", self.over(47, b"\x20\0\x65\x58\0\0\x07\0" + inner)),
                             ("erspan", self.over(47, b"\0\0\x88\xbe" + inner)), ("l2tp", self.over(115, b"\0\0\0\7" + inner)),
                             ("vxlan", self.udp(4789, b"\x08\0\0\0\0\0\7\0" + inner)),
                             ("geneve", self.udp(6081, b"\0\0\x08\0\0\0\7\0" + IPV4)),
                             ("vxlan_gpe", self.udp(4790, b"\x0c\0\0\1\0\0\7\0" + IPV4)),
                             ("mpls", self.udp(6635, b"\0\x02\xa1\x40" + IPV4)),
                             ("gtp_u", self.udp(2152, b"\x30\xff" + struct.pack(">HI", len(IPV4), 7) + IPV4))):
            self.assertEqual([view.packet for view in levels_of(octets, frozenset({name})).views][1:], [IPV4], name)
            self.assertEqual(len(levels_of(octets, ALL - {name}).views), 1 + (name == "nvgre"), name)  # a key is GRE's, too

    def test_what_stands_under_labels_and_in_sessions_is_outermost(self):
        labels = b"\0\x01\x10\x40\0\x02\xa1\x40"  # 17, 42
        for name, octets in (("mpls", frame_of(0x8847, labels + IPV4)),
                             ("pseudowire", frame_of(0x8847, labels + bytes(4) + frame_of(0x0800, IPV4))),
                             ("nsh", frame_of(0x894F, b"\x0f\xc2\2\1\0\0\0\xff" + IPV4)),
                             ("pppoe", frame_of(0x8864, b"\x11\0\0\7" + struct.pack(">HH", len(IPV4) + 2, 0x21) + IPV4))):
            views = levels_of(octets, frozenset({name})).views
            self.assertEqual([view.packet for view in views], [IPV4], name)
            self.assertEqual(views[0].context.label, None if name in ("nsh", "pppoe") else 42)
            self.assertEqual(levels_of(octets, ALL - {name}).views, [], name)

    def test_damage_inside_leaves_what_is_around_it(self):
        levels = levels_of(self.over(4, IPV4[:19]), ALL)
        self.assertEqual((len(levels.views), levels.drop, levels.damaged), (1, None, True))
        self.assertEqual(levels_of(frame_of(0x8847, b"\0\x01\x10"), ALL).drop, "truncated")


class Reader(unittest.TestCase):
    def read(self, octets: bytes) -> list[Frame]:
        with tempfile.NamedTemporaryFile() as file:
            file.write(octets)
            file.flush()
            return list(read_capture(Path(file.name)))

    def pcap(self, order: str, magic: int, fraction: int, snap: int = 65535) -> bytes:
        return (struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snap, 1)
                + struct.pack(order + "IIII", 1000, fraction, 4, 60) + b"abcd")

    def test_pcap_in_both_byte_orders_and_both_resolutions(self):
        for order in "<>":
            self.assertEqual(self.read(self.pcap(order, 0xA1B2C3D4, 7)), [Frame(1, 1_000_000_007, b"abcd", 60)])
            self.assertEqual(self.read(self.pcap(order, 0xA1B23C4D, 7999)), [Frame(1, 1_000_000_007, b"abcd", 60)])

    def test_a_frame_longer_than_the_snap_length_is_cut_to_it(self):
        self.assertEqual(self.read(self.pcap("<", 0xA1B2C3D4, 7, snap=3))[0].octets, b"abc")

    def test_every_prefix_of_a_file_reads_or_is_called_unreadable(self):
        whole = self.pcap("<", 0xA1B2C3D4, 7)
        for length in range(len(whole)):
            try:
                self.assertEqual(self.read(whole[:length]), [])
            except Unreadable:
                self.assertLess(length, 24)

    def test_pcapng_in_both_byte_orders_with_its_resolution_and_offset(self):
        for order in "<>":
            def block(kind: int, body: bytes, order=order) -> bytes:
                return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)
            options = (struct.pack(order + "HH", 9, 1) + b"\x09\0\0\0" + struct.pack(order + "HHq", 14, 8, 100)
                       + struct.pack(order + "HH", 0, 0))
            ticks = 1_000_000_007_999
            octets = (block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
                      + block(1, struct.pack(order + "HHI", 1, 0, 0) + options)
                      + block(6, struct.pack(order + "IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, 3, 99) + b"abc\0"))
            self.assertEqual(self.read(octets), [Frame(1, 1_100_000_007, b"abc", 99)])


SECOND_US = 1_000_000
ALICE, BOB, CAROL = ("203.0.113.5", 40000), ("192.0.2.7", 40002), ("192.0.2.9", 40004)


class CallReference(unittest.TestCase):
    def say(self, first_line: str, cseq: str, call: str, frame: int, speaker=None, named: str = "", more: str = "") -> Message:
        octets = sip.message(first_line, cseq, call, "bob@example.org", frame, body=sip.audio(*speaker) if speaker else "", more=more)
        names = {name: set() for name in ("to", "request-uri", "from", "asserted")}
        return Message(frame, frame * SECOND_US, octets, (ALICE, BOB), names | ({named: {"sip-uri:bob@example.org"}} if named else {}))

    def frames(self, messages: list[Message], media: list[tuple] = (), believed=frozenset()) -> tuple[list[int], list[int]]:
        packets = [MediaPacket(frame, frame * SECOND_US, ends, b"") for frame, *ends in media]
        found = expected(messages, packets, {"sip-uri:bob@example.org"}, set(believed))
        return [one.frame for one in found.messages], [one.frame for one in found.packets]

    def call(self) -> list[Message]:
        return [self.say("INVITE sip:bob SIP/2.0", "INVITE", "one", 1, ALICE), self.say("SIP/2.0 200 OK", "INVITE", "one", 3, BOB, "to"),
                self.say("BYE sip:bob SIP/2.0", "BYE", "one", 5), self.say("SIP/2.0 200 OK", "BYE", "one", 7)]

    def test_uris_are_the_targets_that_warrants_name(self):
        self.assertEqual(selectors_of("sip:Bob;x=y@Example.ORG:5061;user=phone"), {"sip-uri:Bob@example.org"})
        self.assertEqual(selectors_of("tel:+49-30"), {"tel-uri:+4930"})
        self.assertEqual(selectors_of("sip:4930@example.org"), {"sip-uri:4930@example.org", "tel-uri:+4930"})
        self.assertEqual(selectors_of("tel:30;phone-context=a.example.org"), set())
        self.assertEqual(selectors_of("sip:example.org:5060"), set())

    def test_a_call_is_the_targets_from_its_first_name_to_its_end(self):
        media = [(frame, ALICE, BOB) for frame in (2, 4, 6, 8)] + [(9, ALICE, CAROL)]
        self.assertEqual(self.frames(self.call(), media), ([3, 5, 7], [4, 6]))

    def test_what_is_not_believed_names_nobody(self):
        messages = [self.say("INVITE sip:bob SIP/2.0", "INVITE", "one", 1, named="from")]
        self.assertEqual([self.frames(messages, (), believed)[0] for believed in ({"asserted"}, {"from"})], [[], [1]])

    def test_an_endpoint_of_two_calls_counts_towards_the_others_of_each(self):
        other = [self.say("INVITE sip:carol SIP/2.0", "INVITE", "two", 2, BOB)]
        self.assertEqual(self.frames([*self.call(), *other], [(4, ALICE, BOB), (4, CAROL, BOB)])[1], [4])

    def test_registrations_under_one_call_id_are_told_apart(self):
        messages = [self.say("REGISTER sip:a SIP/2.0", "REGISTER", "one", 1, named="to"), self.say("REGISTER sip:a SIP/2.0", "REGISTER", "one", 2)]
        self.assertEqual(self.frames(messages)[0], [1])

    def test_who_is_called_at_a_contact_is_who_is_registered_there(self):
        messages = [self.say("SIP/2.0 200 OK", "REGISTER", "one", 1, named="to", more="Contact: <sip:[2001:db8::7]:5060;x=y>;expires=60\r\n"),
                    self.say("BYE sip:[2001:db8::7] SIP/2.0", "BYE", "two", 2), self.say("BYE sip:[2001:db8::7]:5062 SIP/2.0", "BYE", "three", 3)]
        self.assertEqual(self.frames(messages)[0], [1, 2])

    def test_planted_words_are_among_what_an_order_may_not_cover(self):
        message = planted(self.call()[0].octets, 1)
        self.assertEqual(message.count(CONTENT) > 5 and message.count(LOCATION) > 2, True)
        content, location = secrets_of([message])
        rest = message
        for text in content | location:
            rest = rest.replace(text, b"")
        self.assertEqual((CONTENT in rest, LOCATION in rest), (False, False))


class Helpers(unittest.TestCase):
    def test_sums_that_do_not_hold_are_told(self):
        records = {"matched": 3, "events": 1, "appended": 3, "aggregated": 1, "recovered": 1, "confirmed": 4, "unconfirmed": 0, "in_spool": 0,
                   "in_rings": 0, "drops": {}, "given_up": {}}
        port = {"name": "p", "offered": 9, "received": 8, "imissed": 1, "ierrors": 0, "nombuf": 0, "idle": 0}
        good = {"ports": [port], "tasks": [{"xid": "x", "records": records}], "records": records,
                "packets": {"offered": 9, "received": 8, "unmatched": 4, "matched": 3, "drops": {"truncated": 1}}}
        self.assertEqual(problems_of(good), [])
        for path in ("ports[0].imissed", "packets.unmatched", "records.events", "records.confirmed", "tasks[0].records.appended"):
            self.assertTrue(problems_of(changed(good, path, 77)), path)

    def test_configurations_are_written_in_libconfigs_own_form(self):
        settings = {"a": True, "b": 1 << 40, "c": 'say "x"', "d": [1, 2], "e": [{"f": "g"}], "h": {}}
        self.assertEqual(to_libconfig(settings), 'a = true;\nb = 1099511627776L;\nc = "say \\"x\\"";\nd = [1, 2];\n'
                                                 'e = ({\n  f = "g";\n});\nh = {\n};\n')
        self.assertEqual(changed({"a": [{"b": 1}], "c": 2}, "a[0].b", REMOVED), {"a": [{}], "c": 2})

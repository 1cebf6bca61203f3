"""Targets that are lines and cards: all IP packets of a pair of VLAN tags, or of a MAC address, and what is none is counted; or all
frames, whatever they carry."""

import struct

from support.bench import E2eTest, from_now
from support.capture_file import read_capture
from support.dataplane import pcap_port, task_of
from support.delivered import Stream, by_liid
from support.frames import OTHER_MAC, TARGET_MAC, udp_packet, write_pcap
from support.live import PEER, TARGET

LINE = (100, 200)
STRANGERS_LINE = (100, 201)


def frame(destination: bytes, source: bytes, tags: tuple[int, ...], kind: int, payload: bytes) -> bytes:
    stack = b"".join(struct.pack(">HH", 0x88A8 if index == 0 else 0x8100, tag) for index, tag in enumerate(tags))
    return (destination + source + stack + struct.pack(">H", kind) + payload).ljust(64, b"\0")


CARD = bytes.fromhex("005300123456")
STRANGER = bytes.fromhex("005300999999")


def everything_of_a_card() -> list[bytes]:
    """What a card sends and is sent on an access network, and what others do: ARP, PPPoE, LLDP, a bridge's, IPv4, IPv6, and damage."""
    session = bytes.fromhex("11000007") + struct.pack(">H", 30) + b"\x00\x21" + udp_packet(TARGET, PEER, b"")
    discovery = bytes.fromhex("11090000000401010000")
    found = []
    for card in (CARD, STRANGER):
        found += [frame(b"\xff" * 6, card, (), 0x0806, bytes(46)), frame(card, OTHER_MAC, (), 0x0806, bytes(46)),
                  frame(b"\xff" * 6, card, (), 0x8863, discovery), frame(OTHER_MAC, card, (7,), 0x8864, session),
                  frame(card, OTHER_MAC, (7,), 0x8864, session), frame(bytes.fromhex("0180c200000e"), card, (), 0x88CC, bytes(200)),
                  frame(bytes.fromhex("0180c2000000"), card, (), 38, bytes.fromhex("424203") + bytes(43)),
                  frame(OTHER_MAC, card, (), 0x0800, udp_packet(TARGET, PEER, b"out")),
                  frame(card, OTHER_MAC, (), 0x0800, udp_packet(PEER, TARGET, b"in" * 600)),
                  frame(OTHER_MAC, card, (), 0x86DD, udp_packet("2001:db8::7", "2001:db8:1::9", b"out")),
                  frame(card, OTHER_MAC, (), 0x86DD, udp_packet("2001:db8:1::9", "2001:db8::7", b"in"))]
    return found


class Layer2(E2eTest):
    def copied(self, selector: str, frames: list[bytes], *options: str) -> list[bytes]:
        """The packets that a warrant for `selector` got of these frames; `records` is its account."""
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        warrant = self.active_warrant("lea", "LIID-1", [selector], *options)
        xid = self.xids(warrant)[0]
        path = self.folder / "frames.pcap"
        write_pcap(path, frames)
        dataplane = self.dataplane([pcap_port(path, "tap0")], replay={"taps": 1, "packets": len(frames)}).start()
        dataplane.wait_replayed()
        self.ctl.json("warrant", "end", warrant)
        dataplane.wait_delivered()
        self.statistics = dataplane.stop()
        self.records = task_of(self.statistics, xid)["records"]
        self.assertEqual(lemf.stop(), 0)
        self.lemf_of_test = lemf
        self.contents = by_liid(lemf.contents()).get(b"LIID-1", [])
        return [one.packet for one in self.contents]

    def test_a_line_of_two_tags(self):
        mine = [udp_packet(TARGET, PEER, b"out"), udp_packet(PEER, TARGET, b"in"), udp_packet("203.0.113.9", PEER, b"any address")]
        others = [frame(TARGET_MAC, OTHER_MAC, tags, 0x0800, mine[0]) for tags in [STRANGERS_LINE, (100,), (200, 100), ()]]
        arps = [frame(TARGET_MAC, OTHER_MAC, LINE, 0x0806, bytes(46)) for _ in range(3)]
        arps.append(frame(TARGET_MAC, OTHER_MAC, STRANGERS_LINE, 0x0806, bytes(46)))
        frames = [frame(TARGET_MAC, OTHER_MAC, LINE, 0x0800, packet) for packet in mine]
        self.assertEqual(self.copied("vlan:100.200@port=tap0", [*frames, *others, *arps]), mine)
        self.assertEqual((self.records["matched"], self.records["not_ip"]), (3, 3))

    def test_a_card(self):
        card, station = bytes.fromhex("005300123456"), bytes.fromhex("005300999999")
        packets = [udp_packet(TARGET, PEER, b"out"), udp_packet(PEER, TARGET, b"in")]
        stranger = frame(OTHER_MAC, station, (), 0x0800, udp_packet(TARGET, PEER, b"another's"))
        frames = [frame(OTHER_MAC, card, (), 0x0800, packets[0]), frame(card, OTHER_MAC, (7,), 0x0800, packets[1]), stranger,
                  frame(b"\xff" * 6, card, (), 0x0806, bytes(46)), frame(b"\xff" * 6, station, (), 0x0806, bytes(46))]
        self.assertEqual(self.copied("mac:0053.0012.3456", frames), packets)
        self.assertEqual((self.records["matched"], self.records["not_ip"]), (2, 1))

    def copied_as(self, link_layer: str) -> list[bytes]:
        return self.copied(f"mac:{CARD.hex('-')}", everything_of_a_card(), "--link-layer", link_layer)

    def test_all_frames_of_a_card(self):
        mine = [frame for frame in everything_of_a_card() if CARD in (frame[:6], frame[6:12])]
        self.assertEqual(self.copied_as("l2cc"), mine)
        self.assertEqual([one.direction for one in self.contents], [1 if frame[:6] == CARD else 0 for frame in mine])
        self.assertEqual((self.records["matched"], self.records["not_ip"], self.records["drops"]), (len(mine), 0, {}))
        packets = self.statistics["packets"]
        self.assertEqual(packets["matched"], len(mine))
        self.assertEqual(packets["received"], packets["matched"] + packets["unmatched"] + sum(packets["drops"].values()))
        self.assertEqual(self.lemf_of_test.hi2_stream().kinds(b"LIID-1"), ["liActivated", "l2iri 8", "l2iri 10", "liDeactivated"])
        self.assertEqual(Stream(self.lemf_of_test.out, "hi3").gaps(), [])
        saved = [frame.octets for frame in read_capture(self.lemf_of_test.out / "frames.pcapng")]
        self.assertEqual(saved, mine)

    def test_the_same_as_packets_leaves_frames_without_ip_to_be_counted(self):
        mine = [frame for frame in everything_of_a_card() if CARD in (frame[:6], frame[6:12])]
        packets = [frame for frame in mine if frame[12:14] in (b"\x08\x00", b"\x86\xdd")]
        self.assertEqual(len(self.copied_as("ipcc")), len(packets))
        self.assertEqual((self.records["matched"], self.records["not_ip"]), (len(packets), len(mine) - len(packets)))
        self.assertEqual(self.lemf_of_test.hi2_stream().kinds(b"LIID-1"), ["liActivated", "iri 7", "iri 9", "liDeactivated"])

    def test_all_frames_of_a_line(self):
        arp = frame(TARGET_MAC, OTHER_MAC, LINE, 0x0806, bytes(46))
        ip = frame(OTHER_MAC, TARGET_MAC, LINE, 0x0800, udp_packet(TARGET, PEER, b"out"))
        others = [frame(TARGET_MAC, OTHER_MAC, tags, 0x0806, bytes(46)) for tags in [STRANGERS_LINE, (100,), (200, 100), ()]]
        self.assertEqual(self.copied("vlan:100.200@port=tap0", [arp, *others, ip], "--link-layer", "l2cc"), [arp, ip])

    def test_frames_are_of_cards_and_lines_alone(self):
        self.lictord.start()
        self.agency("lea", self.lemf())
        refused = self.ctl.refused("warrant", "create", "--agency", "lea", "--liid", "LIID-2", "--reference", "REF-1", "--authorised-by",
                                   "Test Judge", "--country", "AT", "--operator", "OP1", "--user-label", "subscriber", "--access-type",
                                   "lan", "--end", from_now(3600), "--content", "both", "--link-layer", "l2cc", "--target", TARGET)
        self.assertIn("warrant.link_layer", refused.message)

    def test_a_name_is_refused_by_a_dataplane_without_signalling(self):
        self.lictord.start()
        self.agency("lea", self.lemf())
        warrant = self.warrant("lea", "LIID-1", ["radius-user:alice@example.org"])
        path = self.folder / "nothing.pcap"
        write_pcap(path, [frame(TARGET_MAC, OTHER_MAC, (), 0x0800, udp_packet(TARGET, PEER, b"x"))])
        dataplane = self.dataplane([pcap_port(path, "tap0")], replay={"taps": 0, "packets": 1}).start()
        self.lictord.process.wait_until(lambda: self.ctl.json("dataplane", "list").get("dataplanes"), "it is attached")
        done = self.ctl.run("warrant", "activate", warrant)
        self.assertEqual(done.returncode, 1, done.stderr)
        refusal = self.alarms("directive_refused")[0]["text"]
        self.assertIn("signalling is not configured here", refusal)
        self.assertNotIn("alice", refusal)
        dataplane.wait_replayed()
        self.assertEqual(dataplane.stop()["records"]["matched"], 0)

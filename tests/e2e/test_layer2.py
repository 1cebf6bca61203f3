"""Targets that are lines and cards: all IP packets of a pair of VLAN tags, or of a MAC address, and what is none is counted."""

import struct

from support.bench import E2eTest, from_now
from support.dataplane import pcap_port, task_of
from support.delivered import by_liid
from support.frames import OTHER_MAC, TARGET_MAC, udp_packet, write_pcap
from support.live import PEER, TARGET

LINE = (100, 200)
STRANGERS_LINE = (100, 201)


def frame(destination: bytes, source: bytes, tags: tuple[int, ...], kind: int, payload: bytes) -> bytes:
    stack = b"".join(struct.pack(">HH", 0x88A8 if index == 0 else 0x8100, tag) for index, tag in enumerate(tags))
    return (destination + source + stack + struct.pack(">H", kind) + payload).ljust(64, b"\0")


class Layer2(E2eTest):
    def copied(self, selector: str, frames: list[bytes], *options: str) -> list[bytes]:
        """The packets that a warrant for `selector` got of these frames; `records` is its account."""
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        xid = self.xids(self.active_warrant("lea", "LIID-1", [selector], *options))[0]
        path = self.folder / "frames.pcap"
        write_pcap(path, frames)
        dataplane = self.dataplane([pcap_port(path, "tap0")], replay={"taps": 1, "packets": len(frames)}).start()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        self.records = task_of(dataplane.stop(), xid)["records"]
        self.assertEqual(lemf.stop(), 0)
        return [one.packet for one in by_liid(lemf.contents()).get(b"LIID-1", [])]

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

    def test_what_cannot_be_delivered_yet_is_refused_when_it_is_filed(self):
        self.lictord.start()
        self.agency("lea", self.lemf())
        refused = self.ctl.refused("warrant", "create", "--agency", "lea", "--liid", "LIID-2", "--reference", "REF-1", "--authorised-by",
                                   "Test Judge", "--country", "AT", "--operator", "OP1", "--user-label", "subscriber", "--access-type",
                                   "lan", "--end", from_now(3600), "--content", "both", "--link-layer", "l2cc", "--target",
                                   "vlan:100.200@port=tap0")
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

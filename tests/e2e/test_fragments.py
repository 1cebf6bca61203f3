"""Fragments of flows: each follows the first one of its datagram, which alone says ports, in whatever order they come."""

import ipaddress
import random
import struct
import subprocess
import unittest
from collections import Counter
from pathlib import Path
from typing import NamedTuple, Optional

from support.bench import E2eTest
from support.capture_file import read_capture
from support.captures import index
from support.dataplane import pcap_port
from support.delivered import by_liid
from support.environment import captures_folder, program
from support.frames import ethernet, fragments_of, udp_packet, write_pcap
from support.live import PEER, TARGET
from support.tshark_count import Packet, packets_of
from support.tshark_rows import tshark

TOPICS = ("ipv4-frag", "ipv6-ext-frag")
TARGET6, PEER6 = "2001:db8::7", "2001:db8:9::9"
FIRST_US = 1_700_000_000_000_000
FROM, TO = 40000, 9  # udp_packet's ports
# tshark takes the last hop of a source route for the destination.
ONLY_TSHARK = {"ipv4-frag/pcap4j__IpV4PacketTest.pcap": 2}
PROTOCOLS = {6: "tcp", 17: "udp", 132: "sctp"}


class Flow(NamedTuple):
    """As a warrant spells it, and as a packet shows it from its target's side."""
    version: int
    protocol: int
    target: str
    target_port: int
    peer: str
    peer_port: int

    @property
    def selector(self) -> str:
        ends = (f"[{end}]" if self.version == 6 else end for end in (self.target, self.peer))
        target, peer = ends
        return f"flow:{PROTOCOLS[self.protocol]},{target}:{self.target_port},{peer}:{self.peer_port}"

    def holds(self, packet: Packet, ports: Optional[tuple[int, int]]) -> bool:
        if (packet.version, packet.protocol) != (self.version, self.protocol) or ports is None:
            return False
        ends = (packet.source, ports[0], packet.destination, ports[1])
        return ends in ((self.target, self.target_port, self.peer, self.peer_port),
                        (self.peer, self.peer_port, self.target, self.target_port))


def with_ports(packets: list[Packet]) -> list[tuple[Packet, Optional[tuple[int, int]]]]:
    """Each packet with the ports of its datagram: its own, or those that the first fragment has, wherever it stands."""
    first = {packet.datagram: packet for packet in packets if packet.datagram and packet.offset == 0}
    pairs = []
    for packet in packets:
        says = packet if packet.offset == 0 else first.get(packet.datagram)
        whole = packet if packet.offset == 0 or says is None else packet._replace(protocol=says.protocol)
        pairs.append((whole, says.ports if says else None))
    return pairs


def flow_in(packets: list[Packet]) -> Optional[Flow]:
    """Of the first fragment that says ports."""
    for packet in packets:
        if packet.datagram and packet.offset == 0 and packet.ports and packet.protocol in PROTOCOLS:
            return Flow(packet.version, packet.protocol, packet.source, packet.ports[0], packet.destination, packet.ports[1])
    return None


class Fragments(E2eTest):
    maxDiff = None

    def deliver(self, frames: list[bytes], warrants: dict[str, str], step_us: int = 1000, **settings):
        """What each warrant was given, by the number of the frame; and the last statistics."""
        path = self.folder / "fragments.pcap"
        write_pcap(path, frames, FIRST_US, step_us)
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        for liid, selector in warrants.items():
            self.active_warrant("lea", liid, [selector], content="cc")
        dataplane = self.dataplane([pcap_port(path, "tap0")], replay={"taps": len(warrants), "packets": len(frames)},
                                   **settings).start()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        statistics = dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        return by_liid(lemf.contents()), statistics

    def test_every_fragment_of_a_flow_is_delivered_in_whatever_order_and_no_other(self):
        sequence = [*self.parts(1000), *reversed(self.parts(2000)), *random.Random(7).sample(self.parts(3000), 20 * 6)]
        wanted = Counter(part for part, ours in sequence if ours)
        flow = "LIID-FLOW"
        delivered, statistics = self.deliver(
            [ethernet(part) for part, _ in sequence],
            {flow: f"flow:udp,{TARGET}:{FROM},{PEER}:{TO}", "LIID-SIX": f"flow:udp,[{TARGET6}]:{FROM},any:{TO}",
             "LIID-HOST": f"ipv4:{TARGET}"})
        both = Counter(one.packet for liid in (flow.encode(), b"LIID-SIX") for one in delivered[liid])
        self.assertEqual(both, wanted)
        host = [part for part, _ in sequence if part[0] >> 4 == 4]
        self.assertEqual([one.packet for one in delivered[b"LIID-HOST"]], host, "an address needs no ports")
        stamps = {one.packet: one.timestamp_us for one in delivered[flow.encode()]}
        for number, (part, ours) in enumerate(sequence):
            if ours and part[0] >> 4 == 4:
                self.assertEqual(stamps[part], FIRST_US + 1000 * number, "when it came")
        stages = statistics["stages"]
        self.assertGreater(stages["fragments_released"], 20)
        self.assertGreater(stages["fragments_completed"], 150)
        self.assertEqual(stages["fragments_evicted"] + stages["fragments_expired"] + stages["fragments_waiting"], 0)

    def parts(self, first: int) -> list[tuple[bytes, bool]]:
        """The fragments of 20 datagrams, and whether they are the flows'."""
        parts = []
        for number in range(20):
            packet = udp_packet(*((TARGET, PEER), (TARGET6, PEER6))[number % 2], bytes([number]) * 3000)
            ours = number % 3 != 0
            packet = packet if ours else self.from_another_port(packet)
            parts += [(part, ours) for part in fragments_of(packet, first + number, 560)]
        return parts

    @staticmethod
    def from_another_port(packet: bytes) -> bytes:
        at = 40 if packet[0] >> 4 == 6 else 20
        return packet[:at] + struct.pack(">H", FROM + 1) + packet[at + 2:]

    def test_what_waits_in_vain_is_unmatched_and_counted(self):
        late = fragments_of(udp_packet(TARGET, PEER, bytes(2000)), 1, 1000)
        never = fragments_of(udp_packet(TARGET, PEER, bytes(2000)), 2, 1000)[1:]
        frames = [ethernet(part) for part in (late[1], late[2], late[0], *never)]
        delivered, statistics = self.deliver(frames, {"LIID-FLOW": f"flow:udp,{TARGET}:{FROM},{PEER}:{TO}"},
                                             step_us=600_000, fragments={"timeout_ms": 1000})
        # The first of the two that were late had waited for 1.2 s when the first fragment came, the other one for 0.6.
        self.assertEqual([one.packet for one in delivered[b"LIID-FLOW"]], [late[2], late[0]])
        stages, packets = statistics["stages"], statistics["packets"]
        self.assertEqual((stages["fragments_parked"], stages["fragments_expired"], stages["fragments_completed"]), (3, 3, 1))
        self.assertEqual((packets["received"], packets["matched"], packets["unmatched"]), (5, 2, 3))

    def test_what_finds_no_room_is_unmatched_counted_and_told(self):
        sequence = [fragments_of(udp_packet(TARGET, PEER, bytes(1000)), number, 512)[1] for number in range(500)]
        _, statistics = self.deliver([ethernet(part) for part in sequence],
                                     {"LIID-FLOW": f"flow:udp,{TARGET}:{FROM},{PEER}:{TO}"}, step_us=1,
                                     fragments={"datagrams_max": 64, "parked_bytes_max": 65536})
        stages = statistics["stages"]
        self.assertEqual(stages["fragments_parked"], 500)
        self.assertGreater(stages["fragments_evicted"], 300)
        self.assertEqual(stages["fragments_evicted"] + stages["fragments_expired"], 500)
        self.assertEqual(statistics["packets"]["unmatched"], 500)
        self.assertTrue(self.alarms("fragments_given_up"))

    @unittest.skipUnless(tshark(), "needs tshark")
    def test_public_captures_flows_of_fragments_are_those_that_another_dissector_counts(self):
        folder, frames, names, warrants, expected = captures_folder(), [], [], {}, {}
        packets: list[tuple[int, Packet, Optional[tuple[int, int]]]] = []  # with their numbers in all captures
        adapted = {self.adapted(folder / row["file"], number): row["file"] for number, row in enumerate(index(folder)) if row["topic"] in TOPICS}
        for path, own in packets_of(adapted).items():
            packets += [(len(frames) + packet.number - 1, packet, ports) for packet, ports in with_ports(own)]
            flow = flow_in(own)
            warrants.update({f"FRAGMENTS-{len(warrants)}": flow} if flow and flow not in warrants.values() else {})
            octets = [frame.octets for frame in read_capture(path)]
            frames, names = frames + octets, names + [adapted[path]] * len(octets)
        for liid, flow in warrants.items():
            expected[liid] = Counter(number for number, packet, ports in packets if flow.holds(packet, ports))
        delivered, _ = self.deliver(frames, {liid: flow.selector for liid, flow in warrants.items()}, step_us=1,
                                    buffers={"frame_bytes_max": 65535})
        given = {liid: Counter(one.timestamp_us - FIRST_US for one in delivered.get(liid.encode(), [])) for liid in warrants}
        fragments = {number for number, packet, _ in packets if packet.datagram}
        wanted = sum(expected.values(), Counter())
        print(f"        {len(warrants)} flows, {wanted.total()} packets of them, {len(fragments & set(wanted))} of these fragments")
        self.assertGreater(len(fragments & set(wanted)), 100)
        only_tshark = Counter(names[number] for liid in warrants for number in expected[liid] - given[liid])
        only_lictor = Counter(names[number] for liid in warrants for number in given[liid] - expected[liid])
        self.assertEqual((only_tshark, only_lictor), (Counter(ONLY_TSHARK), Counter()))

    def adapted(self, path: Path, number: int) -> Path:
        adapted = self.folder / f"adapted-{number}.pcap"
        subprocess.run([program("lictor-capture"), "adapt", path, adapted], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=True)
        return adapted

"""Software spreading: one lcore receives, several classify; nothing is lost, and each direction of a flow stays in order."""

import struct
from collections import defaultdict

from support.bench import E2eTest
from support.dataplane import SPREAD, pcap_port
from support.delivered import missing_numbers
from support.frames import ethernet, udp_packet, write_pcap
from support.live import PEER, TARGET, LiveTest, numbers_of

PEERS = [f"198.51.100.{number}" for number in range(10, 40)]
ROUNDS = 40
FIRST_US = 1_700_000_000_000_000


def number_of(packet: bytes) -> int:
    return struct.unpack_from(">Q", packet, 28)[0]


class Spread(E2eTest):
    def replay(self, ports: dict[str, list[bytes]]) -> list:
        """What is delivered of the frames of each port of one tap group."""
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        self.active_warrant("lea", "LIID-SPREAD", [f"ipv4:{TARGET}"])
        packets = 0
        configured = []
        for name, frames in ports.items():
            path = self.folder / f"{name}.pcap"
            packets += write_pcap(path, frames, FIRST_US)
            configured.append(pcap_port(path, name))
        dataplane = self.dataplane(configured, replay={"taps": 1, "packets": packets}, **SPREAD).start()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        statistics = dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        self.assertEqual(statistics["packets"]["received"], packets)
        self.assertEqual(statistics["packets"]["drops"]["spread_full"], 0, "a replay loses nothing")
        contents = lemf.contents()
        self.assertEqual(len(contents), packets)
        self.assertEqual(sum(missing_numbers(contents).values()), 0)
        return contents

    def assert_in_order(self, contents: list) -> None:
        """Each (peer, direction) has its numbers without a hole and in order."""
        seen = defaultdict(list)
        for content in contents:
            seen[content.packet[12:20]].append(number_of(content.packet))
        self.assertEqual(len(seen), 2 * len(PEERS))
        for numbers in seen.values():
            self.assertEqual(numbers, list(range(ROUNDS)))

    @staticmethod
    def frame(source: str, destination: str, number: int) -> bytes:
        return ethernet(udp_packet(source, destination, struct.pack(">Q", number), number))

    def test_one_port_on_two_lcores_keeps_each_direction_in_order_and_the_captures_stamps(self):
        frames = [self.frame(*ends, number) for number in range(ROUNDS) for peer in PEERS
                  for ends in ((TARGET, peer), (peer, TARGET))]
        contents = self.replay({"tap0": frames})
        self.assert_in_order(contents)
        last_us = FIRST_US + (len(frames) - 1) * 1000
        stamps = sorted(content.timestamp_us for content in contents)
        self.assertEqual((stamps[0], stamps[-1]), (FIRST_US, last_us))

    def test_a_tap_whose_two_directions_are_two_ports_keeps_each_in_order(self):
        east = [self.frame(TARGET, peer, number) for number in range(ROUNDS) for peer in PEERS]
        west = [self.frame(peer, TARGET, number) for number in range(ROUNDS) for peer in PEERS]
        self.assert_in_order(self.replay({"east": east, "west": west}))


class LiveSpread(LiveTest):
    def test_a_live_port_that_is_spread_delivers_every_packet_with_the_time_of_its_reception(self):
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        dataplane = self.live_dataplane(**SPREAD)
        self.active_warrant("lea", "LIID-LIVE", [f"ipv4:{TARGET}"])
        sender = self.sender(rate=2000, count=4000)
        sent = sender.sent()
        dataplane.wait_statistics(lambda now: now["packets"]["matched"] >= len(sent), "all have arrived")
        dataplane.wait_delivered()
        statistics = dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        self.assertEqual(statistics["ports"][0]["imissed"], 0, "the port kept up")
        contents = lemf.contents()
        self.assertEqual(numbers_of(contents), [number for number, _ in sent])
        self.assertEqual({content.packet[16:20] for content in contents}, {bytes(map(int, PEER.split(".")))})
        for content, (_, at_ns) in zip(contents, sent):
            self.assertGreaterEqual(content.timestamp_us, at_ns // 1000)

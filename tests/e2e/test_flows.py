"""Flows: a warrant for a part of an address's traffic, and one that the dataplane has no room for."""

import struct

from support.bench import E2eTest
from support.dataplane import pcap_port
from support.delivered import by_liid
from support.frames import ethernet, udp_packet, write_pcap
from support.live import PEER, TARGET
from support.waiting import wait_for

OTHER = "203.0.113.77"
FROM, TO = 40000, 9  # udp_packet's ports


def with_ports(packet: bytes, source: int, destination: int) -> bytes:
    """The same packet between other ports, without a UDP checksum."""
    header = 40 if packet[0] >> 4 == 6 else 20
    ports = struct.pack(">HH", source, destination)
    return packet[:header] + ports + packet[header + 4:header + 6] + b"\0\0" + packet[header + 8:]


class Flows(E2eTest):
    def replay(self, packets: list[bytes], taps: int, **settings):
        path = self.folder / "flows.pcap"
        write_pcap(path, [ethernet(packet) for packet in packets])
        return self.dataplane([pcap_port(path, "tap0")], replay={"taps": taps, "packets": len(packets)}, **settings).start()

    def test_exactly_the_packets_of_the_flow_are_delivered(self):
        wanted = [udp_packet(TARGET, PEER, b"from the target"),
                  with_ports(udp_packet(PEER, TARGET, b"to the target"), TO, FROM)]
        web = [with_ports(udp_packet(TARGET, OTHER, b"web"), 50000, 443),
               with_ports(udp_packet(OTHER, TARGET, b"web's answer"), 443, 50000)]
        others = [udp_packet(PEER, TARGET, b"the other way round"),
                  with_ports(udp_packet(TARGET, PEER, b"another port"), FROM, TO + 1),
                  udp_packet(TARGET, OTHER, b"another peer"),
                  udp_packet("198.51.100.200", PEER, b"a stranger")]
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        self.active_warrant("lea", "LIID-FLOW", [f"flow:udp,{TARGET}:{FROM},{PEER}:{TO}"], content="cc")
        self.active_warrant("lea", "LIID-SAME", [f"flow:udp,{TARGET}:{FROM - 1}-{FROM + 1},any:1-100"], content="cc")
        self.active_warrant("lea", "LIID-WEB", [f"flow:udp,{TARGET},any:443"], content="cc")
        dataplane = self.replay(wanted + web + others, taps=3)
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        delivered = {liid: [one.packet for one in contents] for liid, contents in by_liid(lemf.contents()).items()}
        self.assertEqual(delivered[b"LIID-FLOW"], wanted)
        self.assertEqual(delivered[b"LIID-SAME"], wanted + [others[1], others[2]])
        self.assertEqual(delivered[b"LIID-WEB"], web)
        self.assertEqual(dataplane.statistics()["flows"]["rules"], 3)

    def test_a_flow_too_many_is_refused_with_a_reason_and_the_others_go_on(self):
        packets = [udp_packet(TARGET, PEER, b"flow %d" % index) for index in range(20)]
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        self.active_warrant("lea", "LIID-ONE", [f"flow:udp,{TARGET}:{FROM},{PEER}:{TO}"], content="cc")
        dataplane = self.replay(packets, taps=2, limits={"flows_max": 1})
        dataplane.wait_statistics(lambda now: now["flows"]["rules"] == 1, "the first flow is there")
        self.refused_warrant("lea", "LIID-TWO", [f"flow:udp,{TARGET},any"], content="cc")
        wait_for(lambda: self.alarms("directive_refused"), "the second flow is refused")
        self.assertIn("limits.flows_max", self.alarms("directive_refused")[0]["text"])
        self.active_warrant("lea", "LIID-HOST", [f"ipv4:{TARGET}"], content="cc")  # opens the replay's gate
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        delivered = {liid: [one.packet for one in contents] for liid, contents in by_liid(lemf.contents()).items()}
        self.assertEqual(delivered, {b"LIID-ONE": packets, b"LIID-HOST": packets})

"""Where on the network a target counts: VLAN, port, tap group, network element; and one packet for many warrants."""

from support.bench import E2eTest
from support.dataplane import pcap_port
from support.delivered import by_liid
from support.frames import ethernet, udp_packet, write_pcap
from support.live import PEER, TARGET

WARRANTS = 20


class Scope(E2eTest):
    def deliver(self, targets: dict[str, str], ports: list[dict], packets: int) -> dict[bytes, list[bytes]]:
        """Files a warrant for each LIID with its one target; the packets that each got."""
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        for liid, target in targets.items():
            self.active_warrant("lea", liid, [target], content="cc")
        dataplane = self.dataplane(ports, replay={"taps": len(targets), "packets": packets}).start()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        return {liid: [one.packet for one in contents] for liid, contents in by_liid(lemf.contents()).items()}

    def packets_in(self, name: str, tags: list[tuple[int, ...]]) -> tuple[dict, list[bytes]]:
        """A port with one packet of the target for each stack of tags, and those packets."""
        packets = [udp_packet(TARGET, PEER, f"{name} {index}".encode()) for index in range(len(tags))]
        path = self.folder / f"{name}.pcap"
        write_pcap(path, [ethernet(packet, vlans) for packet, vlans in zip(packets, tags)])
        return pcap_port(path, name), packets

    def test_a_vlan_scope_matches_that_vlan_alone(self):
        port, packets = self.packets_in("tagged", [(), (100,), (200,), (100, 200), (200, 100)])
        delivered = self.deliver({"LIID-ANY": f"ipv4:{TARGET}", "LIID-100": f"ipv4:{TARGET}@vlan=100",
                                  "LIID-100-200": f"ipv4:{TARGET}@vlan=100.200", "LIID-300": f"ipv4:{TARGET}@vlan=300"},
                                 [port], len(packets))
        self.assertEqual(delivered[b"LIID-ANY"], packets)
        self.assertEqual(delivered[b"LIID-100-200"], [packets[3]])
        self.assertIn(packets[1], delivered[b"LIID-100"])
        self.assertFalse({packets[0], packets[2], packets[4]} & set(delivered[b"LIID-100"]))
        self.assertNotIn(b"LIID-300", delivered)

    def test_port_and_group_scopes_match_those_ports_alone(self):
        first, of_first = self.packets_in("east", [(), ()])
        second, of_second = self.packets_in("west", [(), (), ()])
        second["tap_group"] = "edge"
        delivered = self.deliver({"LIID-EAST": f"ipv4:{TARGET}@port=east", "LIID-EDGE": f"ipv4:{TARGET}@group=edge",
                                  "LIID-BOTH": f"ipv4:{TARGET}@ne=NE-1", "LIID-NONE": f"ipv4:{TARGET}@port=east,group=edge"},
                                 [first, second], 5)
        self.assertEqual(delivered[b"LIID-EAST"], of_first)
        self.assertEqual(delivered[b"LIID-EDGE"], of_second)
        self.assertEqual(sorted(delivered[b"LIID-BOTH"]), sorted(of_first + of_second))
        self.assertNotIn(b"LIID-NONE", delivered)

    def test_one_packet_serves_many_warrants_with_a_record_each(self):
        port, packets = self.packets_in("many", [()] * 50)
        liids = [f"LIID-{index:02d}" for index in range(WARRANTS)]
        delivered = self.deliver({liid: f"ipv4:{TARGET}" for liid in liids}, [port], 50)
        self.assertEqual(delivered, {liid.encode(): packets for liid in liids})

"""What stands between a match and its copy: patterns and exclusions of warrants and ports, de-duplication of a tap group."""

import json

from support.bench import E2eTest
from support.dataplane import pcap_port, task_of
from support.delivered import by_liid
from support.frames import ethernet, tcp_packet, udp_packet, write_pcap
from support.live import PEER, TARGET

OTHER_PEER = "203.0.113.77"
STRANGER = "198.51.100.200"


def spoken(ports: tuple[int, int], *segments: str, start: int = 1000, numbers: int = 1) -> list[bytes]:
    """One direction of a connection of the target's, in order."""
    packets, sequence = [], start
    for number, text in enumerate(segments):
        packets.append(tcp_packet(TARGET, PEER, sequence, text.encode(), ports, identification=numbers + number))
        sequence += len(text)
    return packets


class Stages(E2eTest):
    def run_warrants(self, warrants: dict[str, tuple], ports: list[dict], packets: int, **settings) -> dict[str, list[bytes]]:
        """A warrant for each LIID: targets, and options of its own. The packets that each got; `last` is the account."""
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        self.tasks = {}
        for liid, (targets, *options) in warrants.items():
            self.tasks[liid] = self.xids(self.active_warrant("lea", liid, targets, *options, content="cc"))[0]
        dataplane = self.dataplane(ports, replay={"taps": len(warrants), "packets": packets}, **settings).start()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        self.last = dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        got = {liid.decode(): [one.packet for one in contents] for liid, contents in by_liid(lemf.contents()).items()}
        return {liid: got.get(liid, []) for liid in warrants}

    def capture(self, name: str, packets: list[bytes], *vlans: int) -> str:
        path = self.folder / f"{name}.pcap"
        write_pcap(path, [ethernet(packet, vlans) for packet in packets])
        return path

    def drops(self) -> dict[str, int]:
        return {reason: count for reason, count in self.last["packets"]["drops"].items() if count}

    def test_patterns_select_packets_and_flows_also_over_segments(self):
        whole = spoken((40001, 80), "hay", "a needle here", "hay again")
        spanning = spoken((40002, 80), "hay nee", "dle and", "nothing", "NEEDLE")
        answer = tcp_packet(PEER, TARGET, 5000, b"no such word", (80, 40002))
        datagrams = [udp_packet(TARGET, PEER, text) for text in (b"needle", b"n-e-e-d-l-e")]
        foreign = udp_packet(STRANGER, PEER, b"needle")
        packets = [*whole, *spanning[:2], answer, *spanning[2:], *datagrams, foreign]
        address = f"ipv4:{TARGET}"
        got = self.run_warrants({
            "LIID-ALL": ([address],),
            "LIID-TEXT": ([address, "pattern:text:needle"],),
            "LIID-HEX": ([address, "pattern:hex:6e6565646c65"],),
            "LIID-CASE": ([address, "pattern:regex,nocase:n[e]{2}dle"],),
            "LIID-FLOW": ([address, "pattern:text,flow:needle"],),
            "LIID-NONE": ([address, "pattern:text:thread"],),
        }, [pcap_port(self.capture("patterns", packets))], len(packets))
        mine = packets[:-1]
        in_packets = [whole[1], spanning[1], datagrams[0]]
        self.assertEqual(got["LIID-ALL"], mine)
        self.assertEqual(got["LIID-TEXT"], in_packets)
        self.assertEqual(got["LIID-HEX"], in_packets)
        self.assertEqual(got["LIID-CASE"], [whole[1], spanning[1], spanning[3], datagrams[0]])
        self.assertEqual(got["LIID-FLOW"], [*whole[1:], spanning[1], answer, *spanning[2:], *datagrams])
        self.assertEqual(got["LIID-NONE"], [])
        self.assertEqual(self.drops(), {})
        self.assertGreater(self.last["stages"]["patterns_scanned"], 0)
        self.assertEqual(self.last["stages"]["patterns_over_budget"], 0)

    def test_a_pattern_that_cannot_be_compiled_is_refused_with_its_reason(self):
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        warrant = self.warrant("lea", "LIID-BAD", [f"ipv4:{TARGET}", "pattern:text:good", "pattern:regex:hidden$"], content="cc")
        path = self.capture("refused", [udp_packet(TARGET, PEER, b"hidden")])
        dataplane = self.dataplane([pcap_port(path)], replay={"taps": 0, "packets": 1}).start()
        self.lictord.process.wait_until(lambda: self.ctl.json("dataplane", "list").get("dataplanes"), "it is attached")
        done = self.ctl.run("warrant", "activate", warrant)
        answer = json.loads(done.stdout)
        self.assertEqual((answer["dataplanes_told"], answer["dataplanes_acknowledged"]), (1, 0))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("every dataplane", done.stderr)
        refusal = self.alarms("directive_refused")[0]["text"]
        self.assertIn("tap.patterns[1]", refusal, "a person sees which")
        self.assertNotIn("hidden", refusal)
        dataplane.wait_replayed()
        self.assertEqual(dataplane.stop()["records"]["matched"], 0, "nothing is copied without what narrows it")
        self.assertEqual(lemf.stop(), 0)

    def test_exclusions_of_a_warrant_and_of_a_port(self):
        to_peer = [udp_packet(TARGET, PEER, f"peer {number}".encode()) for number in range(5)]
        to_other = [udp_packet(OTHER_PEER, TARGET, f"other {number}".encode()) for number in range(3)]
        foreign = [udp_packet(STRANGER, PEER, b"x")]
        east = pcap_port(self.capture("east", [*to_peer, *to_other, *foreign]), "east")
        west = pcap_port(self.capture("west", [*to_peer, *to_other]), "west", tap_group="edge", exclude=[f"{PEER}/32"])
        address = f"ipv4:{TARGET}"
        got = self.run_warrants({"LIID-WHOLE": ([address],), "LIID-LESS": ([address], "--exclude", "203.0.113.0/24")},
                                [east, west], 17)
        self.assertEqual(sorted(got["LIID-WHOLE"]), sorted(to_peer + to_other + to_other))
        self.assertEqual(got["LIID-LESS"], to_peer)
        self.assertEqual(self.drops(), {"excluded": 5}, "at the western port, for both warrants")
        self.assertEqual(self.last["packets"]["unmatched"], 1)
        self.assertEqual(task_of(self.last, self.tasks["LIID-LESS"])["records"]["excluded"], 5 + 6)
        self.assertEqual(task_of(self.last, self.tasks["LIID-WHOLE"])["records"]["excluded"], 5)

    def two_sights(self) -> tuple[list[dict], list[bytes], int]:
        """A conversation with a retransmission, seen before a router (tagged) and behind it (a hop less)."""
        texts = ["one", "two", "three"]
        sent = [tcp_packet(TARGET, PEER, 1000 + number, text.encode(), identification=number) for number, text in
                enumerate(texts)]
        sent.insert(2, tcp_packet(TARGET, PEER, 1001, b"two", identification=99))  # again, with a number of its own
        sent.append(sent[-1])                                                      # and octet for octet
        routed = [packet[:8] + bytes([packet[8] - 1]) + packet[9:] for packet in sent]
        return [pcap_port(self.capture("before", sent, 100), "before"), pcap_port(self.capture("behind", routed), "behind")], \
            sent, 2 * len(sent)

    def test_a_group_gives_each_packet_once_and_each_retransmission_too(self):
        ports, sent, count = self.two_sights()
        got = self.run_warrants({"LIID-ONCE": ([f"ipv4:{TARGET}"],)}, ports, count, deduplicate={"groups": ["core"]})
        self.assertEqual(got["LIID-ONCE"], sent)
        self.assertEqual(self.drops(), {"duplicate": len(sent)})
        self.assertEqual(self.last["stages"]["packets_forgotten"], 0)

    def test_without_being_asked_nothing_is_taken_for_a_duplicate(self):
        ports, sent, count = self.two_sights()
        got = self.run_warrants({"LIID-TWICE": ([f"ipv4:{TARGET}"],)}, ports, count)
        self.assertEqual(len(got["LIID-TWICE"]), 2 * len(sent))
        self.assertEqual(self.drops(), {})

    def test_its_own_deliveries_are_never_copied(self):
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        own = [tcp_packet(TARGET, "127.0.0.1", number, b"x", (40000, port)) for number, port in enumerate((lemf.hi2, lemf.hi3))]
        own += [tcp_packet("127.0.0.1", TARGET, 9, b"y", (lemf.hi3, 40000))]
        other = tcp_packet(TARGET, "127.0.0.1", 7, b"z", (40000, 9))
        path = self.capture("own", [*own, other])
        self.active_warrant("lea", "LIID-OWN", [f"ipv4:{TARGET}"])
        dataplane = self.dataplane([pcap_port(path)], replay={"taps": 2, "packets": 4}).start()
        dataplane.wait_statistics(lambda now: len(now["destinations"]) == 2 and all(one["connected"] for one in now["destinations"]),
                                  "both connections stand")
        self.active_warrant("lea", "LIID-GATE", [f"ipv4:{STRANGER}"])  # the second tap: now it is replayed
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        statistics = dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        self.assertEqual([one.packet for one in by_liid(lemf.contents())[b"LIID-OWN"]], [other])
        self.assertEqual(statistics["packets"]["drops"]["excluded"], len(own))

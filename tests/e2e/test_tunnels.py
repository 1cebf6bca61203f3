"""Whatever a tap sees around a packet: what is delivered for addresses outside and inside of every encapsulation is what
another dissector counts; where the encapsulation is not trusted, or in another scope, nothing is."""

import shutil
import subprocess
import tempfile
import unittest
from collections import Counter
from pathlib import Path
from typing import Callable, NamedTuple

from support.bench import E2eTest
from support.capture_file import read_capture
from support.captures import index
from support.dataplane import pcap_port
from support.delivered import by_liid
from support.environment import captures_folder, program
from support.frames import write_pcap
from support.tshark_count import Dissected, dissect
from support.tshark_rows import tshark

TOPICS = ("vlan-qinq", "mpls", "gre-erspan", "vxlan-geneve", "ip-in-ip", "gtp", "pppoe-l2tp", "ipv4-frag", "ipv6-ext-frag")
FIRST_US = 1_700_000_000_000_000  # all captures together are one: its frame i is stamped i microseconds later
REPLAY_BOUND_S = 120
TARGETS_MAX = 90  # of one warrant
NOBODYS_VNI, NOBODYS_LABEL = 0xABCDEF, 987654

# Where the two dissectors differ for the chosen addresses, by capture: how many packets, and why.
ONLY_TSHARK = {
    "gtp/PcapPlusPlus__gtp.pcap": (2, "a T-PDU goes to UDP port 2152 (TS 29.281, 4.4.2); these come from it and go elsewhere"),
    "gtp/zeek__gtp_control_prime.pcap": (2, "GTP' carries charging records (TS 32.295); packets in it are a fuzzer's"),
    "gtp/zeek__pdp_ctx_messages.pcapng": (2, "the same"),
    "ipv4-frag/pcap4j__IpV4PacketTest.pcap": (2, "tshark takes the last hop of a source route for the destination"),
    "pppoe-l2tp/arkime__arkime_synthetic.pcap": (
        2, "Cisco MetaData, which no port can trust; and Geneve from its port, where it goes to it (RFC 8926, 3.3)"),
}
ONLY_LICTOR = {
    "mpls/trex-core__udp_1pkt_mpls_vm.pcap": (2, "a counter for the bottom label passes 13 and 14, under which tshark expects OAM; "
                                                 "IPv4 with good lengths and checksum stands there"),
}


def ends(level: tuple[int, str, str]) -> list[str]:
    version, *pair = level
    return [f"ipv{version}:{address}" for address in pair]


def selectors_in(frame: Dissected, first: int = 0) -> set[str]:
    return {end for level in frame.levels[first:] for end in ends(level)}


def most_frequent(ranked: Counter, count: int) -> list:
    return [key for key, _ in sorted(ranked.items(), key=lambda item: (-item[1], item[0]))[:count]]


class Capture(NamedTuple):
    topic: str
    name: str
    first: int               # number of its first frame in all of them
    frames: list[Dissected]

    def outer(self) -> list[str]:
        """The most frequent outermost addresses."""
        return most_frequent(Counter(end for frame in self.frames for level in frame.levels[:1] for end in ends(level)), 2)

    def inner(self) -> list[str]:
        """The most frequent addresses behind the first level, and those of them that lie deepest."""
        outer = set(self.outer())
        deepest = max((len(frame.levels) for frame in self.frames), default=0)
        inner = Counter(end for frame in self.frames for end in selectors_in(frame, 1) - outer)
        innermost = Counter(end for frame in self.frames for end in selectors_in(frame, max(deepest - 1, 1)) - outer)
        return list(dict.fromkeys(most_frequent(inner, 2) + most_frequent(innermost, 2)))

    def hidden(self, visible: set[str]) -> list[str]:
        """The most frequent addresses that stand inside of encapsulations alone."""
        return most_frequent(Counter(end for frame in self.frames for end in selectors_in(frame, frame.visible) - visible), 2)


class Tunnels(E2eTest):
    maxDiff = None

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        if not tshark():
            raise unittest.SkipTest("needs tshark")
        cls.shared = Path(tempfile.mkdtemp(prefix="lictor-e2e-tunnels-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared)
        cls.path = cls.shared / "all.pcap"
        cls.captures = cls._captures()

    @classmethod
    def _captures(cls) -> list[Capture]:
        """All captures of the topics as one, and tshark's opinion on each."""
        folder, octets, sizes = captures_folder(), [], []
        for row in (row for row in index(folder) if row["topic"] in TOPICS):
            adapted = cls.shared / "adapted.pcap"
            subprocess.run([program("lictor-capture"), "adapt", folder / row["file"], adapted], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=True)
            frames = [frame.octets for frame in read_capture(adapted)]
            sizes.append((row["topic"], row["file"], len(octets), len(frames)))
            octets += frames
        write_pcap(cls.path, octets, FIRST_US, step_us=1)
        dissected = dissect(cls.path)
        return [Capture(topic, name, first, dissected[first:first + count]) for topic, name, first, count in sizes]

    def deliver(self, warrants: dict[str, list[str]], **port) -> dict[str, set[int]]:
        """The numbers of the frames that were delivered to each warrant, once each."""
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        for liid, targets in warrants.items():
            self.active_warrant("lea", liid, targets, content="cc")
        dataplane = self.dataplane([pcap_port(self.path, "tap0", **port)],
                                   replay={"taps": len(warrants), "packets": sum(len(one.frames) for one in self.captures)},
                                   buffers={"frame_bytes_max": 65535, "copy_ring_bytes": 16 << 20}).start()
        dataplane.wait_replayed(REPLAY_BOUND_S)
        dataplane.wait_delivered(REPLAY_BOUND_S)
        dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        delivered = {}
        for liid, contents in by_liid(lemf.contents()).items():
            numbers = [one.timestamp_us - FIRST_US for one in contents]
            self.assertEqual(len(numbers), len(set(numbers)), "a packet was delivered twice")
            delivered[liid.decode()] = set(numbers)
        return delivered

    def numbers(self, matches) -> set[int]:
        """Of the frames that tshark's opinion makes match."""
        return {one.first + i for one in self.captures for i, frame in enumerate(one.frames) if matches(frame)}

    def warrants(self, name: str, chosen_of: Callable[[Capture], list[str]], scope: str = "") -> dict[str, list[str]]:
        """Warrants on addresses of all captures, each with as many as it takes."""
        chosen = sorted({end for one in self.captures for end in chosen_of(one)})
        return {f"{name}-{at}": [end + scope for end in chosen[at:at + TARGETS_MAX]]
                for at in range(0, len(chosen), TARGETS_MAX)}

    def most_frequent_in(self, context) -> tuple[str, int]:
        """An inner address with the VNI or label around it."""
        return most_frequent(Counter((end, value) for one in self.captures for frame in one.frames for value in context(frame)
                                     for end in selectors_in(frame, frame.visible)), 1)[0]

    def by_capture(self, numbers: set[int]) -> dict[str, int]:
        counts = {one.name: len(numbers & set(range(one.first, one.first + len(one.frames)))) for one in self.captures}
        return {name: count for name, count in sorted(counts.items()) if count}

    def test_packets_of_outer_and_inner_addresses_are_those_that_another_dissector_counts(self):
        warrants = {**self.warrants("OUTER", Capture.outer), **self.warrants("INNER", Capture.inner)}
        expected = {liid: self.numbers(lambda frame, of=set(targets): selectors_in(frame) & of)
                    for liid, targets in warrants.items()}
        inside, vni = self.most_frequent_in(lambda frame: frame.vnis)
        warrants["IN-VNI"] = [f"{inside}@vni={vni}"]
        expected["IN-VNI"] = self.numbers(lambda frame: inside in selectors_in(frame, frame.visible) and vni in frame.vnis)
        under, label = self.most_frequent_in(lambda frame: {frame.label} - {None})
        warrants["UNDER-LABEL"] = [f"{under}@label={label}"]
        expected["UNDER-LABEL"] = self.numbers(lambda frame: under in selectors_in(frame) and frame.label == label)
        delivered = self.deliver(warrants, encapsulations=["all"])
        total = sum(map(len, expected.values()))
        print(f"        {len(self.captures)} captures, {sum(map(len, warrants.values()))} targets, {total} packets; differences:")
        for name, (count, reason) in {**ONLY_TSHARK, **ONLY_LICTOR}.items():
            print(f"        {name}: {count} packets: {reason}")
        only_tshark = set().union(*(numbers - delivered[liid] for liid, numbers in expected.items()))
        only_lictor = set().union(*(delivered[liid] - numbers for liid, numbers in expected.items()))
        self.assertEqual(self.by_capture(only_tshark), {name: count for name, (count, _) in ONLY_TSHARK.items()})
        self.assertEqual(self.by_capture(only_lictor), {name: count for name, (count, _) in ONLY_LICTOR.items()})

    def test_nothing_inside_is_delivered_where_the_encapsulation_is_not_trusted(self):
        visible = {end for one in self.captures for frame in one.frames for level in frame.levels[:frame.visible]
                   for end in ends(level)}
        warrants = self.warrants("HIDDEN", lambda one: one.hidden(visible))
        self.assertGreater(sum(map(len, warrants.values())), 50)
        self.assertEqual(self.deliver(warrants), {})

    def test_nothing_is_delivered_in_a_scope_that_is_not_there(self):
        scopes = (f"vni={NOBODYS_VNI}", f"label={NOBODYS_LABEL}", "vlan=4001.4002", "port=other")
        warrants = {}
        for scope in scopes:
            warrants |= self.warrants(f"OUTER-{scope[:4]}", Capture.outer, f"@{scope}")
            warrants |= self.warrants(f"INNER-{scope[:4]}", Capture.inner, f"@{scope}")
        self.assertEqual(self.deliver(warrants, encapsulations=["all"]), {})

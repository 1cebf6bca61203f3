"""lictor-capture: other link types become Ethernet without a changed octet, and generated captures are what they say."""

import json
import subprocess
from collections import Counter
from pathlib import Path

from support.bench import E2eTest
from support.capture_file import LINK_ETHERNET, read_capture
from support.captures import Replayer, choose, index
from support.environment import captures_folder, program
from support.link_types import views
from support.oracle import Target, direction_of, read_expected, view_of

ADAPTABLE = {"linux-sll", "null", "ppp", "rawip", "rawip4", "rawip6"}


def capture_tool(*words) -> subprocess.CompletedProcess:
    return subprocess.run([program("lictor-capture"), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, check=False, timeout=300)


class Adapt(E2eTest):
    def adapted(self, path: Path) -> tuple[Path, dict]:
        out = self.folder / f"{path.stem}.ether.pcap"
        done = capture_tool("adapt", path, out)
        self.assertEqual(done.returncode, 0, f"{path}: {done.stderr}")
        return out, json.loads(done.stdout)

    def test_ip_of_other_link_types_arrives_under_ethernet_octet_for_octet(self):
        folder, count = captures_folder(), 0
        for row in index(folder):
            if row["linktype"] not in ADAPTABLE:
                continue
            with self.subTest(file=row["file"]):
                frames = list(read_capture(folder / row["file"]))
                out, facts = self.adapted(folder / row["file"])
                result = list(read_capture(out))
                self.assertEqual({frame.link_type for frame in result}, {LINK_ETHERNET})
                self.assertEqual(facts["packets"], len(result))
                self.assertEqual(len(result), len(frames), "each frame has its place, also where it carries no IP")
                found = [(frame.timestamp_us, view_of(frame.octets)[0]) for frame in result]
                packets = [(stamp, view.packet) for stamp, view in found if view]
                self.assertEqual(packets, views(frames))
                count += len(packets)
        self.assertGreater(count, 0)

    def test_adapted_captures_are_delivered_one_for_one(self):
        folder, chosen = captures_folder(), []
        for row in index(folder):
            if row["linktype"] in ADAPTABLE and int(row["packets"]) <= 2000:
                out, _ = self.adapted(folder / row["file"])
                chosen.append(choose(self.folder, out.name))
        chosen = [one for one in chosen if one]
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        replayer = Replayer(self, lemf)
        replayer.run(chosen)
        self.assertEqual(lemf.stop(), 0)
        self.assertEqual(replayer.differences(), {})
        self.assertGreater(len(chosen), 10)

    def test_ethernet_passes_unchanged(self):
        folder = captures_folder()
        for row in [row for row in index(folder) if row["linktype"] == "ether"][::23]:
            with self.subTest(file=row["file"]):
                out, facts = self.adapted(folder / row["file"])
                before = [(one.timestamp_us, one.octets) for one in read_capture(folder / row["file"])]
                after = [(one.timestamp_us, one.octets) for one in read_capture(out)]
                self.assertEqual(after, before)
                self.assertEqual((facts["packets"], facts["bytes"]), (len(before), sum(len(octets) for _, octets in before)))
                self.assertEqual(facts["longest"], max((len(octets) for _, octets in before), default=0))

    def test_link_types_without_ip_are_refused_by_name(self):
        folder = captures_folder()
        refused = [row for row in index(folder) if row["linktype"] not in ADAPTABLE | {"ether"}]
        wifi = self.folder / "wifi.pcap"
        wifi.write_bytes(bytes.fromhex("d4c3b2a1020004000000000000000000ffff000069000000"))  # link type 105: IEEE 802.11
        for path in [wifi, *(folder / row["file"] for row in refused)]:
            done = capture_tool("adapt", path, self.folder / "refused.pcap")
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertTrue(any(word in done.stderr + done.stdout for word in ("802.11", "IEEE802_11", "105")), done.stderr)

    def test_a_file_that_is_cut_off_keeps_what_is_whole(self):
        whole = next(row["file"] for row in index(captures_folder()) if row["linktype"] == "linux-sll")
        octets = (captures_folder() / whole).read_bytes()
        for cut in range(1, 40):
            path = self.folder / "cut.pcap"
            path.write_bytes(octets[:-cut])
            done = capture_tool("adapt", path, self.folder / "cut.out")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(json.loads(done.stdout)["truncated"])


class Generate(E2eTest):
    TARGETS = ("192.0.2.77", "2001:db8:77::77")

    def generate(self, name: str, *words) -> tuple[Path, dict]:
        path = self.folder / f"{name}.pcap"
        targets = [word for target in self.TARGETS for word in ("--target", target)]
        done = capture_tool("generate", "--out", path, "--packets", 3000, *targets, *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return path, json.loads(done.stdout)

    def test_the_same_seed_gives_the_same_octets(self):
        first, _ = self.generate("first", "--seed", 7)
        second, _ = self.generate("second", "--seed", 7)
        other, _ = self.generate("other", "--seed", 8)
        self.assertEqual(first.read_bytes(), second.read_bytes())
        self.assertNotEqual(first.read_bytes(), other.read_bytes())

    def test_a_generated_capture_holds_as_many_packets_of_targets_as_it_says(self):
        path, facts = self.generate("counted", "--seed", 9, "--match-percent", 30)
        frames = list(read_capture(path))
        self.assertEqual((facts["packets"], len(frames)), (3000, 3000))
        for target in self.TARGETS:
            selector = f"ipv{6 if ':' in target else 4}:{target}"
            count = len(read_expected(frames, [selector]).expected)
            self.assertGreater(count, 0)
            self.assertIn(str(count), json.dumps(facts))

    def test_a_generated_capture_has_the_variety_of_a_network(self):
        path, _ = self.generate("variety", "--seed", 10, "--vlan")
        kinds, directions = Counter(), Counter()
        targets = [Target(f"ipv{6 if ':' in target else 4}:{target}") for target in self.TARGETS]
        for frame in read_capture(path):
            view, reason = view_of(frame.octets)
            self.assertIsNone(reason, "nothing in it is damaged")
            kinds["not ip" if view is None else f"ipv{view.version}"] += 1
            kinds["vlan"] += bool(view and view.vlans)
            kinds["fragment"] += bool(view and view.version == 4 and view.packet[6] & 0x3F | view.packet[7])
            directions[direction_of(view, targets) if view else None] += 1
        for kind in ("not ip", "ipv4", "ipv6", "vlan", "fragment"):
            self.assertGreater(kinds[kind], 0, kind)
        self.assertGreater(min(directions[0], directions[1], directions[None]), 0)

"""Any capture, any address target: the content records are the target's IP packets, one for one, and nothing else."""

import unittest

from support.bench import E2eTest
from support.capture_file import read_capture
from support.captures import Chosen, Replayer, choose, ethernet_files, sample_files
from support.environment import captures_folder, leave, runs_everything
from support.oracle import Target, direction_of, view_of
from support.tshark_count import matching_frames
from support.tshark_rows import tshark


def chosen_captures() -> list[Chosen]:
    folder = captures_folder()
    every = ethernet_files(folder)
    names = every if runs_everything() else sample_files(folder)
    if len(names) < len(every):
        leave(len(every) - len(names), "captures")
    return [one for one in (choose(folder, name) for name in names) if one]


def show(differences: dict[str, str], chosen: list[Chosen]) -> None:
    packets = sum(len(one.reading.expected) for one in chosen)
    print(f"        {len(chosen)} captures, {packets} packets of targets, {len(differences)} captures differ")
    for name, reason in differences.items():
        print(f"        {name}: {reason}")


class Captures(E2eTest):
    def test_content_of_public_captures_equals_the_targets_packets_one_for_one(self):
        chosen = chosen_captures()
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        replayer = Replayer(self, lemf)
        replayer.run(chosen)
        self.assertEqual(lemf.stop(), 0, "the receiver found a record that is not strict")
        differences = replayer.differences()
        show(differences, chosen)
        self.assertEqual(differences, {})
        self.assertEqual(lemf.hi2_stream().gaps(), [])


class Oracle(unittest.TestCase):
    def test_another_dissector_counts_the_same_packets(self):
        if not tshark():
            self.skipTest("needs tshark")
        chosen, differences = chosen_captures(), {}
        others = matching_frames({one.path: one.selectors for one in chosen})
        for one in chosen:
            targets = [Target(selector) for selector in one.selectors]
            views = [(number, view_of(frame.octets)[0]) for number, frame in enumerate(read_capture(one.path), 1)]
            own = {number for number, view in views if view and direction_of(view, targets) is not None}
            other = others[one.path]
            if own != other:
                differences[one.name] = f"frames only here {sorted(own - other)[:9]}, only there {sorted(other - own)[:9]}"
        show(differences, chosen)
        self.assertEqual(differences, {})

"""Public captures as test data: which files there are, the targets that each offers, and their way through the appliance."""

import csv
import subprocess
from collections import Counter
from pathlib import Path
from typing import NamedTuple, Optional

from support.capture_file import read_capture
from support.dataplane import pcap_port
from support.delivered import by_liid, first_difference
from support.environment import program
from support.oracle import ALL, Reading, choose_targets, read_expected

# One dataplane replays so many files at a time, each on a port of its own. DPDK has room for 32 ports.
BATCH = 20
REPLAY_BOUND_S = 60


class Chosen(NamedTuple):
    name: str
    path: Path        # as it was published
    selectors: list[str]
    reading: Reading


def index(folder: Path) -> list[dict]:
    with open(folder / "INDEX.tsv", encoding="utf-8") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def ethernet_files(folder: Path) -> list[str]:
    return [row["file"] for row in index(folder) if row["linktype"] == "ether"]


def sample_files(folder: Path) -> list[str]:
    """All malformed files, and the first two small ones of every other topic."""
    taken, names = Counter(), []
    for row in index(folder):
        if row["linktype"] != "ether" or int(row["packets"]) > 1000:
            continue
        taken[row["topic"]] += 1
        if row["topic"] == "malformed" or taken[row["topic"]] <= 2:
            names.append(row["file"])
    return names


def choose(folder: Path, name: str) -> Optional[Chosen]:
    """The file with targets from its own traffic; None where it has no IP."""
    frames = list(read_capture(folder / name))
    selectors = choose_targets(frames)
    return Chosen(name, folder / name, selectors, read_expected(frames, selectors, ALL)) if selectors else None


class Replayer:
    """Takes captures through one lictord, one receiver and a dataplane a batch."""

    def __init__(self, test, lemf):
        self.test = test
        self.lemf = lemf
        self.liids: dict[bytes, Chosen] = {}
        self.problems: dict[str, str] = {}

    def run(self, chosen: list[Chosen]) -> None:
        for at in range(0, len(chosen), BATCH):
            batch = chosen[at:at + BATCH]
            print(f"        captures {at + 1} to {at + len(batch)} of {len(chosen)}", flush=True)
            try:
                self._replay(batch)
            except AssertionError as failure:
                # Which of them it was: each again, alone.
                print(f"        the batch failed, its files follow one by one: {str(failure)[:300]}", flush=True)
                self._replay_singly(batch)

    def _replay_singly(self, batch: list[Chosen]) -> None:
        for one in batch:
            try:
                self._replay([one])
            except AssertionError as failure:
                self.problems[one.name] = str(failure)[:2000]

    def _replay(self, batch: list[Chosen]) -> None:
        warrants = []
        for index_in_batch, one in enumerate(batch):
            liid = f"CAPTURE-{len(self.liids):04d}"
            self.liids[liid.encode()] = one
            targets = [f"{selector}@port=p{index_in_batch}" for selector in one.selectors]
            warrants.append(self.test.active_warrant("lea", liid, targets))
        dataplane = self.test.dataplane(
            [pcap_port(self._adapted(one, index_in_batch), f"p{index_in_batch}", encapsulations=["all"])
             for index_in_batch, one in enumerate(batch)],
            replay={"taps": len(batch), "packets": sum(one.reading.received for one in batch)},
            buffers={"frame_bytes_max": 65535, "copy_ring_bytes": 16 << 20})
        try:
            dataplane.start().wait_replayed(REPLAY_BOUND_S)
            for warrant in warrants:
                self.test.ctl.json("warrant", "end", warrant)
            dataplane.wait_delivered()
            self._check_counts(batch, dataplane.stop())
        except AssertionError:
            dataplane.kill()
            for warrant in warrants:
                self.test.ctl.run("warrant", "end", warrant)  # it must not match in the next batch
            raise

    def _adapted(self, one: Chosen, index_in_batch: int) -> Path:
        """The file as scripts/demo would give it to a port: the driver reads no pcapng of several interfaces."""
        path = self.test.folder / f"adapted-{index_in_batch}.pcap"
        subprocess.run([program("lictor-capture"), "adapt", str(one.path), str(path)], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=True)
        return path

    def _check_counts(self, batch: list[Chosen], statistics: dict) -> None:
        packets, readings = statistics["packets"], [one.reading for one in batch]
        drops = sum((reading.drops for reading in readings), Counter())
        self.test.assertEqual({name: count for name, count in packets["drops"].items() if count}, dict(drops))
        self.test.assertEqual(packets["received"], sum(reading.received for reading in readings))
        self.test.assertEqual(packets["unmatched"], sum(reading.unmatched for reading in readings))
        for count in ("truncated", "inner_damaged", "too_deep"):
            self.test.assertEqual(packets[count], sum(getattr(reading, count) for reading in readings), count)
        matched = sum(len(reading.expected) for reading in readings)
        self.test.assertEqual((packets["matched"], statistics["records"]["matched"]), (matched, matched))
        self.test.assertEqual(sum(statistics["records"]["drops"].values()), 0)

    def differences(self) -> dict[str, str]:
        """After the receiver has ended: what differs, by file."""
        delivered = by_liid(self.lemf.contents())
        found = dict(self.problems)
        for liid, one in self.liids.items():
            difference = first_difference(delivered.pop(liid, []), one.reading.expected)
            if difference:
                found.setdefault(one.name, difference)
        for liid in delivered:
            found[liid.decode()] = "content of a warrant that nobody filed"
        return found

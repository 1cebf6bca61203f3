"""How much is delivered: from a port to an agency that has confirmed it, with nothing dropped and no backlog that grows.

A replay is paced, and the pace is searched for. Windows at the pace that was found are the figure.
"""

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from runner.appliance import use_build
from runner.native import Failed
from runner.way import TARGET, Way, dropped

PACKETS = 4_000  # of the capture that goes round
WINDOWS, WINDOW_S, SETTLE_S, PROBE_S = 5, 2.0, 1.0, 2.5
PROBES = 6  # halvings
KEPT = 0.98  # of what is offered, over a probe
BACKLOG_S = 0.1  # of what is offered may wait: confirmations come every MiB, and cores are shared
SLOWER, TRIES = 0.95, 6  # where a pace that passed its probe is not kept up in five windows
ENDLESS = 1 << 40  # packets that are never reached: the dataplane is ended before


@dataclass(frozen=True)
class Case:
    packet_bytes: int
    packets_per_s_max: int  # where the search begins
    tls: bool = False
    integrity: bool = False
    in_records: bool = False  # thousand records a second, not Gbit of packets


CASES = {
    "deliver_plain_gbps": Case(1500, 700_000),
    "deliver_tls_gbps": Case(1500, 500_000, tls=True),
    "deliver_small_krps": Case(64, 2_000_000, in_records=True),
    "deliver_integrity_gbps": Case(1500, 400_000, integrity=True),
}


def capture(folder: Path, case: Case) -> Path:
    from support.environment import program
    path = folder / "target.pcap"
    frame_bytes = case.packet_bytes + (14 if case.packet_bytes > 64 else 0)
    subprocess.run([program("lictor-capture"), "generate", "--out", path, "--packets", str(PACKETS), "--seed", "7", "--target", TARGET,
                    "--match-percent", "100", "--size", str(frame_bytes)], stdout=subprocess.DEVNULL, check=True)
    return path


class Delivery:
    """A replay at one pace."""

    def __init__(self, folder: Path, case: Case, packets_per_s: int):
        self.packets_per_s = packets_per_s
        port = {"name": "tap0", "device": f"net_pcap_tap0,rx_pcap={capture(folder, case)},infinite_rx=1"}
        self.way = Way(folder, [port], tls=case.tls, integrity=case.integrity, buffers={"mbufs": 16384},
                       replay={"taps": 1, "packets": ENDLESS, "packets_per_s": packets_per_s})

    def begin(self) -> None:
        self.way.order()
        self.way.wait_confirmed(PACKETS)
        self.way.during(SETTLE_S)

    def confirmed_per_s(self, seconds: float) -> tuple[float, bool]:
        """Confirmed records a second, of what was offered; and whether that was all of it."""
        took_s, found = self.way.during(seconds)
        rate = (found[-1]["records"]["confirmed"] - found[0]["records"]["confirmed"]) / took_s
        waiting = sorted(statistics["records"]["in_spool"] for statistics in found[len(found) // 2:])
        keeps_up = rate >= KEPT * self.packets_per_s and waiting[len(waiting) // 2] <= BACKLOG_S * self.packets_per_s
        return min(rate, self.packets_per_s), keeps_up and not dropped(found[-1])


def keeps_up(case: Case, packets_per_s: int) -> bool:
    with tempfile.TemporaryDirectory(prefix="lictor-perf-") as folder:
        delivery = Delivery(Path(folder), case, packets_per_s)
        try:
            delivery.begin()
            return delivery.confirmed_per_s(PROBE_S)[1]
        finally:
            delivery.way.kill()


def search(case: Case) -> int:
    """The highest pace that was kept up with, in packets a second."""
    low, high = 0, case.packets_per_s_max
    for _ in range(PROBES):
        middle = (low + high) // 2
        if keeps_up(case, middle):
            low = middle
        else:
            high = middle
    if low == 0:
        raise Failed(f"not even {high} packets a second are delivered")
    return low


def windows(case: Case, packets_per_s: int) -> tuple[list[float], dict]:
    """Rates of windows, none where the pace was not kept up in one of them; and the last statistics."""
    with tempfile.TemporaryDirectory(prefix="lictor-perf-") as folder:
        delivery = Delivery(Path(folder), case, packets_per_s)
        try:
            delivery.begin()
            found = [delivery.confirmed_per_s(WINDOW_S) for _ in range(WINDOWS)]
            statistics = delivery.way.stop()
        finally:
            delivery.way.kill()
    kept = all(keeps_up for _, keeps_up in found) and not dropped(statistics)
    return [rate for rate, _ in found] if kept else [], statistics


def measure(build: Path, key: str) -> dict:
    """The best of five windows; `low` is their median."""
    use_build(build)
    case = CASES[key]
    packets_per_s = search(case)
    for _ in range(TRIES):
        rates, statistics = windows(case, packets_per_s)
        if rates:
            break
        packets_per_s = int(packets_per_s * SLOWER)
    else:
        raise Failed(f"{packets_per_s} packets a second passed a probe and were not kept up with")
    scale = 1e-3 if case.in_records else case.packet_bytes * 8 / 1e9
    ordered = sorted(rate * scale for rate in rates)
    median = ordered[len(ordered) // 2]
    return {"value": ordered[-1], "low": median, "high": ordered[-1], "unit": "krecords/s" if case.in_records else "Gbit/s of packets",
            "details": {"median": median, "offered_packets_per_s": packets_per_s, "records": statistics["records"]["appended"]},
            "samples": {"records_per_s": rates}}

"""How long content takes from its time stamp at a live port to an agency that has read it, on one machine and clock."""

import tempfile
from pathlib import Path

from runner.appliance import use_build
from runner.native import Failed
from runner.way import TARGET, Way, dropped

PACKETS_PER_S = (1_000, 20_000)
SECONDS = 5
PAYLOAD_BYTES = 200
WARM_UP = 200  # packets, of a sender of their own
PERCENTILES = {"latency_p50_ms": "p50", "latency_p99_ms": "p99"}


def delays_us(folder: Path, packets_per_s: int) -> dict:
    """p50, p99, … of all packets of a steady sender behind a veth pair; everything arrived."""
    from support.dataplane import live_port
    from support.network import Sender, VethPair
    pair = VethPair()
    way = None
    try:
        way = Way(folder, [live_port(pair.near)], lemf=("--delays",))
        way.dataplane.wait_statistics(lambda statistics: statistics["ports"][0]["link_up"], "the port is up")
        way.order()
        Sender(pair, folder, "warm-up", TARGET, "198.51.100.9", rate=1_000, count=WARM_UP).sent()
        way.wait_confirmed(WARM_UP - 1)
        count = packets_per_s * SECONDS
        Sender(pair, folder, "sender", TARGET, "198.51.100.9", rate=packets_per_s, count=count, payload=PAYLOAD_BYTES).sent()
        way.wait_confirmed(WARM_UP + count - 1)
        statistics = way.stop()
        delays = way.lemf.summary()["hi3"]["delays_us"]
        if dropped(statistics) or delays["records"] != WARM_UP + count:
            raise Failed(f"of {WARM_UP + count} packets {delays['records']} arrived")
        return delays
    finally:
        if way is not None:
            way.kill()
        pair.remove()


def measure(build: Path, key: str) -> dict:
    """The greater of both rates, in milliseconds."""
    use_build(build)
    found = {}
    for packets_per_s in PACKETS_PER_S:
        with tempfile.TemporaryDirectory(prefix="lictor-perf-") as folder:
            found[packets_per_s] = delays_us(Path(folder), packets_per_s)
    values = [delays[PERCENTILES[key]] / 1e3 for delays in found.values()]
    details = {f"{name}_at_{rate}": delays[name] / 1e3 for rate, delays in found.items() for name in ("p50", "p99", "p999", "max")}
    return {"value": max(values), "low": min(values), "high": max(values), "unit": "ms", "details": details, "samples": {}}

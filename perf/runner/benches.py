"""Google Benchmarks of single stages, each run several times in random order among the others of its program.

A figure is the median of its runs, a ratio the median of the ratios of runs with the same number: a slow phase of the
machine falls on all of them.
"""

import json
import statistics
import subprocess
from pathlib import Path

from runner.native import Failed

BENCHES = ("parse_bench", "classify_bench", "stages_bench", "encode_bench", "spool_bench", "flow_bench", "radius_bench", "dhcp_bench", "session_bench", "sip_bench",
           "call_flood_bench")

# They build sets of 10,000 flows, which take a second each: 15 s a repetition; and messages of signalling in between.
REPETITIONS_MAX = {"flow_bench": 3, "radius_bench": 3, "dhcp_bench": 3, "call_flood_bench": 3}

# name, the bench above the line, the bench below it: how many times faster the first is.
RATIOS = [
    ("encode template_vs_asn1c at 1000 bytes", "template/1000", "asn1c/1000"),
    ("encode template_vs_memcpy at 1000 bytes", "template/1000", "memcpy/1000"),
    ("spool in memory vs on disk, CPU of a delivered record of 1500 octets", "spool_memory/manual_time",
     "spool_disk/manual_time"),
    ("parse_vs_touch, 4096 mixed frames", "parse/mixed/4096", "touch/mixed/4096"),
    ("parse_and_classify_vs_parse, 10 targets, none matching", "parse_classify/10", "parse_only"),
    ("parse_and_classify 1,000,000 targets vs 10", "parse_classify/1000000", "parse_classify/10"),
]


UNITS_NS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}


def rate_of(run: dict) -> float:
    """Items a second; a bench that counts none has one an iteration."""
    return run.get("items_per_second") or 1e9 / (run["cpu_time"] * UNITS_NS[run["time_unit"]])


def run_bench(program: Path, repetitions: int) -> list[dict]:
    """The single runs: name, repetition, nanoseconds of CPU time an item, and all that the bench told ("told"), its counters among it."""
    command = [str(program), f"--benchmark_repetitions={repetitions}", "--benchmark_enable_random_interleaving=true",
               "--benchmark_min_time=0.05", "--benchmark_format=json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"{program.name} ended with status {done.returncode}:\n{done.stderr}")
    runs = [run for run in json.loads(done.stdout)["benchmarks"] if run["run_type"] == "iteration"]
    for run in runs:
        if run.get("error_occurred"):
            raise Failed(f"{program.name}: {run['run_name']}: {run['error_message']}")
    runs.sort(key=lambda run: (run["family_index"], run["per_family_instance_index"], run["repetition_index"]))
    return [{"name": run["run_name"].removeprefix("bm_"), "repetition": run["repetition_index"],
             "ns": 1e9 / rate_of(run), "items_per_second": rate_of(run), "told": run} for run in runs]


def medians(runs: list[dict]) -> dict[str, float]:
    names = dict.fromkeys(run["name"] for run in runs)
    return {name: statistics.median(run["ns"] for run in runs if run["name"] == name) for name in names}


def ratio(runs: list[dict], above: str, below: str) -> float:
    """How many times the rate of `above` is that of `below`; 0 where one is missing."""
    pairs = ratios_of(runs, above, below)
    return statistics.median(pairs) if pairs else 0.0


def ratios_of(runs: list[dict], above: str, below: str) -> list[float]:
    """The rate of `above` over that of `below`, of each repetition that has both."""
    def of(name: str) -> dict[int, float]:
        return {run["repetition"]: run["ns"] for run in runs if run["name"] == name}
    first, second = of(above), of(below)
    return [second[number] / first[number] for number in first if number in second]


# Figures that are such a ratio: the program, the bench above the line, the bench below it.
FIGURES = {
    "encode_vs_memcpy": ("encode_bench", "template/1000", "memcpy/1000"),
    "spool_overhead": ("spool_bench", "spool_memory/manual_time", "spool_disk/manual_time"),
    "sip_identity_100k_vs_10": ("sip_bench", "sip_messages_100k", "sip_messages_10"),
}


# Figures that are a rate: the program, the bench.
RATES = {
    "radius_messages_per_s": ("radius_bench", "radius_messages"),
    "radius_verified_messages_per_s": ("radius_bench", "radius_verified_messages"),
    "dhcp_messages_per_s": ("dhcp_bench", "dhcp4_messages"),
    "dhcp6_messages_per_s": ("dhcp_bench", "dhcp6_messages"),
    "sip_messages_per_s": ("sip_bench", "sip_messages_100k"),
    "call_flood_messages_per_s": ("call_flood_bench", "call_flood/iterations:1820"),
}

# Figures that a bench counts: the program, the bench, its counter.
COUNTS = {"session_bytes": ("session_bench", "sessions/iterations:1000", "bytes_a_session"),
          "calls_tracked": ("sip_bench", "calls/iterations:100000", "calls_tracked")}
COUNTED = {"session_bytes": "octets", "calls_tracked": "calls"}


def program_of(key: str) -> str:
    """The bench that measures a figure."""
    return next(of[key][0] for of in (FIGURES, RATES, COUNTS) if key in of)


def rate(build: Path, key: str, repetitions: int) -> dict:
    """The items of the bench in a second of CPU time, with the middle half of the repetitions'."""
    program, name = RATES[key]
    runs = run_bench(build / "perf" / program, repetitions)
    rates = [run["items_per_second"] for run in runs if run["name"] == name]
    if len(rates) < 2:
        raise Failed(f"{program} did not run {name}")
    low, middle, high = statistics.quantiles(rates, n=4)
    return {"value": middle, "low": low, "high": high, "unit": "1/s", "details": medians(runs)}


def count(build: Path, key: str) -> dict:
    """What does not depend on time: two runs must agree."""
    program, name, counter = COUNTS[key]
    counts = {run["told"].get(counter) for run in run_bench(build / "perf" / program, 2) if run["name"] == name}
    if len(counts) != 1:
        raise Failed(f"{program} counted {sorted(counts)}")
    value = counts.pop()
    return {"value": value, "low": value, "high": value, "unit": COUNTED[key], "details": {}}


def figure(build: Path, key: str, repetitions: int) -> dict:
    """The figure as the native measurer gives one; its spread is the middle half of the repetitions' ratios."""
    if key in RATES:
        return rate(build, key, repetitions)
    if key in COUNTS:
        return count(build, key)
    program, above, below = FIGURES[key]
    runs = run_bench(build / "perf" / program, repetitions)
    ratios = ratios_of(runs, above, below)
    if len(ratios) < 2:
        raise Failed(f"{program} did not run {above} and {below}")
    low, middle, high = statistics.quantiles(ratios, n=4)
    return {"value": middle, "low": low, "high": high, "unit": "", "details": medians(runs)}


def measure(build: Path, names: list[str], repetitions: int) -> dict:
    runs = []
    for name in names:
        print(f"running {name} …", flush=True)
        runs += run_bench(build / "perf" / name, min(repetitions, REPETITIONS_MAX.get(name, repetitions)))
    ratios = {name: ratio(runs, above, below) for name, above, below in RATIOS}
    return {"runs": runs, "medians_ns": medians(runs), "ratios": {name: times for name, times in ratios.items() if times}}

"""The reference loop of lictor-perf beside the real thing: dpdk-testpmd in its forwarding mode rxonly, on the same capture.

Both are asked over their consoles how many packets they have received, and the kernel how much CPU time the receiving
thread has had: programs that share the machine then cost neither of them a packet.
"""

import json
import os
import re
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from runner.machine import go_first
from runner.native import Failed, perf_command

ROUNDS = 5
SAMPLES = 6
SAMPLE_S = 0.15
ANSWER_S = 30.0
WORKER = "rte-worker-1"  # lcore 1 of either program receives


class Console:
    """A program with a prompt, and how much CPU time its worker thread has had."""

    def __init__(self, command: list[str], prompt: str):
        self.prompt = prompt.encode()
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      preexec_fn=go_first)
        self.read()

    def read(self) -> str:
        """Everything up to the next prompt."""
        seen, end = b"", time.monotonic() + ANSWER_S
        while not seen.rstrip().endswith(self.prompt):
            ready, _, _ = select.select([self.child.stdout], [], [], max(0.0, end - time.monotonic()))
            piece = os.read(self.child.stdout.fileno(), 65536) if ready else b""
            if not piece:
                self.kill()
                raise Failed(f"{self.child.args[0]} shows no prompt:\n{seen.decode(errors='replace')[-2000:]}")
            seen += piece
        return seen.decode(errors="replace")

    def ask(self, command: str) -> str:
        self.child.stdin.write(f"{command}\n".encode())
        self.child.stdin.flush()
        return self.read()

    def worker_cpu_ns(self) -> int:
        for task in Path(f"/proc/{self.child.pid}/task").iterdir():
            if (task / "comm").read_text(encoding="ascii").strip() == WORKER:
                return int((task / "schedstat").read_text(encoding="ascii").split()[0])
        raise Failed(f"{self.child.args[0]} has no thread {WORKER}")

    def quit(self) -> None:
        try:
            self.child.communicate(b"stop\nquit\n", ANSWER_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        self.child.kill()
        self.child.wait()


def testpmd_command(capture: Path, huge: bool) -> list[str]:
    cpus = sorted(os.sched_getaffinity(0))
    memory = ["--in-memory", "--iova-mode=va"] if huge else ["--no-huge"]
    return ["stdbuf", "-oL", "dpdk-testpmd", "--no-pci", "--no-telemetry", "--no-shconf", *memory, "-m", "512",
            "--lcores", f"0@{cpus[0]},1@{cpus[-1]}", "--vdev", f"net_pcap0,rx_pcap={capture},infinite_rx=1", "--",
            "--interactive", "--forward-mode=rxonly", "--burst=32", "--total-num-mbufs=32768", "--no-flush-rx"]


def reference_command(build: Path, capture: Path, huge: bool) -> list[str]:
    return [*perf_command(build, huge), "console", "--mode", "reference", "--source", "capture", "--capture", str(capture)]


def testpmd_received(console: Console) -> int:
    return int(re.search(r"RX-packets:\s*(\d+)", console.ask("show port stats 0")).group(1))


def reference_received(console: Console) -> int:
    return json.loads(re.search(r"^\{.*\}$", console.ask("show totals"), re.MULTILINE).group(0))["received"]


def rates(console: Console, received) -> list[float]:
    """Packets a second of the worker's CPU time, a sample a time."""
    console.ask("start")
    time.sleep(SAMPLE_S)  # caches settle
    found, packets, cpu_ns = [], received(console), console.worker_cpu_ns()
    for _ in range(SAMPLES):
        time.sleep(SAMPLE_S)
        packets_now, cpu_ns_now = received(console), console.worker_cpu_ns()
        found.append((packets_now - packets) * 1e9 / (cpu_ns_now - cpu_ns))
        packets, cpu_ns = packets_now, cpu_ns_now
    console.quit()
    return found


def measure(build: Path, huge: bool) -> dict:
    """The reference loop's best rate over testpmd's best one, of rounds in turn."""
    if not shutil.which("dpdk-testpmd"):
        raise Failed("dpdk-testpmd is not installed (Debian's package dpdk-dev)")
    samples = {"testpmd": [], "reference": []}
    with tempfile.TemporaryDirectory(prefix="lictor-perf-") as folder:
        capture = Path(folder) / "traffic.pcap"
        subprocess.run([*perf_command(build, huge), "generate", "--sizes", "64", str(capture)], check=True)
        sides = [("testpmd", lambda: Console(testpmd_command(capture, huge), "testpmd>"), testpmd_received),
                 ("reference", lambda: Console(reference_command(build, capture, huge), "lictor-perf>"), reference_received)]
        for number in range(ROUNDS):
            for name, open_console, received in sides if number % 2 == 0 else reversed(sides):
                samples[name].append(rates(open_console(), received))
    best = {name: max(max(rounds) for rounds in found) for name, found in samples.items()}
    by_round = sorted(max(ours) / max(theirs) for ours, theirs in zip(samples["reference"], samples["testpmd"]))
    return {"value": best["reference"] / best["testpmd"], "low": by_round[0], "high": by_round[-1], "unit": "ratio",
            "details": {f"{name}_mpps": rate / 1e6 for name, rate in best.items()}, "samples": samples}

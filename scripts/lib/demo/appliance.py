"""The appliance in a folder of its own: configurations, start, the commands of lictorctl."""

import datetime
import json
import os
import subprocess
from pathlib import Path
from typing import Optional

from options import Refused, agency_id
from processes import Child, Children, Failed, wait_for

MBUF_DATA_BYTES = 2176
FRAME_BYTES_MAX = 9728
HUGEPAGE_MEMORY_MB = 512
START_SECONDS = 60
COPY_RING_BYTES = 8 << 20
COPIES_IN_RING = 160  # more than a burst of 32 frames with four levels each, and what stands before each copy
CONTENTS = {"both": "CONTENT_IRI_AND_CC", "iri": "CONTENT_IRI", "cc": "CONTENT_CC"}

LICTORD = """\
listen = {{ socket = "{socket}"; }};
store = {{ path = "{folder}/lictord.db"; }};
policy = {{ lab = true; }};
fleet = {{ acknowledge_wait_ms = 10000; }};
log = {{ level = "info"; }};
"""

DATAPLANE = """\
network_element_id = "NE-DEMO";
interception_point_id = "IP-DEMO";
control = "unix:{socket}";
lab = true;
eal = [ {eal} ];
ports = ( {{ name = "tap0"; device = "net_pcap0,rx_pcap={capture}"; tap_group = "demo"; leg = "both"; queues = 1; rx_descriptors = 1024; encapsulations = ["all"]; }} );
lcores = {{ rx = [1]; encoders = [2]; }};
buffers = {{ mbufs = 16384; mbuf_data_bytes = {mbuf_data_bytes}; frame_bytes_max = {frame_bytes_max}; copy_ring_bytes = {copy_ring_bytes}; backlog_bytes = 67108864; tasks_max = 4096; }};
handover = {{ threads = 1; connect_retry_min_ms = 200; connect_retry_max_ms = 2000; drain_ms = 20000; }};
replay = {{ taps = {taps}; packets = {packets}; }};
statistics = {{ file = "{folder}/statistics.json"; interval_ms = 100; }};
log = {{ level = "info"; }};
"""


class Receiver:
    """One agency's lictor-lemf."""

    def __init__(self, agency: str, out: Path, child: Child):
        self.agency, self.out, self.child = agency, out, child
        self.ports: dict = {}

    def summary(self) -> dict:
        return json.loads((self.out / "summary.json").read_text())


def eal_arguments(hugepages: bool) -> list[str]:
    """Lcores float over the CPUs that this process may use: a demo has no machine to itself. Nothing is shared with other
    DPDK processes, and no file is left; EAL spells that differently with and without hugepages."""
    cpus = ",".join(str(cpu) for cpu in sorted(os.sched_getaffinity(0)))
    memory = ["--in-memory", "--iova-mode=va"] if hugepages else ["--no-huge", "--no-shconf"]
    return ["--no-pci", "--no-telemetry", *memory, "-m", str(HUGEPAGE_MEMORY_MB), "--lcores", f"(0-2)@({cpus})"]


def check_hugepages() -> None:
    facts = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    free = int(facts["HugePages_Free"]) * int(facts["Hugepagesize"].split()[0]) // 1024
    if free < HUGEPAGE_MEMORY_MB:
        raise Refused(f"--hugepages: {free} MiB of hugepages are free, {HUGEPAGE_MEMORY_MB} are needed; as root: "
                      "echo 512 > /proc/sys/vm/nr_hugepages")


def reason_of(refusal: str) -> str:
    """What lictorctl --json says of a refusal, for a person: each field with what is wrong with it; where dataplanes refused what
    lictord took, their warnings."""
    try:
        error = json.loads(refusal)["error"]
    except ValueError:
        return refusal.strip() or "it says nothing"
    violations = [f"{one['field']}: {one['description']}" for one in error.get("violations", [])]
    return "; ".join(violations) or error["message"]


class Appliance:
    def __init__(self, build: Path, folder: Path, children: Children, stall: float):
        self.build, self.folder, self.children, self.stall = build, folder, children, stall
        self.socket = folder / "lictord.sock"
        self.dataplane: Optional[Child] = None

    def program(self, name: str) -> str:
        """Where the build put it."""
        for folder in ("control", "control/cli", "dataplane", "dataplane/agent", "encoders/lemf", "encoders/pcap"):
            if os.access(self.build / folder / name, os.X_OK) and (self.build / folder / name).is_file():
                return str(self.build / folder / name)
        raise Failed(f"{name} is not in {self.build}; has scripts/build run?")

    def run(self, name: str, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess:
        return subprocess.run([self.program(name), *arguments], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, check=False)

    def capture_tool(self, *arguments: str) -> dict:
        """lictor-capture, which answers JSON; what it refuses, it names."""
        done = self.run("lictor-capture", *arguments)
        if done.returncode == 2:
            raise Refused(done.stderr.strip().removeprefix("lictor-capture: "))
        if done.returncode != 0:
            raise Failed(f"lictor-capture {arguments[0]}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    # --- control daemon ---

    def start_lictord(self) -> None:
        config = self.folder / "lictord.conf"
        config.write_text(LICTORD.format(socket=self.socket, folder=self.folder))
        self.children.start("lictord", [self.program("lictord"), "--config", str(config)], self.folder / "lictord.log")
        wait_for("lictord", lambda: self.lictorctl("dataplane", "list", check=False).returncode == 0,
                 self.children, START_SECONDS)

    def lictorctl(self, *arguments: str, check: bool = True, stdin: str = "") -> subprocess.CompletedProcess:
        done = self.run("lictorctl", "--server", f"unix:{self.socket}", "--json", *arguments, stdin=stdin)
        if check and done.returncode == 1:
            raise Refused(reason_of(done.stderr))
        if check and done.returncode != 0:
            raise Failed(f"lictorctl {' '.join(arguments[:2])}: status {done.returncode}: {done.stderr.strip()}")
        return done

    # --- receivers ---

    def start_receiver(self, agency: str, out: Path, reading: list[str]) -> Receiver:
        out.mkdir(parents=True, exist_ok=True)
        ready = self.folder / f"ready-{agency_id(agency)}.json"
        command = [self.program("lictor-lemf"), "--hi2", "127.0.0.1:0", "--hi3", "127.0.0.1:0", "--out", str(out),
                   "--ready-file", str(ready), *reading]
        child = self.children.start(f"lictor-lemf of {agency}", command, self.folder / f"lemf-{agency_id(agency)}.log")
        receiver = Receiver(agency, out, child)
        wait_for("lictor-lemf", ready.exists, self.children, START_SECONDS)
        receiver.ports = json.loads(ready.read_text())
        return receiver

    # --- dataplane ---

    def start_dataplane(self, capture: Path, taps: int, facts: dict, hugepages: bool) -> None:
        config = self.folder / "dataplane.conf"
        frame_bytes_max = max(FRAME_BYTES_MAX, facts["longest"])
        config.write_text(DATAPLANE.format(
            socket=self.socket, folder=self.folder, capture=capture, taps=taps, packets=facts["packets"],
            mbuf_data_bytes=MBUF_DATA_BYTES, frame_bytes_max=frame_bytes_max,
            copy_ring_bytes=max(COPY_RING_BYTES, COPIES_IN_RING * frame_bytes_max),
            eal=", ".join(f'"{argument}"' for argument in eal_arguments(hugepages))))
        self.dataplane = self.children.start(
            "lictor-dataplane", [self.program("lictor-dataplane"), "--config", str(config)], self.folder / "dataplane.log")
        wait_for("lictor-dataplane attaches to lictord", self._attached, self.children, START_SECONDS)

    def _attached(self) -> bool:
        listed = json.loads(self.lictorctl("dataplane", "list").stdout)
        return any(plane.get("attached") for plane in listed.get("dataplanes", []))

    def statistics(self) -> dict:
        """The dataplane's own account; empty until the first one is written."""
        try:
            return json.loads((self.folder / "statistics.json").read_text())
        except FileNotFoundError:
            return {}

    # --- agencies and warrants ---

    def create_agency(self, receiver: Receiver) -> None:
        self.lictorctl("agency", "create", "--id", agency_id(receiver.agency), "--name", receiver.agency, "--country", "AT",
                       "--hi2", f"127.0.0.1:{receiver.ports['hi2']}", "--hi3", f"127.0.0.1:{receiver.ports['hi3']}", "--lab", "--security",
                       "plain-lab")

    def file_warrant(self, agency: str, number: int, targets: list[str], content: str) -> str:
        """The new warrant's id. Whom it is about goes through a pipe: process arguments are for everybody to read."""
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=7)
        warrant = {
            "agency_id": agency_id(agency), "liid": f"LIID-DEMO-{number:03}", "legal_reference": f"Court order {number}/2026",
            "authorising_person": "Judge A. Example", "authorization_country": "AT", "operator_id": "OPERATOR-DEMO",
            "hi1_operator_id": "DEMO", "user_label": "subscriber-0815", "internet_access_type": "INTERNET_ACCESS_TYPE_FTTX",
            "end": end.strftime("%Y-%m-%dT%H:%M:%SZ"), "content": CONTENTS[content],
            "targets": [{"selector": target} for target in targets]}
        done = self.lictorctl("warrant", "create", "--file", "-", stdin=json.dumps(warrant))
        return json.loads(done.stdout)["warrant"]["id"]

    def activate(self, warrant: str) -> dict:
        return json.loads(self.lictorctl("warrant", "activate", warrant).stdout)

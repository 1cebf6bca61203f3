"""Figures of the real processes: how soon a warrant is active with many installed, and what idling costs."""

import os
import random
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

from runner.native import Failed

TESTS = Path(__file__).resolve().parents[2] / "tests"
WARRANTS, TARGETS = 1_000, 100  # installed before the first activation that is timed
TIMED = 300
IDLE_SETTLE_S, IDLE_S = 2.0, 5.0
SCHEDSTAT_CPU_NS = 0  # the first of its fields


def use_build(build: Path) -> None:
    """tests/support can be imported from now on; it finds the programs by LICTOR_BUILD when it is."""
    os.environ["LICTOR_BUILD"] = str(build)
    if str(TESTS) not in sys.path:
        sys.path.insert(0, str(TESTS))


class Appliance:
    """lictord and one dataplane on a port on which nothing arrives, in a folder of their own."""

    def __init__(self, build: Path, folder: Path):
        use_build(build)
        from support.control import Lictord
        from support.dataplane import Dataplane
        self.folder = folder
        self.lictord = Lictord(folder)
        self.lictord.settings["log"] = {"level": "warning"}
        self.lictord.start()
        statistics = {"file": str(folder / "statistics-NE-1.json"), "interval_ms": 1000}  # the product's own interval
        self.dataplane = Dataplane(folder, self.lictord.address, [{"name": "tap0", "device": "net_ring_idle"}],
                                   log={"level": "warning"}, statistics=statistics).start()

    def stop(self) -> None:
        self.dataplane.kill()
        self.lictord.process.kill()

    def cpu_ns(self) -> int:
        """CPU time of all threads of the dataplane since they began."""
        tasks = Path(f"/proc/{self.dataplane.process.pid}/task")
        return sum(int((task / "schedstat").read_text(encoding="ascii").split()[SCHEDSTAT_CPU_NS]) for task in tasks.iterdir())


def measure_idle(build: Path) -> dict:
    """Percent of one CPU that the whole process takes with nothing tapped."""
    with tempfile.TemporaryDirectory(prefix="lictor-perf-") as folder:
        appliance = Appliance(build, Path(folder))
        try:
            appliance.dataplane.wait_statistics(lambda statistics: True, "the dataplane reports")
            time.sleep(IDLE_SETTLE_S)
            samples, cpu_ns, wall = [], appliance.cpu_ns(), time.monotonic()
            for _ in range(int(IDLE_S)):
                time.sleep(1)
                cpu_ns_now, wall_now = appliance.cpu_ns(), time.monotonic()
                samples.append((cpu_ns_now - cpu_ns) / (wall_now - wall) / 1e7)
                cpu_ns, wall = cpu_ns_now, wall_now
        finally:
            appliance.stop()
    ordered = sorted(samples)
    return {"value": ordered[len(ordered) // 2], "low": ordered[0], "high": ordered[-1], "unit": "%", "details": {},
            "samples": {"percent": samples}}


class Provisioner:
    """An agency, and warrants on random hosts, by a gRPC client made from proto/ alone."""

    def __init__(self, folder: Path, address: str, lemf):
        from support.grpc_client import Client
        self.client = Client(address)
        self.random = random.Random(2026)
        types = self.client.types
        in_the_clear = types.DeliveryProfile(security=types.HANDOVER_SECURITY_PLAIN_LAB)
        agency = self.client.agency.Agency(id="lea", name="LEA", country_code="AT", profile=in_the_clear, destinations=[
            types.Destination(id=f"hi{number}", interface=number - 1, lab=True,
                              endpoints=[types.Endpoint(host="127.0.0.1", port=port)])
            for number, port in ((2, lemf.hi2), (3, lemf.hi3))])
        self.client.agencies.CreateAgency(self.client.agency.CreateAgencyRequest(agency=agency))
        self.end = (datetime.now(timezone.utc) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def host(self) -> str:
        """A public IPv4 address: the first octet is nobody's special range."""
        return ".".join(map(str, (self.random.randrange(20, 90), *(self.random.randrange(1, 255) for _ in range(3)))))

    def file(self, number: int, targets: int = TARGETS) -> str:
        """The id of a warrant on so many hosts."""
        return self.file_selectors([f"ipv4:{self.host()}" for _ in range(targets)], number)

    def file_selectors(self, selectors: list[str], number: int = 0) -> str:
        """The id of a warrant on these targets."""
        types, warrant = self.client.types, self.client.warrant
        request = warrant.Warrant(
            agency_id="lea", liid=f"PERF-{number}", legal_reference="REF-1", authorising_person="Judge A. Example",
            authorization_country="AT", operator_id="OP1", user_label="perf",
            internet_access_type=types.INTERNET_ACCESS_TYPE_LAN, end=self.end, content=types.CONTENT_IRI_AND_CC,
            targets=[types.TargetSpec(selector=selector) for selector in selectors])
        return self.client.warrants.CreateWarrant(warrant.CreateWarrantRequest(warrant=request)).warrant.id

    def activate(self, identity: str, dataplanes: int = 1) -> None:
        reply = self.client.warrants.ActivateWarrant(self.client.warrant.ActivateWarrantRequest(id=identity))
        if reply.dataplanes_acknowledged != dataplanes:
            raise Failed(f"an activation was acknowledged by {reply.dataplanes_acknowledged} dataplanes: {list(reply.warnings)}")


def measure_activation(build: Path) -> dict:
    """Milliseconds from the RPC to its answer, which comes when the dataplane has acknowledged: the 99th of 100."""
    with tempfile.TemporaryDirectory(prefix="lictor-perf-") as folder:
        appliance = Appliance(build, Path(folder))
        from support.receiver import Lemf
        lemf = Lemf(Path(folder))
        try:
            lemf.start()
            appliance.dataplane.wait_statistics(lambda statistics: True, "the dataplane reports")
            provisioner = Provisioner(Path(folder), appliance.lictord.address, lemf)
            for number in range(WARRANTS):
                provisioner.activate(provisioner.file(number))
            filed = [provisioner.file(WARRANTS + number) for number in range(TIMED)]
            times_ms = []
            for identity in filed:
                before = time.perf_counter()
                provisioner.activate(identity)
                times_ms.append((time.perf_counter() - before) * 1e3)
        finally:
            appliance.stop()
            if lemf.process is not None:
                lemf.process.kill()
    ordered = sorted(times_ms)
    at = lambda percent: ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
    return {"value": at(99), "low": at(50), "high": ordered[-1], "unit": "ms", "samples": {"ms": times_ms},
            "details": {"median_ms": at(50), "targets_before": WARRANTS * TARGETS, "timed": TIMED}}


def measure(build: Path, key: str) -> dict:
    return measure_activation(build) if key == "activation_p99_ms" else measure_idle(build)

"""lictor-dataplane as a fixture: its configuration, its statistics, its end."""

import json
import signal
from pathlib import Path
from typing import Optional

from support.environment import program
from support.libconfig import to_libconfig
from support.process import Process
from support.sums import is_at_rest, problems_of
from support.waiting import BOUND_S

# Three roles on two cores: control and handover beside, one rx lcore, one encoder lcore.
EAL = ["--no-pci", "--no-huge", "--no-shconf", "--no-telemetry", "-m", "512", "--lcores", "(0-2)@(0-1)"]
# The same with two rx lcores that a spreader receives for.
SPREAD = {"lcores": {"rx": [1, 2], "spreaders": [3], "encoders": [4]}, "eal": EAL[:-1] + ["(0-4)@(0-1)"]}

# Of a replay, which waits for room. What the defaults have is touched, octet by octet, at each start, which costs more than most
# tests do.
REPLAY_BUFFERS = {"backlog_bytes": 8 << 20, "mbufs": 6144}


def pcap_port(capture, name: str = "tap0", **more) -> dict:
    return {"name": name, "device": f"net_pcap_{name},rx_pcap={capture}", "tap_group": "core", "leg": "both", **more}


def live_port(interface: str, name: str = "tap0", **more) -> dict:
    return {"name": name, "device": f"net_af_xdp_{name},iface={interface}", "tap_group": "core", "leg": "both",
            "rx_descriptors": 4096, **more}


class Dataplane:
    """One network element. Its statistics file survives its end; start() again is a new incarnation."""

    def __init__(self, folder: Path, control: str, ports: list[dict], element: str = "NE-1", replay: Optional[dict] = None,
                 prefix: Optional[list] = None, **settings):
        self.folder = folder
        self.prefix = prefix  # what runs it, as with another clock
        self.element = element
        self.statistics_file = folder / f"statistics-{element}.json"
        self.settings = {
            "network_element_id": element,
            "interception_point_id": "IP1",
            "control": control,
            "lab": True,
            "eal": EAL,
            "ports": ports,
            "lcores": {"rx": [1], "encoders": [2]},
            "handover": {"connect_retry_min_ms": 50, "connect_retry_max_ms": 500, "drain_ms": 30000},
            "statistics": {"file": str(self.statistics_file), "interval_ms": 100},
            "log": {"level": "debug"},
            **settings,
        }
        if replay:
            self.settings.update({"replay": replay, "buffers": {**REPLAY_BUFFERS, **settings.get("buffers", {})}})
        self.process: Optional[Process] = None

    def start(self) -> "Dataplane":
        self.statistics_file.unlink(missing_ok=True)
        config = self.folder / f"dataplane-{self.element}.conf"
        config.write_text(to_libconfig(self.settings), encoding="utf-8")
        self.process = Process(f"dataplane-{self.element}", [program("lictor-dataplane"), "--config", config], self.folder,
                               self.prefix)
        return self

    def statistics(self) -> dict:
        """The newest; empty before the first."""
        try:
            return json.loads(self.statistics_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}

    def wait_statistics(self, holds, what: str, bound_s: float = BOUND_S) -> dict:
        """The first statistics for which `holds` does."""
        def check():
            statistics = self.statistics()
            return statistics if statistics and holds(statistics) else None
        return self.process.wait_until(check, what, bound_s)

    def wait_replayed(self, bound_s: float = BOUND_S) -> dict:
        return self.wait_statistics(lambda statistics: statistics["replay_complete"],
                                    f"{self.element} has replayed its capture", bound_s)

    def wait_delivered(self, bound_s: float = BOUND_S) -> dict:
        """Everything that was copied so far is confirmed."""
        return self.wait_statistics(lambda statistics: is_at_rest(statistics) and not problems_of(statistics),
                                    f"{self.element} is at rest and its sums hold", bound_s)

    def wait_tasks(self, count: int, state: str = "active") -> dict:
        return self.wait_statistics(lambda statistics: len(tasks_in(statistics, state)) >= count,
                                    f"{self.element} holds {count} {state} tasks")

    def stop(self, bound_s: float = BOUND_S) -> dict:
        """SIGTERM: the last statistics, whose sums hold."""
        status = self.process.stop(bound_s)
        if status:
            raise AssertionError(f"{self.process.name} ended with {status}\n{self.process.log_tail()}")
        statistics = self.statistics()
        problems = problems_of(statistics)
        if problems:
            raise AssertionError(f"the sums do not hold: {problems}\n{json.dumps(statistics, indent=1)}")
        return statistics

    def kill(self) -> None:
        self.process.kill()

    def freeze(self) -> None:
        self.process.signal(signal.SIGSTOP)


def tasks_in(statistics: dict, state: str) -> list[dict]:
    """Tasks in a state, however the state is spelt: "active", "TAP_STATE_ACTIVE"."""
    return [task for task in statistics.get("tasks", []) if str(task["state"]).lower().endswith(state)]


def task_of(statistics: dict, xid: str) -> dict:
    found = [task for task in statistics["tasks"] if task["xid"] == xid]
    if len(found) != 1:
        raise AssertionError(f"{len(found)} tasks are called {xid}")
    return found[0]

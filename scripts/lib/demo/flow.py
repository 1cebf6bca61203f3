"""The demo's flow: adapt, start, file and activate, replay, end, drain, account."""

import json
import os
import time
from pathlib import Path

import show
from account import faults_of, losses_of, make_account
from appliance import Appliance, Receiver, check_hugepages
from compare import can_compare, compare
from options import DEMO_TARGETS
from processes import Children, Failed, wait_for

STATUS_DELIVERED, STATUS_FAILED, STATUS_DROPPED = 0, 1, 3
ENDED = ("TAP_STATE_ENDED", 4)
RESULTS = ("hi2.ber", "hi3.ber", "records.jsonl", "content.pcapng", "summary.json", "stats.json")


class Flow:
    def __init__(self, options, folder: Path, children: Children):
        self.options, self.folder, self.children = options, folder, children
        self.out: Path = options.out or folder / "out"
        build = Path(os.environ["LICTOR_BUILD"])
        self.appliance = Appliance(build, folder, children, options.stall)
        self.receivers: list[Receiver] = []
        self.warrants: dict[str, dict] = {}  # by agency

    def run(self) -> int:
        if self.options.hugepages:
            check_hugepages()
        show.banner()
        capture, facts = self._prepare_capture()
        self._start(capture, facts)
        self._activate()
        self._replay(facts)
        self._end()
        account = self._stop_and_account(facts)
        return self._judge(capture, account)

    # --- before ---

    def _prepare_capture(self) -> tuple[Path, dict]:
        """The Ethernet capture that the port replays, and what is known of it."""
        source = self.options.pcap
        if source is None:
            source = self.folder / "generated.pcap"
            targets = [argument for selector in DEMO_TARGETS for argument in ("--target", selector.partition(":")[2])]
            self.appliance.capture_tool("generate", "--out", str(source), "--packets", str(self.options.packets),
                                        "--seed", "2026", "--match-percent", "20", *targets)
        capture = self.folder / "capture.pcap"
        facts = self.appliance.capture_tool("adapt", str(source), str(capture))
        if facts["packets"] == 0:
            raise Failed(f"{source}: holds no packets")
        show.capture(source if self.options.pcap else None, facts)
        return capture, facts

    def _start(self, capture: Path, facts: dict) -> None:
        several = len(self.options.agencies) > 1
        for folder in [self.out] + [self.out / name for name in self.options.agencies]:
            for name in RESULTS:
                (folder / name).unlink(missing_ok=True)
        reading = []
        if self.options.slow_bps is not None:
            reading = ["--slow-bps", str(self.options.slow_bps)]
            if self.options.slow_bytes is not None:
                reading += ["--slow-bytes", str(self.options.slow_bytes)]
        self.appliance.start_lictord()
        show.step("lictord", "holds the warrants; listens on a Unix socket")
        for name in self.options.agencies:
            out = self.out / name if several else self.out
            self.receivers.append(self.appliance.start_receiver(name, out, reading))
            show.step("lictor-lemf", f"{name} listens for HI2 and HI3")
        self.appliance.start_dataplane(capture, len(self.options.agencies), facts, self.options.hugepages)
        show.step("lictor-dataplane", "attached; its port has the capture and waits for the warrants")

    def _activate(self) -> None:
        for number, receiver in enumerate(self.receivers, 1):
            self.appliance.create_agency(receiver)
            identity = self.appliance.file_warrant(receiver.agency, number, self.options.targets, self.options.content)
            show.filed(receiver.agency, self.options.targets)
            reply = self.appliance.activate(identity)
            self.warrants[receiver.agency] = reply["warrant"]
            show.activated(reply)

    # --- replay ---

    def _replay(self, facts: dict) -> None:
        started = time.monotonic()
        progress = show.Progress(facts["packets"])

        def delivered() -> bool:
            statistics = self.appliance.statistics()
            progress.update(statistics)
            records = statistics.get("records", {})
            open_records = sum(int(records.get(key, 0)) for key in ("in_rings", "in_spool"))
            return bool(statistics.get("replay_complete")) and open_records == 0

        wait_for("replay", delivered, self.children, self.options.stall, self._moving)
        progress.finish(time.monotonic() - started)

    def _moving(self) -> object:
        """What changes as long as anything moves."""
        statistics = self.appliance.statistics()
        received = [receiver.out.joinpath(name).stat().st_size for receiver in self.receivers
                    for name in ("hi2.ber", "hi3.ber") if receiver.out.joinpath(name).exists()]
        return statistics.get("packets"), statistics.get("records"), received

    # --- after ---

    def _end(self) -> None:
        for warrant in self.warrants.values():
            self.appliance.lictorctl("warrant", "end", warrant["id"])

        def drained() -> bool:
            tasks = self.appliance.statistics().get("tasks", [])
            return bool(tasks) and all(task["state"] in ENDED for task in tasks)

        wait_for("delivery of the last records", drained, self.children, self.options.stall, self._moving)
        show.step("warrant", "ended; all that was copied has been delivered")

    def _stop_and_account(self, facts: dict) -> dict:
        self._stop_child(self.appliance.dataplane)
        for receiver in self.receivers:
            self.children.forget(receiver.child)
            if receiver.child.stop() not in (0, 1):  # 1: it saw errors, which its summary tells
                raise Failed(f"{receiver.child.name} ended badly:\n{receiver.child.tail()}")
        self.children.stop_all()
        owners = {xid: agency for agency, warrant in self.warrants.items() for xid in warrant["xids"]}
        summaries = {receiver.agency: receiver.summary() for receiver in self.receivers}
        account = make_account(self.appliance.statistics(), owners, self.options.agencies, facts, summaries)
        (self.out / "stats.json").write_text(json.dumps(account, indent=2) + "\n")
        return account

    def _stop_child(self, child) -> None:
        self.children.forget(child)
        status = child.stop()
        if status != 0:
            raise Failed(f"{child.name} ended with status {status}:\n{child.tail()}")

    def _judge(self, capture: Path, account: dict) -> int:
        show.received(self.receivers)
        faults = faults_of(account, self.appliance.statistics())
        obstacle = can_compare(account["packets"]["received"])
        if self.options.content != "iri" and not obstacle:
            for receiver in self.receivers:
                comparison = compare(capture, self.options.targets, receiver.out / "content.pcapng")
                show.comparison(receiver.agency, comparison)
                faults += [f"{receiver.agency}: {comparison.first_difference}"] if comparison.first_difference else []
        losses = losses_of(account)
        show.verdict(account, faults, losses, obstacle, self.options.out)
        if faults:
            return STATUS_FAILED
        return STATUS_DROPPED if losses else STATUS_DELIVERED

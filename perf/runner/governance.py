"""Figures of lictord with a full house: how soon an order is in force, how soon a daemon that died has told everybody, and
how soon one change reaches fifteen hundred dataplanes. Store, audit log and signatures are the product's own."""

import asyncio
import functools
import multiprocessing
import os
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

from runner import desks
from runner.appliance import Provisioner, use_build
from runner.native import Failed

WARRANTS, TARGETS = 10_000, 10  # active before anything is timed
TIMED = 300
STARTS = 3
STREAMS, CHANGES = 1_500, 20
TASKS_MAX = 12_000  # the dataplane's: the house and what is timed
POLL_S = 0.1  # each look costs lictord some of what is measured
WAIT_S = 120


def lictord_in(folder: Path):
    from support.control import Lictord
    lictord = Lictord(folder)
    lictord.settings["log"] = {"level": "warning"}
    return lictord


def dataplane_in(folder: Path, lictord):
    """It takes what lictord signed, and nothing else."""
    from support.dataplane import Dataplane
    dataplane = Dataplane(folder, lictord.address, [{"name": "tap0", "device": "net_ring_idle"}],
                          buffers={"tasks_max": TASKS_MAX}, log={"level": "warning"},
                          statistics={"file": str(folder / "statistics-NE-1.json"), "interval_ms": 1000})
    dataplane.settings["control"] = {"address": lictord.address, "directive_keys": [str(folder / "directives.key.pub")]}
    return dataplane


def element(client):
    """What lictord knows of the one dataplane; None before it knows any."""
    found = client.fleets.ListDataplanes(client.fleet.ListDataplanesRequest()).dataplanes
    return found[0] if found else None


def wait(condition, what: str) -> None:
    end = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > end:
            raise Failed(f"waited {WAIT_S} s for this: {what}")
        time.sleep(POLL_S)


def complete(client, taps: int):
    """The condition that the dataplane is attached, and copies for each tap. Listing them costs as much as telling them: they
    are not listed while more is acknowledged from one look to the next."""
    seen = [0]

    def holds() -> bool:
        try:
            now = element(client)
            before = seen[0]
            seen[0] = now.acknowledged_generation if now is not None and now.attached else 0
            if seen[0] == 0 or seen[0] != before:
                return False
            held = client.fleets.ListTaps(client.fleet.ListTapsRequest(network_element_id="NE-1")).taps
        except client.grpc.RpcError:
            return False  # lictord does not serve yet
        return len(held) == taps and all(one.state == client.fleet.TAP_STATE_ACTIVE for one in held)

    return holds


def activate_timed(provisioner: Provisioner) -> list[float]:
    filed = [provisioner.file(WARRANTS + number, TARGETS) for number in range(TIMED)]
    times_ms = []
    for identity in filed:
        before = time.perf_counter()
        provisioner.activate(identity)
        times_ms.append((time.perf_counter() - before) * 1e3)
    return times_ms


def start_timed(folder: Path, lictord, dataplane, client) -> float:
    """Seconds from lictord's exec to a dataplane, new and holding nothing, that has all and acknowledged it."""
    dataplane.kill()
    lictord.process.kill()
    dataplane.start()  # it tries to attach, and goes on trying
    wait(lambda: "attach" in dataplane.process.log() or dataplane.statistics_file.exists(), "the dataplane runs")
    before = time.perf_counter()
    lictord.start()
    wait(complete(client, WARRANTS + TIMED), "the dataplane is complete")
    return time.perf_counter() - before


@functools.cache
def full_house(build: Path) -> dict:
    """Both figures of one house: it takes a minute to fill."""
    use_build(build)
    from support.receiver import Lemf
    with tempfile.TemporaryDirectory(prefix="lictor-perf-") as name:
        folder = Path(name)
        lictord = lictord_in(folder)
        dataplane = dataplane_in(folder, lictord)
        lemf = Lemf(folder)
        try:
            lemf.start()
            lictord.start()
            provisioner = Provisioner(folder, lictord.address, lemf)
            began = time.monotonic()
            for number in range(WARRANTS):
                provisioner.activate(provisioner.file(number, TARGETS), dataplanes=0)
            filled_s = time.monotonic() - began
            dataplane.start()
            client = provisioner.client
            wait(complete(client, WARRANTS), "the dataplane has the whole house")
            activations = activate_timed(provisioner)
            starts = [start_timed(folder, lictord, dataplane, client) for _ in range(STARTS)]
        finally:
            for process in (dataplane, lictord, lemf):
                if process.process is not None:
                    process.process.kill()
    return {"activations_ms": activations, "starts_s": starts, "filled_s": filled_s}


def measure_activation(build: Path) -> dict:
    house = full_house(build)
    ordered = sorted(house["activations_ms"])
    at = lambda percent: ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
    return {"value": at(99), "low": at(50), "high": ordered[-1], "unit": "ms", "samples": {"ms": house["activations_ms"]},
            "details": {"median_ms": at(50), "warrants": WARRANTS, "targets": WARRANTS * TARGETS, "filled_s": house["filled_s"]}}


def measure_start(build: Path) -> dict:
    starts = sorted(full_house(build)["starts_s"])
    return {"value": starts[len(starts) // 2], "low": starts[0], "high": starts[-1], "unit": "s", "samples": {"s": starts},
            "details": {"warrants": WARRANTS + TIMED, "starts": len(starts)}}


class Elements:
    """Dataplanes as lictord sees them: each has attached, and acknowledges what it is told."""

    def __init__(self, client, address: str):
        import grpc.aio
        self.pb, self.directives = client.fleet, client.directive
        # A connection carries no more than a hundred calls at a time.
        self.channels = [grpc.aio.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])
                         for _ in range((STREAMS + 99) // 100)]
        self.stubs = [client.services("fleet").FleetServiceStub(channel) for channel in self.channels]
        self.streams: list = []
        self.told = 0  # elements that were told of a tap since the count began
        self.all_told = asyncio.Event()

    async def attach(self) -> None:
        for number in range(STREAMS):
            stream = self.stubs[number % len(self.stubs)].Attach()
            self.streams.append(stream)
            await stream.write(self.pb.DataplaneMessage(hello=self.pb.Hello(
                network_element_id=f"NE-{number}", interception_point_id="IP1", incarnation=os.urandom(16), lab=True)))
        for stream in self.streams:
            while (await stream.read()).WhichOneof("kind") != "in_sync":
                pass
        self.readers = [asyncio.create_task(self.follow(stream)) for stream in self.streams]

    async def follow(self, stream) -> None:
        while True:
            message = await stream.read()
            if message.WhichOneof("kind") != "directive":
                continue
            if not message.directive.signature:
                raise Failed("a directive came unsigned")
            directive = self.directives.Directive.FromString(message.directive.directive)
            if directive.WhichOneof("kind") == "tap":
                self.told += 1
                if self.told == STREAMS:
                    self.all_told.set()
            await stream.write(self.pb.DataplaneMessage(acknowledgement=self.pb.Acknowledgement(
                generation=directive.generation, result=self.pb.DIRECTIVE_RESULT_APPLIED)))

    async def change(self, activate) -> tuple[float, float]:
        """Milliseconds from the call to the last element that was told, and to the call's answer."""
        self.told = 0
        self.all_told.clear()
        before = time.perf_counter()
        answered = asyncio.create_task(asyncio.to_thread(activate))
        await asyncio.wait_for(self.all_told.wait(), WAIT_S)
        told = time.perf_counter() - before
        reply = await answered
        if reply.dataplanes_acknowledged != STREAMS:
            raise Failed(f"{reply.dataplanes_acknowledged} of {STREAMS} acknowledged")
        return told * 1e3, (time.perf_counter() - before) * 1e3


async def change_all(provisioner: Provisioner, address: str, tell) -> None:
    """Tells the times of each change, as Elements.change() answers them. Ending takes as long as it likes, or for ever."""
    elements = Elements(provisioner.client, address)
    await elements.attach()
    types = provisioner.client.warrant
    times = []
    for number in range(CHANGES):
        request = types.ActivateWarrantRequest(id=provisioner.file(number, TARGETS))
        times.append(await elements.change(lambda: provisioner.client.warrants.ActivateWarrant(request)))
    tell(times)


def change_alone(build: Path, folder: Path, address: str, ports: tuple[int, int], pipe) -> None:
    use_build(build)
    try:
        provisioner = Provisioner(folder, address, SimpleNamespace(hi2=ports[0], hi3=ports[1]))
        asyncio.run(change_all(provisioner, address, pipe.send))
    except Failed as failed:
        pipe.send(str(failed))


def times_of(*arguments) -> list[tuple[float, float]]:
    """In a process of its own, which is killed: the thread that polls for grpc.aio outlives its loop, stands in the way of later calls,
    and may keep its process from ending."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=change_alone, args=(*arguments, theirs))
    process.start()
    theirs.close()
    try:
        found = ours.recv() if ours.poll(CHANGES * WAIT_S) else "the process that measures does not answer"
    except EOFError as error:
        raise Failed("the process that measures ended") from error
    finally:
        process.kill()
        process.join()
    if isinstance(found, str):
        raise Failed(found)
    return found


def measure_fanout(build: Path) -> dict:
    """The slowest of CHANGES activations: from the call to the last of STREAMS streams that has it, signed."""
    use_build(build)
    from support.receiver import Lemf
    with tempfile.TemporaryDirectory(prefix="lictor-perf-") as name:
        folder = Path(name)
        lictord = lictord_in(folder)
        lemf = Lemf(folder)
        try:
            lemf.start()
            lictord.start()
            times = times_of(build, folder, lictord.address, (lemf.hi2, lemf.hi3))
        finally:
            for process in (lictord, lemf):
                if process.process is not None:
                    process.process.kill()
    told = sorted(one for one, _ in times)
    return {"value": told[-1], "low": told[0], "high": told[-1], "unit": "ms", "samples": {"ms": told},
            "details": {"median_ms": told[len(told) // 2], "answered_ms": max(one for _, one in times), "streams": STREAMS}}


MEASURERS = {"control_activate_p99_ms": measure_activation, "control_cold_start_s": measure_start,
             "control_fanout_1500_ms": measure_fanout, "control_foreign_look_us": desks.measure}


def measure(build: Path, key: str) -> dict:
    return MEASURERS[key](build)

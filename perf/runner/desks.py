"""What time tells a person of one desk about another's warrants: a look at one of them beside a look at none, in turn, and a list
with and without a thousand of them."""

import os
import statistics
import tempfile
import time
import uuid
from pathlib import Path
from types import SimpleNamespace

from runner.appliance import Provisioner, use_build
from runner.native import Failed

LOOKS, LISTS = 2_000, 50
FOREIGN, TARGETS = 1_000, 1
REACH_S = 10


def office_of(lictord, name: str, desk: str) -> None:
    """Whoever measures is this person from now on."""
    if lictord.process is not None:
        lictord.process.stop()
    lictord.settings["access"] = {"people": [{"uid": os.getuid(), "name": name, "roles": ["operator", "approver"], "desks": [desk]}]}
    lictord.start()


def reach(client) -> None:
    """Behind a restart a channel's first call meets the connection that ended with the former process."""
    end = time.monotonic() + REACH_S
    while True:
        try:
            client.warrants.ListWarrants(client.warrant.ListWarrantsRequest())
            return
        except client.grpc.RpcError as error:
            if error.code() != client.grpc.StatusCode.UNAVAILABLE or time.monotonic() > end:
                raise Failed(f"lictord does not answer: {error.code()}") from error
        time.sleep(0.1)


def refused_us(client, identity: str) -> float:
    before = time.perf_counter()
    try:
        client.warrants.GetWarrant(client.warrant.GetWarrantRequest(id=identity))
    except client.grpc.RpcError as error:
        took = (time.perf_counter() - before) * 1e6
        if error.code() == client.grpc.StatusCode.NOT_FOUND:
            return took
    raise Failed("a warrant was shown that is another desk's or none")


def listed_us(client) -> float:
    """The median of some, each of one warrant: his own."""
    times = []
    for _ in range(LISTS):
        before = time.perf_counter()
        found = client.warrants.ListWarrants(client.warrant.ListWarrantsRequest()).warrants
        times.append((time.perf_counter() - before) * 1e6)
        if len(found) != 1:
            raise Failed(f"{len(found)} warrants are shown")
    return statistics.median(times)


def measure(build: Path) -> dict:
    use_build(build)
    from support.control import Lictord
    with tempfile.TemporaryDirectory(prefix="lictor-perf-") as name:
        lictord = Lictord(Path(name))
        lictord.settings["log"] = {"level": "warning"}
        lictord.settings["policy"]["desks"] = True
        try:
            office_of(lictord, "red", "red")
            provisioner = Provisioner(Path(name), lictord.address, SimpleNamespace(hi2=9, hi3=9))  # where nobody listens
            provisioner.file(0, TARGETS)
            alone = listed_us(provisioner.client)
            office_of(lictord, "blue", "blue")
            reach(provisioner.client)
            foreign = [provisioner.file(1 + number, TARGETS) for number in range(FOREIGN)]
            office_of(lictord, "red", "red")
            reach(provisioner.client)
            pairs = [(refused_us(provisioner.client, foreign[number % FOREIGN]), refused_us(provisioner.client, str(uuid.uuid4())))
                     for number in range(LOOKS)]
            beside = listed_us(provisioner.client)
        finally:
            if lictord.process is not None:
                lictord.process.kill()
    differences = sorted(one - other for one, other in pairs)
    at = lambda part: differences[int(part * (len(differences) - 1))]
    return {"value": at(0.5), "low": at(0.25), "high": at(0.75), "unit": "us", "samples": {"us": differences},
            "details": {"absent_us": statistics.median(other for _, other in pairs), "looks": LOOKS, "list_alone_us": alone,
                        "list_beside_us": beside, "foreign": FOREIGN}}

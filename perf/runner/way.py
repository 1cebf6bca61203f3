"""The whole way, all processes real: lictord, a dataplane with an encrypted spool on disk, and lictor-lemf as the agency."""

import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

TARGET = "192.0.2.77"
DRAIN_MS = 30_000
STOP_S = 60.0


class Way:
    """In a folder of its own. Nothing is copied before order()."""

    def __init__(self, folder: Path, ports: list, tls: bool = False, integrity: bool = False, lemf: tuple = (), **settings):
        from support.certificates import Authority
        from support.control import Lictord
        from support.dataplane import Dataplane
        from support.receiver import Lemf
        self.folder, self.tls, self.integrity = folder, tls, integrity
        ca = Authority(folder, "ca")
        own, receiver = ca.issue("dataplane", "DNS:dataplane.example.org"), ca.issue("receiver")
        options = ["--discard", *lemf]
        if tls:
            options += ["--tls-certificate", receiver.path, "--tls-key", receiver.key, "--tls-ca", ca.path]
        self.lemf = Lemf(folder, options=tuple(options))
        self.lictord = Lictord(folder)
        self.lictord.settings["log"] = {"level": "warning"}
        credential = {"name": "default", "certificate": str(own.path), "key": str(own.key), "ca": str(ca.path)}
        self.lictord.start()
        self.lemf.start()
        self.dataplane = Dataplane(folder, self.lictord.address, ports, log={"level": "warning"},
                                   handover={"drain_ms": DRAIN_MS, "credentials": [credential]},
                                   spool={"directory": str(folder / "spool")}, **settings).start()

    def order(self) -> None:
        """Content of TARGET from now on."""
        from support.grpc_client import Client
        client = Client(self.lictord.address)
        types, warrant = client.types, client.warrant
        profile = types.DeliveryProfile(
            security=types.HANDOVER_SECURITY_TLS if self.tls else types.HANDOVER_SECURITY_PLAIN_LAB,
            integrity=types.IntegrityProfile(on=self.integrity))
        agency = client.agency.Agency(id="lea", name="LEA", country_code="AT", profile=profile, destinations=[
            types.Destination(id=f"hi{number}", interface=number - 1, lab=True, endpoints=[types.Endpoint(host="127.0.0.1", port=port)])
            for number, port in ((2, self.lemf.hi2), (3, self.lemf.hi3))])
        client.agencies.CreateAgency(client.agency.CreateAgencyRequest(agency=agency))
        end = (datetime.now(timezone.utc) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        request = warrant.Warrant(
            agency_id="lea", liid="PERF-1", legal_reference="REF-1", authorising_person="Judge A. Example", authorization_country="AT",
            operator_id="OP1", user_label="perf", internet_access_type=types.INTERNET_ACCESS_TYPE_LAN, end=end,
            content=types.CONTENT_CC, targets=[types.TargetSpec(selector=f"ipv4:{TARGET}")])
        made = client.warrants.CreateWarrant(warrant.CreateWarrantRequest(warrant=request)).warrant.id
        client.warrants.ActivateWarrant(warrant.ActivateWarrantRequest(id=made))

    def wait_confirmed(self, records: int) -> None:
        self.dataplane.wait_statistics(lambda statistics: statistics["records"]["confirmed"] > records, "records are confirmed")

    def later(self, before: dict) -> dict:
        """The first statistics that are newer."""
        return self.dataplane.wait_statistics(lambda statistics: statistics["taken_unix_ns"] > before["taken_unix_ns"], "statistics")

    def during(self, seconds: float) -> tuple[float, list[dict]]:
        """All statistics of so long; the seconds between the first and the last."""
        found = [self.dataplane.statistics()]
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            found.append(self.later(found[-1]))
        return (found[-1]["taken_unix_ns"] - found[0]["taken_unix_ns"]) / 1e9, found

    def stop(self) -> dict:
        """The last statistics, after everything is delivered."""
        statistics = self.dataplane.stop(STOP_S)
        if self.lemf.stop():
            from runner.native import Failed
            raise Failed("the receiver found something wrong with what it received")
        return statistics

    def kill(self) -> None:
        for process in (self.dataplane.process, self.lemf.process, self.lictord.process):
            if process is not None:
                process.kill()


def dropped(statistics: dict) -> int:
    """Packets and records that were lost inside of the dataplane."""
    return sum(statistics["packets"]["drops"].values()) + sum(statistics["records"]["drops"].values())

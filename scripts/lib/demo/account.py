"""stats.json: the fate of every packet and every record, in all and for each agency, and whether the sums hold."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests"))

from support.sums import problems_of  # noqa: E402

PACKET_KEYS = ("offered", "received", "unmatched", "matched", "truncated", "inner_damaged", "too_deep")
# Fates of packets that somebody ordered: no losses.
WANTED_DROPS = ("excluded", "duplicate")
RECORD_KEYS = ("matched", "events", "appended", "aggregated", "recovered", "confirmed", "unconfirmed", "in_spool", "in_rings")


def _records(source: dict) -> dict:
    part = {key: int(source.get(key, 0)) for key in RECORD_KEYS}
    for key in ("given_up", "drops"):
        part[key] = {reason: int(count) for reason, count in source.get(key, {}).items()}
    return part


def _add(into: dict, part: dict) -> None:
    for key, value in part.items():
        if isinstance(value, dict):
            for reason, count in value.items():
                into[key][reason] = into[key].get(reason, 0) + count
        else:
            into[key] += value


def make_account(statistics: dict, owners: dict[str, str], agencies: list[str], capture: dict, summaries: dict) -> dict:
    """`owners` says which agency an XID belongs to; `summaries` is what each receiver found."""
    packets = {key: int(statistics["packets"].get(key, 0)) for key in PACKET_KEYS}
    packets["drops"] = {reason: int(count) for reason, count in statistics["packets"].get("drops", {}).items()}
    by_agency = {name: {"records": _records({})} for name in agencies}
    for task in statistics.get("tasks", []):
        _add(by_agency[owners[task["xid"]]]["records"], _records(task["records"]))
    for name, summary in summaries.items():
        by_agency[name]["receiver"] = {interface: summary[interface] for interface in ("hi2", "hi3")}
    return {"capture": capture, "packets": packets, "records": _records(statistics["records"]),
            "ports": statistics.get("ports", []), "agencies": by_agency}


def faults_of(account: dict, statistics: dict) -> list[str]:
    """What must not be: sums that do not hold, records undelivered, errors at a receiver. Empty: all is well."""
    faults = problems_of(statistics)
    if account["capture"]["packets"] != account["packets"]["received"]:
        faults.append(f"the capture has {account['capture']['packets']} packets, {account['packets']['received']} were received")
    for key in ("unconfirmed", "in_spool", "in_rings"):
        if account["records"][key]:
            faults.append(f"{account['records'][key]} records {key}")
    for key in RECORD_KEYS:
        total = sum(part["records"][key] for part in account["agencies"].values())
        if total != account["records"][key]:
            faults.append(f"{key}: {total} of all agencies is not {account['records'][key]} in all")
    for name, part in account["agencies"].items():
        faults += _receiver_faults(name, part["records"], part["receiver"])
    return faults


def _receiver_faults(agency: str, records: dict, receiver: dict) -> list[str]:
    """Where what the agency's receiver counted is not what the dataplane says that it delivered."""
    received = receiver["hi2"]["iri"] + receiver["hi2"]["hi1"] + receiver["hi3"]["cc"]
    faults = []
    if received != records["confirmed"]:
        faults.append(f"{agency}: {records['confirmed']} records are confirmed, its receiver counts {received}")
    for interface, counts in receiver.items():
        faults += [f"{agency}: its receiver counts {counts[key]} {key} on {interface.upper()}"
                   for key in ("errors", "gaps", "repeats") if counts[key]]
    return faults


def losses_of(account: dict) -> list[str]:
    """What was dropped on the way, with reasons, for a person."""
    unwanted = {reason: count for reason, count in account["packets"]["drops"].items() if reason not in WANTED_DROPS}
    parts = [("packets dropped", unwanted), ("records dropped", account["records"]["drops"]),
             ("records given up", account["records"]["given_up"])]
    losses = [f"{sum(counts.values())} {what}: " + ", ".join(f"{reason} {count}" for reason, count in counts.items() if count)
              for what, counts in parts if sum(counts.values())]
    for port in account["ports"]:
        losses += [f"{port[key]} packets missed by port {port['name']}: {key}"
                   for key in ("imissed", "ierrors", "nombuf") if port[key]]
    return losses

"""stats.json: the fate of every packet and every record, in all and for each agency, and whether the sums hold."""

PACKET_KEYS = ("offered", "received", "unmatched", "matched", "truncated")
RECORD_KEYS = ("matched", "events", "appended", "confirmed", "unconfirmed", "in_spool", "in_rings")


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
        by_agency[name]["receiver"] = {key: summary[key] for key in ("hi2", "hi3")}
    return {"capture": capture, "packets": packets, "records": _records(statistics["records"]),
            "ports": statistics.get("ports", []), "agencies": by_agency}


def _record_sums(name: str, records: dict) -> list[tuple[str, int, int]]:
    return [
        (f"{name}: matched + events = appended + drops + in rings", records["matched"] + records["events"],
         records["appended"] + sum(records["drops"].values()) + records["in_rings"]),
        (f"{name}: appended = confirmed + unconfirmed + in spool + given up", records["appended"],
         records["confirmed"] + records["unconfirmed"] + records["in_spool"] + sum(records["given_up"].values())),
    ]


def sums_of(account: dict) -> list[tuple[str, int, int]]:
    """(what, left, right) of every sum that must hold, the receivers' own counts among them."""
    packets, records = account["packets"], account["records"]
    sums = []
    for port in account["ports"]:
        fates = sum(int(port.get(key, 0)) for key in ("received", "imissed", "ierrors", "nombuf", "idle"))
        sums.append((f"port {port['name']}: offered = received + missed + errors + no buffer + idle",
                     int(port.get("offered", 0)), fates))
    sums.append(("packets of the capture = packets received", account["capture"]["packets"], packets["received"]))
    sums.append(("packets: received = unmatched + matched + drops", packets["received"],
                 packets["unmatched"] + packets["matched"] + sum(packets["drops"].values())))
    sums += _record_sums("records", records)
    for key in RECORD_KEYS:
        sums.append((f"{key} of all agencies = {key}",
                     sum(part["records"][key] for part in account["agencies"].values()), records[key]))
    for name, part in account["agencies"].items():
        sums += _record_sums(name, part["records"])
        if "receiver" in part:
            received = part["receiver"]["hi2"]["iri"] + part["receiver"]["hi2"]["hi1"] + part["receiver"]["hi3"]["cc"]
            sums.append((f"{name}: confirmed = received by the agency", part["records"]["confirmed"], received))
    return sums


def faults_of(account: dict) -> list[str]:
    """What must not be: sums that do not hold, records undelivered, errors at a receiver. Empty: all is well."""
    faults = [f"{what}: {left} is not {right}" for what, left, right in sums_of(account) if left != right]
    for key in ("unconfirmed", "in_spool", "in_rings"):
        if account["records"][key]:
            faults.append(f"records: {account['records'][key]} {key}")
    for name, part in account["agencies"].items():
        for interface, counts in part.get("receiver", {}).items():
            faults += [f"{name}: its receiver counts {counts[key]} {key} on {interface.upper()}"
                       for key in ("errors", "gaps", "repeats") if counts.get(key)]
    return faults


def losses_of(account: dict) -> list[str]:
    """What was dropped on the way, with reasons, for a person."""
    parts = [("packets dropped", account["packets"]["drops"]), ("records dropped", account["records"]["drops"]),
             ("records given up", account["records"]["given_up"])]
    losses = [f"{sum(counts.values())} {what}: " + ", ".join(f"{reason} {count}" for reason, count in counts.items() if count)
              for what, counts in parts if sum(counts.values())]
    for port in account["ports"]:
        losses += [f"{port[key]} packets missed by port {port['name']}: {key}"
                   for key in ("imissed", "ierrors", "nombuf") if int(port.get(key, 0))]
    return losses

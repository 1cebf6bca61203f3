"""The sums of DESIGN 6.2 over a dataplane's statistics: every packet and every record has exactly one fate."""

RECORD_FIELDS = ("matched", "events", "appended", "aggregated", "recovered", "confirmed", "unconfirmed", "in_spool", "in_rings")


def problems_of(statistics: dict) -> list[str]:
    """What does not add up in statistics that were taken at rest; empty where all does."""
    found = []
    for port in statistics["ports"]:
        fates = sum(port[name] for name in ("received", "imissed", "ierrors", "nombuf", "idle"))
        _equal(found, f"port {port['name']}: offered", port["offered"], "its fates", fates)
    packets = statistics["packets"]
    _equal(found, "packets.received", packets["received"], "unmatched + matched + drops",
           packets["unmatched"] + packets["matched"] + sum(packets["drops"].values()))
    for name in ("offered", "received"):
        _equal(found, f"packets.{name}", packets[name], "the ports'", sum(port[name] for port in statistics["ports"]))
    _records(found, "records", statistics["records"])
    for task in statistics["tasks"]:
        _records(found, f"task {task['xid']}", task["records"])
    return found


def is_at_rest(statistics: dict) -> bool:
    """Nothing is under way: rings and spools are empty."""
    records = statistics["records"]
    return records["in_rings"] == 0 and records["in_spool"] == 0


def _records(found: list[str], what: str, records: dict) -> None:
    _equal(found, f"{what}: matched + events", records["matched"] + records["events"], "appended + aggregated + drops + in_rings",
           records["appended"] + records["aggregated"] + sum(records["drops"].values()) + records["in_rings"])
    _equal(found, f"{what}: appended + recovered", records["appended"] + records["recovered"],
           "confirmed + unconfirmed + in_spool + given_up",
           records["confirmed"] + records["unconfirmed"] + records["in_spool"] + sum(records["given_up"].values()))


def _equal(found: list[str], left: str, left_value: int, right: str, right_value: int) -> None:
    if left_value != right_value:
        found.append(f"{left} = {left_value}, but {right} = {right_value}")

"""Who may include whom (DESIGN, "The walls"). Meson holds the DPDK wall; this holds the inner ones, and both again as text."""

import re

import tree

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

# A folder and what it may include of this project besides itself; the longest matching folder decides.
ALLOWED = {
    "dataplane/base": [],
    "dataplane/packet": ["dataplane/base", "proto"],
    "dataplane/pattern": ["dataplane/base", "dataplane/packet"],
    "dataplane/trust": ["dataplane/base", "proto"],
    "dataplane/session": ["dataplane/base", "dataplane/packet", "proto"],
    "encoders": ["dataplane/base", "dataplane/packet", "proto"],
    "dataplane": ["encoders", "proto"],
    "control": ["dataplane/base", "dataplane/trust", "proto"],
    "tests": ["dataplane", "encoders", "control", "proto"],
    "perf": ["dataplane", "encoders", "proto"],
}

# System headers that belong to some folders only.
ROOMS = {
    "DPDK": (re.compile(r"^rte_"), ("dataplane/", "perf/", "tests/unit/dataplane/")),
    "gRPC": (re.compile(r"^grpc"), ("control/", "dataplane/agent/", "tests/unit/control/", "tests/unit/dataplane/agent/")),
    "SQL": (re.compile(r"^(SQLiteCpp/|sqlite3)"), ("control/store/", "tests/unit/control/")),
    "Hyperscan": (re.compile(r"^hs"), ("dataplane/pattern/", "tests/unit/dataplane/pattern/", "tests/fuzz/")),
    "libpcap": (re.compile(r"^pcap"), ("encoders/pcap/", "perf/", "tests/unit/encoders/", "tests/unit/dataplane/packet/",
                                     "tests/unit/dataplane/session/")),
}
DPDK_FREE = ("dataplane/base/", "dataplane/packet/", "dataplane/pattern/", "dataplane/session/", "dataplane/trust/")


def _home(path: str) -> str:
    """The folder of ALLOWED that a file or an include belongs to; generated headers of proto/ have no folder of their own."""
    if path.startswith("lictor/v1/"):
        return "proto"
    homes = [folder for folder in ALLOWED if path.startswith(folder + "/")]
    return max(homes, key=len, default="")


def _may_include(home: str, target: str) -> bool:
    if home == "" or target == "" or home == target:
        return True
    return any(target == allowed or target.startswith(allowed + "/") or
               (allowed == "dataplane" and target.startswith("dataplane"))
               for allowed in ALLOWED[home] + ([] if home != "dataplane" else ["dataplane"]))


def _system_finding(path: str, header: str) -> str:
    for name, (pattern, rooms) in ROOMS.items():
        if pattern.search(header) and not path.startswith(rooms):
            return f"{name} header <{header}> outside {', '.join(rooms)}"
    if header.startswith("rte_") and path.startswith(DPDK_FREE):
        return f"DPDK header <{header}> in a DPDK-free folder"
    if header.startswith("rte_") and path.endswith(".h"):
        return f"DPDK header <{header}> in a header: forward-declare instead"
    return ""


def includes(path: str) -> list[tuple[int, str, str]]:
    """(line, bracket, header) of each include of a file."""
    found = []
    for number, line in enumerate(tree.lines(path), 1):
        match = INCLUDE.match(line)
        if match:
            found.append((number, match.group(1), match.group(2)))
    return found


def check_walls() -> list[str]:
    """A folder includes only what stands to its left, and DPDK, gRPC and SQL stay in their rooms."""
    findings = []
    for path in tree.cxx():
        for number, bracket, header in includes(path):
            finding = _system_finding(path, header)
            if finding:
                findings.append(f"{path}:{number}: {finding}")
            elif bracket == '"' and not _may_include(_home(path), _home(header)):
                findings.append(f"{path}:{number}: {_home(path)} may not include {header}")
            elif bracket == '"' and header.startswith("tests/") and not path.startswith(("tests/", "perf/")):
                findings.append(f"{path}:{number}: the product includes {header}")
    return findings


def check_include_paths() -> list[str]:
    """Own headers are named from the source root, so that the walls can be read off them."""
    findings = []
    for path in tree.cxx():
        for number, bracket, header in includes(path):
            if bracket == '"' and header.startswith("."):
                findings.append(f"{path}:{number}: {header} is relative; name it from the source root")
    return findings


def check_include_cycles() -> list[str]:
    """No header includes itself by way of others."""
    graph = {path: [header for _, bracket, header in includes(path) if bracket == '"' and header in tree.files()]
             for path in tree.ending(".h")}
    findings, state = [], {}

    def visit(path: str, trail: tuple[str, ...]) -> None:
        if state.get(path) == "open":
            findings.append("include cycle: " + " -> ".join(trail[trail.index(path):] + (path,)))
        if path in state:
            return
        state[path] = "open"
        for header in graph.get(path, []):
            visit(header, trail + (path,))
        state[path] = "done"

    for path in graph:
        visit(path, ())
    return findings

"""What must not stand in the tree: things left lying, places of one machine, hosts of others, addresses of real people."""

import glob
import ipaddress
import re

import tree

# Put together from parts, so that this file does not find itself.
LEFT_LYING = [
    (re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b"), "left lying"),
    (re.compile(r"\bnot impl" r"emented\b|\bfor n" r"ow\b", re.I), "left lying"),
    (re.compile(r"\b(issue|ticket) ?#?\d+\b|\b(this|next|earlier|previous) sess" r"ion('s work)?\b(?! of| is| key)", re.I),
     "talks of how it was made"),
    (re.compile(r"\b(Cla" r"ude|Chat" r"GPT|Co" r"pilot|large language mo" r"del)\b|\bA" r"I[- ]generated", re.I),
     "talks of how it was made"),
    (re.compile(r"(?<![\w.$}/])/(wo" r"rk|fa" r"rm|ro" r"ot|ho" r"me)/\w"), "a path of one machine"),
]
TEMPORARY = re.compile(r"(?<![\w.$}])/tm" r"p/[a-z]")

IPV4 = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.]*\d)")
MODULE_IDENTIFIER = re.compile(r"^5\.[1-9]\.")  # TS 102 232's relative object identifiers look like addresses
IPV6 = re.compile(r"(?<![\w:.])([0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F:]*)(?![\w:])")
DOCUMENTATION = [ipaddress.ip_network(text) for text in
                 ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "127.0.0.0/8", "::1/128",
                  "0.0.0.0/32", "::/128", "255.0.0.0/8", "fe80::/10", "ff00::/8", "224.0.0.0/4")]

# Where addresses are made up, by path or by ending …
MADE_UP = ("tests/", "perf/", "scripts/", "encoders/pcap/", "encoders/lemf/")
# … except for what is about other ranges, and why.
ABOUT_ADDRESSES = {
    "tests/unit/control/": "the policy's tests",
    "tests/e2e/": "refusals of private targets",
    "scripts/lib/checks/words.py": "this check",
}
URL = re.compile(r"https?://([\w.-]+)")
URL_HOSTS = re.compile(r"(^|\.)(example\.(org|com|net)|invalid|localhost)$")


def _readable() -> list[str]:
    return [path for path in tree.files() if tree.text(path) and "/corpus/" not in path]


def check_words() -> list[str]:
    """Nothing is left lying, and nothing tells of the machine or the way it was made on."""
    findings = []
    for path in _readable():
        for number, line in enumerate(tree.lines(path), 1):
            for pattern, why in LEFT_LYING:
                if pattern.search(line):
                    findings.append(f"{path}:{number}: {why}: {pattern.search(line).group(0)}")
            if TEMPORARY.search(line) and not path.startswith("tests/"):
                findings.append(f"{path}:{number}: a fixed place in a shared folder: {line.strip()[:80]}")
    return findings


def _package_hosts() -> set[str]:
    """The hosts that this machine installs packages from: they are nobody else's business."""
    hosts = set()
    for source in glob.glob("/etc/apt/sources.list") + glob.glob("/etc/apt/sources.list.d/*"):
        with open(source, encoding="utf-8", errors="replace") as stream:
            hosts.update(URL.findall(stream.read()))
    return hosts


def check_hosts() -> list[str]:
    """No script or test names a host outside example.org, and no file one that packages come from."""
    findings, package_hosts = [], _package_hosts()
    for path in _readable():
        for number, line in enumerate(tree.lines(path), 1):
            for host in URL.findall(line):
                if path.startswith(("scripts/", "tests/", ".ci/", "perf/")) and not URL_HOSTS.search(host):
                    findings.append(f"{path}:{number}: names the host {host}")
            findings += [f"{path}:{number}: names a package host" for host in package_hosts if host in line]
    return findings


def _addresses(line: str) -> list[str]:
    found = []
    for pattern in (IPV4, IPV6):
        for text in pattern.findall(line):
            if MODULE_IDENTIFIER.match(text):
                continue
            try:
                address = ipaddress.ip_address(text)
            except ValueError:
                continue  # a version number, a time of day
            if not any(address in network for network in DOCUMENTATION if network.version == address.version):
                found.append(text)
    return found


def check_addresses() -> list[str]:
    """Addresses in tests, tools and documents are those that RFC 5737 and RFC 3849 keep for documentation."""
    findings = []
    for path in _readable():
        if path.startswith(tuple(ABOUT_ADDRESSES)) or not (path.startswith(MADE_UP) or path.endswith(".md")):
            continue
        for number, line in enumerate(tree.lines(path), 1):
            findings += [f"{path}:{number}: {text} is nobody's documentation address" for text in _addresses(line)]
    return findings

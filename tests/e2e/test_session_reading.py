"""Every RADIUS, DHCP and PPPoE capture: the sessions that the trackers find are those of an independent reading of it by tshark."""

import re
import subprocess
import unittest
from collections import Counter

from support.captures import index
from support.environment import captures_folder, program
from support.session_reference import READERS, Found, readings
from support.tshark_rows import tshark

PROTOCOLS = {"radius": "radius", "dhcp": "dhcp", "dhcpv6": "dhcpv6", "pppoed": "pppoe", "pppoes": "pppoe"}  # as in INDEX.tsv

# Sessions that the trackers alone find, and why.
EXCEPTIONS: dict[str, tuple[list[Found], str]] = {
    "radius/nDPI__fuzz-2020-02-16-11740.pcap": (
        [Found("radius", "3033313134383030373336336f30693240776c616e2e6d6e633438b02e6d63633331312e336770706e6574776f726b2e6f7267", "", 154, 0)],
        "frame 154's UDP length was made longer than its packet; the RADIUS message in it is whole, and tshark calls the frame malformed")}


def protocols_of(row: dict) -> list[str]:
    words = set(re.findall(r"[a-z0-9]+", row["protocols"]))
    return sorted({reader for word, reader in PROTOCOLS.items() if word in words})


def sessions_of(path, parties: set[str]) -> list[Found]:
    """What the trackers find, where these are believed."""
    done = subprocess.run([program("session_reading"), str(path)], input="".join(f"{party}\n" for party in sorted(parties)),
                          stdout=subprocess.PIPE, text=True, check=True, timeout=120)
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    return [Found(protocol, name, addresses, int(begun), int(ended)) for protocol, name, addresses, begun, ended in lines]


class SessionReading(unittest.TestCase):
    def test_sessions_of_captures_are_those_of_an_independent_reading(self):
        if not tshark():
            self.skipTest("needs tshark")
        folder, different, totals = captures_folder(), {}, Counter()
        rows = [row for row in index(folder) if protocols_of(row)]
        read = {protocol: readings(protocol, [folder / row["file"] for row in rows if protocol in protocols_of(row)]) for protocol in READERS}
        for row in rows:
            path = folder / row["file"]
            those = [read[protocol][path] for protocol in protocols_of(row)]
            foreign = sorted(found for reading in those for found in reading.ledger.all())
            own = sorted(sessions_of(path, set().union(*(reading.parties for reading in those))))
            counts = Counter(found.protocol for found in foreign)
            totals += counts
            alone, reason = EXCEPTIONS.get(row["file"], ([], ""))
            is_right = own == sorted(foreign + alone)
            verdict = ("same but for one: " + reason if alone else "same") if is_right else "differs"
            listed = ", ".join(f"{count} {protocol}" for protocol, count in sorted(counts.items())) or "no session"
            print(f"        {row['file']}: {listed}: {verdict}")
            if not is_right:
                different[row["file"]] = {"ours alone": sorted(set(own) - set(foreign)), "tshark's alone": sorted(set(foreign) - set(own))}
        print(f"        {dict(totals)}")
        for name, text in different.items():
            print(f"        {name}: {text}")
        self.assertEqual(different, {})
        for protocol in ("radius", "dhcp4", "dhcp6", "pppoe"):
            self.assertGreater(totals[protocol], 0, protocol)


if __name__ == "__main__":
    unittest.main()

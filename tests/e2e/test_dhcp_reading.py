"""Every DHCP message of the public captures: our parsers read the same in it as tshark does."""

import ipaddress
import re
import subprocess
import unittest
from collections import Counter, defaultdict
from pathlib import Path

from support.captures import index
from support.environment import captures_folder, program
from support.tshark_rows import rows_of_each, tshark

DHCP4 = {"op": "dhcp.type", "type": "dhcp.option.dhcp", "xid": "dhcp.id", "ciaddr": "dhcp.ip.client", "yiaddr": "dhcp.ip.your",
         "giaddr": "dhcp.ip.relay", "chaddr": "dhcp.hw.mac_addr", "requested": "dhcp.option.requested_ip_address",
         "lease": "dhcp.option.ip_address_lease_time", "server": "dhcp.option.dhcp_server_id", "host": "dhcp.option.hostname",
         "circuit": "dhcp.option.agent_information_option.agent_circuit_id",
         "remote": "dhcp.option.agent_information_option.agent_remote_id",
         "subscriber": "dhcp.option.agent_information_option.subscriber_id"}
DHCP6 = {"type": "dhcpv6.msgtype", "xid": "dhcpv6.xid", "link": "dhcpv6.linkaddr", "peer": "dhcpv6.peeraddr",
         "duid": "dhcpv6.duid.bytes", "interface": "dhcpv6.interface_id", "remote": "dhcpv6.remoteid_enterprise_id",
         "iaid": "dhcpv6.iaid", "iata": "dhcpv6.iata", "address": "dhcpv6.iaaddr.ip", "valid": "dhcpv6.iaaddr.valid_lifetime",
         "prefix": "dhcpv6.iaprefix.pref_addr", "bits": "dhcpv6.iaprefix.pref_len",
         "prefix_valid": "dhcpv6.iaprefix.valid_lifetime"}
RELAYS = {"12", "13"}


def _spelled(name: str, text: str) -> str:
    """One value of tshark's in our spelling."""
    if name in ("ciaddr", "yiaddr", "giaddr", "requested", "server", "link", "peer", "address", "prefix"):
        return ipaddress.ip_address(text).packed.hex()
    if name in ("xid", "iaid", "iata"):
        return f"{int(text, 16):08x}"
    if name in ("host", "subscriber"):
        return text.encode().hex()
    if name in ("chaddr", "circuit", "remote", "duid", "interface"):
        return text.replace(":", "")
    return text


def _foreign(names: dict[str, str], values: list[str]) -> dict[str, list[str]]:
    reading = {name: sorted(_spelled(name, value) for value in text.split(",")) for name, text in zip(names, values) if text}
    if "type" in reading and names is DHCP6:
        reading["type"] = [value for value in reading["type"] if value not in RELAYS]
    if "chaddr" in reading:
        first = dict(zip(names, values))["chaddr"].split(",")[0]  # another may be in the client identifier
        reading["chaddr"] = [_spelled("chaddr", first)]
    return reading


def _own(line: str) -> dict[str, list[str]]:
    reading = defaultdict(list)
    for word in line.split():
        name, value = word.split("=")
        reading[name].append(value)
    return {name: sorted(values) for name, values in reading.items()}


def _datagrams(paths: list[Path], version: int) -> dict[Path, list[tuple[str, dict[str, list[str]], bool]]]:
    """Of each capture each datagram with tshark's reading, and whether tshark finds fault with it or it was cut."""
    names = DHCP4 if version == 4 else DHCP6
    protocol = "dhcp" if version == 4 else "dhcpv6"
    fields = ("udp.payload", "_ws.expert.severity", "frame.len", "frame.cap_len", *names.values())
    return {path: [(payload, _foreign(names, values), bool(severity) or length != captured)
                   for _, (payload, severity, length, captured, *values) in those if payload]
            for path, those in rows_of_each(paths, fields, "a", "-Y", protocol).items()}


class DhcpReading(unittest.TestCase):
    def _compare(self, version: int, wanted: int) -> None:
        if not tshark():
            self.skipTest("needs tshark")
        folder, reader = captures_folder(), program("dhcp_reading")
        count, differences, kinds = 0, {}, Counter()
        protocol = "dhcp" if version == 4 else "dhcpv6"
        paths = [folder / row["file"] for row in index(folder) if re.search(rf"\b{protocol}\b", row["protocols"])]
        for path, datagrams in _datagrams(paths, version).items():
            text = "".join(f"{version} {payload.replace(':', '')}\n" for payload, _, _ in datagrams)
            done = subprocess.run([reader], input=text, capture_output=True, text=True, check=True, timeout=60)
            for number, (line, (_, foreign, damaged)) in enumerate(zip(done.stdout.splitlines(), datagrams)):
                own = _own(line)
                reading, damage = own.pop("reading")[0], own.pop("damage", ["0"])[0]
                count += 1
                kinds[reading] += 1
                # What tshark doubts we may doubt too; what nobody doubts reads the same.
                excused = reading == "other_type" or (damaged and (reading != "message" or damage != "0"))
                if own != foreign and not excused:
                    differences[f"{path.relative_to(folder)} {number}"] = f"{reading}: {_difference(own, foreign)}"
        print(f"        {count} datagrams, {dict(kinds)}, {len(differences)} differ")
        for name, text in differences.items():
            print(f"        {name}: {text}")
        self.assertEqual(differences, {})
        self.assertGreaterEqual(kinds["message"], wanted)

    def test_dhcpv4_messages_of_captures_are_read_as_tshark_reads_them(self):
        self._compare(4, wanted=50)

    def test_dhcpv6_messages_of_captures_are_read_as_tshark_reads_them(self):
        self._compare(6, wanted=30)


def _difference(own: dict, foreign: dict) -> dict:
    return {name: (own.get(name), foreign.get(name)) for name in sorted(own.keys() | foreign.keys())
            if own.get(name) != foreign.get(name)}


if __name__ == "__main__":
    unittest.main()

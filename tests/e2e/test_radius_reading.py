"""Every RADIUS message of the public captures: our parser reads the same in it as tshark does."""

import ipaddress
import re
import subprocess
import unittest
from typing import NamedTuple

from support.environment import captures_folder, program
from support.tshark_rows import rows_of_each, tshark

RADIUS_FILES = ("radius/*.pcap", "captured-here/radius_*.pcap", "pppoe-l2tp/arkime__arkime_synthetic.pcap")
# tshark has the same attribute from several dictionaries, under several names.
# Texts stand last: a line break in one ends the row that tshark prints.
RADIUS_FIELDS = ("udp.payload", "radius.length", "_ws.malformed", "radius.code", "radius.id", "radius.Acct_Status_Type",
                 "radius.Framed-IP-Address", "radius.Framed_IPv6_Prefix", "radius.Delegated_IPv6_Prefix",
                 "radius.Framed_IPv6_Address", "radius.User_Name", "radius.Acct_Session_Id")
DATAGRAM = re.compile("([0-9a-f]{2})+")  # one, and none that another quotes
NO_ADDRESS = {"", "0.0.0.0", "255.255.255.255", "255.255.255.254"}
PREFIXES_MAX = 4


class Reading(NamedTuple):
    code: str
    id: str
    status: str
    ipv4: str
    prefixes: str
    delegated: str
    ipv6: str
    user: str
    session: str


def prefixes(words: str) -> str:
    """"reserved, bits, octets" in hexadecimal, several between commas, as texts; without what is none."""
    texts = []
    for value in filter(None, words.split(",")):
        octets = bytes.fromhex(value)
        bits, rest = octets[1], octets[2:]
        if 0 < bits <= 128 and (bits + 7) // 8 <= len(rest) <= 16:
            texts.append(str(ipaddress.ip_network((rest.ljust(16, b"\0"), bits), strict=False)))
    return ",".join(texts[:PREFIXES_MAX])


def first(words: str) -> str:
    return words.split(",")[0]


def theirs(fields: list[str]) -> Reading:
    code, identifier, status, ipv4, framed, delegated, ipv6, user, session = fields
    addresses = [address for address in ipv4.split(",") if address not in NO_ADDRESS]
    return Reading(first(code), first(identifier), first(status), addresses[0] if addresses else "", prefixes(framed),
                   prefixes(delegated), ",".join(ipv6.split(",")[:PREFIXES_MAX]), user, session)


def ours(line: str) -> Reading:
    *numbers, user, session = line.split("\t")
    return Reading(*numbers, *(bytes.fromhex(text).decode("latin-1") for text in (user, session)))


def is_plain(words: str) -> bool:
    """tshark shows other letters in its own way."""
    return all(" " <= letter <= "~" and letter not in "\\," for letter in words)


def differences(mine: Reading, other: Reading) -> list[str]:
    names = [name for name in Reading._fields if is_plain(mine.user + mine.session) or name not in ("user", "session")]
    return [f"{name} {getattr(mine, name)} for {getattr(other, name)}" for name in names
            if getattr(mine, name) != getattr(other, name)]


class RadiusReading(unittest.TestCase):
    def test_what_is_read_in_public_captures_is_what_another_dissector_reads(self):
        if not tshark():
            self.skipTest("needs tshark")
        folder = captures_folder()
        files = sorted(path for pattern in RADIUS_FILES for path in folder.glob(pattern))
        rows = rows_of_each(files, RADIUS_FIELDS, "a", "-Y", "radius && udp")
        found = [(path.name, row) for path, those in rows.items() for _, row in those if DATAGRAM.fullmatch(row[0])]
        payloads = "".join(row[0] + "\n" for _, row in found)
        done = subprocess.run([program("radius_reading")], input=payloads, stdout=subprocess.PIPE, text=True, check=True, timeout=60)
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), len(found))
        read, refused, wrong = 0, 0, []
        for line, (name, (payload, length, malformed, *fields)) in zip(lines, found):
            if line.startswith("error"):
                refused += 1
                broken = malformed or int(first(length) or 0) > len(payload) // 2 or int(first(length) or 0) < 20
                wrong += [] if broken else [f"{name}: refused {fields[:2]}"]
                continue
            read += 1
            if not malformed:
                wrong += [f"{name} {fields[:2]}: {what}" for what in differences(ours(line), theirs(fields))]
        print(f"        {len(files)} captures, {read} messages read, {refused} refused as broken")
        self.assertEqual(wrong, [])
        self.assertGreater(read, 50)

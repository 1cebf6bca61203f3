"""Two desks, two agencies, one target: what each sees is the same whether the other exists or not."""

import base64
import itertools
import json
import re
import uuid
from typing import Iterator

from support.bench import from_now
from support.control import Lictord
from support.dataplane import pcap_port
from support.frames import conversation, write_pcap
from support.live import PEER, TARGET
from support.people import PeopleTest
from support.waiting import wait_for

PACKETS = 200
# What differs between any two runs: moments, and how a line's octets were cut into calls.
CHANCE = re.compile(r"(unix_ns|_ms|sent_calls|^revision|^start|^end|^incarnation|^id|^keepalives_\w+|^sent_bytes|^confirmed_bytes)$")
XID_OCTETS = re.compile(r"[A-Za-z0-9+/]{22}==")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def uuid_text(xid: str) -> str:
    """Statistics have its octets in Base64."""
    return str(uuid.UUID(bytes=base64.b64decode(xid))) if XID_OCTETS.fullmatch(xid) else xid


def without_chance(answer, numbers: Iterator[int]):
    """The same with what two runs do not share left out: identities are numbered as they come, so who is whom stays."""
    known: dict[str, int] = {}

    def named(match: re.Match) -> str:
        if match[0] not in known:
            known[match[0]] = next(numbers)
        return f"ID-{known[match[0]]}"

    def cleared(value):
        if isinstance(value, dict):
            return {key: uuid_text(one) if key == "xid" else cleared(one) for key, one in value.items() if not CHANCE.search(key)}
        return [cleared(one) for one in value] if isinstance(value, list) else value

    return json.loads(UUID.sub(named, json.dumps(cleared(answer))))


class TwoDesks(PeopleTest):
    people = {
        "rita": (["operator", "approver"], ["red"]),
        "rolf": (["operator", "approver"], ["red"]),
        "bela": (["operator", "approver"], ["blue"]),
        "bert": (["operator", "approver"], ["blue"]),
        "nora": (["auditor"], []),
        "olga": (["auditor"], ["*"]),
    }
    clerks = {"reni": "red-agency"}
    policy = {"desks": True, "four_eyes": True}

    def active(self, desk: tuple[str, str], agency: str, liid: str) -> str:
        filer, approver = desk
        warrant = self.file_warrant(filer, agency, liid, "ipv4:192.0.2.7")
        self.done(filer, "warrant", "submit", warrant)
        waiting = self.done(approver, "warrant", "preview", warrant)
        self.assertEqual(waiting["targets"][0]["other_warrants"], 0, "nobody else's warrant is counted")
        self.done(approver, "warrant", "approve", warrant, *self.entry(waiting))
        self.done(approver, "warrant", "activate", warrant)
        return warrant


class Desks(TwoDesks):
    def setUp(self) -> None:
        super().setUp()
        self.make_agency("rita", "red-agency")
        self.make_agency("bela", "blue-agency")

    def view(self, name: str) -> list[str]:
        """What he is answered, octet for octet."""
        return [self.as_(name, *words).stdout for words in (("warrant", "list"), ("tap", "list"), ("alarm", "list"), ("dataplane", "list"))]

    def test_each_sees_the_same_with_and_without_the_other(self):
        red = self.active(("rita", "rolf"), "red-agency", "LIID-RED")
        self.done("rita", "warrant", "suspend", red)  # an alarm stands: to be reviewed
        alone = self.view("rolf")
        self.assertIn("reduction_unreviewed", alone[2])
        blue = self.active(("bela", "bert"), "blue-agency", "LIID-BLUE")
        self.done("bela", "warrant", "suspend", blue)
        self.assertEqual(self.view("rolf"), alone)
        for name, sees in (("rita", {red}), ("bert", {blue}), ("nora", set()), ("olga", {red, blue})):
            listed = {warrant["id"] for warrant in self.done(name, "warrant", "list").get("warrants", [])}
            self.assertEqual(listed, sees, name)
        self.assertIn(red, self.done("olga", "alarm", "list")["alarms"][-1]["text"])

    def test_anothers_warrant_answers_as_one_that_never_was(self):
        blue = self.active(("bela", "bert"), "blue-agency", "LIID-BLUE")
        never = str(uuid.uuid4())
        for words in (("show",), ("payload-key", "--output", "/nonexistent/key"), ("submit",), ("preview",), ("reject",), ("activate",), ("suspend",),
                      ("resume",), ("review",), ("end",), ("revoke",), ("modify", "--content", "iri")):
            command, options = words[0], words[1:]
            said = [self.refused("rita", "warrant", command, identity, *options) for identity in (blue, never)]
            self.assertEqual(said[0], said[1], command)
            self.assertIn("NOT_FOUND", said[0].upper(), command)
        self.assertEqual(self.state("bert", blue), "WARRANT_STATE_ACTIVE")

    def test_nobody_files_for_another_desk(self):
        self.assertIn("warrant.desk", self.refused("rita", "warrant", "create", "--agency", "red-agency", "--liid", "LIID-X", "--reference", "R",
                                                   "--authorised-by", "J", "--country", "AT", "--operator", "OP1", "--user-label", "u",
                                                   "--access-type", "lan", "--end", from_now(3600), "--content", "both", "--target",
                                                   "ipv4:192.0.2.7", "--desk", "blue"))


class DesksWithTraffic(TwoDesks):
    """Two appliances and the same packets: in the second one the other desk has a warrant, too, on the same target."""

    elements = ("NE-1",)

    def test_what_a_desk_and_its_agency_see_and_receive_is_the_same_with_and_without_the_other(self):
        alone = self.observed(beside=False)
        self.lictord.process.stop()
        folder = self.folder / "second"
        folder.mkdir(mode=0o755)
        self.lictord = self._own(Lictord(folder))
        self.open_office()
        beside = self.observed(beside=True)
        self.maxDiff = None
        for what, seen in alone.items():
            self.assertEqual(beside[what], seen, what)

    def observed(self, beside: bool) -> dict:
        """What rolf of the red desk, its agency's clerk and its receiver have, each by a name."""
        name = "beside" if beside else "alone"
        red_lemf, blue_lemf = self.lemf(f"red-{name}"), self.lemf(f"blue-{name}")
        self.make_agency("rita", "red-agency", red_lemf)
        self.make_agency("bela", "blue-agency", blue_lemf)
        red = self.active(("rita", "rolf"), "red-agency", "LIID-RED")
        if beside:
            self.active(("bela", "bert"), "blue-agency", "LIID-BLUE")
        capture = self.folder / f"{name}.pcap"
        packets = write_pcap(capture, conversation(TARGET, PEER, PACKETS))
        dataplane = self.dataplane([pcap_port(capture)], replay={"taps": 2 if beside else 1, "packets": packets})
        dataplane.settings["control"] = self.lictord.address
        dataplane.start()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        wait_for(lambda: self.is_told("rolf"), "lictord knows that everything is confirmed")
        seen = self.asked("rolf", red)
        dataplane.stop()
        self.assertEqual([red_lemf.stop(), blue_lemf.stop()], [0, 0])
        self.assertEqual(len(blue_lemf.contents()), PACKETS if beside else 0)
        seen["content"] = [one._replace(cin=0) for one in red_lemf.contents()]
        seen["HI2"] = red_lemf.hi2_stream().kinds(b"LIID-RED")
        return seen

    def is_told(self, name: str) -> bool:
        taps = self.done(name, "tap", "list").get("taps", [])
        return bool(taps) and int(taps[0]["confirmed"]) > PACKETS and taps[0]["in_spool"] == "0"

    def asked(self, name: str, warrant: str) -> dict:
        absent = str(uuid.uuid4())
        answers = {" ".join(words): self.done(name, *words) for words in (
            ("warrant", "list"), ("tap", "list"), ("alarm", "list"), ("dataplane", "list"), ("dataplane", "statistics", "NE-1"))}
        answers["warrant show"] = self.done(name, "warrant", "show", warrant)
        answers["status list"] = self.done("reni", "status", "list")
        answers["another's"] = self.refused(name, "warrant", "show", absent).replace(absent, "ID")
        return {what: without_chance(answer, itertools.count()) for what, answer in answers.items()}

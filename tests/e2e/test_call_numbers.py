"""Ranges of numbers: a warrant for an exchange with direct dialling has the calls of its extensions, and of no number beside them; where
policy allows it, and as two persons have seen it."""

import subprocess

from support.bench import NOBODY, E2eTest
from support.calls import PROXY, STEP_US, Call
from support.control import Refused
from support.dataplane import pcap_port
from support.delivered import by_liid
from support.environment import program
from support.frames import write_pcap
from support.people import PeopleTest
from support.sessions import lcores

RANGE, SPELLED = "tel-uri:+4312345*", "tel-uri:+43 1 (2345)*"
FIRST_US = 1_700_000_000_000_000
SHOWN = "all numbers that begin with +4312345"
NUMBERS = {"country_code": "43", "trunk": "0", "international": ["00"]}


class Numbers(E2eTest):
    def deliver(self, calls: list[Call], targets: dict[str, str]) -> dict:
        """What is copied of the media of these calls, which pass at the same time."""
        self.lictord.settings["policy"]["number_digits_min"] = 7
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        for liid, target in targets.items():
            self.active_warrant("lea", liid, [target])
        frames = [frame for at_once in zip(*(call.whole().frames for call in calls)) for frame in at_once]
        path = self.folder / "calls.pcap"
        write_pcap(path, frames, FIRST_US, STEP_US)
        signalling = {"sets": [{"name": "calls", "sip": {"servers": [PROXY], "numbers": NUMBERS}}]}
        dataplane = self.dataplane([pcap_port(path)], replay={"taps": len(targets), "packets": len(frames)},
                                   signalling=signalling, **lcores()).start()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        self.hi2 = lemf.hi2_stream()
        self.assertEqual(self.hi2.gaps(), [])
        return {liid: {one.packet for one in packets} for liid, packets in by_liid(lemf.contents()).items()}

    def messages(self, liid: bytes) -> set[bytes]:
        found = [pdu["payload"]["iRIPayloadSequence"][0]["iRIContents"] for pdu in self.hi2.of(liid) if "iRIPayloadSequence" in pdu["payload"]]
        return {one["iPMMIRI"]["iPMMIRIContents"]["sIPMessage"]["sIPContent"] for one in found}

    def test_calls_of_two_extensions_and_of_no_number_beside_them(self):
        called = ("+431234510@gw.example.org", "01234520@gw.example.org", "+431234610@gw.example.org")
        first, second, beside = (Call(f"c{number}", "alice@example.org", one, (40000 + 4 * number, 42000 + 4 * number),
                                      (f"203.0.113.{5 + number}", f"192.0.2.{7 + number}")) for number, one in enumerate(called))
        delivered = self.deliver([first, second, beside], {"LIID-RANGE": SPELLED, "LIID-ONE": "tel-uri:+431234520"})
        self.assertEqual(delivered, {b"LIID-RANGE": {*first.media, *second.media}, b"LIID-ONE": set(second.media)})
        self.assertEqual(self.messages(b"LIID-RANGE"), {*first.messages, *second.messages})
        self.assertEqual(self.messages(b"LIID-ONE"), set(second.messages))

    def test_without_a_policy_for_them_they_are_refused(self):
        self.lictord.start()
        self.agency("lea", NOBODY)
        with self.assertRaises(Refused) as refused:
            self.warrant("lea", "LIID-NOT", [RANGE])
        self.assertIn("warrant.targets[0].selector: policy allows no ranges of numbers (policy.number_digits_min)", refused.exception.message)

    def test_what_is_wider_than_policy_or_none_is_refused_and_not_repeated(self):
        self.lictord.settings["policy"]["number_digits_min"] = 7
        self.lictord.start()
        self.agency("lea", NOBODY)
        for target, why in (("tel-uri:+431234*", "7 digits before the *"), ("tel-uri:+43123*", "6 to 15 digits"),
                            ("tel-uri:+4312345678901234*", "6 to 15 digits"), ("tel-uri:+43123*45", "6 to 15 digits")):
            with self.subTest(target=target), self.assertRaises(Refused) as refused:
                self.warrant("lea", "LIID-WIDE", [target])
            self.assertIn(why, refused.exception.message)
            self.assertNotIn("+43123", refused.exception.message.partition("warrant.targets")[2])


class NumbersInTwoPersonsEyes(PeopleTest):
    people = {"anna": (["operator"], []), "berta": (["approver"], [])}
    policy = {"four_eyes": True, "number_digits_min": 6}

    def shown(self, name: str, *words: str) -> str:
        """As a person reads it."""
        command = [program("lictorctl"), "--server", self.lictord.address, *words]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=60, user=self.uids[name], group=65534,
                              extra_groups=[]).stdout

    def entered(self, warrant: str, target: str) -> list:
        """What an approver enters of it, with this target."""
        words = self.entry(self.done("berta", "warrant", "preview", warrant))
        words[words.index(RANGE)] = target
        return words

    def test_it_is_shown_as_a_range_and_approved_as_it_was_entered(self):
        self.make_agency("anna", "lea")
        warrant = self.file_warrant("anna", "lea", "LIID-RANGE", SPELLED)
        self.assertIn(f"{RANGE} (a range: {SHOWN})", self.shown("anna", "warrant", "show", warrant))
        self.done("anna", "warrant", "submit", warrant)
        self.assertIn(f"{RANGE} (a range: {SHOWN})", self.shown("berta", "warrant", "preview", warrant))
        for other in ("tel-uri:+4312345", "tel-uri:+43123456*"):
            self.secrets.add(other)
            self.assertIn("entry.targets", self.refused("berta", "warrant", "approve", warrant, *self.entered(warrant, other)))
        self.done("berta", "warrant", "approve", warrant, *self.entered(warrant, SPELLED))
        self.assertEqual(self.state("anna", warrant), "WARRANT_STATE_APPROVED")

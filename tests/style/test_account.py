"""The demo's account: a sum that does not hold, a record that did not arrive and a drop are each told."""

import copy
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/lib/demo"))

from account import faults_of, losses_of, make_account  # noqa: E402

XID = "01234567-89ab-cdef-0123-456789abcdef"
RECORDS = {"matched": 20, "events": 4, "appended": 24, "aggregated": 0, "recovered": 0, "confirmed": 24, "unconfirmed": 0, "in_spool": 0,
           "in_rings": 0, "drops": {"ring_full": 0}, "given_up": {"revoked": 0}}
STATISTICS = {
    "ports": [{"name": "tap0", "offered": 100, "received": 100, "imissed": 0, "ierrors": 0, "nombuf": 0, "idle": 0}],
    "packets": {"offered": 100, "received": 100, "unmatched": 80, "matched": 20, "truncated": 0, "drops": {"truncated": 0}},
    "records": RECORDS,
    "tasks": [{"xid": XID, "state": "TAP_STATE_ENDED", "records": RECORDS}],
}
SUMMARY = {"hi2": {"iri": 2, "hi1": 2, "errors": 0, "gaps": 0, "repeats": 0},
           "hi3": {"cc": 20, "errors": 0, "gaps": 0, "repeats": 0}}


def findings(statistics: dict, summary: dict, packets: int = 100) -> tuple[list[str], list[str]]:
    account = make_account(statistics, {XID: "one"}, ["one"], {"packets": packets}, {"one": summary})
    return faults_of(account, statistics), losses_of(account)


class Account(unittest.TestCase):
    def setUp(self):
        self.statistics, self.summary = copy.deepcopy(STATISTICS), copy.deepcopy(SUMMARY)

    def test_what_is_well_has_no_findings(self):
        self.assertEqual(findings(self.statistics, self.summary), ([], []))

    def test_every_sum_is_checked(self):
        for path in (("ports", 0, "received"), ("packets", "unmatched"), ("records", "events"), ("records", "confirmed"),
                     ("tasks", 0, "records", "appended")):
            with self.subTest(path=path):
                statistics = copy.deepcopy(self.statistics)
                place = statistics
                for key in path[:-1]:
                    place = place[key]
                place[path[-1]] += 1
                self.assertNotEqual(findings(statistics, self.summary)[0], [])

    def test_a_capture_that_was_not_received_whole_is_a_fault(self):
        self.assertNotEqual(findings(self.statistics, self.summary, packets=101)[0], [])

    def test_the_receiver_has_the_last_word(self):
        for interface, key in (("hi2", "iri"), ("hi3", "cc"), ("hi3", "gaps"), ("hi2", "errors"), ("hi3", "repeats")):
            with self.subTest(interface=interface, key=key):
                summary = copy.deepcopy(self.summary)
                summary[interface][key] += 1
                self.assertNotEqual(findings(self.statistics, summary)[0], [])

    def test_a_drop_is_a_loss_with_its_reason(self):
        self.statistics["packets"]["drops"]["truncated"] = 3
        self.statistics["packets"]["unmatched"] -= 3
        self.assertEqual(findings(self.statistics, self.summary), ([], ["3 packets dropped: truncated 3"]))

    def test_what_an_operator_takes_out_is_no_loss(self):
        self.statistics["packets"]["drops"] |= {"excluded": 3, "duplicate": 4}
        self.statistics["packets"]["unmatched"] -= 7
        self.assertEqual(findings(self.statistics, self.summary), ([], []))


if __name__ == "__main__":
    unittest.main()

"""Four eyes, with several persons at lictorctl: what extends takes two, what reduces a review, an emergency hours."""

import subprocess

from support.bench import from_now
from support.people import PeopleTest

EVERYBODY = {
    "anna": (["operator"], []),
    "berta": (["approver"], []),
    "clara": (["operator", "approver"], []),
    "dora": (["auditor"], []),
}


class FourEyes(PeopleTest):
    people = EVERYBODY
    policy = {"four_eyes": True}

    def setUp(self) -> None:
        super().setUp()
        self.make_agency("anna", "lea")

    def active(self, liid: str = "LIID-FOUR") -> str:
        warrant = self.file_warrant("anna", "lea", liid, "ipv4:192.0.2.7")
        self.done("anna", "warrant", "submit", warrant)
        self.approve("berta", warrant)
        self.done("berta", "warrant", "activate", warrant)
        return warrant

    def approve(self, by: str, warrant: str) -> dict:
        waiting = self.done(by, "warrant", "preview", warrant)
        return self.done(by, "warrant", "approve", warrant, *self.entry(waiting))

    def test_a_warrant_takes_two_persons_and_the_orders_document(self):
        warrant = self.file_warrant("anna", "lea", "LIID-TWO", "ipv4:192.0.2.7")
        self.assertIn("only an approved warrant", self.refused("berta", "warrant", "activate", warrant))
        self.done("anna", "warrant", "submit", warrant)
        self.assertEqual(self.state("dora", warrant), "WARRANT_STATE_SUBMITTED")
        other = self.folder / "other.pdf"
        other.write_bytes(b"another order")
        for wrong, fields in ((["--target", "ipv4:192.0.2.8"], ["targets"]), (["--liid", "LIID-TOO"], ["liid"]),
                              (["--end", from_now(7200), "--content", "iri"], ["end", "content"]),
                              (["--order-file", other, "--exclude", "198.51.100.0/24"], ["order_sha256", "exclusions"])):
            words = self.entry(self.done("berta", "warrant", "preview", warrant))
            for option, value in zip(wrong[::2], wrong[1::2]):
                if option in words:
                    words[words.index(option) + 1] = value
                else:
                    words += [option, value]
            said = self.refused("berta", "warrant", "approve", warrant, *words)
            for field in fields:
                self.assertIn(f"entry.{field}", said)
            self.assertNotIn("192.0.2.", said)
            self.assertNotIn("LIID-TWO", said)
        self.assertEqual(self.done("dora", "warrant", "preview", warrant)["mismatches"], 4)
        right = self.entry(self.done("berta", "warrant", "preview", warrant))
        self.assertIn("may not do this", self.refused("dora", "warrant", "approve", warrant, *right))
        approved = self.done("berta", "warrant", "approve", warrant, *right)["warrant"]
        self.assertEqual(approved["approved"]["person"], "berta")
        self.done("berta", "warrant", "activate", warrant)

    def test_what_was_changed_behind_the_approvers_back_is_not_approved(self):
        warrant = self.file_warrant("anna", "lea", "LIID-SWAP", "ipv4:192.0.2.7", "--exclude", "198.51.100.0/24")
        self.done("anna", "warrant", "submit", warrant)
        looked_at = self.entry(self.done("berta", "warrant", "preview", warrant))
        self.done("anna", "warrant", "modify", warrant, "--exclude", "none")
        self.done("anna", "warrant", "submit", warrant)
        self.assertIn("look at it again", self.refused("berta", "warrant", "approve", warrant, *looked_at))
        blind = looked_at[2:]
        run = self.as_("berta", "warrant", "approve", warrant, *blind)
        self.assertEqual(run.returncode, 2, "without the revision that he has looked at")
        now = self.done("berta", "warrant", "preview", warrant)["revision"]
        self.assertIn("entry.exclusions", self.refused("berta", "warrant", "approve", warrant, "--revision", now, *blind))

    def test_who_files_does_not_approve_whatever_his_roles(self):
        warrant = self.file_warrant("clara", "lea", "LIID-SELF", "ipv4:192.0.2.7")
        self.done("clara", "warrant", "submit", warrant)
        waiting = self.done("clara", "warrant", "preview", warrant)
        self.assertIn("another person", self.refused("clara", "warrant", "approve", warrant, *self.entry(waiting)))
        self.approve("berta", warrant)

    def test_an_extension_waits_and_a_reduction_is_reviewed(self):
        warrant = self.active()
        end = self.done("dora", "warrant", "show", warrant)["warrant"]["end"]
        self.done("anna", "warrant", "modify", warrant, "--end", from_now(7200))
        self.assertEqual(self.done("dora", "warrant", "show", warrant)["warrant"]["end"], end)
        self.approve("berta", warrant)
        self.assertNotEqual(self.done("dora", "warrant", "show", warrant)["warrant"]["end"], end)
        self.done("anna", "warrant", "modify", warrant, "--content", "iri")
        self.assertEqual(self.done("dora", "warrant", "show", warrant)["warrant"]["content"], "CONTENT_IRI")
        self.assertIn("reduction_unreviewed", [alarm["code"] for alarm in self.done("dora", "alarm", "list")["alarms"]])
        self.assertIn("another person", self.refused("anna", "warrant", "review", warrant))
        former = self.done("clara", "warrant", "history", warrant)["versions"][-1]
        self.assertEqual((former["warrant"]["content"], former["replaced"]["person"]), ("CONTENT_IRI_AND_CC", "anna"))
        self.done("clara", "warrant", "review", warrant)
        self.done("anna", "warrant", "suspend", warrant)
        self.done("anna", "warrant", "resume", warrant)
        self.assertEqual(self.state("dora", warrant), "WARRANT_STATE_SUSPENDED")
        self.approve("berta", warrant)
        self.assertEqual(self.state("dora", warrant), "WARRANT_STATE_ACTIVE")

    def test_where_an_agencys_records_go_takes_two_persons_too(self):
        self.active()
        there = self.done("dora", "agency", "show", "lea")["agency"]["destinations"]
        elsewhere = ("agency", "update", "--id", "lea", "--hi3", "192.0.2.66:7003", "--lab")
        self.assertIn("another person", self.refused("anna", *elsewhere))
        revision = self.done("anna", *elsewhere, "--propose")["revision"]
        self.lictord.process.kill()
        self.lictord.start()
        self.assertEqual(self.done("dora", "agency", "show", "lea")["agency"]["destinations"], there)
        self.assertEqual(self.done("berta", "agency", "preview", "lea")["fields"], ["destinations"])
        self.assertIn("may not do this", self.refused("anna", "agency", "approve", "lea", "--revision", revision))
        self.done("berta", "agency", "reject", "lea", "--revision", revision)
        revision = self.done("clara", *elsewhere, "--propose")["revision"]
        self.assertIn("another person", self.refused("clara", "agency", "approve", "lea", "--revision", revision))
        self.done("berta", "agency", "approve", "lea", "--revision", revision)
        self.assertNotEqual(self.done("dora", "agency", "show", "lea")["agency"]["destinations"], there)

    def test_what_waits_for_whom_outlives_a_kill(self):
        warrant = self.file_warrant("anna", "lea", "LIID-KILL", "ipv4:192.0.2.7")
        self.done("anna", "warrant", "submit", warrant)
        self.lictord.process.kill()
        self.lictord.start()
        listed = self.as_("dora", "warrant", "list")
        self.assertIn('"person": "anna"', listed.stdout)
        self.approve("berta", warrant)

    def test_no_emergency_without_a_policy_for_it(self):
        warrant = self.file_warrant("anna", "lea", "LIID-NOT", "ipv4:192.0.2.7")
        said = self.refused("anna", "warrant", "activate", warrant, "--emergency", "--reason", "a life")
        self.assertIn("policy.emergency", said)


class Emergency(PeopleTest):
    people = EVERYBODY
    policy = {"four_eyes": True, "emergency": True, "emergency_hours": 2}

    def test_one_person_begins_it_and_another_confirms_it(self):
        self.make_agency("anna", "lea")
        warrant = self.file_warrant("anna", "lea", "LIID-EMERGENCY", "ipv4:192.0.2.7", hours=24)
        begun = self.done("anna", "warrant", "activate", warrant, "--emergency", "--reason", "a life")["warrant"]
        window = begun["window"]
        self.assertLessEqual(int(window["end_unix_ns"]) - int(window["start_unix_ns"]), 2 * 3600 * 10**9)
        codes = [alarm["code"] for alarm in self.done("dora", "alarm", "list", "--standing")["alarms"]]
        self.assertIn("emergency_unapproved", codes)
        waiting = self.done("berta", "warrant", "preview", warrant)
        approved = self.done("berta", "warrant", "approve", warrant, *self.entry(waiting))["warrant"]
        self.assertGreater(int(approved["window"]["end_unix_ns"]), int(window["end_unix_ns"]))


class TestLines(PeopleTest):
    """A list that somebody else has signed says whom a warrant for a test may name."""

    people = EVERYBODY
    policy = {"four_eyes": True, "test_hours_max": 2}

    def sign_lines(self, lines: str) -> None:
        def openssl(*words) -> None:
            subprocess.run(["openssl", *words], check=True, timeout=60, cwd=self.folder)

        openssl("genpkey", "-algorithm", "ed25519", "-out", "lines.key")
        openssl("pkey", "-in", "lines.key", "-pubout", "-out", "lines.pem")
        (self.folder / "lines").write_text(lines, encoding="utf-8")
        openssl("pkeyutl", "-sign", "-rawin", "-inkey", "lines.key", "-in", "lines", "-out", "lines.sig")
        self.lictord.process.kill()
        self.lictord.settings["policy"]["test_lines"] = {
            name: str(self.folder / file) for name, file in (("file", "lines"), ("signature", "lines.sig"), ("key", "lines.pem"))}
        self.lictord.start()

    def test_a_test_names_test_lines_alone_and_takes_two_persons(self):
        self.make_agency("anna", "lea")
        words = ("warrant", "create", "--agency", "lea", "--reference", "R", "--authorised-by", "J", "--country", "AT", "--operator", "OP1",
                 "--user-label", "u", "--access-type", "lan", "--content", "both", "--purpose", "test", "--order-file", self.order)
        line = ("--target", "ipv4:192.0.2.77")
        self.assertIn("test line", self.refused("anna", *words, "--liid", "TEST-1", "--end", from_now(3600), *line))
        self.sign_lines("ipv4:192.0.2.77  # rack 7\n")
        self.assertIn("test line", self.refused("anna", *words, "--liid", "TEST-1", "--end", from_now(3600), "--target", "ipv4:192.0.2.7"))
        self.assertIn("2 hours", self.refused("anna", *words, "--liid", "TEST-1", "--end", from_now(7300), *line))
        warrant = self.done("anna", *words, "--liid", "TEST-1", "--end", from_now(3600), *line)["warrant"]["id"]
        self.assertIn("only an approved warrant", self.refused("berta", "warrant", "activate", warrant))
        self.done("anna", "warrant", "submit", warrant)
        waiting = self.done("berta", "warrant", "preview", warrant)
        self.done("berta", "warrant", "approve", warrant, *self.entry(waiting))
        self.done("berta", "warrant", "activate", warrant)

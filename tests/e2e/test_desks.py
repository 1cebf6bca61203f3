"""Two desks, two agencies, one target: what each sees is the same whether the other exists or not."""

import uuid

from support.bench import from_now
from support.people import PeopleTest


class Desks(PeopleTest):
    people = {
        "rita": (["operator", "approver"], ["red"]),
        "rolf": (["operator", "approver"], ["red"]),
        "bela": (["operator", "approver"], ["blue"]),
        "bert": (["operator", "approver"], ["blue"]),
        "nora": (["auditor"], []),
        "olga": (["auditor"], ["*"]),
    }
    policy = {"desks": True, "four_eyes": True}

    def setUp(self) -> None:
        super().setUp()
        self.make_agency("rita", "red-agency")
        self.make_agency("bela", "blue-agency")

    def active(self, desk: tuple[str, str], agency: str, liid: str) -> str:
        filer, approver = desk
        warrant = self.file_warrant(filer, agency, liid, "ipv4:192.0.2.7")
        self.done(filer, "warrant", "submit", warrant)
        waiting = self.done(approver, "warrant", "preview", warrant)
        self.assertEqual(waiting["targets"][0]["other_warrants"], 0, "nobody else's warrant is counted")
        self.done(approver, "warrant", "approve", warrant, *self.entry(waiting["warrant"]))
        self.done(approver, "warrant", "activate", warrant)
        return warrant

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

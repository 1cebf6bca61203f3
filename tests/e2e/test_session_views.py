"""What people see of live sessions: those of targets alone, of their desks' warrants alone, and each look is accounted for."""

from support import radius
from support.live import LiveTest
from support.network import Injector
from support.people import PeopleTest
from support.sessions import accounting, signalling
from support.waiting import wait_for

ALICE, BOB, CAROL = "alice@example.org", "bob@example.org", "carol@example.org"


class SessionViews(LiveTest, PeopleTest):
    people = {
        "rita": (["operator", "approver"], ["red"]),
        "bela": (["operator", "approver"], ["blue"]),
        "nora": (["auditor"], ["*"]),
        "paul": (["platform"], []),
    }
    elements = ("NE-1",)
    policy = {"desks": True, "four_eyes": False}

    def setUp(self) -> None:
        super().setUp()
        self.injector = Injector(self.pair)
        self.addCleanup(self.injector.close)
        self.told = 0

    def tell(self, status: int, user: str, session: str, address: str) -> None:
        self.injector.send(accounting(status, user, session, address, identifier=self.told))
        self.told += 1

    def sessions(self, name: str, count: int) -> list[dict]:
        """As soon as there are so many."""
        return wait_for(lambda: (lambda found: (found,) if len(found) == count else None)(
            self.done(name, "session", "list").get("sessions", [])), f"{count} sessions")[0]

    def looks(self, action: str) -> list[dict]:
        entries = self.done("nora", "audit", "show", "--action", action, "--limit", "0")["entries"]
        return [one for one in entries if "rita" in one["actor"]]

    def test_a_session_is_shown_while_it_lasts_to_whom_its_warrant_is_shown(self):
        lemf = self.lemf()
        dataplane = self.live_dataplane(**signalling(self.folder))
        warrants = {}
        for person, agency, user in (("rita", "red-agency", ALICE), ("bela", "blue-agency", BOB)):
            self.make_agency(person, agency, lemf)
            warrants[person] = self.file_warrant(person, agency, "LIID-" + agency[:3], f"radius-user:{user}")
            self.done(person, "warrant", "activate", warrants[person])
        self.assertEqual(self.done("rita", "session", "list").get("sessions", []), [])
        for number, user in enumerate((ALICE, BOB, CAROL)):
            self.tell(radius.START, user, f"s{number}", f"192.0.2.{7 + number}")

        listed, = self.sessions("rita", 1)
        self.assertEqual((listed["warrant_id"], listed["network_element_id"]), (warrants["rita"], "NE-1"))
        foreign, = self.sessions("bela", 1)
        self.assertEqual(foreign["warrant_id"], warrants["bela"])
        self.sessions("nora", 2)  # who is nobody's target is shown to nobody

        shown, = self.done("rita", "session", "show", listed["id"])["sessions"]
        self.assertEqual([one["selector"] for one in shown["matched"]], [f"radius-user:{ALICE}"])
        self.assertEqual(shown["protocol"], "SIGNALLING_PROTOCOL_RADIUS")
        self.assertEqual((shown["cin"], len(shown["addresses"])), (listed["cin"], 1))
        never = self.refused("rita", "session", "show", "0" * 16)
        self.assertEqual(self.refused("rita", "session", "show", foreign["id"]), never, "another desk's session does not exist")
        self.refused("paul", "session", "list")
        self.refused("paul", "session", "show", listed["id"])

        self.tell(radius.STOP, ALICE, "s0", "192.0.2.7")
        self.sessions("rita", 0)
        self.assertEqual(self.refused("rita", "session", "show", listed["id"]), never)
        looks = self.looks("session.show")
        self.assertEqual([warrants["rita"] in str(one) for one in looks if one["kind"] == "AUDIT_ENTRY_KIND_READ"], [True], looks)
        self.assertGreaterEqual(len(looks), 4, "whatever was answered, it was a look")
        dataplane.stop()
        self.assertEqual(lemf.stop(), 0)


del LiveTest, PeopleTest

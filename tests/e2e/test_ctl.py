"""lictorctl: every act of the control daemon, as tables for people and as JSON for scripts, and exit statuses that say why."""

import json
import subprocess

from support.bench import NOBODY, E2eTest, from_now
from support.control import UNREACHABLE
from support.environment import program
from support.grpc_client import Client

REFUSED, USAGE = 1, 2
# What a warrant is filed with, beside its LIID and its targets.
FILED = ("agency_id", "legal_reference", "authorising_person", "authorization_country", "operator_id", "user_label",
         "internet_access_type", "end", "content")


class Ctl(E2eTest):
    def setUp(self) -> None:
        super().setUp()
        self.lictord.start()

    def table(self, *words: str) -> str:
        """What a person sees."""
        command = [program("lictorctl"), "--server", self.lictord.address, *words]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout

    def filed(self, liid: str = "LIID-CTL", *options: str, **more) -> str:
        if not self.ctl.json("agency", "list").get("agencies"):
            self.agency("lea", NOBODY)
        return self.warrant("lea", liid, ["ipv4:192.0.2.7", "ipv6:2001:db8:7::/64@group=core,vlan=100.200"], *options, **more)

    def test_exit_statuses_tell_refused_from_misused_from_unreachable(self):
        self.assertEqual(self.ctl.run("agency", "list").returncode, 0)
        for words in (("agency", "no-such-verb"), (), ("warrant", "create", "--content", "everything"),
                      ("warrant", "create", "--target", "ipv4:192.0.2.7@vlan=x"), ("agency", "create", "--no-such-option")):
            self.assertEqual(self.ctl.run(*words).returncode, USAGE, words)
        for words, said in ((("agency", "verb"), "agency verb:"), (("nosuch", "list"), "nosuch:"), (("tap", "lst"), "list"),
                            (("warrant", "create", "ipv4:192.0.2.77"), "--help")):
            self.assertIn(said, self.ctl.run(*words).stderr, words)
        for words in (("--target", "ipv4:192.0.2.77", "creat"), ("create", "ipv4:192.0.2.77")):
            misplaced = self.ctl.run("warrant", *words)
            self.assertEqual(misplaced.returncode, USAGE)
            self.assertNotIn("192.0.2.77", misplaced.stderr + misplaced.stdout)
        refusal = self.ctl.refused("agency", "create", "--id", "UPPER", "--name", "x", "--country", "AT",
                                   "--hi2", "127.0.0.1:1", "--hi3", "127.0.0.1:2")
        self.assertEqual(refusal.status, REFUSED)
        self.assertIn("agency.id", refusal.message)
        self.assertEqual(self.ctl.refused("warrant", "show", "00000000-0000-4000-8000-000000000000").status, REFUSED)
        self.lictord.process.stop()
        self.assertEqual(self.ctl.run("agency", "list").returncode, UNREACHABLE)

    def test_a_refusal_in_json_names_every_field(self):
        done = self.ctl.run("warrant", "create", "--agency", "nobody", "--liid", "", "--end", "never", "--content", "both")
        self.assertEqual(done.returncode, REFUSED)
        fields = {one["field"] for one in json.loads(done.stderr)["error"]["violations"]}
        self.assertLessEqual({"warrant.agency_id", "warrant.liid", "warrant.end", "warrant.targets", "warrant.operator_id"}, fields)

    def test_a_warrants_life_in_the_words_of_the_command_line(self):
        warrant = self.filed()
        states = [self.ctl.json("warrant", "show", warrant)["warrant"]["state"]]
        for verb in ("activate", "end"):
            states.append(self.ctl.json("warrant", verb, warrant)["warrant"]["state"])
        self.assertEqual(states, ["WARRANT_STATE_FILED", "WARRANT_STATE_ACTIVE", "WARRANT_STATE_ENDED"])
        other = self.filed("LIID-CTL-2")
        self.ctl.json("warrant", "activate", other)
        self.assertEqual(self.ctl.json("warrant", "revoke", other)["warrant"]["state"], "WARRANT_STATE_REVOKED")
        for verb in ("activate", "end", "revoke"):
            self.assertEqual(self.ctl.refused("warrant", verb, other).status, REFUSED, f"{verb} after the end")
        listed = self.ctl.json("warrant", "list", "--state", "ended")["warrants"]
        self.assertEqual([one["id"] for one in listed], [warrant])

    def test_what_was_filed_is_shown_as_it_was_said(self):
        warrant = self.filed("LIID-SHOWN", start="2031-03-01T08:00:00 Europe/Vienna", end="2031-03-02T00:00:00+05:30")
        shown = self.ctl.json("warrant", "show", warrant)["warrant"]
        self.assertEqual((shown["start"], shown["end"]), ("2031-03-01T07:00:00Z", "2031-03-01T18:30:00Z"))
        self.assertEqual(shown["targets"][1], {"selector": "ipv6:2001:db8:7::/64",
                                               "scope": {"network_element_id": "", "tap_group": "core", "port": "",
                                                         "vlans": [100, 200]}})
        text = self.table("warrant", "show", warrant)
        for word in ("LIID-SHOWN", "192.0.2.7", "2001:db8:7::/64", "vlan=100.200", "REF-1", "Test Judge", "lan", "both", "lea"):
            self.assertIn(word, text)
        self.assertIn("LIID-SHOWN", self.table("warrant", "list"))

    def test_flows_patterns_exclusions_and_scopes_are_said_and_shown(self):
        self.agency("lea", NOBODY)
        warrant = self.warrant("lea", "LIID-FLOW", ["flow:17,[2001:db8::/64]:53-53,any@label=16001,vni=5000",
                                                    "pattern:text,flow:user@example.org"],
                               "--exclude", "198.51.100.0/24", "--exclude", "2001:DB8:1::/48")
        shown = self.ctl.json("warrant", "show", warrant)["warrant"]
        self.assertEqual([one["selector"] for one in shown["targets"]],
                         ["flow:udp,[2001:db8::/64]:53,any", "pattern:text,flow:user@example.org"])
        self.assertEqual((shown["targets"][0]["scope"]["label"], shown["targets"][0]["scope"]["vni"]), (16001, 5000))
        self.assertEqual(shown["exclusions"], ["198.51.100.0/24", "2001:db8:1::/48"])
        text = self.table("warrant", "show", warrant)
        for word in ("flow:udp,[2001:db8::/64]:53,any@label=16001,vni=5000", "pattern:text,flow:user@example.org",
                     "198.51.100.0/24", "2001:db8:1::/48"):
            self.assertIn(word, text)
        changed = self.ctl.json("warrant", "modify", warrant, "--exclude", "none")["warrant"]
        self.assertEqual(changed.get("exclusions", []), [])
        self.assertEqual(changed["targets"], shown["targets"], "what was not said stays")

    def test_a_pattern_alone_is_refused_and_not_repeated(self):
        self.agency("lea", NOBODY)
        refusal = self.ctl.refused("warrant", "create", "--agency", "lea", "--liid", "LIID-ALONE", "--target",
                                   "pattern:text:PLANTED")
        self.assertIn("warrant.targets", refusal.message.partition(":")[2])
        self.assertNotIn("PLANTED", refusal.message.partition("exit")[2])

    def test_times_that_a_zone_shows_twice_or_never_are_refused(self):
        for time in ("2031-10-26T02:30:00 Europe/Vienna", "2031-03-30T02:30:00 Europe/Vienna", "2031-03-01T08:00:00"):
            with self.subTest(time=time):
                refusal = self.ctl.refused("warrant", "create", "--agency", "lea", "--start", time, "--end", time)
                self.assertIn("warrant.start", refusal.message)

    def test_an_agency_is_made_changed_shown_and_removed(self):
        self.agency("lea", NOBODY, "--keepalive-idle", "30", "--hi1", "off", "--timestamp", "generalized")
        before = self.ctl.json("agency", "show", "lea")["agency"]
        self.assertEqual((before["profile"]["keepalive_idle_s"], before["profile"]["hi1"]), (30, "HI1_MODE_OFF"))
        after = self.ctl.json("agency", "update", "--id", "lea", "--hi3", "192.0.2.30:7000,[2001:db8::30]:7001",
                              "--lab")["agency"]
        self.assertNotEqual(after["revision"], before["revision"])
        self.assertEqual(after["profile"], before["profile"], "what was not said stays")
        endpoints = next(one for one in after["destinations"] if one["interface"] == "HANDOVER_INTERFACE_HI3")["endpoints"]
        self.assertEqual(endpoints, [{"host": "192.0.2.30", "port": 7000}, {"host": "2001:db8::30", "port": 7001}])
        self.assertIn("192.0.2.30:7000", self.table("agency", "show", "lea"))
        self.ctl.json("agency", "delete", "lea")
        self.assertEqual(self.ctl.json("agency", "list").get("agencies", []), [])

    def test_liids_of_a_deleted_agency_stay_used(self):
        warrant = self.filed("LIID-KEPT")
        self.assertEqual(self.ctl.refused("agency", "delete", "lea").status, REFUSED, "while a warrant names it")
        self.ctl.json("warrant", "revoke", warrant)
        self.ctl.json("agency", "delete", "lea")
        self.agency("lea", NOBODY)
        refusal = self.ctl.refused("warrant", "create", "--agency", "lea", "--liid", "LIID-KEPT", "--reference", "R",
                                   "--authorised-by", "J", "--country", "AT", "--operator", "OP1", "--user-label", "u",
                                   "--access-type", "lan", "--end", from_now(60), "--content", "cc", "--target", "ipv4:192.0.2.7")
        self.assertIn("warrant.liid", refusal.message)

    def test_lists_longer_than_a_page_are_whole(self):
        self.agency("lea", NOBODY)
        client = Client(self.lictord.address)
        self.addCleanup(client.close)
        warrants = {self.filed("LIID-0000")}
        pattern = client.warrants.GetWarrant(client.warrant.GetWarrantRequest(id=min(warrants)), timeout=60).warrant
        filed = client.warrant.Warrant(**{name: getattr(pattern, name) for name in FILED},
                                       targets=[client.types.TargetSpec(selector="ipv4:192.0.2.7")])
        for index in range(1, 120):
            filed.liid = f"LIID-{index:04d}"
            self.secrets.add(filed.liid)
            warrants.add(client.warrants.CreateWarrant(client.warrant.CreateWarrantRequest(warrant=filed), timeout=60).warrant.id)
        self.assertEqual({one["id"] for one in self.ctl.json("warrant", "list")["warrants"]}, warrants)

    def test_a_target_narrower_than_a_64_warns(self):
        self.agency("lea", NOBODY)
        answer = self.ctl.json("warrant", "create", "--agency", "lea", "--liid", "LIID-NARROW", "--reference", "R",
                               "--authorised-by", "J", "--country", "AT", "--operator", "OP1", "--user-label", "u",
                               "--access-type", "lan", "--end", from_now(60), "--content", "cc",
                               "--target", "ipv6:2001:db8::7")
        self.assertIn("/64", " ".join(answer["warnings"]))

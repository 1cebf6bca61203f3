"""Warrants for whom signalling names, for cards and for lines: each form as it is written, shown in its one form, or refused by a text
that names the field and not the person."""

import subprocess

from support.bench import NOBODY, E2eTest
from support.control import Refused
from support.environment import program

FORMS = {
    "radius-user:Alice@Example.ORG": "radius-user:Alice@example.org",
    "radius-csid:+43 1 (234) 56-78": "radius-csid:4312345678",
    "radius-csid:00-53-00-12-34-AB": "radius-csid:0053001234ab",
    "circuit-id:hex:00:04:00:64:01:02": "circuit-id:hex:000400640102",
    "remote-id:access-7": "remote-id:access-7",
    "dhcp-client-id:hex:01-00-53-00-12-34-AB": "dhcp-client-id:hex:010053001234ab",
    "duid:hex:000300010053001234AB": "duid:hex:000300010053001234ab",
    "nas-port:nas-1.example.org/ge-0/0/1.100": "nas-port:nas-1.example.org/ge-0/0/1.100",
    "chargeable-user:user-7@Example.ORG": "chargeable-user:user-7@example.org",
    "imsi:001010123456789": "imsi:001010123456789",
    "mac:0053.0012.34AB": "mac:00-53-00-12-34-ab",
    "vlan:100.200@group=core": "vlan:100.200@group=core",
    "impi:001010123456789@IMS.example.org": "impi:001010123456789@ims.example.org",
    "sip-uri:sip:alice%40home%3Bx=1@Example.ORG:5060;user=phone": "sip-uri:alice%40home%3Bx=1@example.org",
}
WRONG = {
    "radius-user: PLANTED": "blanks at the ends",
    "radius-user:hex:61PLANTED": "hexadecimal",
    "duid:PLANTED": "write hex:",
    "nas-port:PLANTED": "NAS/PORT",
    "imsi:PLANTED": "no name of this kind",
    "mac:PLANTED": "6 octets",
    "vlan:100.4095": "1 to 4094",
    "sip:PLANTED": "must begin with",
    "sip-uri:PLANTED": "as sip-uri:alice@example.org",
    "tel-uri:0PLANTED": "country code",
    "impi:PLANTED": "as impi:alice@ims.example.org",
}


class Names(E2eTest):
    lab = False

    def setUp(self) -> None:
        super().setUp()
        self.lictord.settings["policy"]["shared_names"] = ["radius-user:guest", "circuit-id:none"]
        self.lictord.start()
        self.agency("lea", NOBODY, security=("--security", "tls", "--tls-credential", "default"))

    def table(self, *words: str) -> str:
        command = [program("lictorctl"), "--server", self.lictord.address, *words]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout

    def refusal(self, target: str, *options: str) -> str:
        """What is said where `target` is filed: not it."""
        with self.assertRaises(Refused) as refused:
            self.warrant("lea", "LIID-REFUSED", [target], *options)
        return refused.exception.message

    def test_each_form_is_filed_and_shown_in_its_one_form(self):
        warrant = self.warrant("lea", "LIID-NAMES", FORMS)
        text = self.table("warrant", "show", warrant)
        for form in FORMS.values():
            self.assertIn(form, text)
        shown = self.ctl.json("warrant", "show", warrant)["warrant"]["targets"]
        self.assertEqual([one["selector"] for one in shown], [form.partition("@group")[0] for form in FORMS.values()])

    def test_what_is_no_name_is_refused_and_not_repeated(self):
        for target, why in WRONG.items():
            with self.subTest(target=target):
                message = self.refusal(target)
                self.assertIn("warrant.targets[0].selector", message)
                self.assertIn(why, message)
                self.assertNotIn("PLANTED", message)

    def test_names_that_many_share_and_addresses_of_nobody_are_refused(self):
        for target, why in (("radius-user:Guest@example.org", "many share"), ("circuit-id:NONE", "many share"),
                            ("mac:01-00-5e-00-00-01", "group address"), ("mac:00-00-5e-00-01-07", "virtual router"),
                            ("vlan:100.200", "need a scope")):
            with self.subTest(target=target):
                message = self.refusal(target)
                self.assertIn("warrant.targets[0]", message)
                self.assertIn(why, message)

    def test_names_with_escapes_of_drafts_are_listed_and_approved_as_they_were_written(self):
        self.warrant("lea", "LIID-HOSTILE", ["sip-uri:alice%40home@example.org", "sip-user:eve%40home", "sip-uri:d%256Fb@example.org"])
        self.assertIn("no sessions", self.table("session", "list"))

    def test_redirected_calls_are_said_and_changed(self):
        warrant = self.warrant("lea", "LIID-CALLS", ["sip-uri:bob@example.org"], "--redirected-calls")
        self.assertTrue(self.ctl.json("warrant", "show", warrant)["warrant"]["redirected_calls"])
        self.assertRegex(self.table("warrant", "show", warrant), r"redirected calls +yes")
        changed = self.ctl.json("warrant", "modify", warrant, "--no-redirected-calls")["warrant"]
        self.assertFalse(changed.get("redirected_calls", False))

    def test_location_and_link_layer_are_said_and_changed(self):
        warrant = self.warrant("lea", "LIID-WHERE", ["mac:00-53-00-12-34-ab"], "--location", "--link-layer", "ipcc")
        shown = self.ctl.json("warrant", "show", warrant)["warrant"]
        self.assertEqual((shown["location"], shown["link_layer"]), (True, "LINK_LAYER_IPCC"))
        self.assertRegex(self.table("warrant", "show", warrant), r"location +yes")
        changed = self.ctl.json("warrant", "modify", warrant, "--no-location")["warrant"]
        self.assertFalse(changed.get("location", False))
        frames = self.warrant("lea", "LIID-FRAMES", ["mac:00-53-00-12-34-ac"], "--link-layer", "l2cc")
        self.assertRegex(self.table("warrant", "show", frames), r"link layer +l2cc")
        self.assertIn("warrant.link_layer", self.refusal("radius-user:alice@example.org", "--link-layer", "l2cc"))

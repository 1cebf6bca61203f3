"""A dataplane acts on what was lawfully ordered: by a daemon whose key it knows, within what an approver has signed."""

import base64
import hashlib
import json
import os
import socket
import subprocess

from support.bench import E2eTest
from support.dataplane import pcap_port
from support.environment import TREE, program
from support.frames import conversation, write_pcap
from support.grpc_client import Client
from support.live import PEER, TARGET
from support.relay import Relay, carries_directives, replace_octets
from support.waiting import wait_for

PACKETS = 50
APPROVER_UID = 70001
NOGROUP = 65534  # of every Debian
OTHER = bytes([192, 0, 2, 8])


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class TrustTest(E2eTest):
    def certificates(self, *words: str) -> None:
        subprocess.run([TREE / "scripts/certificates", self.folder / "tls", *words], check=True, stdout=subprocess.DEVNULL,
                       timeout=60)

    def guarded(self, control: dict, element: str = "NE-1"):
        """A dataplane that replays its capture once it has a tap that it takes."""
        capture = self.folder / "capture.pcap"
        frames = write_pcap(capture, conversation(TARGET, PEER, PACKETS))
        dataplane = self.dataplane([pcap_port(capture)], element, replay={"taps": 1, "packets": frames})
        dataplane.settings["control"] = control
        return dataplane.start()

    def listen_on_the_network(self) -> None:
        self.tcp = f"127.0.0.1:{free_port()}"
        self.lictord.settings["listen"].update({"tcp": self.tcp, "tls": self.files("lictord")})
        self.lictord.start()

    def files(self, name: str) -> dict:
        tls = self.folder / "tls"
        return {"certificate": str(tls / f"{name}.pem"), "key": str(tls / f"{name}.key"), "ca": str(tls / "ca.pem")}

    def control(self, name: str, **tls) -> dict:
        return {"address": self.tcp, "tls": {**self.files(name), **tls}, "directive_keys": [self.pin()]}

    def pin(self) -> str:
        return str(self.folder / "directives.key.pub")

    def assert_copies(self, dataplane, lemf) -> None:
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        self.assertEqual(len(lemf.contents()), PACKETS)

    def assert_copied_nothing(self, dataplane) -> None:
        statistics = dataplane.stop()
        self.assertEqual(statistics["records"]["matched"], 0)
        self.assertEqual(statistics["tasks"], [])


class SignedDirectives(TrustTest):
    batches = True

    def setUp(self) -> None:
        super().setUp()
        self.lictord.start()
        self.client = Client(self.lictord.address)
        self.addCleanup(self.client.close)
        self.relay = Relay(self.folder, self.client, self.batches)
        self.addCleanup(self.relay.stop)
        self.receiver = self.lemf()
        self.agency("lea", self.receiver)

    def relayed(self, key: str = ""):
        return self.guarded({"address": self.relay.address, "directive_keys": [key or self.pin()]})

    def wait_forged(self, dataplane, why: str) -> None:
        dataplane.process.wait_until(lambda: why in dataplane.process.log() and "directive_forged" in dataplane.process.log(),
                                     f"the dataplane has named what was forged: {why}")

    def test_what_a_pinned_key_signed_is_copied_through_whoever_carries_it(self):
        dataplane = self.relayed()
        self.active_warrant("lea", "LIID-TRUST", [f"ipv4:{TARGET}"])
        self.assert_copies(dataplane, self.receiver)

    def test_an_altered_directive_is_named_and_nothing_copied_until_the_true_one_comes(self):
        def another_target(message):
            if carries_directives(message):
                replace_octets(message, socket.inet_aton(TARGET), OTHER)
            return [message]

        self.relay.tamper = another_target
        dataplane = self.relayed()
        self.active_warrant("lea", "LIID-TRUST", [f"ipv4:{TARGET}"])
        self.wait_forged(dataplane, "the signature does not hold")
        self.assertEqual(dataplane.wait_statistics(lambda now: "records" in now, "it reports")["records"]["matched"], 0)
        self.relay.tamper = lambda message: [message]
        self.assert_copies(dataplane, self.receiver)
        wait_for(lambda: self.alarms("directive_forged"), "lictord hears of it")

    def test_unsigned_directives_are_refused(self):
        def unsigned(message):
            if carries_directives(message):
                getattr(message, message.WhichOneof("kind")).ClearField("signature")
            return [message]

        self.relay.tamper = unsigned
        dataplane = self.relayed()
        self.active_warrant("lea", "LIID-TRUST", [f"ipv4:{TARGET}"])
        self.wait_forged(dataplane, "nobody signed it")
        self.assert_copied_nothing(dataplane)

    def test_another_daemons_key_starts_nothing(self):
        for name in ("other", "other.pub"):
            kind = ["-pubout", "-in", self.folder / "other"] if name.endswith("pub") else ["-algorithm", "ED25519"]
            subprocess.run(["openssl", "pkey" if name.endswith("pub") else "genpkey", *kind, "-out", self.folder / name],
                           check=True, timeout=60)
        dataplane = self.relayed(str(self.folder / "other.pub"))
        self.active_warrant("lea", "LIID-TRUST", [f"ipv4:{TARGET}"])
        self.wait_forged(dataplane, "of no key that is pinned here")
        self.assert_copied_nothing(dataplane)

    def test_a_replayed_directive_does_not_bring_an_ended_warrant_back(self):
        dataplane = self.relayed()
        warrant = self.active_warrant("lea", "LIID-TRUST", [f"ipv4:{TARGET}"])
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        told = list(self.relay.told)
        self.relay.tamper = lambda message: [message, *told]
        self.ctl.json("warrant", "end", warrant)
        self.wait_forged(dataplane, "was taken before")
        dataplane.wait_tasks(1, "ended")
        self.assertEqual(self.receiver.stop(), 0)
        dataplane.stop()

    def test_what_was_signed_for_one_process_is_worth_nothing_to_the_next(self):
        dataplane = self.relayed()
        self.active_warrant("lea", "LIID-TRUST", [f"ipv4:{TARGET}"])
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        told = list(self.relay.told)
        dataplane.kill()

        def former(message):
            return told if carries_directives(message) else [message]

        self.relay.tamper = former
        dataplane.start()
        self.wait_forged(dataplane, "the signature does not hold")
        self.assert_copied_nothing(dataplane)


class SignedOneByOne(SignedDirectives):
    """The same to a dataplane that takes no batches."""
    batches = False


class RequiredOrders(TrustTest):
    def test_without_an_approvers_order_nothing_is_copied_and_lictord_is_told(self):
        self.certificates("authority")
        self.lictord.start()
        self.agency("lea", self.lemf())
        dataplane = self.guarded({"address": self.lictord.address, "orders": {
            "required": True, "approvers": {"ca": str(self.folder / "tls/ca.pem")}}})
        dataplane.wait_statistics(lambda now: "records" in now, "it reports")
        wait_for(lambda: [one for one in self.ctl.json("dataplane", "list").get("dataplanes", []) if one.get("attached")],
                 "the dataplane is attached")
        refusal = self.ctl.refused("warrant", "activate", self.warrant("lea", "LIID-TRUST", [f"ipv4:{TARGET}"]))
        self.assertIn("order: there is none, and it is required", refusal.message)
        wait_for(lambda: self.alarms("order_refused"), "lictord hears of it")
        self.assert_copied_nothing(dataplane)

    def test_what_an_approver_signed_on_his_own_machine_is_copied(self):
        for words in (["authority"], ["server", "127.0.0.1"], ["dataplane", "NE-1"], ["person", "berta", "approver"]):
            self.certificates(*words)
        for folder in (self.folder, self.folder / "tls"):
            folder.chmod(0o755)
        for name in ("berta.key", "berta.pem"):
            os.chown(self.folder / "tls" / name, APPROVER_UID, NOGROUP)
        self.lictord.settings["listen"]["group"] = "nogroup"
        self.lictord.settings["access"] = {"people": [
            {"uid": os.getuid(), "name": "anna", "roles": ["operator", "auditor"]},
            {"uid": APPROVER_UID, "name": "berta", "roles": ["approver"]}]}
        approvers = {"required": True, "approvers": {"ca": str(self.folder / "tls/ca.pem")}}
        self.lictord.settings["policy"].update({"four_eyes": True, "orders": approvers})
        self.listen_on_the_network()
        lemf = self.lemf()
        self.agency("lea", lemf)
        dataplane = self.guarded({**self.control("NE-1"), "orders": {**approvers, "versions": str(self.folder / "versions")}})
        order = self.folder / "order.pdf"
        order.write_bytes(b"the court's order")
        warrant = self.warrant("lea", "LIID-TRUST", [f"ipv4:{TARGET}"], "--order-file", str(order))
        self.ctl.json("warrant", "submit", warrant)
        signing = ["--sign-key", self.folder / "tls/berta.key", "--sign-certificate", self.folder / "tls/berta.pem"]
        entry, seen = self.looked_at(warrant, order)
        unsigned = self.as_approver("approve", warrant, *entry, "--target", f"ipv4:{TARGET}")
        self.assertIn("wants each order signed", unsigned.stderr)
        other = self.as_approver("approve", warrant, *entry, "--target", "ipv4:192.0.2.8", *signing, *seen)
        self.assertIn("nothing is signed", other.stderr)
        unseen = self.as_approver("approve", warrant, *entry, "--target", f"ipv4:{TARGET}", *signing)
        self.assertIn("--seen: needed", unseen.stderr)
        # What nobody enters is swapped, and the revision is the right one.
        self.ctl.json("warrant", "modify", warrant, "--user-label", "somebody else")
        self.ctl.json("warrant", "submit", warrant)
        entry, now = self.looked_at(warrant, order)
        swapped = self.as_approver("approve", warrant, *entry, "--target", f"ipv4:{TARGET}", *signing, *seen)
        self.assertIn("not the one that was seen", swapped.stderr)
        for words in (["approve", warrant, *entry, "--target", f"ipv4:{TARGET}", *signing, *now], ["activate", warrant]):
            done = self.as_approver(*words)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_copies(dataplane, lemf)
        self.assertEqual(len((self.folder / "versions").read_text(encoding="ascii").splitlines()), 2, "a head, and the version")

    def looked_at(self, warrant: str, order) -> tuple[list, list]:
        """What the approver enters behind a look at what waits, and that he has seen its order."""
        shown = json.loads(self.as_approver("preview", warrant).stdout)
        entry = ["--revision", shown["revision"], "--liid", "LIID-TRUST", "--order-file", order, "--end", shown["warrant"]["end"], "--content",
                 "both"]
        return entry, ["--seen", hashlib.sha256(base64.b64decode(shown["order"])).hexdigest()]

    def as_approver(self, *words) -> subprocess.CompletedProcess:
        return subprocess.run([program("lictorctl"), "--server", self.lictord.address, "--json", "warrant", *map(str, words)],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=60,
                              user=APPROVER_UID, group=NOGROUP, extra_groups=[])


class OverTheNetwork(TrustTest):
    def setUp(self) -> None:
        super().setUp()
        for words in (["authority"], ["server", "127.0.0.1"], ["dataplane", "NE-1"], ["dataplane", "NE-2"], ["person", "anna", "operator"]):
            self.certificates(*words)
        self.listen_on_the_network()

    def test_a_dataplane_with_its_certificate_is_told_what_to_copy(self):
        lemf = self.lemf()
        self.agency("lea", lemf)
        dataplane = self.guarded(self.control("NE-1"))
        self.active_warrant("lea", "LIID-TRUST", [f"ipv4:{TARGET}"])
        self.assert_copies(dataplane, lemf)

    def test_another_elements_or_a_persons_certificate_attaches_nothing(self):
        for name, why in (("NE-2", "another network element's"), ("anna", "may not do this")):
            dataplane = self.guarded(self.control(name))
            dataplane.process.wait_until(lambda: why in dataplane.process.log(), f"{name} is turned away: {why}")
            self.assertEqual(self.ctl.json("dataplane", "list").get("dataplanes", []), [])
            self.assert_copied_nothing(dataplane)

    def test_whoever_is_not_shown_to_be_lictord_is_not_listened_to(self):
        dataplane = self.guarded(self.control("NE-1", server_name="lictord.example.org"))
        dataplane.process.wait_until(lambda: dataplane.process.log().count("not attached to lictord") > 1, "it is not attached")
        self.assertEqual(self.ctl.json("dataplane", "list").get("dataplanes", []), [])
        self.assert_copied_nothing(dataplane)

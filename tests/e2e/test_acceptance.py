"""lictorctl acceptance run: test records over the whole real path, and a signed protocol of what came of each step."""

import json
import os
import subprocess

from support import ps_pdu
from support.bench import E2eTest
from support.certificates import Authority
from support.environment import program
from support.fake_lemf import FakeLemf
from support.frames import conversation, write_pcap
from support.live import PEER, TARGET
from support.dataplane import pcap_port

QUICK = ("--keepalive-idle", "5", "--keepalive-wait", "1", "--confirm-interval-ms", "50", "--confirm-fallback-ms", "500")
STEPS = ["connect", "begin", "test-pdu-hi2", "test-pdu-hi3", "hi1-alarm", "operator-message", "small-content", "large-content",
         "keepalive", "confirm-level", "keepalive-loss", "outage", "end"]


class Acceptance(E2eTest):
    def appliance(self, receiver, *options: str):
        """A dataplane that copies nothing; what it receives is of no interest."""
        self.lictord.start()
        self.agency("lea", receiver, *QUICK, *options)
        capture = self.folder / "nothing.pcap"
        write_pcap(capture, conversation(TARGET, PEER, 1, 100))
        dataplane = self.dataplane([pcap_port(capture)]).start()
        dataplane.process.wait_until(lambda: self.attached("NE-1"), "it is attached")
        return dataplane

    def attached(self, element: str) -> bool:
        return any(one["network_element_id"] == element and one["attached"]
                   for one in self.ctl.json("dataplane", "list").get("dataplanes", []))

    def run_acceptance(self, *words: str, agency: str = "lea") -> subprocess.CompletedProcess:
        command = [program("lictorctl"), "--server", self.lictord.address, "acceptance", "run", agency, "--operator", "OP1",
                   "--protocol", self.folder / "protocol.json", *words]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=300,
                              env={**os.environ, "LICTOR_SERVER": "unix:/nonexistent"})

    def protocol(self) -> dict:
        return json.loads((self.folder / "protocol.json").read_text(encoding="utf-8"))

    def verdicts(self) -> dict:
        return {step["name"]: step["verdict"].removeprefix("ACCEPTANCE_VERDICT_") for step in self.protocol()["steps"]}

    def test_every_step_passes_and_the_signature_proves_the_protocol(self):
        lemf = self.lemf()
        dataplane = self.appliance(lemf, "--test-liid", "TEST-LINE-7")
        self.secrets.add("TEST-LINE-7")
        authority = Authority(self.folder, "ca")
        credential = authority.issue("operator")
        done = self.run_acceptance("--sign-key", str(credential.key), "--sign-certificate", str(credential.path))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        protocol = self.protocol()
        self.assertEqual([step["name"] for step in protocol["steps"]], STEPS)
        self.assertEqual(set(self.verdicts().values()), {"PASSED"}, protocol)
        self.assertEqual((protocol["state"], protocol["liid"]), ("ACCEPTANCE_STATE_PASSED", "TEST-LINE-7"))
        self.assertEqual([one["confirm_works"] for one in protocol["interfaces"]], ["CONFIRM_LEVEL_READ"] * 2)
        outage = next(step for step in protocol["steps"] if step["name"] == "outage")
        self.assertGreaterEqual(outage["records_resent"], 8)
        self.assertEqual(sum(step["records"] for step in protocol["steps"]),
                         sum(step["records_confirmed"] for step in protocol["steps"]))
        self.check_signature(authority)
        self.check_received(lemf)
        statistics = dataplane.stop()
        self.assertEqual(statistics["records"]["confirmed"], statistics["records"]["appended"])

    def test_where_each_warrant_has_a_key_the_run_has_the_one_that_it_says(self):
        lemf = self.lemf()
        dataplane = self.appliance(lemf, "--encryption", "aes256", "--payload-key-per-warrant")
        done = self.run_acceptance("--unsigned")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        key = bytes(range(32)).hex()
        self.assertIn(f"payload key of test records: {key}\n", done.stdout)
        dataplane.stop()
        lemf.stop()
        kept = self.folder / "test.key"
        kept.write_text(key, encoding="ascii")
        for side in ("hi2", "hi3"):
            opened = subprocess.run([program("lictor-lemf"), "decrypt", "--payload-key", kept, lemf.out / f"{side}.ber",
                                     self.folder / f"{side}.plain"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                    check=False, timeout=60)
            self.assertEqual(opened.returncode, 0, opened.stdout)
            self.assertNotEqual(opened.stdout, "0 records decrypted\n")

    def check_signature(self, authority: Authority) -> None:
        verify = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", self.folder / "protocol.json.p7s", "-CAfile",
                  authority.path, "-purpose", "any", "-out", os.devnull, "-content"]
        subprocess.run([*verify, self.folder / "protocol.json"], check=True, stderr=subprocess.PIPE, timeout=60)
        forged = self.folder / "forged.json"
        forged.write_text((self.folder / "protocol.json").read_text(encoding="utf-8").replace("PASSED", "passed", 1),
                          encoding="utf-8")
        self.assertNotEqual(subprocess.run([*verify, forged], check=False, stderr=subprocess.PIPE, timeout=60).returncode, 0)

    def check_received(self, lemf) -> None:
        """Strict, without a gap, marked as a test, and nobody's."""
        self.assertEqual(lemf.stop(), 0)
        kinds = {}
        for interface in ("hi2", "hi3"):
            pdus = [ps_pdu.decode(record) for _, record in ps_pdu.records((lemf.out / f"{interface}.ber").read_bytes())]
            kinds[interface] = [ps_pdu.kind_of(pdu) for pdu in pdus]
            liids = {pdu["pSHeader"]["lawfulInterceptionIdentifier"] for pdu in pdus}
            self.assertEqual(liids, {b"TEST-LINE-7", b"-"})
        lengths = {len(one.packet) for one in lemf.contents()}
        self.assertEqual(lengths, {28, 128, 1500, 9000, 65535})
        summary = lemf.summary()
        self.assertEqual([summary[one]["missing"] for one in ("hi2", "hi3")], [0, 0])
        self.assertGreater(summary["hi3"]["repeats"], 0, "the outage made it send again")
        for kind, count in (("iri", 2), ("hi1", 3), ("operatorLeaMessage", 1)):  # HI1: begin, alarm, end
            self.assertEqual(kinds["hi2"].count(kind), count, kinds["hi2"])

    def check_form(self, form: str) -> None:
        """Whatever form the agency wants to be told in: both are tried, and the protocol is true."""
        lemf = self.lemf()
        dataplane = self.appliance(lemf, "--agency-alarms", form, "--test-liid", "TEST-LINE-7")
        done = self.run_acceptance("--unsigned")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(set(self.verdicts().values()), {"PASSED"}, self.protocol())
        self.check_received(lemf)
        dataplane.stop()

    def test_an_agency_that_wants_no_alarms_can_pass(self):
        self.check_form("off")

    def test_an_agency_that_wants_messages_gets_the_alarm_that_the_protocol_tells_of(self):
        self.check_form("message")

    def test_a_peer_that_acknowledges_passes_every_step(self):
        dataplane = self.appliance(self.lemf(), "--confirm", "acknowledged")
        done = self.run_acceptance("--unsigned")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(set(self.verdicts().values()), {"PASSED"}, self.protocol())
        self.assertEqual([one["confirm_works"] for one in self.protocol()["interfaces"]], ["CONFIRM_LEVEL_ACKNOWLEDGED"] * 2)
        dataplane.stop()

    def test_a_peer_that_declines_to_acknowledge_is_found_out_and_the_rest_passes(self):
        dataplane = self.appliance(self.lemf(options=("--options", "decline")), "--confirm", "acknowledged")
        done = self.run_acceptance("--unsigned")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual([name for name, verdict in self.verdicts().items() if verdict != "PASSED"], ["confirm-level"], self.protocol())
        step = next(step for step in self.protocol()["steps"] if step["name"] == "confirm-level")
        self.assertIn("HI3 can do read: the peer declines to acknowledge PDUs", step["text"])
        dataplane.stop()

    def test_a_peer_that_answers_nothing_is_found_out_and_the_rest_goes_on(self):
        fake = self._own(FakeLemf(answers=False))
        self.addCleanup(fake.close)
        dataplane = self.appliance(fake)
        done = self.run_acceptance("--unsigned", "--step-timeout", "10")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        verdicts = self.verdicts()
        failed = [name for name in STEPS if verdicts[name] == "FAILED"]
        self.assertEqual(failed, ["keepalive", "confirm-level", "keepalive-loss"], self.protocol())
        self.assertEqual(verdicts["end"], "PASSED")
        self.assertEqual({one["confirm_works"] for one in self.protocol()["interfaces"]}, {"CONFIRM_LEVEL_TRANSPORTED"})
        self.assertFalse((self.folder / "protocol.json.p7s").exists())
        dataplane.stop()

    def test_nobody_there_ends_the_run_and_leaves_nothing(self):
        lemf = self.lemf()
        dataplane = self.appliance(lemf)
        lemf.stop()
        done = self.run_acceptance("--unsigned", "--step-timeout", "1")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        verdicts = self.verdicts()
        self.assertEqual(verdicts.pop("connect"), "FAILED")
        self.assertEqual(set(verdicts.values()), {"SKIPPED"})
        dataplane.wait_statistics(lambda now: now["records"]["in_spool"] == 0 and not now["destinations"],
                                  "what was not delivered is purged")
        dataplane.stop()

    def test_it_does_not_mix_with_warrants(self):
        lemf = self.lemf()
        dataplane = self.appliance(lemf)
        filed = self.warrant("lea", "LIID-REAL", [f"ipv4:{TARGET}"])
        self.ctl.json("warrant", "activate", filed)
        done = self.run_acceptance("--unsigned")
        self.assertEqual(done.returncode, 1)
        self.assertIn("in force", done.stderr)
        self.assertFalse((self.folder / "protocol.json").exists())
        self.ctl.json("warrant", "end", filed)
        refused = self.ctl.refused("warrant", "create", "--agency", "lea", "--liid", "LICTOR-TEST", "--reference", "R",
                                   "--authorised-by", "J", "--country", "AT", "--operator", "OP1", "--user-label", "u",
                                   "--access-type", "lan", "--end", "2099-01-01T00:00:00Z", "--content", "both", "--target",
                                   f"ipv4:{TARGET}")
        self.assertIn("warrant.", refused.message)
        dataplane.stop()

"""Integrity PDUs as an agency gets them: each holds over the bytes that came, by a verifier that shares nothing with the
product, through outages and kill -9; and one flipped bit is found."""

import subprocess
from pathlib import Path

from support import integrity
from support.bench import E2eTest
from support.dataplane import pcap_port
from support.environment import program
from support.frames import conversation, write_pcap
from support.live import PEER, TARGET
from support.waiting import wait_for
from test_spool import SpoolTest


def make_signing_key(folder: Path, kind: str) -> tuple[Path, Path]:
    """A private key that only its owner can read, and the public one."""
    private, public = folder / f"{kind}.pem", folder / f"{kind}.pub"
    form = ["ED25519"] if kind == "ed25519" else ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    subprocess.run(["openssl", "genpkey", "-algorithm", *form, "-out", private], check=True, capture_output=True)
    private.chmod(0o600)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True, capture_output=True)
    return private, public


class Integrity(E2eTest):
    def delivered(self, *profile: str, key: str = "", count: int = 250) -> None:
        """A small capture, delivered whole to self.receiver."""
        self.lictord.start()
        self.receiver = self.lemf()
        self.agency("lea", self.receiver, *profile)
        warrant = self.active_warrant("lea", "LIID-PROVEN", [f"ipv4:{TARGET}"])
        path = self.folder / "proven.pcap"
        packets = write_pcap(path, conversation(TARGET, PEER, count))
        settings = {}
        if key:
            private, self.public = make_signing_key(self.folder, key)
            settings["handover"] = {"connect_retry_min_ms": 50, "connect_retry_max_ms": 500, "drain_ms": 30000,
                                    "signing_keys": [{"name": "evidence", "file": str(private)}]}
        dataplane = self.dataplane([pcap_port(path)], replay={"taps": 1, "packets": packets}, **settings).start()
        dataplane.wait_replayed()
        self.ctl.json("warrant", "end", warrant)
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(self.receiver.stop(), 0)

    def stream(self, side: str) -> bytes:
        return (self.receiver.out / f"{side}.ber").read_bytes()

    def check(self, side: str, **how) -> integrity.Report:
        report = integrity.verify(self.stream(side), **how)
        self.assertEqual(report.faults, [])
        self.assertGreater(report.records, 0)
        self.assertEqual(report.covered, report.records, "every record has a hash")
        return report

    def tool(self, path: Path, *options: str) -> tuple[int, str]:
        done = subprocess.run([program("lictor-lemf"), "verify", "--complete", *options, path], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
        return done.returncode, done.stdout

    def test_every_record_has_a_hash_that_holds(self):
        self.delivered("--integrity", "sha256", "--hash-records", "100")
        content = self.check("hi3")
        self.assertEqual((content.records, content.hashes, content.signatures), (250, 3, 0))
        self.assertEqual(self.check("hi2").records, 2)

    def test_one_flipped_bit_is_found(self):
        self.delivered("--integrity", "sha512")
        octets = bytearray(self.stream("hi3"))
        octets[octets.index(b"\x45\x00") + 30] ^= 1  # in the first packet
        self.assertEqual(integrity.verify(bytes(octets)).faults, ["hash 0 does not hold"])
        self.assertEqual(self.tool(self.receiver.out / "hi3.ber")[0], 0)
        damaged = self.folder / "damaged-hi3.ber"
        damaged.write_bytes(octets)
        status, text = self.tool(damaged)
        self.assertEqual(status, 1, text)
        self.assertIn("hash 0 does not hold", text)

    def test_ecdsa_signatures_hold_over_the_hash_pdus(self):
        self.delivered("--integrity", "sha384", "--hash-records", "50", "--signing-key", "evidence", "--signature-hashes", "2",
                       key="ec")
        self.assertEqual(self.check("hi3", public_key=self.public).signatures, 3)
        self.assertEqual(self.check("hi2", public_key=self.public).signatures, 1)
        status, text = self.tool(self.receiver.out / "hi3.ber", "--public-key", str(self.public))
        self.assertEqual(status, 0, text)
        self.assertIn("3 signatures hold", text)
        _, stranger = make_signing_key(self.lictord.folder, "ec")
        self.assertIn("signature 0 does not hold", integrity.verify(self.stream("hi3"), stranger).faults)

    def test_ed25519_signatures_hold_over_digests(self):
        self.delivered("--integrity", "sha256", "--signing-key", "evidence", "--signature-covers", "digests", key="ed25519")
        self.assertEqual(self.check("hi3", public_key=self.public, covers="digests").signatures, 1)

    def test_signatures_over_the_list_count_from_one_as_openli_does(self):
        self.delivered("--integrity", "sha256", "--signing-key", "evidence", "--signature-covers", "list", "--integrity-from-1",
                       key="ec")
        report = self.check("hi3", public_key=self.public, covers="list", first=1)
        self.assertEqual((report.hashes, report.signatures), (1, 1))

    def test_the_receiver_sees_the_end_behind_the_last_check(self):
        self.delivered("--integrity", "sha256")
        kinds = self.receiver.hi2_stream().kinds(b"LIID-PROVEN")
        self.assertEqual(kinds[-2:], ["integrityCheck", "liDeactivated"])

    def test_a_signing_key_that_is_not_there_is_named(self):
        self.lictord.start()
        receiver = self.lemf()
        self.agency("lea", receiver, "--integrity", "sha256", "--signing-key", "nowhere")
        self.active_warrant("lea", "LIID-NOKEY", [f"ipv4:{TARGET}"])
        path = self.folder / "nokey.pcap"
        packets = write_pcap(path, conversation(TARGET, PEER, 10))
        self.dataplane([pcap_port(path)], replay={"taps": 1, "packets": packets}).start()
        wait_for(lambda: any("profile.integrity.signing_key" in alarm["text"] for alarm in self.alarms("directive_refused")),
                 "the refusal names the field")


class Killed(SpoolTest):
    def test_what_is_sent_after_kill_9_verifies_and_no_number_is_given_twice(self):
        profile = ("--cin", "same", "--integrity", "sha256", "--hash-records", "64", "--hash-ms", "10")
        dataplane = self.copied("LIID-KILLED", count=1000, profile=profile)
        dataplane.kill()
        dataplane.start()  # replays the same once more, under numbers that go on
        self.later.start()
        dataplane.wait_replayed()
        self.ctl.json("warrant", "end", self.warrant_id)
        self.wait_recovered(dataplane)
        dataplane.stop()
        self.assertEqual(self.later.stop(), 0)
        report = integrity.verify((self.later.out / "hi3.ber").read_bytes())
        self.assertEqual(report.faults, [])
        self.assertEqual(report.records, 2000)
        # Only what was under way when it was killed can be without a hash.
        self.assertGreaterEqual(report.covered, 1000 + 1000 - 64)
        self.assertEqual(integrity.verify((self.later.out / "hi2.ber").read_bytes()).faults, [])

    def test_how_many_records_kill_9_left_without_a_hash_is_told(self):
        dataplane = self.copied("LIID-UNHASHED", profile=("--integrity", "sha256", "--hash-records", "4096", "--hash-ms", "60000"))
        dataplane.kill()
        dataplane.start()  # under a fresh CIN
        self.later.start()
        wait_for(lambda: any("restart" in one["text"] for one in self.alarms("integrity_incomplete")), "the operator is told")
        self.assertIn("301", [one["count"] for one in self.alarms("integrity_incomplete")], "the beginning and the content")
        dataplane.wait_replayed()
        self.ctl.json("warrant", "end", self.warrant_id)
        self.wait_recovered(dataplane)
        dataplane.stop()
        self.assertEqual(self.later.stop(), 0)
        hi2 = (self.later.out / "hi2.ber").read_bytes()
        self.assertIn(b"the last 301 records at least before a restart", hi2, "its agency is told")

    def test_checks_numbered_by_liid_verify_over_the_cins_of_two_processes(self):
        self.later.options = ("--number-series", "liid")
        profile = ("--number-series", "liid", "--integrity", "sha256", "--hash-records", "64", "--hash-ms", "10")
        dataplane = self.copied("LIID-TWOCINS", profile=profile)
        dataplane.kill()
        dataplane.start()  # replays the same once more, under another CIN
        self.later.start()
        dataplane.wait_replayed()
        self.ctl.json("warrant", "end", self.warrant_id)
        self.wait_recovered(dataplane)
        dataplane.stop()
        self.assertEqual(self.later.stop(), 0)
        self.assertEqual(len({one.cin for one in self.later.contents()}), 2)
        for side, records in (("hi2", 3), ("hi3", 600)):  # two beginnings and an end
            path = self.later.out / f"{side}.ber"
            report = integrity.verify(path.read_bytes(), by_liid=True)
            self.assertEqual((report.faults, report.records), ([], records))
            done = subprocess.run([program("lictor-lemf"), "verify", "--number-series", "liid", path], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertIn(f"{records} records", done.stdout)

    def test_an_outage_changes_no_octet(self):
        dataplane = self.copied("LIID-OUTAGE", count=1000, profile=("--integrity", "sha256", "--hash-records", "100"))
        self.ctl.json("warrant", "end", self.warrant_id)
        self.later.start()
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(self.later.stop(), 0)
        report = integrity.verify((self.later.out / "hi3.ber").read_bytes())
        self.assertEqual((report.faults, report.records, report.covered, report.hashes), ([], 1000, 1000, 10))

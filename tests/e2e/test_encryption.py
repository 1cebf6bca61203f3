"""Encrypted payloads as an agency gets them: openssl's command line decrypts each, lictor-lemf all of them, and hashes hold
on the side of the encryption that the profile says."""

import os
import secrets
import subprocess
from pathlib import Path

from support import integrity
from support.bench import E2eTest
from support.capture_file import read_capture
from support.dataplane import pcap_port
from support.delivered import Stream, contents_of
from support.environment import program
from support.frames import conversation, write_pcap
from support.live import PEER, TARGET
from support.oracle import read_expected
from support.waiting import wait_for

SAMPLES = Path(os.environ.get("LICTOR_SAMPLES", Path(__file__).resolve().parents[2].parent / "shared" / "samples"))
# The samples' own, made up like everything in them.
SAMPLE_KEY = "d130001df958c0fba209c471dc51efcdbb142a9b0ecdbe1d"


class Encryption(E2eTest):
    def delivered(self, *profile: str, key_bytes: int = 0, count: int = 40) -> None:
        """A small capture, delivered whole to self.receiver."""
        self.lictord.start()
        self.receiver = self.lemf()
        self.key = secrets.token_hex(key_bytes)
        self.key_file = self.folder / "payload.key"
        handover = {"connect_retry_min_ms": 50, "connect_retry_max_ms": 500, "drain_ms": 30000}
        if key_bytes:
            self.secrets.add(self.key)
            self.key_file.touch(0o600)
            self.key_file.write_text(self.key + "\n", encoding="ascii")
            handover["payload_keys"] = [{"name": "agency", "file": str(self.key_file)}]
            profile = (*profile, "--payload-key", "agency")
        self.agency("lea", self.receiver, *profile)
        warrant = self.active_warrant("lea", "LIID-SEALED", [f"ipv4:{TARGET}"])
        self.path = self.folder / "sealed.pcap"
        packets = write_pcap(self.path, conversation(TARGET, PEER, count))
        dataplane = self.dataplane([pcap_port(self.path)], replay={"taps": 1, "packets": packets}, handover=handover).start()
        dataplane.wait_replayed()
        self.ctl.json("warrant", "end", warrant)
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(self.receiver.stop(), 0)

    def stream(self, side: str) -> bytes:
        return (self.receiver.out / f"{side}.ber").read_bytes()

    def containers(self, side: str) -> list[tuple[int, bytes]]:
        """(sequence number, container) of every record that has one."""
        found = []
        for _, record, _ in integrity.elements(self.stream(side)):
            container = integrity.child(record, 0xA2, 0xA4)
            if container is not None:
                found.append((integrity.number(integrity.child(record, 0xA1, 0x84)), container))
        return found

    def packets(self) -> list[bytes]:
        return [one.packet for one in read_expected(read_capture(self.path), [f"ipv4:{TARGET}"]).expected]

    def assert_opens(self, key_bytes: int, method: int) -> None:
        containers = self.containers("hi3")
        self.assertEqual([one for one, _ in containers], list(range(len(self.packets()))))
        self.assertEqual({integrity.number(integrity.child(one, 0x80)) for _, one in containers}, {method})
        payloads = [integrity.payload_of(container, own, self.key) for own, container in containers]
        packets = [integrity.child(one, 0xA1, 0x30, 0xA2, 0xA2, 0xA1, 0x80) for one in payloads]
        self.assertEqual(packets, self.packets())
        if key_bytes:
            for packet in self.packets():
                self.assertNotIn(packet, self.stream("hi3"))
        kinds = [integrity.payload_of(container, own, self.key)[0] for own, container in self.containers("hi2")]
        self.assertEqual(kinds, [0xA3, 0xA0, 0xA0, 0xA3], "liActivated, IRI begin, IRI report, liDeactivated")
        counters = [integrity.number(integrity.child(integrity.decrypted(one, own, self.key), 0x30, 0x80)) for own, one in containers]
        sizes = [len(whole) for _, record, whole in integrity.elements(self.stream("hi3")) if integrity.child(record, 0xA2, 0xA4)]
        self.assertEqual([after - before for before, after in zip(counters, counters[1:])], sizes[:-1])

    def test_aes_192_opens_with_openssls_command_line(self):
        self.delivered("--encryption", "aes192", key_bytes=24)
        self.assert_opens(24, 3)

    def test_aes_256_opens_with_openssls_command_line(self):
        self.delivered("--encryption", "aes256", key_bytes=32)
        self.assert_opens(32, 4)

    def test_a_container_of_type_none_shows_what_is_in_it(self):
        self.delivered("--encryption", "none")
        self.assert_opens(0, 1)

    def test_the_receivers_tool_opens_a_stream_and_refuses_another_key(self):
        self.delivered("--encryption", "aes192", key_bytes=24)
        opened = self.folder / "opened"
        opened.mkdir()
        for side in ("hi2", "hi3"):
            done = self.decrypt(self.receiver.out / f"{side}.ber", opened / f"{side}.ber", self.key_file)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertEqual(subprocess.run([program("lictor-lemf"), "check", opened / f"{side}.ber"], stdout=subprocess.DEVNULL,
                                            check=False, timeout=60).returncode, 0, "strict DER, without errors")
        self.assertEqual([one.packet for one in contents_of(Stream(opened, "hi3"))], self.packets())
        self.assertEqual(Stream(opened, "hi2").gaps() + Stream(opened, "hi3").gaps(), [])
        other = self.folder / "other.key"
        other.write_text(secrets.token_hex(24), encoding="ascii")
        done = self.decrypt(self.receiver.out / "hi3.ber", self.folder / "nothing", other)
        self.assertEqual(done.returncode, 1)
        self.assertIn("another key", done.stdout)

    def decrypt(self, path: Path, out: Path, key: Path) -> subprocess.CompletedProcess:
        return subprocess.run([program("lictor-lemf"), "decrypt", "--payload-key", key, path, out], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=60)

    def assert_proven(self, before: bool) -> None:
        how = {"key": self.key, "before": before}
        for side, of in (("hi2", integrity.IRI), ("hi3", integrity.CC)):
            report = integrity.verify(self.stream(side), encrypted=of, **how)
            self.assertEqual((report.faults, report.covered), ([], report.records))
            self.assertGreater(report.records, 0)
            wrong = integrity.verify(self.stream(side), encrypted=of, key=self.key, before=not before)
            self.assertTrue(wrong.faults, "on the other side of the encryption it does not hold")
            done = subprocess.run([program("lictor-lemf"), "verify", "--complete", "--payload-key", self.key_file,
                                   self.receiver.out / f"{side}.ber"], stdout=subprocess.PIPE, text=True, check=False, timeout=60)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertEqual("before encryption" in done.stdout, before)

    def test_hashes_hold_over_what_is_sent(self):
        self.delivered("--encryption", "aes256", "--integrity", "sha256", key_bytes=32)
        self.assert_proven(before=False)

    def test_hashes_hold_over_what_was_not_yet_encrypted(self):
        self.delivered("--encryption", "aes192", "--integrity", "sha256", "--hash-before-encryption", key_bytes=24)
        self.assert_proven(before=True)

    def test_a_key_that_is_not_there_is_named_and_nothing_goes_in_the_clear(self):
        self.lictord.start()
        receiver = self.lemf()
        self.agency("lea", receiver, "--encryption", "aes192", "--payload-key", "nowhere")
        self.active_warrant("lea", "LIID-NOKEY", [f"ipv4:{TARGET}"])
        path = self.folder / "nokey.pcap"
        packets = write_pcap(path, conversation(TARGET, PEER, 10))
        self.dataplane([pcap_port(path)], replay={"taps": 1, "packets": packets}).start()
        wait_for(lambda: any("profile.encryption.key" in alarm["text"] for alarm in self.alarms("directive_refused")),
                 "the refusal names the field")
        self.assertEqual(receiver.received("hi2") + receiver.received("hi3"), 0)

    def test_records_that_openli_encrypted_open_too(self):
        samples = SAMPLES / "openli"
        if not samples.exists():
            self.skipTest(f"no samples in {samples}: set LICTOR_SAMPLES")
        key = self.folder / "sample.key"
        key.write_text("0x" + SAMPLE_KEY, encoding="ascii")
        for name, count, kind in (("encrypted-aes192cbc-cc.bin", 5, 0xA1), ("encrypted-aes192cbc-iri.bin", 1, 0xA0)):
            octets = (samples / name).read_bytes()
            payloads = [integrity.payload_of(integrity.child(record, 0xA2, 0xA4), integrity.number(integrity.child(record, 0xA1, 0x84)),
                                             SAMPLE_KEY) for _, record, _ in integrity.elements(octets)]
            self.assertEqual([payload[0] for payload in payloads], count * [kind])
            out = self.folder / name
            done = self.decrypt(samples / name, out, key)
            self.assertEqual((done.returncode, done.stdout), (0, f"{count} records decrypted\n"))
            opened = [integrity.child(record, 0xA2) for _, record, _ in integrity.elements(out.read_bytes())]
            self.assertEqual(opened, payloads)

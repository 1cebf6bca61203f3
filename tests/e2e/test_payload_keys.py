"""A payload key for each warrant: openssl's command line opens the records of each by its own key and by no other, the key
outlives every kill -9, goes with the order, and stands in no store, no log and no command line."""

import pty
import secrets
import subprocess
from pathlib import Path

from support import integrity
from support.bench import E2eTest
from support.capture_file import read_capture
from support.control import Refused
from support.dataplane import Dataplane, pcap_port
from support.environment import program
from support.frames import conversation, write_pcap
from support.live import PEER, TARGET
from support.oracle import read_expected
from support.privacy import traces_in_process, traces_of
from support.waiting import wait_for

OTHER = "192.0.2.8"
LIIDS = {"LIID-KEY-A": TARGET, "LIID-KEY-B": OTHER}


class PayloadKeys(E2eTest):
    def setUp(self) -> None:
        super().setUp()
        self.lictord.start()
        self.receiver = self.lemf()

    def key_file(self, name: str, key: str, octets: bool = False) -> Path:
        self.secrets.add(key)
        path = self.folder / name
        path.touch(0o600)
        path.write_bytes(bytes.fromhex(key) if octets else f"{key}\n".encode())
        return path

    def key_of(self, warrant: str, name: str) -> str:
        """As a person gets it for the agency."""
        path = self.folder / name
        self.ctl.json("warrant", "payload-key", warrant, "--output", path)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        key = path.read_text(encoding="ascii").strip()
        self.secrets.add(key)
        return key

    def two_warrants(self, *profile: str, key_bytes: int = 32) -> None:
        """One whose key is filed, one whose key is made: self.warrants and self.keys by LIID."""
        self.agency("lea", self.receiver, "--encryption", f"aes{key_bytes * 8}", "--payload-key-per-warrant", *profile)
        filed = secrets.token_hex(key_bytes)
        path = self.key_file("filed.key", filed, octets=True)
        self.warrants = {
            "LIID-KEY-A": self.active_warrant("lea", "LIID-KEY-A", [f"ipv4:{TARGET}"], "--payload-key", path),
            "LIID-KEY-B": self.active_warrant("lea", "LIID-KEY-B", [f"ipv4:{OTHER}"])}
        self.keys = {liid: self.key_of(warrant, f"{liid[-1]}.key") for liid, warrant in self.warrants.items()}
        self.assertEqual(self.keys["LIID-KEY-A"], filed)
        self.assertEqual(len(self.keys["LIID-KEY-B"]), 2 * key_bytes)
        self.assertNotEqual(*self.keys.values())

    def replayed(self, **settings) -> Dataplane:
        self.path = self.folder / "two.pcap"
        packets = write_pcap(self.path, conversation(TARGET, PEER, 20) + conversation(OTHER, PEER, 20))
        dataplane = self.dataplane([pcap_port(self.path)], replay={"taps": 2, "packets": packets}, **settings).start()
        dataplane.wait_replayed()
        return dataplane

    def containers(self, side: str, liid: str) -> list[tuple[int, bytes]]:
        """(sequence number, container) of every record of the LIID that has one."""
        found = []
        for _, record, _ in integrity.elements((self.receiver.out / f"{side}.ber").read_bytes()):
            container = integrity.child(record, 0xA2, 0xA4)
            if container is not None and integrity.child(record, 0xA1, 0x81) == liid.encode():
                found.append((integrity.number(integrity.child(record, 0xA1, 0x84)), container))
        return found

    def packets_by(self, key: str, liid: str) -> list[bytes]:
        payloads = [integrity.payload_of(container, number, key) for number, container in self.containers("hi3", liid)]
        return [integrity.child(payload, 0xA1, 0x30, 0xA2, 0xA2, 0xA1, 0x80) for payload in payloads]

    def expected(self, liid: str) -> list[bytes]:
        return [one.packet for one in read_expected(read_capture(self.path), [f"ipv4:{LIIDS[liid]}"]).expected]

    def assert_each_opens_by_its_own(self, times: int = 1) -> None:
        for liid, key in self.keys.items():
            self.assertEqual(self.packets_by(key, liid), times * self.expected(liid))
            other = next(one for name, one in self.keys.items() if name != liid)
            for number, container in self.containers("hi3", liid) + self.containers("hi2", liid):
                self.assertNotEqual(integrity.decrypted(container, number, other), integrity.decrypted(container, number, key))
            with self.assertRaises(Exception):
                self.packets_by(other, liid)

    def assert_secret(self) -> None:
        """No key in the store's files, as octets or as digits, nor in what runs."""
        for path in self.folder.glob("lictord.db*"):
            octets = path.read_bytes()
            self.assertEqual(traces_of(octets, self.keys.values()), [], path.name)
            for key in self.keys.values():
                self.assertNotIn(bytes.fromhex(key), octets, path.name)
        for log in self.folder.glob("*.log"):
            for key in self.keys.values():
                self.assertNotIn(bytes.fromhex(key), log.read_bytes(), log.name)
        self.assertEqual(traces_in_process(self.lictord.process.pid, self.keys.values()), [])

    def keyring(self, name: str, keys) -> Path:
        path = self.folder / name
        path.write_text("".join(f"{liid} {key}\n" for liid, key in zip(self.keys, keys)), encoding="ascii")
        return path

    def tool(self, *words) -> subprocess.CompletedProcess:
        return subprocess.run([program("lictor-lemf"), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False, timeout=60)

    def test_each_warrants_records_open_by_its_own_key_alone(self):
        self.two_warrants("--integrity", "sha256", "--hash-before-encryption")
        dataplane = self.replayed()
        for warrant in self.warrants.values():
            self.ctl.json("warrant", "end", warrant)
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(self.receiver.stop(), 0)
        self.assert_each_opens_by_its_own()
        self.assert_secret()
        right = ["--payload-key", self.keyring("right.keys", self.keys.values())]
        swapped = ["--payload-key", self.keyring("swapped.keys", reversed(self.keys.values()))]
        for side in ("hi2", "hi3"):
            stream = self.receiver.out / f"{side}.ber"
            done = self.tool("verify", "--complete", *right, stream)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertIn("before encryption", done.stdout)
            self.assertEqual(self.tool("verify", "--complete", *swapped, stream).returncode, 1)
            done = self.tool("decrypt", *right, stream, self.folder / f"{side}.plain")
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertEqual(self.tool("decrypt", *swapped, stream, self.folder / f"{side}.wrong").returncode, 1)

    def test_the_same_key_goes_on_behind_kill_9_of_lictord_and_of_the_dataplane(self):
        self.two_warrants(key_bytes=24)
        dataplane = self.replayed(spool={"directory": str(self.folder / "spool")})
        dataplane.wait_delivered()
        self.lictord.process.kill()
        dataplane.kill()
        self.lictord.start()
        dataplane.start()  # replays the same once more
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(self.receiver.stop(), 0)
        self.assertEqual({liid: self.key_of(warrant, f"{liid[-1]}.again") for liid, warrant in self.warrants.items()}, self.keys)
        self.assert_each_opens_by_its_own(times=2)
        self.assert_secret()
        self.assertEqual(self.alarms("payload_key"), [])

    def test_the_key_outlives_the_end_and_goes_with_the_order(self):
        self.two_warrants()
        first, second = self.warrants.values()
        kept = self.folder / "spool-keys"
        self.ctl.json("warrant", "end", first)
        self.assertEqual(self.key_of(first, "ended.key"), self.keys["LIID-KEY-A"], "its records may still arrive")
        for warrant in (first, second):
            self.assertTrue((kept / f"{warrant}.payload").exists())
            self.ctl.json("warrant", "revoke", warrant)
            self.assertFalse((kept / f"{warrant}.payload").exists())
            self.assertIn("NOT_FOUND", self.ctl.refused("warrant", "payload-key", warrant, "--output", self.folder / "none").message)
        self.assertFalse((self.folder / "none").exists())

    def test_a_lost_key_is_replaced_and_said(self):
        self.two_warrants()
        warrant = self.warrants["LIID-KEY-A"]
        xids = self.xids(warrant)
        self.lictord.process.kill()
        (self.folder / "spool-keys" / f"{warrant}.payload").unlink()
        self.lictord.start()
        wait_for(lambda: self.alarms("payload_key"), "the daemon says so")
        self.assertNotEqual(self.xids(warrant), xids, "what a dataplane may hold is another task")
        before = dict(self.keys)
        self.keys["LIID-KEY-A"] = self.key_of(warrant, "replaced.key")
        self.assertNotEqual(self.keys, before)
        dataplane = self.replayed()
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(self.receiver.stop(), 0)
        self.assert_each_opens_by_its_own()

    def test_a_key_file_that_others_can_read_or_that_is_none_is_refused(self):
        self.agency("lea", self.receiver, "--encryption", "aes256", "--payload-key-per-warrant")
        path = self.key_file("open.key", secrets.token_hex(32))
        path.chmod(0o644)
        with self.assertRaises(Refused) as refused:
            self.warrant("lea", "LIID-OPEN", [f"ipv4:{TARGET}"], "--payload-key", path)
        self.assertIn("others may read it", refused.exception.message)
        for name, content in (("short.key", secrets.token_hex(16)), ("long.key", secrets.token_hex(33)), ("words.key", "no key" * 8)):
            with self.assertRaises(Refused) as refused:
                self.warrant("lea", "LIID-NONE", [f"ipv4:{TARGET}"], "--payload-key", self.written(name, content))
            self.assertIn("holds no key", refused.exception.message)
            self.assertNotIn(content, refused.exception.message)
        with self.assertRaises(Refused) as refused:
            self.warrant("lea", "LIID-192", [f"ipv4:{TARGET}"], "--payload-key", self.key_file("192.key", secrets.token_hex(24)))
        self.assertIn("warrant.payload_key", refused.exception.message)

    def written(self, name: str, content: str) -> Path:
        path = self.folder / name
        path.touch(0o600)
        path.write_text(content, encoding="ascii")
        return path

    def test_a_key_is_shown_at_a_terminal_and_nowhere_else(self):
        self.two_warrants()
        warrant, key = self.warrants["LIID-KEY-B"], self.keys["LIID-KEY-B"]
        self.assertIn("--output", self.ctl.refused("warrant", "payload-key", warrant).message)
        command = [program("lictorctl"), "--server", self.lictord.address, "warrant", "payload-key", warrant]
        ours, theirs = pty.openpty()
        with open(ours, "rb", buffering=0) as terminal:
            with open(theirs, "wb", buffering=0) as end:
                subprocess.run(command, stdout=end, check=True, timeout=60)
                self.assertEqual(terminal.read(1000).decode().strip(), key)
        shown = self.ctl.run("warrant", "show", warrant).stdout + self.ctl.run("warrant", "list").stdout
        self.assertEqual(traces_of(shown.encode(), self.keys.values()), [])
        self.assert_secret()

"""The account of what was done, as an auditor uses it: read, taken away, verified without a daemon. Whoever was at it, or at
the store, is found and named, and nothing is served."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import threading
from pathlib import Path

from support.bench import NOBODY, E2eTest
from support.environment import program, some_or_all
from support.grpc_client import Client
from support.process import Process

FILE_HEAD = 4 + 1 + 16 + 4 + 8 + 32 + 32 + 8
RECORD_HEAD, RECORD_TAIL = 4, 64
ENTRIES, ENTRIES_ALL = 40, 200
EVERY_START = 20  # so many entries lie between two that a start of the daemon is tried with
KILLS, KILLS_ALL = 5, 50
ACTS_BEFORE_A_KILL_MAX = 40


def pieces_of(octets: bytes) -> list[bytes]:
    """The head of a log's file and its records, by their lengths alone."""
    pieces, at = [octets[:FILE_HEAD]], FILE_HEAD
    while at < len(octets):
        size = RECORD_HEAD + int.from_bytes(octets[at:at + RECORD_HEAD], "big") + RECORD_TAIL
        pieces.append(octets[at:at + size])
        at += size
    return pieces


def altered(pieces: list[bytes], number: int) -> list[bytes]:
    record = bytearray(pieces[number])
    record[RECORD_HEAD + 8] ^= 1
    return [*pieces[:number], bytes(record), *pieces[number + 1:]]


def removed(pieces: list[bytes], number: int) -> list[bytes]:
    return [*pieces[:number], *pieces[number + 1:]]


def swapped(pieces: list[bytes], number: int) -> list[bytes]:
    if number + 1 == len(pieces):
        return removed(pieces, number)
    return [*pieces[:number], pieces[number + 1], pieces[number], *pieces[number + 2:]]


def truncated(pieces: list[bytes], number: int) -> list[bytes]:
    return pieces[:number]


class AuditTest(E2eTest):
    def setUp(self) -> None:
        super().setUp()
        self.log = self.folder / "audit"
        self.file = self.log / "000001.audit"

    def begin(self) -> None:
        self.lictord.start()
        self.ctl.json("agency", "create", "--id", "lea", "--name", "lea", "--country", "AT", "--hi2", NOBODY.hi2_address,
                      "--hi3", NOBODY.hi3_address, "--lab", "--security", "plain-lab")
        self.key = self.folder / "taken-away.pem"
        shutil.copy(self.log / "public.pem", self.key)

    def verify(self, directory: Path, *words) -> tuple[int, dict]:
        done = subprocess.run([program("lictorctl"), "--json", "audit", "verify", str(directory), "--public-key", str(self.key),
                               *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
        return done.returncode, json.loads(done.stdout) if done.stdout.strip() else {"error": done.stderr}

    def assert_holds(self) -> dict:
        status, said = self.verify(self.log)
        self.assertEqual(status, 0, said)
        return said

    def start_refused(self) -> str:
        """What a daemon says that does not serve."""
        process = Process("lictord", [program("lictord"), "--config", self.folder / "lictord.conf"], self.folder)
        status = process.wait_exit()
        self.assertEqual(status, 1, process.log())
        self.assertFalse(self.lictord.answers(), "it serves nobody")
        return process.log()

    def start_with(self, *words: str) -> None:
        self.lictord.process = Process("lictord", [program("lictord"), "--config", self.folder / "lictord.conf", *words], self.folder)
        self.lictord.process.wait_until(self.lictord.answers, "lictord answers on its socket")


class Reading(AuditTest):
    def test_what_was_done_is_shown_page_by_page_and_looking_is_an_entry(self):
        self.begin()
        warrant = self.active_warrant("lea", "LIID-SHOWN", ["ipv4:192.0.2.7"])
        self.ctl.refused("warrant", "show", "00000000-0000-4000-8000-000000000000")
        entries = self.ctl.json("audit", "show")["entries"]
        self.assertEqual([int(one["number"]) for one in entries], list(range(1, len(entries) + 1)))
        acts = [(one["action"], one["object"]) for one in entries if one["kind"] == "AUDIT_ENTRY_KIND_ACT"]
        self.assertEqual(acts[-2:], [("warrant.create", warrant), ("warrant.activate", warrant)])
        self.assertEqual([one["action"] for one in entries if one["kind"] == "AUDIT_ENTRY_KIND_REFUSAL"], ["warrant.get"])
        looks = self.ctl.json("audit", "show", "--action", "audit.", "--kind", "read")["entries"]
        self.assertEqual([one["action"] for one in looks], ["audit.list"])
        self.assertEqual(self.ctl.json("audit", "show", "--object", warrant, "--limit", "1")["entries"][0]["action"], "warrant.create")
        text = json.dumps(entries)
        for secret in self.secrets:
            self.assertNotIn(secret, text)

    def test_an_export_verifies_elsewhere_and_shows_the_same(self):
        self.begin()
        self.warrant("lea", "LIID-TAKEN", ["ipv4:192.0.2.7"])
        taken = self.folder / "taken"
        self.ctl.run("audit", "export", str(taken))
        status, said = self.verify(taken, "--remembered", taken / "head")
        self.assertEqual((status, said["signed"]), (0, said["entries"]), "signed to its end")
        self.assertEqual((taken / "public.pem").read_bytes(), self.key.read_bytes())
        offline = subprocess.run([program("lictorctl"), "--json", "audit", "show", str(taken), "--limit", "0"], stdout=subprocess.PIPE,
                                 check=True, timeout=60)
        online = self.ctl.json("audit", "show", "--limit", "0")["entries"]
        self.assertEqual(json.loads(offline.stdout)["entries"], online[:said["entries"]])
        self.assertEqual(self.ctl.run("audit", "export", str(taken)).returncode, 2, "nothing is written over")
        other = self.folder / "other.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ED25519", "-out", str(self.folder / "other.key")], check=True, timeout=60)
        subprocess.run(["openssl", "pkey", "-in", str(self.folder / "other.key"), "-pubout", "-out", str(other)], check=True, timeout=60)
        self.key = other
        self.assertEqual(self.verify(taken)[0], 1, "another log's key")


    def test_a_start_says_what_of_its_configuration_has_changed(self):
        self.begin()
        self.assertEqual(self.lictord.process.stop(), 0)
        self.lictord.start()
        self.assertEqual(self.lictord.process.stop(), 0)
        self.lictord.settings["policy"]["duration_days_max"] = 30
        self.lictord.settings["fleet"] = {"acknowledge_wait_ms": 4000}
        self.lictord.start()
        starts = [{field["name"]: field["value"] for field in one["fields"]}
                  for one in self.ctl.json("audit", "show", "--action", "daemon.start")["entries"]]
        self.assertEqual([start.get("changed") for start in starts], [None, "", "fleet.acknowledge_wait_ms, policy.duration_days_max"])
        self.assertEqual(starts[0]["configuration"], starts[1]["configuration"])
        self.assertNotEqual(starts[1]["configuration"], starts[2]["configuration"])


class Killed(AuditTest):
    def test_kill_9_under_a_load_of_warrants_leaves_a_log_that_verifies(self):
        self.begin()
        chance = random.Random(7)
        for round_number in range(some_or_all(KILLS, KILLS_ALL, "kills")):
            wanted = chance.randrange(1, ACTS_BEFORE_A_KILL_MAX)
            done: list[str] = []
            enough = threading.Event()
            load = threading.Thread(target=self.file_warrants, args=(round_number, wanted, done, enough))
            load.start()
            self.assertTrue(enough.wait(120), "warrants are filed")
            self.lictord.process.kill()
            load.join()
            self.lictord.start()
            self.assert_holds()
            kept = {one["id"] for one in self.ctl.json("warrant", "list")["warrants"]}
            self.assertLessEqual(set(done), kept, "what was answered is there")
        entered = [one["object"] for one in self.ctl.json("audit", "show", "--limit", "0", "--action", "warrant.create")["entries"]]
        taken_back = [one for one in self.ctl.json("audit", "show", "--limit", "0", "--action", "audit.not_committed")["entries"]]
        self.assertLessEqual(kept, set(entered), "nothing is there that was not entered")
        self.assertEqual(len(entered) - len(taken_back), len(kept))

    def file_warrants(self, round_number: int, wanted: int, done: list, enough: threading.Event) -> None:
        """Until the daemon is gone; `done` are those that were answered."""
        client = Client(self.lictord.address)
        try:
            for number in range(10_000):
                liid = f"LIID-{round_number}-{number}"
                self.secrets.add(liid)
                warrant = client.warrant.Warrant(
                    agency_id="lea", liid=liid, legal_reference="REF-1", authorising_person="Test Judge", authorization_country="AT",
                    operator_id="OP1", user_label="subscriber", internet_access_type=client.types.INTERNET_ACCESS_TYPE_LAN,
                    end="2027-06-01T00:00:00Z", content=client.types.CONTENT_IRI_AND_CC,
                    targets=[client.types.TargetSpec(selector="ipv4:192.0.2.7")])
                done.append(client.warrants.CreateWarrant(client.warrant.CreateWarrantRequest(warrant=warrant), timeout=60).warrant.id)
                if len(done) >= wanted:
                    enough.set()
        except client.grpc.RpcError as gone:
            if gone.code() != client.grpc.StatusCode.UNAVAILABLE:
                raise
        finally:
            client.close()


class Tampered(AuditTest):
    def setUp(self) -> None:
        super().setUp()
        self.begin()
        client = Client(self.lictord.address)
        entries = some_or_all(ENTRIES, ENTRIES_ALL, "entries of the log")
        while sum(1 for _ in pieces_of(self.file.read_bytes())) < entries:
            client.agencies.ListAgencies(client.agency.ListAgenciesRequest(), timeout=60)
        client.close()
        self.assertEqual(self.lictord.process.stop(), 0)
        self.pieces = pieces_of(self.file.read_bytes())
        self.assertGreaterEqual(len(self.pieces), entries)
        status, said = self.verify(self.log)
        self.assertEqual((status, said["entries"]), (0, len(self.pieces) - 1))
        self.head = said["head"]

    def assert_each_is_named(self, attack) -> None:
        for number in range(1, len(self.pieces)):
            self.file.write_bytes(b"".join(attack(self.pieces, number)))
            status, said = self.verify(self.log, "--remembered", self.head)
            self.assertEqual((status, said.get("first_bad", {}).get("entry")), (1, number), said)
            if number % EVERY_START == 1 or number + 1 == len(self.pieces):
                self.assertRegex(self.start_refused(), rf"audit log: .*entry {number}: ")
        self.file.write_bytes(b"".join(self.pieces))
        self.start_with()
        self.assert_holds()

    def test_each_altered_entry_is_named_and_nothing_is_served(self):
        self.assert_each_is_named(altered)

    def test_each_removed_entry_is_named_and_nothing_is_served(self):
        self.assert_each_is_named(removed)

    def test_each_swapped_entry_is_named_and_nothing_is_served(self):
        self.assert_each_is_named(swapped)

    def test_each_cut_is_named_and_nothing_is_served(self):
        self.assert_each_is_named(truncated)

    def test_a_log_whose_files_or_keys_are_gone_is_not_begun_anew(self):
        self.file.unlink()
        self.assertIn("audit log", self.start_refused())
        self.file.write_bytes(b"".join(self.pieces))
        keys = self.folder / "audit-keys"
        content = keys.read_bytes()
        keys.unlink()
        self.assertIn("keys are gone", self.start_refused())
        keys.write_bytes(content)
        os.chmod(keys, 0o600)
        self.start_with()


class StorePutBack(AuditTest):
    def test_yesterdays_copy_is_refused_and_served_only_for_a_reason_that_is_recorded(self):
        self.begin()
        warrant = self.active_warrant("lea", "LIID-BACK", ["ipv4:192.0.2.7"])
        self.lictord.process.stop()
        yesterday = self.folder / "yesterday.db"
        shutil.copy(self.lictord.database, yesterday)
        self.lictord.start()
        self.ctl.json("warrant", "revoke", warrant)
        first_missing = self.ctl.json("audit", "show", "--kind", "act", "--limit", "0")["entries"]
        self.lictord.process.stop()
        for name in ("lictord.db", "lictord.db-wal", "lictord.db-shm"):
            (self.folder / name).unlink(missing_ok=True)
        shutil.copy(yesterday, self.lictord.database)
        started = [one["number"] for one in first_missing if one["action"] == "daemon.start"][-1]
        self.assertRegex(self.start_refused(), rf"entry {started}: the store does not have this act, nor later ones: it is an older copy")
        self.start_with("--accept-store", "restored from the backup of yesterday")
        entries = self.ctl.json("audit", "show", "--limit", "0")["entries"]
        self.assertIn("restored from the backup of yesterday", json.dumps(entries))
        self.assert_holds()
        self.assertEqual(self.lictord.process.stop(), 0)
        self.start_with()

    def test_a_store_that_was_told_of_another_log_is_refused(self):
        self.begin()
        self.lictord.process.stop()
        with sqlite3.connect(self.lictord.database) as database:
            table = next(name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'")
                         if "key" in {column[1] for column in database.execute(f"PRAGMA table_info({name})")})
            self.assertEqual(database.execute(f"UPDATE {table} SET value = zeroblob(40) WHERE CAST(key AS TEXT) = 'audit'").rowcount, 1)
        database.close()
        self.assertRegex(self.start_refused(), "audit log|store")

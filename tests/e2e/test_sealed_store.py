"""A copy of the database names nobody: no target, no LIID, no reference, no person, in no file of the store."""

import os
import shutil
import sqlite3
import stat
import subprocess
import unittest.mock

from support.bench import NOBODY, E2eTest
from support.environment import program
from support.libconfig import to_libconfig
from support.privacy import spellings

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PLANTED = ("LIID-PLANTED-9", "203.0.113.77", "2001:db8:77::9", "REF-1", "Test Judge", "subscriber")


def shown_in(folder, prefix: str = "lictord.db") -> list[str]:
    """What of the planted the store's files show; anywhere, also inside of words."""
    octets = b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.name.startswith(prefix))
    return [secret for secret in PLANTED if any(form in octets for form in spellings(secret))]


class SealedStore(E2eTest):
    def planted(self) -> str:
        self.lictord.start()
        self.agency("lea", NOBODY)
        return self.active_warrant("lea", PLANTED[0], [f"ipv4:{PLANTED[1]}", f"ipv6:{PLANTED[2]}"])

    def refuses_to_start(self, *options: str) -> str:
        config = self.folder / "lictord.conf"
        config.write_text(to_libconfig(self.lictord.settings), encoding="utf-8")
        done = subprocess.run([program("lictord"), "--config", str(config), *options], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
        self.assertGreater(done.returncode, 0, "it started, or died of a signal")
        return done.stdout

    def test_the_search_finds_what_a_careless_store_would_show(self):
        (self.folder / "lictord.db-wal").write_bytes(b"\x0a\x0eLIID-PLANTED-9\x12subscriber" + b"REF-1".hex().encode())
        self.assertEqual(sorted(shown_in(self.folder)), ["LIID-PLANTED-9", "REF-1", "subscriber"])

    def test_database_and_log_show_nobody_while_it_runs_and_after_kill_9(self):
        warrant = self.planted()
        self.assertTrue(any(path.name.endswith("-wal") for path in self.folder.iterdir()), "the log is looked at as well")
        self.assertEqual(shown_in(self.folder), [])
        self.ctl.json("warrant", "modify", warrant, "--content", "iri")
        self.lictord.process.kill()
        self.assertEqual(shown_in(self.folder), [])
        self.lictord.start()
        shown = self.ctl.json("warrant", "show", warrant)["warrant"]
        self.assertEqual(shown["liid"], PLANTED[0])
        self.assertEqual(shown["legalReference"] if "legalReference" in shown else shown["legal_reference"], "REF-1")
        self.assertEqual(self.ctl.refused("warrant", "create", "--agency", "lea", "--liid", PLANTED[0]).status, 1)

    def test_the_key_is_made_beside_the_store_and_nobody_else_reads_it(self):
        self.planted()
        key = self.folder / "master-key" / "lictord.key"
        self.assertEqual(stat.S_IMODE(os.stat(key).st_mode), 0o400)
        self.assertEqual(stat.S_IMODE(os.stat(key.parent).st_mode), 0o700)
        self.assertNotIn(key.read_text(encoding="ascii").strip().encode(), self.lictord.database.read_bytes())

    def test_without_its_key_or_with_another_the_store_does_not_serve(self):
        self.planted()
        self.lictord.process.stop()
        key = self.folder / "master-key" / "lictord.key"
        kept = key.rename(self.folder / "kept")
        self.assertIn("master_key", self.refuses_to_start())
        self.assertFalse(key.exists(), "a new key would open nothing")
        key.write_text("ab" * 32 + "\n", encoding="ascii")
        key.chmod(0o400)
        self.assertIn("this is not its master key", self.refuses_to_start())
        key.unlink()
        kept.rename(key)
        self.lictord.start()

    def test_a_row_that_was_put_back_or_edited_stops_the_start(self):
        warrant = self.planted()
        self.lictord.process.stop()
        kept = self.folder / "kept.db"
        shutil.copy(self.lictord.database, kept)
        kept.chmod(0o600)
        former = sqlite3.connect(kept).execute("SELECT value FROM entries WHERE key = ?",
                                               (f"warrant/{warrant}".encode(),)).fetchone()[0]
        self.lictord.start()
        self.ctl.json("warrant", "revoke", warrant)
        self.lictord.process.stop()
        shutil.copy(self.lictord.database, kept)
        for change, value in (("put back", former), ("altered", former[:-1] + bytes([former[-1] ^ 1])), ("removed", None)):
            shutil.copy(kept, self.lictord.database)
            with sqlite3.connect(self.lictord.database) as database:
                if value is None:
                    database.execute("DELETE FROM entries WHERE key = ?", (f"warrant/{warrant}".encode(),))
                else:
                    database.execute("UPDATE entries SET value = ? WHERE key = ?", (value, f"warrant/{warrant}".encode()))
            database.close()
            with self.subTest(change=change):
                self.assertIn("not those that were committed", self.refuses_to_start())
        shutil.copy(kept, self.lictord.database)
        self.lictord.start()

    def start_with(self, *options: str) -> None:
        """The daemon with options that are for this once."""
        self.lictord.options = options
        self.lictord.start()
        self.lictord.options = ()

    def test_a_backup_is_made_while_it_runs_names_nobody_and_comes_back_with_a_reason(self):
        warrant = self.planted()
        copy = self.ctl.json("store", "backup")["path"]
        self.assertEqual(stat.S_IMODE(os.stat(copy).st_mode), 0o600)
        self.assertEqual(shown_in(self.folder / "backups", "lictord-"), [])
        self.ctl.json("warrant", "revoke", warrant)
        self.lictord.process.stop()
        self.assertIn("--accept-store", self.refuses_to_start("--restore", copy))
        self.start_with("--restore", copy, "--accept-store", "the disk was lost")
        self.assertIn("ACTIVE", self.ctl.json("warrant", "show", warrant)["warrant"]["state"])
        self.lictord.process.stop()
        self.lictord.start()
        told = self.alarms("store_restored")
        self.assertEqual([0], [int(one.get("cleared_unix_ns", 0)) for one in told], "no restart ends it")
        self.ctl.json("alarm", "ack", str(told[0]["id"]))
        self.assertNotEqual(0, int(self.alarms("store_restored")[0].get("cleared_unix_ns", 0)))
        self.assertIn(b"the disk was lost", b"".join(
            path.read_bytes() for path in (self.folder / "audit").iterdir() if path.is_file()))

    def test_a_backup_and_the_master_key_are_enough_on_a_machine_that_has_nothing_else(self):
        warrant = self.planted()
        copy = self.ctl.json("store", "backup")["path"]
        self.lictord.process.stop()
        self.lictord.database.unlink()
        for lost in ("audit", "spool-keys"):
            shutil.rmtree(self.folder / lost)
        (self.folder / "audit-keys").unlink()
        self.start_with("--restore", copy, "--accept-store", "the machine was lost")
        self.assertEqual(self.ctl.json("warrant", "show", warrant)["warrant"]["liid"], PLANTED[0])
        self.assertTrue((self.folder / "audit/public.pem").exists(), "the new log's key is there to be taken away")
        self.lictord.process.stop()
        self.lictord.start()

    def test_a_backup_that_was_copied_over_the_store_by_hand_does_not_serve(self):
        warrant = self.planted()
        copy = self.ctl.json("store", "backup")["path"]
        for _ in range(2):  # one act may be a crash's; two are an older copy
            self.ctl.json("warrant", "modify", warrant, "--user-label", "another")
        self.lictord.process.stop()
        shutil.copy(copy, self.lictord.database)
        self.assertIn("audit log", self.refuses_to_start())

    def test_behind_a_rotation_the_former_key_opens_earlier_backups_and_nothing_else(self):
        warrant = self.planted()
        copy = self.ctl.json("store", "backup")["path"]
        key = self.folder / "master-key" / "lictord.key"
        former = key.read_text(encoding="ascii")
        self.lictord.process.stop()
        self.start_with("--rotate-master-key")
        self.assertEqual(self.ctl.json("warrant", "show", warrant)["warrant"]["liid"], PLANTED[0])
        self.lictord.process.stop()
        self.assertNotEqual(key.read_text(encoding="ascii"), former)
        self.assertIn("not its master key", self.refuses_to_start("--restore", copy, "--accept-store", "a test"))
        key.rename(self.folder / "kept")
        key.write_text(former, encoding="ascii")
        key.chmod(0o400)
        self.assertIn("not its master key", self.refuses_to_start())

    def test_a_store_goes_over_to_a_key_of_another_kind(self):
        warrant = self.planted()
        self.lictord.process.stop()
        passphrase = self.folder / "passphrase"
        passphrase.write_text("correct horse battery staple\n", encoding="ascii")
        passphrase.chmod(0o600)
        self.lictord.settings["store"]["next_master_key"] = {"passphrase_file": str(passphrase)}
        for _ in range(2):  # the second finds that it was done
            self.lictord.start()
            self.assertEqual(self.ctl.json("warrant", "show", warrant)["warrant"]["liid"], PLANTED[0])
            self.lictord.process.stop()
        del self.lictord.settings["store"]["next_master_key"]
        self.assertIn("a passphrase", self.refuses_to_start())
        self.lictord.settings["store"]["master_key"] = {"passphrase_file": str(passphrase)}
        self.lictord.start()

    def token_key(self) -> str:
        """A token in a folder of its own, with a key that does not leave it: its URI."""
        tokens = self.folder / "tokens"
        tokens.mkdir()
        config = self.folder / "softhsm2.conf"
        config.write_text(f"directories.tokendir = {tokens}\nlog.level = ERROR\n", encoding="ascii")
        patched = unittest.mock.patch.dict(os.environ, {"SOFTHSM2_CONF": str(config)})
        patched.start()
        self.addCleanup(patched.stop)
        pin = self.folder / "pin"
        pin.write_text("4711-0815\n", encoding="ascii")
        pin.chmod(0o600)
        for command in (["softhsm2-util", "--init-token", "--free", "--label", "site", "--so-pin", "so-pin-1", "--pin",
                         "4711-0815"],
                        ["pkcs11-tool", "--module", MODULE, "--token-label", "site", "--login", "--pin", "4711-0815",
                         "--keygen", "--key-type", "GENERIC:32", "--label", "lictor", "--sensitive", "--usage-sign"]):
            subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        return f"pkcs11:token=site;object=lictor?module-path={MODULE}&pin-source={pin}"

    def test_a_store_goes_over_to_a_token_and_does_not_serve_without_it(self):
        warrant = self.planted()
        self.lictord.process.stop()
        uri = self.token_key()
        self.lictord.settings["store"]["next_master_key"] = {"token": uri}
        self.lictord.start()
        self.lictord.process.stop()
        del self.lictord.settings["store"]["next_master_key"]
        self.assertIn("a token", self.refuses_to_start())
        self.lictord.settings["store"]["master_key"] = {"token": uri}
        self.lictord.start()
        self.assertEqual(self.ctl.json("warrant", "show", warrant)["warrant"]["liid"], PLANTED[0])
        self.lictord.process.stop()
        (self.folder / "pin").write_text("0000-0000\n", encoding="ascii")
        self.assertIn("log in", self.refuses_to_start())
        (self.folder / "tokens").rename(self.folder / "drawer")
        self.assertIn("token", self.refuses_to_start())

    def test_decommissioning_erases_every_key_and_nothing_while_a_warrant_is_in_force(self):
        warrant = self.planted()
        self.lictord.process.stop()
        key = self.folder / "master-key" / "lictord.key"
        os.link(key, self.folder / "sees")
        self.refuses_to_start("--decommission", "yes")
        self.assertIn("end or revoke them first", self.refuses_to_start("--decommission", "ERASE-ALL-KEYS"))
        self.assertTrue(key.exists())
        self.lictord.start()
        self.ctl.json("warrant", "revoke", warrant)
        self.lictord.process.stop()
        config = self.folder / "lictord.conf"
        done = subprocess.run([program("lictord"), "--config", str(config), "--decommission", "ERASE-ALL-KEYS"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertFalse(key.exists() or (self.folder / "audit-keys").exists() or (self.folder / "directives.key").exists())
        self.assertEqual((self.folder / "sees").read_bytes(), bytes(65))
        self.assertEqual(list((self.folder / "spool-keys").iterdir()), [])
        with sqlite3.connect(self.lictord.database) as database:
            self.assertEqual(database.execute("SELECT count(*) FROM entries").fetchone()[0], 0)
        database.close()
        self.assertIn(b"daemon.decommission", b"".join(
            path.read_bytes() for path in (self.folder / "audit").iterdir() if path.is_file()))

"""Destinations that are directories: every packet of a target is in an encrypted file that openssl's command line opens, once,
whatever happens to the process or the disk, and each warrant's files are a chain of their own."""

import shutil
import stat
import subprocess
import unittest
from pathlib import Path

from support.bench import E2eTest
from support.capture_file import read_capture
from support.dataplane import Dataplane, pcap_port
from support.environment import need_namespaces
from support.frames import conversation, write_pcap
from support.live import PEER, TARGET
from support.oracle import read_expected
from support.pcapng_files import Agency, ChainOfFiles, chains_in
from support.waiting import wait_for

OTHER = "192.0.2.8"


class PcapngTest(E2eTest):
    def setUp(self) -> None:
        super().setUp()
        self.root = self.folder / "files"
        self.root.mkdir()
        self.place = self.root / "lea" / "vault"
        self.key = Agency(self.folder)
        self.lictord.start()

    def file_agency(self, *options: str, key: Agency = None) -> None:
        self.ctl.json("agency", "create", "--id", "lea", "--name", "Agency", "--country", "AT", "--lab", "--pcapng", "vault",
                      "--pcapng-certificates", str((key or self.key).certificate), *options)

    def capture(self, frames: list[bytes]) -> None:
        self.path = self.folder / "in.pcap"
        self.packets = write_pcap(self.path, frames)

    def file_dataplane(self, taps: int = 1, **settings) -> Dataplane:
        return self.dataplane([pcap_port(self.path)], replay={"taps": taps, "packets": self.packets}, **{
            "spool": {"directory": str(self.folder / "spool"), "segment_bytes": 256 << 10},
            "files": {"root": str(self.root)}, **settings})

    def expected(self, target: str = TARGET) -> list[bytes]:
        return [one.packet for one in read_expected(read_capture(self.path), [f"ipv4:{target}"]).expected]

    def chains(self, killed: bool = False) -> list[ChainOfFiles]:
        chains = chains_in(self.place, self.key, self.folder / "opened", killed)
        for chain in chains:
            self.assertEqual(chain.problems, [])
        return chains

    def chain(self) -> ChainOfFiles:
        chains = self.chains()
        self.assertEqual(len(chains), 1)
        return chains[0]

    def standing(self) -> list[dict]:
        return [one for one in self.alarms("destination_down") if int(one.get("cleared_unix_ns", 0)) == 0]

    def comment_of(self, chain: ChainOfFiles) -> str:
        done = subprocess.run(["capinfos", "-k", chain.captures[0]], check=True, timeout=60, stdout=subprocess.PIPE, text=True)
        return done.stdout


class Delivered(PcapngTest):
    def test_every_packet_is_in_a_file_that_openssl_opens_with_the_warrants_events(self):
        self.capture(conversation(TARGET, PEER, 200))
        self.file_agency()
        warrant = self.active_warrant("lea", "LIID-FILES", [f"ipv4:{TARGET}"])
        dataplane = self.file_dataplane().start()
        dataplane.wait_replayed()
        self.ctl.json("warrant", "end", warrant)
        dataplane.wait_tasks(1, "ended")
        records = dataplane.stop()["records"]
        chain = self.chain()
        self.assertEqual(chain.packets(), self.expected())
        self.assertIn("LIID: LIID-FILES", self.comment_of(chain))
        self.assertTrue(chain.manifests[-1]["ended"])
        self.assertEqual([one["ended"] for one in chain.manifests[:-1]], [False] * (len(chain.manifests) - 1))
        self.assertEqual(sum(one["missing"] for one in chain.manifests), 0)
        self.assertEqual(sum(one["packets"] for one in chain.manifests), len(self.expected()))
        self.assertEqual(records["confirmed"], records["appended"])

    @unittest.skipUnless(shutil.which("tshark"), "needs tshark")
    def test_wireshark_shows_direction_interface_numbers_and_events(self):
        self.capture(conversation(TARGET, PEER, 20))
        self.file_agency()
        warrant = self.active_warrant("lea", "LIID-SHOWN", [f"ipv4:{TARGET}"])
        dataplane = self.file_dataplane().start()
        dataplane.wait_replayed()
        self.ctl.json("warrant", "end", warrant)
        dataplane.wait_tasks(1, "ended")
        dataplane.stop()
        chain = self.chain()
        rows = chain.fields("frame.interface_name", "frame.packet_flags_direction", "frame.packet_id", "ip.src", where="ip")
        self.assertEqual(len(rows), 20)
        for number, (interface, direction, packet_id, source) in enumerate(rows):
            self.assertEqual((interface, int(packet_id)), ("tap0", number))
            self.assertEqual(int(direction, 0), 2 if source == TARGET else 1, "outbound from the target, inbound to it")
        events = [row[0] for row in chain.fields("systemd_journal.message", where="systemd_journal")]
        self.assertEqual(events[0], "Interception activated")
        self.assertEqual(events[-1], "Interception deactivated")

    def test_two_warrants_stay_apart_and_no_name_or_clear_octet_tells_of_either(self):
        self.capture(conversation(TARGET, PEER, 50) + conversation(OTHER, PEER, 60))
        self.file_agency(key=Agency(self.folder, "curve", ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")))
        self.key.key, self.key.certificate = self.folder / "curve.key", self.folder / "curve.pem"
        self.active_warrant("lea", "LIID-APART-ONE", [f"ipv4:{TARGET}"])
        self.active_warrant("lea", "LIID-APART-TWO", [f"ipv4:{OTHER}"])
        dataplane = self.file_dataplane(taps=2).start()
        dataplane.wait_replayed()
        dataplane.stop()
        found = {"ONE" if "LIID-APART-ONE" in self.comment_of(chain) else "TWO": chain.packets() for chain in self.chains()}
        self.assertEqual(found, {"ONE": self.expected(TARGET), "TWO": self.expected(OTHER)})
        needles = [b"LIID-APART", self.expected(TARGET)[0][28:], self.expected(OTHER)[0][28:]]
        for path in self.root.rglob("*"):
            self.assertNotIn("LIID", str(path.relative_to(self.root)))
            self.assertEqual(stat.S_IMODE(path.stat().st_mode) & 0o027, 0 if ".work" in path.parts else path.stat().st_mode & 0o020
                             if path.is_dir() else 0, path)
            if path.is_file():
                for needle in needles:
                    self.assertNotIn(needle, path.read_bytes(), path)

    def test_files_end_by_their_size_and_a_removed_one_is_missed(self):
        self.capture(conversation(TARGET, PEER, 400, 1000))
        self.file_agency("--pcapng-file-kib", "64")
        self.active_warrant("lea", "LIID-ROTATED", [f"ipv4:{TARGET}"])
        dataplane = self.file_dataplane().start()
        dataplane.wait_replayed()
        dataplane.stop()
        chain = self.chain()
        self.assertGreater(len(chain.captures), 4)
        self.assertEqual(chain.packets(), self.expected())
        folder = self.place / chain.name
        (folder / "0000000002.json").unlink()
        (folder / "0000000002.pcapng.cms").unlink()
        self.assertNotEqual(ChainOfFiles(folder, self.key, self.folder / "opened").problems, [])

    def test_files_end_by_their_time(self):
        self.capture(conversation(TARGET, PEER, 10))
        self.file_agency("--pcapng-file-seconds", "1")
        self.active_warrant("lea", "LIID-TIMED", [f"ipv4:{TARGET}"])
        dataplane = self.file_dataplane().start()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        self.assertEqual(self.chain().packets(), self.expected())
        chain = self.chain()
        last = f"{chain.name}/{chain.manifests[-1]['file']}"
        wait_for(lambda: self.shown().get("last_file") == last, "lictorctl shows the last file")
        self.assertEqual(self.shown()["kind"], "DESTINATION_KIND_PCAPNG")
        dataplane.stop()

    def shown(self) -> dict:
        return self.ctl.json("destination", "list")[0]["statistics"]["destinations"][0]

    def test_a_changed_octet_is_refused_by_openssl(self):
        self.capture(conversation(TARGET, PEER, 10))
        self.file_agency()
        self.active_warrant("lea", "LIID-CHANGED", [f"ipv4:{TARGET}"])
        dataplane = self.file_dataplane().start()
        dataplane.wait_replayed()
        dataplane.stop()
        sealed = next((self.place / self.chain().name).glob("*.cms"))
        octets = bytearray(sealed.read_bytes())
        octets[len(octets) // 2] ^= 1
        sealed.write_bytes(octets)
        self.assertFalse(self.key.opens(sealed, self.folder / "nothing"))


class Interrupted(PcapngTest):
    def test_kill_9_leaves_no_half_file_and_loses_and_repeats_nothing(self):
        self.capture(conversation(TARGET, PEER, 3000, 600))
        self.file_agency("--pcapng-file-kib", "256")
        self.active_warrant("lea", "LIID-KILLED", [f"ipv4:{TARGET}"])
        dataplane = self.file_dataplane().start()
        dataplane.wait_replayed()
        dataplane.wait_statistics(lambda now: now["records"]["in_rings"] == 0 and now["destinations"][0]["files"] > 2,
                                  "all is spooled, and a part of it in finished files")
        dataplane.kill()
        self.assertLess(sum(one["packets"] for chain in self.chains(killed=True) for one in chain.manifests), len(self.expected()),
                        "the rest waits for a full file")
        dataplane.settings["replay"] = {"taps": 99, "packets": self.packets}
        dataplane.start()
        dataplane.wait_statistics(lambda now: now["records"]["recovered"] > 0, "what was left is found")
        records = dataplane.stop()["records"]
        self.assertEqual(sum(records["given_up"].values()), 0)
        self.assertEqual(records["in_spool"], 0)
        self.assertEqual(self.chain().packets(), self.expected())
        self.assertEqual(list((self.place / ".work").glob("*.cms")), [])

    def test_what_ended_while_the_directory_was_away_is_in_files_later(self):
        self.root.rename(self.folder / "away")
        self.capture(conversation(TARGET, PEER, 100))
        self.file_agency()
        warrant = self.active_warrant("lea", "LIID-AWAY", [f"ipv4:{TARGET}"])
        dataplane = self.file_dataplane().start()
        dataplane.wait_replayed()
        self.ctl.json("warrant", "end", warrant)
        dataplane.wait_tasks(1, "draining")
        dataplane.wait_statistics(lambda now: now["records"]["in_rings"] == 0 and now["destinations"][0]["file_errors"] > 0,
                                  "all is spooled, and nothing in files")
        dataplane.kill()
        dataplane.settings["replay"] = {"taps": 99, "packets": self.packets}
        dataplane.start()
        dataplane.wait_statistics(lambda now: now["records"]["recovered"] > 0, "what was left is found")
        (self.folder / "away").rename(self.root)
        dataplane.wait_tasks(1, "ended")
        self.assertEqual(sum(dataplane.stop()["records"]["given_up"].values()), 0)
        chain = self.chain()
        self.assertEqual(chain.packets(), self.expected())
        self.assertTrue(chain.manifests[-1]["ended"])

    def test_of_a_revoked_warrant_nothing_more_comes(self):
        self.capture(conversation(TARGET, PEER, 100) + conversation(OTHER, PEER, 50))
        self.file_agency("--pcapng-file-seconds", "3600")
        revoked = self.active_warrant("lea", "LIID-ANNULLED", [f"ipv4:{TARGET}"])
        self.active_warrant("lea", "LIID-STAYS", [f"ipv4:{OTHER}"])
        dataplane = self.file_dataplane(taps=2).start()
        dataplane.wait_replayed()
        dataplane.wait_statistics(lambda now: now["records"]["in_rings"] == 0 and now["records"]["matched"] > 0, "all is spooled")
        self.ctl.json("warrant", "revoke", revoked)
        dataplane.wait_statistics(lambda now: now["records"]["given_up"].get("revoked", 0) > 0, "it is given up")
        dataplane.stop()
        chain = self.chain()
        self.assertIn("LIID-STAYS", self.comment_of(chain))
        self.assertEqual(chain.packets(), self.expected(OTHER))

    def test_a_full_disk_is_told_and_heals_and_nothing_is_lost(self):
        need_namespaces()  # the rights to mount
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k,mode=0700", "tmpfs", str(self.root)], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.root)], check=True)
        ballast = self.root / "ballast"
        ballast.write_bytes(bytes(400 << 10))
        self.capture(conversation(TARGET, PEER, 300, 1000))
        self.file_agency("--pcapng-file-seconds", "1")
        self.active_warrant("lea", "LIID-FULL", [f"ipv4:{TARGET}"])
        dataplane = self.file_dataplane().start()
        dataplane.wait_replayed()
        now = dataplane.wait_statistics(lambda now: now["destinations"] and now["destinations"][0]["file_errors"] > 1, "it is full")
        self.assertIn("No space left", now["destinations"][0]["last_error"])
        self.assertFalse(now["destinations"][0]["connected"])
        wait_for(lambda: self.standing(), "the alarm stands")
        ballast.unlink()
        dataplane.wait_delivered()
        self.assertEqual(self.chain().packets(), self.expected())
        wait_for(lambda: not self.standing(), "the alarm is over")
        self.assertEqual(sum(dataplane.stop()["records"]["given_up"].values()), 0)

    def test_a_read_only_disk_is_told_and_heals(self):
        need_namespaces()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs", str(self.root)], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.root)], check=True)
        subprocess.run(["mount", "-o", "remount,ro", str(self.root)], check=True)
        self.capture(conversation(TARGET, PEER, 20))
        self.file_agency("--pcapng-file-seconds", "1")
        self.active_warrant("lea", "LIID-READONLY", [f"ipv4:{TARGET}"])
        dataplane = self.file_dataplane().start()
        dataplane.wait_replayed()
        now = dataplane.wait_statistics(lambda now: now["destinations"][0]["file_errors"] > 0, "it is read-only")
        self.assertIn("Read-only", now["destinations"][0]["last_error"])
        wait_for(lambda: self.standing(), "the alarm stands")
        subprocess.run(["mount", "-o", "remount,rw", str(self.root)], check=True)
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(self.chain().packets(), self.expected())


class Refused(PcapngTest):
    def test_what_is_wrong_with_a_directory_is_said_by_field(self):
        create = ["agency", "create", "--id", "lea", "--name", "Agency", "--country", "AT"]
        refused = self.ctl.refused(*create, "--pcapng", "vault")
        self.assertIn("agency.profile.pcapng.certificates", refused.message)
        nothing = self.folder / "nothing.pem"
        nothing.write_text("nothing", encoding="ascii")
        refused = self.ctl.refused(*create, "--pcapng", "vault", "--pcapng-certificates", str(nothing))
        self.assertIn("agency.profile.pcapng.certificates", refused.message)
        for name in ("..", "a/b", ".hidden"):
            refused = self.ctl.refused(*create, "--pcapng", name, "--pcapng-certificates", str(self.key.certificate))
            self.assertIn("agency.destinations[0]", refused.message)

    def test_a_dataplane_without_a_root_refuses_the_warrant_and_copies_nothing(self):
        self.capture(conversation(TARGET, PEER, 10))
        self.file_agency()
        warrant = self.active_warrant("lea", "LIID-NOWHERE", [f"ipv4:{TARGET}"])
        dataplane = self.file_dataplane(taps=99, files={}).start()
        wait_for(lambda: any("files.root" in alarm["text"] for alarm in self.alarms("directive_refused")), "it is refused")
        self.assertEqual(dataplane.stop()["records"]["matched"], 0)
        # It ends, and left nothing: the next process has nothing to refuse.
        self.ctl.json("warrant", "end", warrant)
        told = len(self.alarms("directive_refused"))
        dataplane.start()
        wait_for(lambda: not self.ctl.json("tap", "list").get("taps"), "the task is over there")
        self.assertEqual(len(self.alarms("directive_refused")), told)
        self.assertTrue(all(int(alarm["cleared_unix_ns"]) for alarm in self.alarms("directive_refused")))
        dataplane.stop()

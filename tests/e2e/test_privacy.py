"""Target identities and LIIDs stand nowhere but where they must: not in logs, arguments, thread names or file names."""

from support.bench import E2eTest
from support.dataplane import pcap_port
from support.frames import conversation, write_pcap
from support.live import PEER, TARGET
from support.privacy import traces_in_logs, traces_in_process, traces_of


class Privacy(E2eTest):
    def test_no_log_and_no_running_process_shows_a_target_or_a_liid(self):
        self.lictord.settings["log"] = {"level": "trace"}
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        liids = ["LIID-PLANTED-7", "0x" + b"HEX-PLANTED".hex()]
        warrants = [self.active_warrant("lea", liid, [f"ipv4:{TARGET}", "ipv6:2001:db8:77::/64"]) for liid in liids]
        path = self.folder / "planted.pcap"
        packets = write_pcap(path, conversation(TARGET, PEER, 50))
        dataplane = self.dataplane([pcap_port(path)], replay={"taps": 2, "packets": packets}, log={"level": "trace"}).start()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        # What goes wrong is logged too.
        self.ctl.refused("warrant", "create", "--agency", "lea", "--liid", liids[0], "--target", f"ipv4:{TARGET}/8",
                         "--end", "never")
        self.secrets |= {"HEX-PLANTED", "Test Judge", "REF-1", "subscriber"}
        for fixture in (self.lictord, dataplane):
            self.assertEqual(traces_in_process(fixture.process.pid, self.secrets), [])
        self.ctl.json("warrant", "modify", warrants[0], "--target", "ipv4:192.0.2.99")
        self.secrets.add("192.0.2.99")
        self.ctl.json("warrant", "revoke", warrants[1])
        dataplane.wait_delivered()
        dataplane.stop()
        self.lictord.process.stop()
        self.assertEqual(traces_in_logs(self.folder, self.secrets), [])
        self.assertTrue(dataplane.process.log() and self.lictord.process.log(), "there are logs to look through")

    def test_the_search_for_traces_finds_what_is_planted(self):
        log = self.folder / "planted.log"
        for text in ("tap on 192.0.2.55 added", "key c0000237", "liid=LIID-X", "MTkyLjAuMi41NQ==", "4c4949442d58"):
            log.write_text(text, encoding="utf-8")
            self.assertTrue(traces_in_logs(self.folder, ["192.0.2.55", "LIID-X"]), text)
        self.assertEqual(traces_of(b"192.0.2.551 and LIID-XY", ["192.0.2.55", "LIID-X"]), [])
        log.unlink()

    def test_alarms_taps_and_statistics_name_no_target_and_no_liid(self):
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        self.active_warrant("lea", "LIID-LISTED", [f"ipv4:{TARGET}"])
        path = self.folder / "listed.pcap"
        packets = write_pcap(path, conversation(TARGET, PEER, 50))
        dataplane = self.dataplane([pcap_port(path)], replay={"taps": 1, "packets": packets}).start()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        shown = [dataplane.statistics_file.read_text(encoding="utf-8")]
        for words in (("dataplane", "list"), ("dataplane", "statistics", "NE-1"), ("tap", "list"), ("alarm", "list")):
            shown.append(self.ctl.run(*words).stdout)
        self.assertEqual(traces_of("\n".join(shown).encode(), self.secrets), [])
        dataplane.stop()

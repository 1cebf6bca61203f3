"""What people do who run it: acknowledge alarms, make a support bundle, certify an interception, count for a report."""

import json
import os
import subprocess

from support.bench import E2eTest, from_now
from support.dataplane import pcap_port
from support.environment import program
from support.frames import conversation, write_pcap
from support.live import PEER, TARGET
from support.privacy import traces_of
from support.waiting import wait_for


class Operations(E2eTest):
    def delivered(self, liid: str):
        """A warrant in force, of which everything is delivered; the dataplane."""
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        self.warrant_id = self.active_warrant("lea", liid, [f"ipv4:{TARGET}", "ipv6:2001:db8:77::/64"])
        path = self.folder / "operations.pcap"
        packets = write_pcap(path, conversation(TARGET, PEER, 50))
        dataplane = self.dataplane([pcap_port(path)], replay={"taps": 1, "packets": packets}).start()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        return dataplane

    def standing(self, code: str) -> list[dict]:
        return [alarm for alarm in self.ctl.json("alarm", "list", "--standing").get("alarms", []) if alarm["code"] == code]

    def test_an_alarm_is_acknowledged_by_a_person_and_stands_until_its_cause_is_over(self):
        dataplane = self.delivered("LIID-ALARM")
        dataplane.stop()
        away = wait_for(lambda: self.standing("dataplane_detached"), "the dataplane's absence is told")[0]
        self.ctl.json("alarm", "ack", away["id"])
        now = self.standing("dataplane_detached")[0]
        self.assertEqual(now["acknowledged_by"], f"uid {os.geteuid()}")
        self.assertGreater(int(now["acknowledged_unix_ns"]), 0)
        self.lictord.process.kill()
        self.lictord.start()
        self.assertEqual(self.standing("dataplane_detached")[0]["acknowledged_by"], f"uid {os.geteuid()}", "also after kill -9")
        dataplane.start()
        wait_for(lambda: not self.standing("dataplane_detached"), "it is cleared by itself")
        dataplane.kill()
        self.assertIn("no such alarm", self.ctl.refused("alarm", "ack", "4711").message)

    def test_a_support_bundle_has_counters_and_no_identity(self):
        dataplane = self.delivered("LIID-BUNDLED")
        bundle = self.folder / "bundle.tar.zst"
        configs = [self.folder / "lictord.conf", self.folder / "dataplane-NE-1.conf"]
        self.ctl.json("support-bundle", "--output", bundle, "--config", *configs)
        self.assertEqual(bundle.stat().st_mode & 0o777, 0o600)
        out = self.folder / "unpacked"
        out.mkdir()
        subprocess.run(["tar", "--zstd", "-xf", bundle, "-C", out], check=True, timeout=60)
        members = {path.name: path.read_text(encoding="utf-8") for path in out.iterdir()}
        self.assertEqual(set(members), {"manifest.json", "dataplanes.json", "alarms.json", "statistics-element-1.json", "host.json",
                                        "configuration-1.json", "configuration-2.json"})
        secrets = {*self.secrets, "lea", "NE-1", "uid 0", "Test Judge", "REF-1", "subscriber", "OP1", PEER, *self.xids(self.warrant_id),
                   self.warrant_id, str(self.folder), os.uname().nodename}
        for name, text in members.items():
            self.assertEqual(traces_of(text.encode(), secrets), [], name)
        statistics = json.loads(members["statistics-element-1.json"])["statistics"]
        self.assertEqual(statistics["packets"]["matched"], 50)
        self.assertEqual(json.loads(members["configuration-1.json"])["log"]["level"], "debug")
        self.assertEqual(json.loads(members["manifest.json"])["left_out"], [])
        self.assertIn("is there already", self.ctl.refused("support-bundle", "--output", bundle).message)
        dataplane.stop()

    def test_an_interception_is_certified_and_counted(self):
        dataplane = self.delivered("LIID-CERTIFIED")
        self.ctl.json("warrant", "end", self.warrant_id)
        dataplane.wait_delivered()
        record = self.ctl.json("warrant", "record", self.warrant_id, "--authorised", "with", "--responsible", "A. Officer")
        self.assertEqual((record["liid"], record["authorised_by"], record["legal_reference"], record["state"]),
                         ("LIID-CERTIFIED", "Test Judge", "REF-1", "ended"))
        self.assertEqual(record["targets"][0], f"ipv4:{TARGET}")
        self.assertLess(record["interception"]["closed"], from_now(60), "not when it would have ended by the order")
        self.assertEqual((record["appropriate_authorisation"], record["certified_by"]), ("with", "A. Officer"))
        paper = self.folder / "record.txt"
        done = subprocess.run([program("lictorctl"), "--server", self.lictord.address, "warrant", "record", self.warrant_id, "--authorised",
                               "without", "--responsible", "A. Officer", "--output", paper], check=False, timeout=60)
        self.assertEqual((done.returncode, paper.stat().st_mode & 0o777), (0, 0o600))
        self.assertIn("was made without appropriate authorisation", paper.read_text(encoding="utf-8"))
        self.warrant("lea", "LIID-FILED-ONLY", ["ipv4:192.0.2.9"])
        period = ("transparency", "--from", from_now(-3600), "--to", from_now(3600))
        counted = self.ctl.json(*period, "--suppress-below", "1")["warrants"]
        self.assertEqual(counted["by_type"], {"both": 1, "total": 1}, "what was only filed intercepted nobody")
        self.assertEqual(counted["by_target"], {"ipv4": 1, "ipv6": 1, "total": 2})
        self.assertEqual(self.ctl.json(*period)["warrants"]["by_state"], {"ended": "<10", "total": "<10"})
        before = self.ctl.json("transparency", "--from", from_now(-7200), "--to", from_now(-3600), "--suppress-below", "1")
        self.assertEqual(before["warrants"]["by_type"], {"total": "<1"})
        dataplane.stop()

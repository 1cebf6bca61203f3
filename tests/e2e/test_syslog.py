"""The account on its way off the host: every entry reaches a syslog server over TLS, also what was written while it was away, and no
act waits for it."""

import re
import subprocess

from support.certificates import site
from support.environment import program
from support.syslog_server import SyslogServer
from support.waiting import wait_for
from test_audit import AuditTest

MESSAGE = re.compile(r'<(?:10[7-9]|110)>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z \S+ lictord \d+ \S{1,32} \[lictor@32473 number="\d+" '
                     r'kind="[a-z]+" roles="[^"]*" object="[^"]*" outcome="[^"]*" hash="[0-9a-f]{64}"\]')


class Syslog(AuditTest):
    def setUp(self) -> None:
        super().setUp()
        self.certificates = self.folder / "certificates"
        site(self.certificates, ("authority",), ("server", "127.0.0.1"), ("person", "shipper", "auditor"))
        self.server = SyslogServer(self.certificates, "lictord").start()
        self.addCleanup(self.server.stop)
        self.lictord.settings["audit"] = {"syslog": {
            "server": "127.0.0.1", "port": self.server.port, "ca": str(self.certificates / "ca.pem"),
            "certificate": str(self.certificates / "shipper.pem"), "key": str(self.certificates / "shipper.key")}}

    def newest(self) -> int:
        """The number of the newest entry, of which there is one more for the asking."""
        return max(int(one["number"]) for one in self.ctl.json("audit", "show", "--limit", "0")["entries"])

    def wait_for_all(self) -> None:
        newest = self.newest()
        wait_for(lambda: newest in self.server.numbers(), "the server has the newest entry")
        self.assertLessEqual(set(range(1, newest + 1)), set(self.server.numbers()), "none is missing")

    def test_every_entry_arrives_and_its_hash_proves_the_log(self):
        self.begin()
        self.active_warrant("lea", "LIID-SENT", ["ipv4:192.0.2.7"])
        self.wait_for_all()
        for message in self.server.messages:
            self.assertRegex(message, MESSAGE)
            for secret in self.secrets:
                self.assertNotIn(secret, message)
        for number, digest in self.server.hashes().items():
            self.assertEqual(self.verify(self.log, "--remembered", f"{number}:{digest}")[0], 0)
        self.assertEqual(self.verify(self.log, "--remembered", f"1:{'0' * 64}")[0], 1)

    def test_an_outage_hinders_no_act_is_alarmed_and_loses_nothing(self):
        self.begin()
        self.wait_for_all()
        self.server.stop()
        for number in range(20):
            self.warrant("lea", f"LIID-AWAY-{number}", ["ipv4:192.0.2.7"])
        wait_for(lambda: [one for one in self.alarms("audit_syslog") if one["cleared_unix_ns"] == "0"], "the alarm stands")
        self.server.start()
        self.wait_for_all()
        wait_for(lambda: all(one["cleared_unix_ns"] != "0" for one in self.alarms("audit_syslog")), "the alarm is over")

    def test_after_kill_9_it_goes_on_where_it_was(self):
        self.begin()
        self.wait_for_all()
        self.server.stop()
        self.warrant("lea", "LIID-BEFORE", ["ipv4:192.0.2.7"])
        self.lictord.process.kill()
        self.server.start()
        self.lictord.start()
        self.warrant("lea", "LIID-AFTER", ["ipv4:192.0.2.7"])
        self.wait_for_all()

    def test_the_end_of_the_daemon_and_of_the_appliance_reach_the_server(self):
        self.lictord.start()
        self.assertEqual(self.lictord.process.stop(), 0)
        wait_for(lambda: " daemon.stop " in "".join(self.server.messages), "the server has the end of the process")
        config = self.folder / "lictord.conf"
        subprocess.run([program("lictord"), "--config", config, "--decommission", "ERASE-ALL-KEYS"], check=True, timeout=60,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: " daemon.decommission " in "".join(self.server.messages), "the server has the end of the appliance")

    def test_a_server_of_another_authority_gets_nothing(self):
        other = self.folder / "other"
        site(other, ("authority",), ("server", "127.0.0.1"))
        self.server.stop()
        impostor = SyslogServer(other, "lictord", self.server.port).start()
        self.addCleanup(impostor.stop)
        self.begin()
        wait_for(lambda: self.alarms("audit_syslog"), "the alarm stands")
        self.assertEqual(impostor.messages, [])

"""What the programs give up once they are started: root, and system calls. Without a word in the configuration, too."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

from support.bench import E2eTest
from support.dataplane import pcap_port
from support.environment import need_namespaces
from support.frames import conversation, write_pcap
from support.live import PEER, TARGET, LiveTest
from support.waiting import wait_for

NOBODY_UID = 65534
HOST_MODULE = Path(__file__).resolve().parents[1] / "support/host_module.c"


def threads_of(process) -> list[dict[str, str]]:
    """What the kernel says of each of its threads."""
    told = []
    for task in os.listdir(f"/proc/{process.pid}/task"):
        with open(f"/proc/{process.pid}/task/{task}/status", encoding="ascii") as status:
            told.append(dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line))
    return told


class Privileges(E2eTest):
    def setUp(self) -> None:
        if os.geteuid() != 0:
            self.skipTest("needs root, to become somebody else")
        super().setUp()

    def test_the_dataplane_becomes_its_user_and_keeps_no_capability(self):
        os.chmod(self.folder, 0o711)
        own = self.folder / "own"
        own.mkdir()
        os.chown(own, NOBODY_UID, NOBODY_UID)
        user = pwd.getpwuid(NOBODY_UID).pw_name
        self.lictord.settings["listen"]["group"] = "nogroup"
        self.lictord.settings["access"] = {"people": [
            {"uid": 0, "name": "root", "roles": ["operator", "approver", "auditor"]},
            {"uid": NOBODY_UID, "name": "NE-1", "roles": ["dataplane"], "element": "NE-1"}]}
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        self.active_warrant("lea", "LIID-DROPPED", [f"ipv4:{TARGET}"])
        path = self.folder / "dropped.pcap"
        packets = write_pcap(path, conversation(TARGET, PEER, 50))
        dataplane = self.dataplane([pcap_port(path)], replay={"taps": 1, "packets": packets}, hardening={"user": user},
                                   statistics={"file": str(own / "statistics.json"), "interval_ms": 100})
        dataplane.statistics_file = own / "statistics.json"
        dataplane.start()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        for facts in threads_of(dataplane.process):
            self.assertEqual(set(facts["Uid"].split()), {str(NOBODY_UID)}, facts["Name"])
            self.assertEqual(set(facts["Gid"].split()), {str(NOBODY_UID)}, facts["Name"])
            self.assertEqual(int(facts["CapPrm"], 16) | int(facts["CapEff"], 16), 0, facts["Name"])
            self.assertEqual((facts["Seccomp"], facts["NoNewPrivs"]), ("2", "1"), facts["Name"])
        statistics = dataplane.stop()
        self.assertEqual(statistics["packets"]["matched"], 50)
        self.assertEqual(lemf.stop(), 0)

    def test_a_user_that_there_is_not_is_refused_at_the_start(self):
        self.lictord.start()
        path = self.folder / "nobody.pcap"
        packets = write_pcap(path, conversation(TARGET, PEER, 1))
        dataplane = self.dataplane([pcap_port(path)], replay={"taps": 1, "packets": packets}, hardening={"user": "lictor-is-not-there"}).start()
        self.assertEqual(dataplane.process.wait_exit(), 1)
        self.assertIn("hardening.user: there is no such user", dataplane.process.log())


class SystemCalls(E2eTest):
    def replaying(self, receiver, **settings):
        """A dataplane with a warrant in force, that has replayed and delivered a capture."""
        self.agency("lea", receiver)
        self.active_warrant("lea", "LIID-FILTERED", [f"ipv4:{TARGET}"])
        path = self.folder / "filtered.pcap"
        packets = write_pcap(path, conversation(TARGET, PEER, 50))
        dataplane = self.dataplane([pcap_port(path)], replay={"taps": 1, "packets": packets}, **settings).start()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        return dataplane

    def test_every_thread_is_behind_the_filter_unless_the_configuration_says_otherwise(self):
        self.lictord.start()
        lemf = self.lemf()
        dataplane = self.replaying(lemf)
        for fixture in (self.lictord, dataplane):
            self.assertNotIn("hardening", fixture.settings)
            for facts in threads_of(fixture.process):
                self.assertEqual((facts["Seccomp"], facts["NoNewPrivs"]), ("2", "1"), (fixture, facts["Name"]))
        dataplane.stop()
        self.lictord.process.stop()
        self.lictord.settings["hardening"] = {"seccomp": "off"}
        self.lictord.start()
        self.assertEqual({facts["Seccomp"] for facts in threads_of(self.lictord.process)}, {"0"})
        self.assertEqual(lemf.stop(), 0)

    def test_what_the_hosts_openssl_is_configured_to_load_is_loaded_before(self):
        """The legacy provider, which every Debian has, stands for a module of the site's choice."""
        config = self.folder / "openssl.cnf"
        config.write_text("openssl_conf = all\n[all]\nproviders = both\n[both]\ndefault = on\nlegacy = on\n[on]\nactivate = 1\n", encoding="ascii")
        prefix = ["env", f"OPENSSL_CONF={config}"]
        self.lictord.prefix = prefix
        self.lictord.start()
        lemf = self.lemf()
        dataplane = self.replaying(lemf, prefix=prefix)
        for fixture in (self.lictord, dataplane):
            maps = Path(f"/proc/{fixture.process.pid}/maps").read_text(encoding="ascii", errors="replace")
            self.assertIn("legacy.so", maps, fixture.process.name)
        dataplane.stop()
        self.assertEqual(lemf.stop(), 0)

    def finding_hosts_by_a_module(self) -> list[str]:
        """The prefix of a process that does: nsswitch.conf is bound over in a mount namespace of its own."""
        need_namespaces()
        compiler = shutil.which("cc")
        if compiler is None:
            self.skipTest("needs a C compiler")
        subprocess.run([compiler, "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-o", self.folder / "libnss_lictor_e2e.so.2", HOST_MODULE],
                       check=True, timeout=60)
        switch = self.folder / "nsswitch.conf"
        switch.write_text("passwd: files\ngroup: files\nhosts: lictor_e2e\n", encoding="utf-8")
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", 'mount --bind "$0" /etc/nsswitch.conf && exec "$@"',
                str(switch), "env", f"LD_LIBRARY_PATH={self.folder}"]

    def delivering_to(self, host: str):
        """Everything of a capture, to an agency of that name."""
        prefix = self.finding_hosts_by_a_module()
        self.lictord.start()
        lemf = self.lemf()
        dataplane = self.replaying(SimpleNamespace(hi2_address=f"{host}:{lemf.hi2}", hi3_address=f"{host}:{lemf.hi3}"), prefix=prefix)
        self.assertEqual({facts["Seccomp"] for facts in threads_of(dataplane.process)}, {"2"})
        return lemf, dataplane

    def assert_delivered(self, lemf, dataplane) -> None:
        dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        self.assertEqual(len(lemf.contents()), 50)

    def test_a_host_is_found_by_a_module_that_libc_would_load_behind_the_filter(self):
        self.assert_delivered(*self.delivering_to("lemf.example.org"))

    def test_a_refused_call_of_the_dataplane_is_alarmed_by_its_name_and_all_else_goes_on(self):
        self.refused_calls = ("refused: ptrace",)
        delivered = self.delivering_to("ptrace.example.org")
        alarm = wait_for(lambda: self.alarms("system_call_refused"), "it is alarmed")[0]
        self.assertTrue(alarm["text"].endswith("refused: ptrace"), alarm)
        self.assertEqual(alarm["network_element_id"], "NE-1")
        self.assert_delivered(*delivered)

    def test_a_refused_call_of_lictord_is_alarmed_by_its_name_and_all_else_goes_on(self):
        self.refused_calls = ("refused: ptrace",)
        self.lictord.prefix = self.finding_hosts_by_a_module()
        self.lictord.settings["audit"] = {"syslog": {"server": "ptrace.example.org", **{
            name: str(self.folder / name) for name in ("ca", "certificate", "key")}}}
        self.lictord.start()
        alarm = wait_for(lambda: self.alarms("system_call_refused"), "it is alarmed")[0]
        self.assertTrue(alarm["text"].endswith("lictord does not need was refused: ptrace"), alarm)
        self.ctl.json("agency", "list")


class Ports(LiveTest):
    def test_an_af_xdp_port_is_closed_behind_the_filter_and_leaves_no_program_on_the_interface(self):
        def shown() -> str:
            return subprocess.run(["ip", "link", "show", self.pair.near], stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout

        self.lictord.start()
        dataplane = self.live_dataplane(hardening={"seccomp": "kill"})
        self.assertIn(" xdp", shown())
        dataplane.stop()
        self.assertNotIn(" xdp", shown())

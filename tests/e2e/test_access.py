"""Who may do what: roles in certificates over TLS, uids on the local socket."""

import os
import socket
import subprocess

from support.bench import NOBODY, E2eTest
from support.environment import TREE, program
from support.waiting import wait_for

OTHER_UID = 65534  # nobody, of every Debian


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class CertificateAccess(E2eTest):
    def setUp(self) -> None:
        super().setUp()
        self.certificates = self.folder / "certificates"
        self.issue("authority")
        self.issue("server", "127.0.0.1")
        for name, roles in (("anna", ["operator"]), ("berta", ["approver"]), ("carla", ["auditor"]), ("dora", ["platform"])):
            self.issue("person", name, *roles)
        self.issue("agency", "lea")
        self.tcp = f"127.0.0.1:{free_port()}"
        tls = {name: str(self.certificates / file) for name, file in
               (("certificate", "lictord.pem"), ("key", "lictord.key"), ("ca", "ca.pem"))}
        self.lictord.settings["listen"].update({"tcp": self.tcp, "tls": tls})
        self.lictord.start()

    def issue(self, *words: str) -> None:
        subprocess.run([TREE / "scripts/certificates", self.certificates, *words], check=True, stdout=subprocess.DEVNULL, timeout=60)

    def issue_without_roles(self, name: str) -> None:
        key, request, pem = (self.certificates / f"{name}.{end}" for end in ("key", "csr", "pem"))
        subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                        "-keyout", key, "-out", request], check=True, stderr=subprocess.DEVNULL, timeout=60)
        subprocess.run(["openssl", "x509", "-req", "-in", request, "-CA", self.certificates / "ca.pem", "-CAkey", self.certificates / "ca.key",
                        "-set_serial", "7", "-days", "2", "-out", pem], check=True, stderr=subprocess.DEVNULL, timeout=60)

    def as_(self, name: str, *words: str):
        tls = ("--tls-ca", self.certificates / "ca.pem", "--tls-certificate", self.certificates / f"{name}.pem",
               "--tls-key", self.certificates / f"{name}.key")
        return subprocess.run([program("lictorctl"), "--server", self.tcp, "--json", *map(str, tls), *words],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=60)

    def assert_refused(self, name: str, *words: str, why: str = "may not do this") -> None:
        done = self.as_(name, *words)
        self.assertNotEqual(done.returncode, 0, (name, words))
        self.assertIn(why, done.stderr, (name, words))

    def assert_done(self, name: str, *words: str) -> str:
        done = self.as_(name, *words)
        self.assertEqual(done.returncode, 0, (name, words, done.stderr))
        return done.stdout

    def test_one_files_and_another_brings_into_force(self):
        self.assert_done("anna", "agency", "create", "--id", "lea", "--name", "lea", "--country", "AT", "--hi2", NOBODY.hi2_address,
                         "--hi3", NOBODY.hi3_address, "--lab", "--security", "plain-lab")
        warrant = self.warrant("lea", "LIID-ACCESS", ["ipv4:192.0.2.7"])
        self.assert_refused("anna", "warrant", "activate", warrant)
        self.assert_refused("berta", "agency", "delete", "lea")
        self.assert_done("berta", "warrant", "activate", warrant)
        self.assert_done("carla", "warrant", "show", warrant)
        self.assert_refused("carla", "warrant", "end", warrant)
        for name in ("dora", "lea"):
            self.assert_refused(name, "warrant", "show", warrant)
            self.assert_refused(name, "tap", "list")
        self.assert_done("dora", "dataplane", "list")
        self.assert_done("anna", "warrant", "end", warrant)

    def test_a_certificate_that_names_nobody_opens_nothing(self):
        self.issue_without_roles("erna")
        self.assert_refused("erna", "warrant", "list", why="the certificate")
        self.assertNotEqual(self.as_("lictord", "warrant", "list").returncode, 0, "a server's")
        other = self.certificates
        self.certificates = self.folder / "others"
        self.issue("authority")
        self.issue("person", "anna", "operator")
        (self.certificates / "ca.pem").write_bytes((other / "ca.pem").read_bytes())
        self.assertNotEqual(self.as_("anna", "warrant", "list").returncode, 0, "another authority's")


class LocalAccess(E2eTest):
    def test_a_uid_is_who_the_configuration_says_and_others_are_hung_up_on(self):
        os.chmod(self.folder, 0o755)
        self.lictord.settings["listen"]["group"] = "nogroup"
        self.lictord.settings["access"] = {"people": [{"uid": OTHER_UID, "name": "carla", "roles": ["auditor"]}]}
        self.lictord.start()
        wait_for(lambda: self.as_other("agency", "list").returncode == 0, "the auditor reads")
        self.assertIn("may not do this", self.as_other("agency", "delete", "lea").stderr)
        self.assertNotEqual(self.ctl.run("agency", "list").returncode, 0, "root is not on the list")

    def as_other(self, *words: str):
        return subprocess.run([program("lictorctl"), "--server", self.lictord.address, *words], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False, timeout=60, user=OTHER_UID, group=OTHER_UID, extra_groups=[])

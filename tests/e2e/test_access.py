"""Who may do what: roles in certificates over TLS, uids on the local socket."""

import json
import os
import subprocess
import threading

from support.bench import NOBODY, E2eTest
from support.certificates import issue, site
from support.environment import program
from support.grpc_client import Client
from support.network import free_port
from support.waiting import wait_for

OTHER_UID = 65534  # nobody, of every Debian


class CertificateTest(E2eTest):
    def setUp(self) -> None:
        super().setUp()
        self.certificates = self.folder / "certificates"
        site(self.certificates, ("authority",), ("server", "127.0.0.1"), ("person", "anna", "operator"),
             ("person", "berta", "approver"), ("person", "carla", "auditor"), ("person", "dora", "platform"), ("agency", "lea"))
        self.tcp = f"127.0.0.1:{free_port()}"
        tls = {name: str(self.certificates / file) for name, file in
               (("certificate", "lictord.pem"), ("key", "lictord.key"), ("ca", "ca.pem"))}
        self.lictord.settings["listen"].update({"tcp": self.tcp, "tls": tls})
        self.lictord.start()

    def issue(self, *words: str) -> None:
        issue(self.certificates, *words)

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

    def client(self, name: str) -> Client:
        return Client(self.tcp, tuple(self.certificates / file for file in ("ca.pem", f"{name}.key", f"{name}.pem")))

    def make_agency(self, name: str) -> None:
        self.assert_done("anna", "agency", "create", "--id", name, "--name", name, "--country", "AT", "--hi2", NOBODY.hi2_address,
                         "--hi3", NOBODY.hi3_address, "--lab", "--security", "plain-lab")


class CertificateAccess(CertificateTest):
    def test_one_files_and_another_brings_into_force(self):
        self.make_agency("lea")
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


    def test_an_agency_sees_its_own_warrants_and_nothing_of_anothers(self):
        self.issue("agency", "other")
        for name in ("lea", "other"):
            self.make_agency(name)
            self.warrant(name, f"LIID-OF-{name}", ["ipv4:192.0.2.7"])
        for name in ("lea", "other"):
            listed = json.loads(self.assert_done(name, "status", "list"))["warrants"]
            self.assertEqual([one["liid"] for one in listed], [f"LIID-OF-{name}"])
            self.assertEqual(set(listed[0]), {"liid", "legal_reference", "state", "start", "end", "confirmed", "waiting"})
        for words in (("warrant", "list"), ("agency", "list"), ("tap", "list"), ("alarm", "list"), ("dataplane", "list"), ("audit", "show")):
            self.assert_refused("lea", *words)
        self.assert_refused("anna", "status", "list")

    def test_the_account_is_for_auditors_and_says_who_was_turned_away(self):
        for name in ("anna", "berta", "dora", "lea"):
            self.assert_refused(name, "audit", "show")
        self.issue_without_roles("erna")
        self.assert_refused("erna", "warrant", "list", why="the certificate")
        fingerprint = subprocess.run(["openssl", "x509", "-in", str(self.certificates / "erna.pem"), "-noout", "-fingerprint", "-sha256"],
                                     stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout.split("=")[1].strip()
        wanted = fingerprint.replace(":", "").lower()

        def logins() -> list:
            return json.loads(self.assert_done("carla", "audit", "show", "--action", "login", "--limit", "0")).get("entries", [])
        wait_for(lambda: any(field["value"] == wanted for one in logins() for field in one["fields"]), "the login is entered")
        refusals = json.loads(self.assert_done("carla", "audit", "show", "--kind", "refusal", "--limit", "0"))["entries"]
        self.assertLessEqual({"anna (operator)", "berta (approver)", "dora (platform)", "lea (agency)"}, {one["actor"] for one in refusals})


class Revocation(CertificateTest):
    """Connections outlive what TLS saw of a certificate: calls and streams are asked about again."""

    def setUp(self) -> None:
        super().setUp()
        self.issue("dataplane", "NE-1")
        self.issue("list")
        self.lictord.process.stop()
        self.lictord.settings["listen"]["tls"]["crl"] = str(self.certificates / "crl.pem")
        self.lictord.start()

    def test_the_next_call_of_a_connection_is_refused_and_others_go_on(self):
        client = self.client("anna")
        client.agencies.ListAgencies(client.agency.ListAgenciesRequest(), timeout=60)
        self.issue("revoke", "anna")

        def refused() -> bool:
            try:
                client.agencies.ListAgencies(client.agency.ListAgenciesRequest(), timeout=60)
            except client.grpc.RpcError as error:
                self.assertEqual((error.code(), error.details()), (client.grpc.StatusCode.UNAUTHENTICATED, "the certificate: is revoked"))
                return True
            return False
        wait_for(refused, "the revoked certificate opens nothing on a connection that stands")
        client.close()
        self.assert_refused("anna", "agency", "list", why="revoked")
        self.assert_done("berta", "agency", "list")

    def test_a_dataplanes_open_stream_is_ended(self):
        client = self.client("NE-1")
        ended = threading.Event()
        hello = client.fleet.DataplaneMessage(hello=client.fleet.Hello(network_element_id="NE-1", incarnation=b"a" * 16))

        def messages():
            yield hello
            ended.wait(120)
        stream = client.fleets.Attach(messages(), timeout=120)
        self.assertTrue(next(stream).HasField("welcome"))
        self.issue("revoke", "NE-1")
        with self.assertRaises(client.grpc.RpcError) as refused:
            for _ in stream:
                pass
        ended.set()
        self.assertEqual(refused.exception.code(), client.grpc.StatusCode.UNAUTHENTICATED)
        client.close()
        listed = json.loads(self.assert_done("dora", "dataplane", "list"))["dataplanes"]
        self.assertEqual([one["attached"] for one in listed], [False])

    def test_an_authority_that_is_taken_out_ends_connections_that_stand(self):
        ours, self.certificates = self.certificates, self.folder / "others"
        self.issue("authority")
        self.issue("list")
        self.issue("person", "erna", "operator")
        others, self.certificates = self.certificates, ours
        for kind in ("ca.pem", "crl.pem"):
            self.replace(kind, (ours / kind).read_bytes() + (others / kind).read_bytes())
        self.replace("erna.pem", (others / "erna.pem").read_bytes())
        self.replace("erna.key", (others / "erna.key").read_bytes())
        client = self.client("erna")

        def answers() -> bool:
            try:
                client.agencies.ListAgencies(client.agency.ListAgenciesRequest(), timeout=60)
                return True
            except client.grpc.RpcError as error:
                self.assertIn(error.code(), (client.grpc.StatusCode.UNAUTHENTICATED, client.grpc.StatusCode.UNAVAILABLE))
                return False
        wait_for(answers, "the second authority's people get in")
        authority = (ours / "ca.pem").read_text(encoding="ascii")
        self.replace("ca.pem", authority[:authority.index("-----END CERTIFICATE-----")].encode() + b"-----END CERTIFICATE-----\n")
        wait_for(lambda: not answers(), "its connection opens nothing any more")
        client.close()
        self.assert_done("berta", "agency", "list")

    def replace(self, name: str, octets: bytes) -> None:
        new = self.certificates / f"{name}.new"
        new.write_bytes(octets)
        new.rename(self.certificates / name)

    def test_a_list_of_another_authority_is_alarmed_and_the_former_stays_in_force(self):
        self.issue("revoke", "anna")
        self.assertEqual(self.lictord.process.stop(), 0)
        self.lictord.start()
        ours = self.certificates
        self.certificates = self.folder / "others"
        self.issue("authority")
        self.issue("list")
        (self.certificates / "crl.pem").rename(ours / "crl.pem")
        self.certificates = ours
        wait_for(lambda: "revocation_list" in self.assert_done("dora", "alarm", "list", "--standing"), "the alarm stands")
        self.assert_refused("anna", "agency", "list", why="revoked")

    def test_a_renewed_server_certificate_is_taken_without_a_restart(self):
        before = self.server_certificate()
        for kind in ("pem", "key"):
            (self.certificates / f"lictord.{kind}").rename(self.certificates / f"former.{kind}")
        self.issue("server", "127.0.0.1")
        wait_for(lambda: self.server_certificate() not in ("", before), "the new certificate is shown")
        self.assert_done("berta", "agency", "list")

    def server_certificate(self) -> str:
        done = subprocess.run(["openssl", "s_client", "-connect", self.tcp], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, check=False, timeout=60).stdout
        begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
        return done[done.find(begin):done.find(end)] if begin in done else ""


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

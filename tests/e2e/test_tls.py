"""TLS towards agencies: records reach whoever is shown to be the agency, and nobody else gets an octet of them."""

import ssl
from pathlib import Path

from support.bench import E2eTest
from support.capture_file import read_capture
from support.certificates import Authority, Certificate
from support.dataplane import Dataplane, pcap_port
from support.fake_lemf import FakeLemf
from support.frames import conversation, write_pcap
from support.live import PEER, TARGET
from support.oracle import read_expected
from support.waiting import wait_for

CLIENT_GREETING = b"\x16"  # what a TLS handshake begins with; a record would begin with 30
HANDOVER = {"connect_retry_min_ms": 50, "connect_retry_max_ms": 500, "drain_ms": 30000, "credential_check_ms": 50}


def server_context(certificate: Certificate, senders: Authority, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.path, certificate.key)
    context.load_verify_locations(senders.path)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = newest
    return context


class TlsTest(E2eTest):
    def setUp(self) -> None:
        super().setUp()
        self.ca = Authority(self.folder, "ca")
        self.own = self.ca.issue("dataplane", "DNS:dataplane.example.org")
        self.receiver = self.ca.issue("receiver")

    def fake(self, **manners) -> FakeLemf:
        fake = self._own(FakeLemf(**manners))
        self.addCleanup(fake.close)
        return fake

    def tls_lemf(self, certificate: Certificate, senders: Authority, name: str = "lemf"):
        return self.lemf(name, ("--tls-certificate", certificate.path, "--tls-key", certificate.key, "--tls-ca", senders.path))

    def credential(self, name: str = "default", ca: Path | str | None = None) -> dict:
        return {"name": name, "certificate": str(self.own.path), "key": str(self.own.key),
                "ca": str(self.ca.path) if ca is None else str(ca)}

    def replaying(self, count: int = 500, taps: int = 1, credentials=None) -> Dataplane:
        self.path = self.folder / "tls.pcap"
        packets = write_pcap(self.path, conversation(TARGET, PEER, count, 600))
        return self.dataplane([pcap_port(self.path)], replay={"taps": taps, "packets": packets},
                              handover={**HANDOVER, "credentials": credentials or [self.credential()]}).start()

    def expected(self) -> list[bytes]:
        return [one.packet for one in read_expected(read_capture(self.path), [f"ipv4:{TARGET}"]).expected]

    def destinations(self, statistics: dict, agency: str) -> list[dict]:
        return [one for one in statistics["destinations"] if one["id"].startswith(agency + "/")]

    def standing(self, code: str) -> list[dict]:
        return [one for one in self.alarms(code) if int(one.get("cleared_unix_ns", 0)) == 0]

    def assert_delivered(self, lemf) -> None:
        self.assertEqual(lemf.stop(), 0)
        self.assertEqual([one.packet for one in lemf.contents()], self.expected())


class Tls(TlsTest):
    def test_an_agency_without_a_word_about_it_is_delivered_to_by_tls_with_certificates_of_both_sides(self):
        self.lictord.start()
        lemf = self.tls_lemf(self.receiver, self.ca)
        self.ctl.json("agency", "create", "--id", "lea", "--name", "LEA", "--country", "AT", "--lab",
                      "--hi2", lemf.hi2_address, "--hi3", lemf.hi3_address)
        self.active_warrant("lea", "LIID-TLS", [f"ipv4:{TARGET}"])
        dataplane = self.replaying(3000)
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        self.assertEqual(self.alarms("handover_in_the_clear"), [])
        dataplane.stop()
        self.assert_delivered(lemf)
        self.assertEqual(lemf.summary()["hi3"]["handshakes_failed"], 0)

    def test_whoever_is_not_shown_to_be_the_agency_gets_nothing(self):
        self.lictord.start()
        other = Authority(self.folder, "other")
        good = server_context(self.receiver, self.ca)
        peers = {  # the agency, its manners, its options, and what is said about it
            "wrong-ca": (server_context(other.issue("stranger"), self.ca), (), "certificate"),
            "expired": (server_context(self.ca.issue("old", days=-1), self.ca), (), "expired"),
            "name": (server_context(self.ca.issue("named", "DNS:other.example.org"), self.ca), (), "mismatch"),
            "pin": (good, ("--tls-pin", self.own.pin("cert")), "pinned"),
            "tls12": (server_context(self.receiver, self.ca, ssl.TLSVersion.TLSv1_2), (), "version"),
            "plain": (None, (), "TLS"),
        }
        fakes = {name: self.fake(tls=context) for name, (context, _, _) in peers.items()}
        for name, (_, options, _) in peers.items():
            self.agency(name, fakes[name], security=("--security", "tls", *options))
            self.active_warrant(name, f"LIID-{name}", [f"ipv4:{TARGET}"])
        dataplane = self.replaying(taps=len(peers))
        dataplane.wait_replayed()
        for name, (_, _, words) in peers.items():
            with self.subTest(peer=name):
                # A plain peer never answers a greeting that it does not understand: the time for connecting passes.
                found = dataplane.wait_statistics(
                    lambda now, of=name: [one for one in self.destinations(now, of) if one["last_error"]], f"{name} is refused")
                said = " ".join(one["last_error"] for one in self.destinations(found, name))
                self.assertIn(words if name != "plain" else "connect", said)
                self.assertFalse(any(one["connected"] for one in self.destinations(found, name)))
                self.assertEqual({bytes(one.octets[:1]) for one in fakes[name].connections} - {b"", CLIENT_GREETING}, set())
        wait_for(lambda: len({one["destination_id"] for one in self.alarms("destination_down")}) >= 2 * len(peers) - 1,
                 "each is alarmed")
        dataplane.kill()

    def test_pins_names_and_tls_1_2_are_the_profiles_choice(self):
        self.lictord.start()
        stranger = Authority(self.folder, "stranger").issue("pinned", "DNS:other.example.org")
        named = self.ca.issue("named", "DNS:lea.example.org")
        peers = {
            "cert": (server_context(stranger, self.ca), ("--tls-credential", "no-ca", "--tls-pin", stranger.pin("cert"))),
            "spki": (server_context(stranger, self.ca), ("--tls-credential", "no-ca", "--tls-pin", stranger.pin("spki"))),
            "named": (server_context(named, self.ca), ("--tls-name", "lea.example.org")),
            "any": (server_context(named, self.ca), ("--tls-name", "any", "--tls-pin", named.pin("spki"))),
            "tls12": (server_context(self.receiver, self.ca, ssl.TLSVersion.TLSv1_2), ("--tls-1-2",)),
        }
        fakes = {name: self.fake(tls=context) for name, (context, _) in peers.items()}
        for name, (_, options) in peers.items():
            self.agency(name, fakes[name], security=("--security", "tls", *options))
            self.active_warrant(name, f"LIID-{name}", [f"ipv4:{TARGET}"])
        dataplane = self.replaying(100, taps=len(peers), credentials=[self.credential(), self.credential("no-ca", ca="")])
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        statistics = dataplane.stop()
        self.assertEqual(statistics["records"]["confirmed"], statistics["records"]["appended"])
        for name, fake in fakes.items():
            self.assertGreater(len(fake.records()), 100, name)

    def test_a_refused_certificate_confirms_nothing_and_a_renewed_one_is_used_without_a_restart(self):
        self.lictord.start()
        other = Authority(self.folder, "other")
        lemf = self.tls_lemf(self.receiver, other)  # takes senders of the other CA alone
        self.agency("lea", lemf, security=("--security", "tls"))
        self.active_warrant("lea", "LIID-RENEWED", [f"ipv4:{TARGET}"])
        dataplane = self.replaying()
        dataplane.wait_replayed()
        refused = dataplane.wait_statistics(lambda now: any("alert" in one["last_error"] for one in now["destinations"]),
                                            "the receiver refuses the certificate")
        self.assertEqual(refused["records"]["confirmed"], 0, "what a peer took before it judged us is not delivered")
        self.own = other.issue("dataplane", "DNS:dataplane.example.org")  # replaces the files
        dataplane.wait_delivered()
        statistics = dataplane.stop()
        self.assertEqual(statistics["records"]["unconfirmed"], 0)
        self.assert_delivered(lemf)

    def test_a_certificate_that_is_renewed_while_connected_makes_the_connection_anew(self):
        self.lictord.start()
        lemf = self.tls_lemf(self.receiver, self.ca)
        self.agency("lea", lemf, security=("--security", "tls"))
        self.active_warrant("lea", "LIID-ANEW", [f"ipv4:{TARGET}"])
        self.own = self.ca.issue("dataplane", "DNS:dataplane.example.org", days=5)
        dataplane = self.replaying()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        wait_for(lambda: self.standing("certificate_expires"), "its end is alarmed")
        self.ca.issue("dataplane", "DNS:dataplane.example.org")
        dataplane.wait_statistics(lambda now: all(one["connects"] >= 2 and one["connected"] for one in now["destinations"]),
                                  "both connections are new")
        wait_for(lambda: not self.standing("certificate_expires"), "the alarm is over")
        dataplane.stop()
        self.assert_delivered(lemf)

    def test_an_agencys_certificate_that_expires_is_told(self):
        self.lictord.start()
        short = self.ca.issue("short", days=5)
        lemf = self.tls_lemf(short, self.ca)
        self.agency("lea", lemf, security=("--security", "tls"))
        self.active_warrant("lea", "LIID-EXPIRES", [f"ipv4:{TARGET}"])
        dataplane = self.replaying()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        wait_for(lambda: len(self.standing("agency_certificate_expires")) == 2, "on both interfaces")
        self.assertIn("expires in 4 days", self.standing("agency_certificate_expires")[0]["text"])
        lemf.stop()
        self.ca.issue("short")
        lemf.start()
        wait_for(lambda: not self.standing("agency_certificate_expires"), "the alarms are over")
        dataplane.stop()
        self.assert_delivered(lemf)

    def test_a_credential_that_is_not_there_or_cannot_be_used_is_told(self):
        self.lictord.start()
        lemf = self.tls_lemf(self.receiver, self.ca)
        self.agency("lea", lemf, security=("--security", "tls", "--tls-credential", "unknown"))
        self.agency("open", lemf, security=("--security", "tls", "--tls-credential", "readable"))
        readable = self.ca.issue("readable")
        readable.key.chmod(0o644)
        dataplane = self.replaying(credentials=[self.credential(), {"name": "readable", "certificate": str(readable.path),
                                                                    "key": str(readable.key)}])
        self.lictord.process.wait_until(lambda: self.ctl.json("dataplane", "list").get("dataplanes"), "it is attached")
        refused = self.ctl.refused("warrant", "activate", self.warrant("lea", "LIID-UNKNOWN", [f"ipv4:{TARGET}"]))
        self.assertIn("credential", refused.message, "the person is told why")
        self.active_warrant("open", "LIID-OPEN", [f"ipv4:{TARGET}"])
        wait_for(lambda: any("others may read it" in one["text"] for one in self.alarms("credential_unusable")), "it is alarmed")
        readable.key.chmod(0o600)
        wait_for(lambda: not self.standing("credential_unusable"), "it heals by itself")
        dataplane.kill()

    def test_plain_in_ipsec_without_a_policy_of_the_kernel_delivers_nothing(self):
        self.lictord.start()
        fake = self.fake()
        self.agency("lea", fake, security=("--security", "plain-in-ipsec"))
        self.active_warrant("lea", "LIID-IPSEC", [f"ipv4:{TARGET}"])
        dataplane = self.replaying()
        found = dataplane.wait_statistics(lambda now: any("IPsec" in one["last_error"] for one in now["destinations"]), "it is refused")
        self.assertEqual(found["records"]["confirmed"], 0)
        wait_for(lambda: any("IPsec" in one["text"] for one in self.alarms("destination_down")), "it is alarmed")
        self.assertEqual(fake.connections, [], "not a packet went out")
        dataplane.kill()

    def test_plain_deliveries_are_for_the_laboratory_and_an_alarm_stands(self):
        self.lictord.start()
        refusal = self.ctl.refused("agency", "create", "--id", "real", "--name", "R", "--country", "AT", "--hi2", "192.0.2.1:1",
                                   "--security", "plain-lab")
        self.assertIn("agency.profile.security", refusal.message)
        lemf = self.lemf()
        self.agency("lea", lemf)
        self.active_warrant("lea", "LIID-PLAIN", [f"ipv4:{TARGET}"])
        dataplane = self.replaying()
        wait_for(lambda: len(self.standing("handover_in_the_clear")) == 2, "alarms stand")
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        dataplane.stop()
        self.assert_delivered(lemf)

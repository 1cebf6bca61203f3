"""Two pages of metrics: who may read which, what stands on them, and that the platform's does not tell of an interception."""

import ssl

from support.bench import E2eTest
from support.certificates import site
from support.live import TARGET, LiveTest
from support.network import free_port
from support.privacy import traces_of
from support.scrape import names_of, scrape, series_of, tls_of
from support.waiting import wait_for

OFFERED = 'lictor_port_offered_packets_total{network_element="NE-1",port="tap0"}'


class MetricsAccess(E2eTest):
    def setUp(self) -> None:
        super().setUp()
        self.certificates = self.folder / "certificates"
        site(self.certificates, ("authority",), ("server", "127.0.0.1"), ("person", "anna", "operator"), ("person", "carla", "auditor"),
             ("person", "dora", "platform"), ("dataplane", "NE-1"), ("agency", "lea"))
        files = {name: str(self.certificates / file) for name, file in
                 (("certificate", "lictord.pem"), ("key", "lictord.key"), ("ca", "ca.pem"))}
        self.lictord.settings["listen"]["tls"] = files
        self.platform, self.interception = (f"127.0.0.1:{free_port()}" for _ in range(2))
        self.lictord.settings["metrics"] = {"platform": {"address": self.platform}, "interception": {"address": self.interception}}

    def status(self, address: str, name) -> int:
        return scrape(address, tls_of(self.certificates, name))[0]

    def test_each_page_is_read_by_its_roles_and_by_nobody_else(self):
        self.lictord.start()
        for name, platform, interception in (("dora", 200, 403), ("anna", 403, 200), ("carla", 403, 200), ("NE-1", 403, 403),
                                             ("lea", 403, 403)):
            self.assertEqual((self.status(self.platform, name), self.status(self.interception, name)), (platform, interception), name)
        for address in (self.platform, self.interception):
            for name in (None, "lictord"):
                with self.assertRaises((ssl.SSLError, ConnectionError), msg="without a certificate, or one that is no client's"):
                    self.status(address, name)
            with self.assertRaises((OSError, AssertionError), msg="in the clear"):
                self.assertEqual(scrape(address)[0], 200)
        dora = tls_of(self.certificates, "dora")
        self.assertEqual(scrape(self.platform, dora, "/")[0], 404)
        self.assertEqual(scrape(self.platform, dora, method="DELETE")[0], 404)

    def test_an_authority_that_is_taken_out_reads_nothing_more(self):
        self.lictord.start()
        self.assertEqual(self.status(self.platform, "dora"), 200)
        others, authority = self.folder / "others", self.certificates / "ca.pem"
        site(others, ("authority",))
        authority.rename(self.certificates / "former.pem")
        (others / "ca.pem").rename(authority)
        self.assertEqual(scrape(self.platform, self.tls_by_the_former("dora"))[0], 403)

    def tls_by_the_former(self, name: str):
        """As a client that still believes in the authority which it had."""
        folder = self.folder / "former"
        folder.mkdir()
        for file in (f"{name}.pem", f"{name}.key"):
            (folder / file).write_bytes((self.certificates / file).read_bytes())
        (folder / "ca.pem").write_bytes((self.certificates / "former.pem").read_bytes())
        return tls_of(folder, name)

    def test_nothing_listens_in_the_clear_but_where_it_is_ordered_on_the_loopback(self):
        refusals = (({"platform": {"address": "0.0.0.0:1", "clear": True}}, "metrics.platform.address: is served in the clear on"),
                    ({"platform": {"address": "nonsense"}}, "metrics.platform.address: must be"),
                    ({"platform": {"address": f"127.0.0.1:{free_port()}"}}, "is served with mutual TLS"))
        self.lictord.settings["listen"].pop("tls")
        for metrics, complaint in refusals:
            self.lictord.settings["metrics"] = metrics
            with self.assertRaisesRegex(AssertionError, complaint):
                self.lictord.start()
        self.lictord.settings["metrics"] = {"interception": {"address": self.interception, "clear": True}}
        self.lictord.settings["policy"]["lab"] = False
        with self.assertRaisesRegex(AssertionError, "metrics.interception.clear"):
            self.lictord.start()

    def test_a_unix_socket_is_its_owners(self):
        paths = {name: self.folder / f"{name}.sock" for name in ("platform", "interception")}
        self.lictord.settings["metrics"] = {name: {"address": f"unix:{path}"} for name, path in paths.items()}
        self.lictord.start()
        for path in paths.values():
            self.assertEqual(path.stat().st_mode & 0o777, 0o600)
            self.assertIn("lictor_build_info", names_of(scrape(f"unix:{path}")[1]))
        self.assertEqual(self.lictord.process.stop(), 0)
        self.assertFalse(any(path.exists() for path in paths.values()))


class MetricsPages(LiveTest):
    def setUp(self) -> None:
        super().setUp()
        self.platform, self.interception = (f"unix:{self.folder / name}" for name in ("platform.sock", "interception.sock"))
        self.lictord.settings["metrics"] = {"platform": {"address": self.platform}, "interception": {"address": self.interception}}

    def offered(self, page: str) -> float:
        return series_of(scrape(page)[1]).get(OFFERED, 0)

    def test_the_platforms_page_tells_of_no_interception_and_the_other_one_counts_it(self):
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        dataplane = self.live_dataplane(idle={"untapped_poll_ms": 100})
        self.sender("untapped", rate=0, count=500).sent()
        wait_for(lambda: self.offered(self.platform) >= 500, "the platform's page counts what was offered")
        before = series_of(scrape(self.platform)[1])
        warrant = self.active_warrant("lea", "LIID-METRICS", [f"ipv4:{TARGET}"])
        self.sender("tapped", rate=1000, count=500, first=500).sent()
        dataplane.wait_statistics(lambda now: now["packets"]["matched"] >= 500, "all are copied")
        dataplane.wait_delivered()
        wait_for(lambda: self.offered(self.platform) >= 1000, "the platform's page counts on")
        wait_for(lambda: series_of(scrape(self.interception)[1])['lictor_records_confirmed_total{network_element="NE-1"}'] >= 500,
                 "the other page knows of all that was confirmed")
        platform, interception = scrape(self.platform)[1], scrape(self.interception)[1]
        after = series_of(platform)
        self.assertEqual({**after, OFFERED: 0}, {**before, OFFERED: 0}, "nothing but what was offered has moved")
        counted = series_of(interception)
        self.assertEqual(counted['lictor_packets_matched_total{network_element="NE-1"}'], 500)
        self.assertEqual(counted['lictor_tasks{network_element="NE-1",state="active"}'], 1)
        self.assertEqual(counted['lictor_warrants{state="active"}'], 1)
        self.assertGreaterEqual(counted['lictor_destination_confirmed_records_total{network_element="NE-1",interface="hi3"}'], 500)
        secrets = {*self.secrets, "lea", "REF-1", "Test Judge", "subscriber", *self.xids(warrant)}
        self.assertEqual(traces_of((platform + interception).encode(), secrets), [])
        dataplane.stop()
        self.assertEqual(lemf.stop(), 0)

"""Alert rules and dashboards: well-formed, and each series that they ask for is on the page that they are made for."""

import json
import re

from support.bench import E2eTest
from support.dataplane import pcap_port
from support.environment import TREE, need_module
from support.frames import conversation, write_pcap
from support.live import PEER, TARGET
from support.scrape import names_of, scrape
from support.waiting import wait_for

FOLDER = TREE / "scripts/monitoring"
NAME = re.compile(r"\blictor_[a-z_]+\b")
# Reasons appear on the page when something has happened for them.
BY_REASON = {"lictor_packets_dropped_total", "lictor_records_dropped_total", "lictor_records_given_up_total"}
# They want files of TLS, which this test's lictord has not; test_metrics.py has.
OF_TLS = {"lictor_certificate_end_seconds"}


def rules_of(page: str) -> list[dict]:
    document = need_module("yaml").safe_load((FOLDER / f"{page}-rules.yml").read_text(encoding="utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def expressions_of(page: str) -> list[str]:
    board = json.loads((FOLDER / f"{page}-dashboard.json").read_text(encoding="utf-8"))
    return [rule["expr"] for rule in rules_of(page)] + [target["expr"] for panel in board["panels"] for target in panel["targets"]]


class Monitoring(E2eTest):
    def setUp(self) -> None:
        need_module("yaml")
        super().setUp()
        self.pages = {name: f"unix:{self.folder / name}.sock" for name in ("platform", "interception")}
        self.lictord.settings["metrics"] = {name: {"address": address} for name, address in self.pages.items()}

    def test_every_series_that_is_asked_for_is_on_its_page(self):
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        self.active_warrant("lea", "LIID-MONITORED", [f"ipv4:{TARGET}"])
        path = self.folder / "monitored.pcap"
        packets = write_pcap(path, conversation(TARGET, PEER, 50))
        dataplane = self.dataplane([pcap_port(path)], replay={"taps": 1, "packets": packets}).start()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        dataplane.stop()
        wait_for(lambda: all("lictor_alarms_standing" in names_of(scrape(address)[1]) for address in self.pages.values()),
                 "the alarm that the dataplane is away stands on both pages")
        for page, address in self.pages.items():
            there = names_of(scrape(address)[1])
            optional = OF_TLS | (BY_REASON if page == "interception" else set())
            for expression in expressions_of(page):
                names = set(NAME.findall(expression))
                self.assertTrue(names, expression)
                self.assertLessEqual(names - optional, there, f"{page}: {expression}")

    def test_rules_and_dashboards_are_whole(self):
        for page in self.pages:
            for rule in rules_of(page):
                self.assertLessEqual({"alert", "expr", "labels", "annotations"}, set(rule), rule)
                self.assertIn(rule["labels"]["severity"], ("warning", "critical"))
                for label in re.findall(r"\$labels\.([a-z_]+)", rule["annotations"]["summary"]):
                    self.assertIn(label, ("network_element", "port", "reason", "interface", "bound", "code", "certificate"))
            board = json.loads((FOLDER / f"{page}-dashboard.json").read_text(encoding="utf-8"))
            ids = [panel["id"] for panel in board["panels"]]
            self.assertEqual(len(ids), len(set(ids)))
            self.assertTrue(all(panel["title"] and panel["targets"] for panel in board["panels"]))

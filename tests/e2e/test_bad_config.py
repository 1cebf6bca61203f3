"""Every configuration key of both daemons with a wrong value: they do not start, and say which key it is."""

import os
import stat
import subprocess

from support.bench import E2eTest
from support.dataplane import Dataplane, pcap_port
from support.environment import leave, program, runs_everything
from support.frames import conversation, write_pcap
from support.libconfig import REMOVED, changed, to_libconfig

START_BOUND_S = 60
SIGNALLING = [
    ("lcores.sessions", [], [-1], [4096], "three"),
    ("signalling.sets[0].name", REMOVED, "", 7),
    ("signalling.sets[0].radius.servers", REMOVED, [], ["198.51.100.0/24"], ["radius.example.org"]),
    ("signalling.sets[0].radius.ports", [0], [65536], 7),
    ("signalling.sets[0].radius.clients", REMOVED, 7),
    ("signalling.sets[0].radius.clients[0].addresses", REMOVED, "203.0.113.1/24", "access"),
    *[(f"signalling.sets[0].{version}.{key}", ["a host"], 7) for version in ("dhcp4", "dhcp6") for key in ("servers", "relays")],
    ("signalling.sets[0].dhcp4.hears_clients", "yes"), ("signalling.sets[0].dhcp6.trusts_access_nodes", 1),
    ("signalling.sets[0].pppoe.concentrators", [], ["00-00-5E"], ["00-00-5E-00-53-0G"]),
    ("signalling.sets[0].pppoe.concentrator_ports", ["nowhere"]),
    ("signalling.sets[0].neighbour.prefixes", ["192.0.2.1/24"]), ("signalling.sets[0].neighbour.move", "seldom", 7),
    ("signalling.sets[0].neighbour.arp", 1),
    *[(f"signalling.sets[0].{key}", ["nowhere"]) for key in ("ports", "heard_at")],
    ("signalling.sets[0].vlans", [0], [4095]), ("signalling.sets[0].label", 1 << 20), ("signalling.sets[0].vni", 1 << 24),
    ("signalling.when", "seldom", 7), ("signalling.accounting", "never"), ("signalling.need_message_authenticator", 1),
    *[(f"signalling.{key}", 0, 1 << 50, "many") for key in
      ("sessions_max", "cells_bytes", "target_sessions_max", "addresses_per_session_max", "ring_bytes", "report_ring_bytes",
       "held_bytes")],
    ("signalling.snapshot", {"file": ""}), ("signalling.snapshot.age_max_s", 0),
    ("signalling.snapshot.interval_s", -1, 300), ("signalling.interims_missed_max", 0, 101), ("signalling.unheard_s_max", 59),
    ("signalling.fold_user_case", "yes"), ("signalling.strip_realm", 1),
    ("signalling.shared_names", [{"kind": "shoe-size", "name": "42"}]),
]


def started(name: str, config) -> subprocess.CompletedProcess:
    """Runs a daemon that must end by itself."""
    return subprocess.run([program(name), "--config", str(config)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, timeout=START_BOUND_S)


def follow_sessions(settings: dict) -> None:
    """Every kind of signalling, with a right value for what must be there."""
    settings["lcores"]["sessions"] = [3]
    radius = {"servers": ["198.51.100.1"], "clients": [{"addresses": "203.0.113.0/24", "secret": ""}]}
    settings["signalling"] = {"sets": [{
        "name": "access", "radius": radius, "dhcp4": {"servers": ["198.51.100.2"]}, "dhcp6": {"servers": ["2001:db8::2"]},
        "pppoe": {"concentrators": ["00-00-5E-00-53-01"]}, "neighbour": {"prefixes": ["192.0.2.0/24"]}}],
        "snapshot": {"file": "sessions", "key": "key"}}


class Refusals(E2eTest):
    def assert_refused(self, name: str, settings: dict, key: str, why: str) -> None:
        config = self.folder / f"{name}-bad.conf"
        config.write_text(to_libconfig(settings), encoding="utf-8")
        with self.subTest(program=name, key=key, value=why):
            done = started(name, config)
            self.assertGreater(done.returncode, 0, f"{key} = {why}: started, or died of a signal\n{done.stdout[-800:]}")
            self.assertIn(key, done.stdout)
        self.tried += 1

    def refuse_all(self, name: str, settings: dict, table: list, *, every: bool = True) -> None:
        """Each key with every value, or else with one, in turn the first, the second…"""
        self.tried, left = 0, 0
        for number, (path, *values) in enumerate(table):
            tried = values if every else [values[number % len(values)]]
            left += len(values) - len(tried)
            for value in tried:
                shown = "missing" if value is REMOVED else repr(value)[:40]
                self.assert_refused(name, changed(settings, path, value), path, shown)
        for group in ("", *(key for key, value in settings.items() if isinstance(value, dict))):
            path = f"{group}.no_such_key" if group else "no_such_key"
            self.assert_refused(name, changed(settings, path, 1), path, "unknown")
        print(f"        {self.tried} wrong settings of {name}")
        if left:
            leave(left, f"more wrong values of {name}'s keys")

    def test_each_wrong_key_of_the_control_daemon_stops_its_start_and_is_named(self):
        daemon = self.lictord
        daemon.settings["listen"].update({"tcp": "", "tls": {"certificate": "", "key": "", "ca": ""}})
        self.refuse_all("lictord", daemon.settings, [
            ("listen.socket", 7, True, {"a": 1}, "x" * 200),
            ("listen.tcp", 7, "nonsense", "127.0.0.1:99999"),
            *[(f"listen.tls.{key}", 7) for key in ("certificate", "key", "ca")],
            ("store.path", 7, ""),
            *[(f"store.master_key.{key}", 7, {"a": 1}) for key in ("file", "credential", "passphrase_file")],
            ("retention.personal_days", -1, 7, 40_000, "never"),
            ("policy.lab", 1, "yes"),
            ("policy.prefix_ipv4_min", -1, 33, "24"),
            ("policy.prefix_ipv6_min", -1, 129, "48"),
            ("policy.number_digits_min", -1, 5, 16, "7"),
            ("policy.duration_days_max", 0, -1, "long"),
            ("policy.shared", "192.0.2.0/24", [7], ["192.0.2.1/24"], ["resolver.example.org"]),
            ("fleet.acknowledge_wait_ms", -1, "soon", 1 << 40),
            ("log.level", 3, "loud"),
        ])

    def test_each_wrong_key_of_the_dataplane_stops_its_start_and_is_named(self):
        path = self.folder / "config.pcap"
        packets = write_pcap(path, conversation("192.0.2.7", "198.51.100.9", 4))
        dataplane = Dataplane(self.folder, self.lictord.address, [pcap_port(path, queues=1, rx_descriptors=1024)],
                              replay={"taps": 1, "packets": packets})
        settings = dataplane.settings
        settings.update(buffers={"mbufs": 16384}, idle={"sleep_us_max": 200}, alarms={"silent_leg_s": 10}, limits={"flows_max": 10000},
                        deduplicate={"window_ms": 50}, patterns={"budget_percent": 50})
        follow_sessions(settings)
        self.refuse_all("lictor-dataplane", settings, [
            ("network_element_id", REMOVED, "", "n" * 17, 7),
            ("interception_point_id", "n" * 9, 7),
            ("control", REMOVED, "", 7),
            ("lab", 1, "yes"),
            ("eal", "text", [1]),
            ("ports", REMOVED, []),
            ("ports[0].name", REMOVED, "", 7, "a b"),
            ("ports[0].device", REMOVED, "", 7),
            ("ports[0].tap_group", 7, "a b"),
            ("ports[0].leg", 7),
            ("ports[0].queues", 0, -1, 1000000, "one"),
            ("ports[0].prespread", 1, "yes"),
            ("ports[0].stamps", 7, "nic"),
            ("ports[0].interrupts", 7, "on"),
            ("ports[0].rx_descriptors", 0, -1, 1 << 20, "many"),
            ("ports[0].encapsulations", 7, "gre", [7], ["gre", "token_ring"]),
            ("ports[0].vxlan_ports", 7, [0], [65536], [1, 2, 3, 4, 5], ["vxlan"]),
            ("ports[0].geneve_ports", -1, [-1], [6081, 4789], [1, 2, 3, 4, 5]),
            ("ports[0].l2tpv3_cookie_bytes", -1, 3, 12, "none"),
            ("ports[0].no_such_key", 1),
            ("ports[0].exclude", 7, "text", ["192.0.2.1/24"], ["host.example.org"]),
            ("deduplicate.groups", 7, ["nowhere"]),
            ("deduplicate.window_ms", 0, 1 << 20, "long"),
            ("deduplicate.packets_max", 0, 1 << 30),
            *[(f"patterns.{key}", 0, "many") for key in (
                "compile_ms_max", "compilers_max", "database_bytes_max", "streams_max", "stream_state_bytes_max",
                "flows_max", "stream_idle_s", "flow_idle_s", "budget_percent")],
            *[(f"fragments.{key}", 0, "many", 1 << 40) for key in ("datagrams_max", "parked_bytes_max", "timeout_ms")],
            ("lcores.rx", REMOVED, [], [-1], [4096], "one"),
            ("lcores.spreaders", [1], [-1], [4096], "one"),
            *SIGNALLING,
            ("lcores.encoders", REMOVED, [], [-1], [4096], "two"),
            *[(f"buffers.{key}", 0, -1, "many", 1 << 60) for key in
              ("mbufs", "mbuf_data_bytes", "frame_bytes_max", "spread_ring_frames", "copy_ring_bytes", "backlog_bytes", "tasks_max")],
            ("handover.threads", 0, -1, 100000, "one"),
            ("handover.connect_retry_min_ms", 0, -1, "soon"),
            ("handover.connect_retry_max_ms", 0, -1, "late"),
            ("handover.drain_ms", -1, "long"),
            ("handover.lanes_max", 0, 99999, "many"), ("handover.lane_backlog_bytes", -1, "many"), ("handover.lane_wait_ms", -1, "long"),
            ("handover.credential_check_ms", 0, "often"),
            ("handover.certificate_warn_days", 0, 9999, "soon"),
            ("handover.credentials", "default", [7], [{"name": "a"}], [{"name": "a b", "certificate": "c", "key": "k"}],
             [{"name": "a", "certificate": "c", "key": "k"}] * 2),
            ("replay.taps", -1, "one"),
            ("replay.packets", -1, "all"),
            ("alarms.silent_leg_s", -1, 86401, "soon"),
            ("alarms.quiet_s", 0, -1, 86401, "long"), ("alarms.time", 7, "maybe"),
            *[(f"alarms.{key}", -1, 1 << 31, "long") for key in ("time_error_us", "time_step_ms", "time_settle_s")],
            ("idle.sleep_us_max", -1, "short"),
            ("limits.flows_max", -1, 1 << 40, "many"),
            ("limits.flow_acl_bytes_max", 0, -1, "large"),
            ("limits.flow_build_ms", 0, -1, 1 << 40, "soon"),
            ("idle.interrupt_wait_ms", 0, -1, 10001, "long"),
            ("idle.untapped_poll_ms", -1, 10001, "long"),
            ("statistics.file", 7),
            ("statistics.interval_ms", 0, -1, "often"),
            ("log.level", 3, "loud"),
        ], every=runs_everything())

    def test_files_that_are_missing_or_broken_stop_the_start_and_are_named(self):
        broken = self.folder / "broken.conf"
        broken.write_text("network_element_id = \n { ;;; \"", encoding="utf-8")
        for name in ("lictord", "lictor-dataplane"):
            for config in (self.folder / "absent.conf", broken, self.folder):
                done = started(name, config)
                self.assertGreater(done.returncode, 0)
                self.assertIn(str(config), done.stdout)

    def test_replay_without_lab_mode_stops_the_start(self):
        path = self.folder / "config.pcap"
        write_pcap(path, conversation("192.0.2.7", "198.51.100.9", 4))
        dataplane = Dataplane(self.folder, self.lictord.address, [pcap_port(path)], replay={"taps": 1, "packets": 8}, lab=False)
        self.tried = 0
        self.assert_refused("lictor-dataplane", dataplane.settings, "replay", "without lab")


class Listening(E2eTest):
    def test_a_tcp_listener_without_tls_credentials_stops_the_start(self):
        daemon = self.lictord
        for files in ({}, {"certificate": "/nonexistent.pem", "key": "", "ca": ""},
                      {name: str(self.folder / "absent.pem") for name in ("certificate", "key", "ca")}):
            config = self.folder / "tcp.conf"
            listen = {"socket": str(daemon.socket), "tcp": "127.0.0.1:0", **({"tls": files} if files else {})}
            config.write_text(to_libconfig({**daemon.settings, "listen": listen}), encoding="utf-8")
            done = started("lictord", config)
            self.assertGreater(done.returncode, 0)
            self.assertRegex(done.stdout, r"listen\.tcp: .*tls|listen\.tls\.\w+: ")
            self.assertFalse(daemon.socket.exists())

    def test_the_socket_is_for_its_owner_alone_whatever_the_umask(self):
        before = os.umask(0)
        try:
            self.lictord.start()
        finally:
            os.umask(before)
        mode = stat.S_IMODE(self.lictord.socket.stat().st_mode)
        self.assertEqual(mode, 0o600)
        self.assertEqual(stat.S_IMODE(self.lictord.database.stat().st_mode) & 0o077, 0, "nor is the database for others")

    def test_a_second_daemon_on_the_same_socket_or_store_does_not_start(self):
        self.lictord.start()
        for name, socket, database in (("socket", self.lictord.socket, self.folder / "other.db"),
                                       ("store", self.folder / "other.sock", self.lictord.database)):
            config = self.folder / "second.conf"
            config.write_text(to_libconfig({**self.lictord.settings, "listen": {"socket": str(socket)},
                                            "store": {"path": str(database)}}), encoding="utf-8")
            with self.subTest(the_same=name):
                self.assertGreater(started("lictord", config).returncode, 0)
                self.assertTrue(self.lictord.answers(), "the first goes on")
        self.assertEqual(self.ctl.json("agency", "list").get("agencies", []), [])

    def test_a_store_that_cannot_be_opened_stops_the_start_and_is_named(self):
        for path in (self.folder / "no" / "such.db", self.folder, "/proc/version"):
            config = self.folder / "store.conf"
            config.write_text(to_libconfig({**self.lictord.settings, "store": {"path": str(path)}}), encoding="utf-8")
            done = started("lictord", config)
            self.assertGreater(done.returncode, 0)
            self.assertIn(str(path), done.stdout)

    def test_a_daemon_starts_where_a_dead_one_left_its_socket(self):
        self.lictord.start()
        self.lictord.process.kill()
        self.assertTrue(self.lictord.socket.exists())
        self.lictord.start()
        self.ctl.json("agency", "list")

    def test_two_dataplanes_of_one_name_are_not_both_attached(self):
        self.lictord.start()
        path = self.folder / "idle.pcap"
        packets = write_pcap(path, conversation("192.0.2.7", "198.51.100.9", 4))
        first = self.dataplane([pcap_port(path)], replay={"taps": 1, "packets": packets}).start()
        first.process.wait_until(lambda: self.ctl.json("dataplane", "list").get("dataplanes"), "the first is attached")
        incarnation = self.ctl.json("dataplane", "list")["dataplanes"][0]["incarnation"]
        elsewhere = self.folder / "second"
        elsewhere.mkdir()
        second = self._own(Dataplane(elsewhere, self.lictord.address, [pcap_port(path)], replay={"taps": 1, "packets": packets}))
        second.start()
        second.process.wait_until(lambda: "NE-1" in second.process.log() or "already" in second.process.log().lower(),
                                  "the second says that its name is taken")
        listed = self.ctl.json("dataplane", "list")["dataplanes"]
        self.assertEqual([one["incarnation"] for one in listed], [incarnation])

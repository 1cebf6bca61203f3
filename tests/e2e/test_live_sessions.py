"""Subscribers of real access networks: FreeRADIUS, Kea, ISC's and BusyBox's programs speak, and what is copied is held against
what the kernel saw pass."""

import signal
import tempfile
from collections import Counter
from pathlib import Path
from typing import Optional

from support.dataplane import EAL
from support.isolation import alone
from support.live import LiveTest
from support.network import Sender
from support.process import Process
from support.signalling_programs import Dhclient, freeradius, isc_relay, isc_server, kea, need_programs, udhcpc, wait_address
from support.tapped_wire import TappedWire, converse
from support.waiting import wait_for
from support.wire_reference import Addresses, WireReference, word_of

SERVER, PEER, EDGE = "198.51.100.1", "198.51.100.9", "198.51.100.5"
GATEWAY, ADDRESS = "192.0.2.1", "192.0.2.7"                 # of subscribers behind the edge, and one of them
LEASED = "198.51.100.100"                                   # of a subscriber at the hub
PEER6, LEASED6, SERVER6 = "2001:db8:0:1::9", "2001:db8:0:1::100", "fe80::1"
FRAMED6, DELEGATED6 = "2001:db8:1:7::/64", "2001:db8:2:700::/56"
CLIENT_MAC = "02:00:00:00:00:c1"
SECRET, WRONG_SECRET = "a secret of tests", "a guess"
RATE = 200  # packets a second of each steady sender
# What passes before the announcement is read and the rule for it in force may be missing. That takes less than a millisecond where
# lcores have cores of their own; here all of them share two with the programs.
ANNOUNCED_NS = 250_000_000


class LiveSessionsOfPrograms(LiveTest):
    ipv6 = False

    def setUp(self) -> None:
        super().setUp()
        programs = tempfile.TemporaryDirectory(prefix="lictor-e2e-programs-")  # their logs name everybody
        self.addCleanup(programs.cleanup)
        self.wire = TappedWire(self.pair, Path(programs.name), self.ipv6)
        self.addCleanup(self.wire.remove)
        self.core = self.wire.host("core")
        self.wire.plug(self.core, "srv")
        self.core.address("srv", f"{SERVER}/24", f"{PEER}/24")
        self.line = self.wire.host("line")
        self.senders: list[Sender] = []

    # --- the network ---

    def edge_between(self) -> None:
        """A router between the subscriber and the hub: the tap is behind it."""
        self.edge = self.wire.host("edge")
        self.wire.plug(self.edge, "wan")
        self.edge.address("wan", f"{EDGE}/24")
        self.wire.join(self.edge, "line7", self.line, "sub", CLIENT_MAC)
        self.edge.address("line7", f"{GATEWAY}/24")
        self.core.route("192.0.2.0/24", "via", EDGE)

    def subscriber_at_the_hub(self) -> None:
        self.wire.plug(self.line, "sub", CLIENT_MAC)

    def talk(self, address: str, peer: str = PEER, count: int = 20) -> None:
        """Questions and answers of two kernels over the wire."""
        with self.line.datagrams(address, 0) as client, self.core.datagrams(peer, 4000) as server:
            converse(client, server, count)

    # --- the appliance ---

    def watch(self, target: str, addresses: Addresses, **signals) -> None:
        """A dataplane that follows these servers, and a warrant for the target."""
        self.addresses = addresses
        self.lictord.start()
        self.receiver = self.lemf()
        self.agency("lea", self.receiver)
        self.active_warrant("lea", "LIID-A", [target])
        self.element = self.live_dataplane(
            lcores={"rx": [1], "sessions": [3], "encoders": [2]}, eal=EAL[:-1] + ["(0-3)@(0-1)"],
            signalling={"sets": [{"name": "access", **signals}]})
        self.element.wait_tasks(1)
        self.reference = WireReference(self.pair)
        self.addCleanup(self.reference.close)

    def steady(self, address: str, peer: str) -> None:
        """Packets of the address, both ways, from now to the end."""
        for source, destination in ((address, peer), (peer, address)):
            name = f"sender{len(self.senders)}"
            self.senders.append(self._own(Sender(self.pair, self.folder, name, source, destination, rate=RATE)))
        self.passes()

    def passes(self, count: int = 60) -> None:
        """So many more packets of the subscriber's addresses pass."""
        since = len(self.reference.seen())
        wait_for(lambda: sum(self.addresses.concern(one.packet) for one in self.reference.seen()[since:]) >= count,
                 "the steady senders send")

    def counted(self, name: str, count: int = 1) -> None:
        self.element.wait_statistics(lambda now: now["sessions"].get(name, 0) >= count, f"{name} is {count}")

    # --- what must hold ---

    def finish(self) -> list[bytes]:
        """All ends; the packets that the agency has."""
        for sender in self.senders:
            sender.stop()
        offered = len(self.reference.seen())
        self.element.wait_statistics(lambda now: now["ports"][0]["offered"] >= offered, "the port has had all that passed")
        self.element.wait_delivered()
        self.counts = self.element.stop()["sessions"]
        port = self.element.statistics()["ports"][0]
        self.assertEqual([port[name] for name in ("imissed", "ierrors", "nombuf")], [0, 0, 0], "the port missed packets")
        self.assertEqual(self.reference.lost(), 0, "the reference missed packets")
        self.assertEqual(self.counts["signals_lost"], 0)
        self.assertEqual(self.receiver.stop(), 0)
        self.kinds = self.receiver.hi2_stream().kinds(b"LIID-A")
        return [one.packet for one in self.receiver.contents()]

    def differences(self, packets: list[bytes], start: int, end: int, own: Addresses) -> str:
        """What was copied and should not have been, and the other way round, each with its time after the announcement."""
        rest, lines = Counter(packets), []
        for place, one in enumerate(self.reference.seen()):
            wanted, copied = start < place < end and own.concern(one.packet), rest[one.packet] > 0
            rest[one.packet] -= copied
            if wanted != copied:
                at_us = (one.time_ns - self.reference.seen()[start].time_ns) // 1000
                lines.append(f"{place} {at_us} us {'missing' if wanted else 'too much'}: {word_of(one.packet)} {one.packet[:48].hex()}")
        unknown = sum(rest.values())
        return f"from {start} to {end}, {unknown} that never passed, or in another order\n" + "\n".join(lines[:20])

    def assert_copied(self, packets: list[bytes], start: int, end: int, addresses: Optional[Addresses] = None) -> None:
        """They are those that passed between two places of the reference; only the first moment may be missing."""
        seen, own = self.reference.seen(), addresses or self.addresses
        between = [one for one in seen[start + 1:end] if own.concern(one.packet)]
        first = max(0, len(between) - len(packets))
        late = [one.time_ns - seen[start].time_ns for one in between[:first]]
        expected = [one.packet for one in between[first:]]
        if packets != expected:
            self.fail(self.differences(packets, start, end, own))
        self.assertLess(max(late, default=0), ANNOUNCED_NS, f"{len(late)} packets behind the announcement are missing")
        self.assertGreater(len(packets), 100)


@alone("a port that misses a packet shows nothing")
class LiveSessionsOfRadius(LiveSessionsOfPrograms):
    USER = "alice@example.org"

    def setUp(self) -> None:
        need_programs("freeradius", "radclient")
        super().setUp()
        self.edge_between()
        self.line.address("sub", f"{ADDRESS}/24")
        self.line.route("default", "via", GATEWAY)
        freeradius(self.core, SERVER, EDGE, SECRET, [f'{self.USER} Cleartext-Password := "hello"', f"  Framed-IP-Address = {ADDRESS}"])

    def follow(self, secret: str) -> None:
        file = self.folder / "radius-secret"
        file.write_text(secret + "\n", encoding="utf-8")
        file.chmod(0o600)
        self.watch(f"radius-user:{self.USER}", Addresses(f"{ADDRESS}/32", FRAMED6, DELEGATED6),
                   radius={"servers": [SERVER], "clients": [{"addresses": f"{EDGE}/32", "secret": str(file)}]})

    def ask(self, kind: str, *attributes: str, secret: str = SECRET) -> str:
        """A request of the access server's; what radclient says of the answer."""
        port = 1812 if kind == "auth" else 1813
        words = [f"User-Name={self.USER}", f"NAS-IP-Address={EDGE}", "NAS-Port=7", *attributes]
        return self.edge.run("radclient", "-x", "-r", "1", "-t", "2", "-D", "/usr/share/freeradius", f"{SERVER}:{port}", kind, secret,
                             given=",".join(words)).stdout

    def account(self, status: str, secret: str = SECRET) -> str:
        return self.ask("acct", f"Acct-Status-Type={status}", "Acct-Session-Id=s1", f"Framed-IP-Address={ADDRESS}",
                        f"Framed-IPv6-Prefix={FRAMED6}", f"Delegated-IPv6-Prefix={DELEGATED6}", secret=secret)

    def test_from_start_to_stop_the_users_packets_are_copied_of_both_families(self):
        self.follow(SECRET)
        for address, peer in ((ADDRESS, PEER), ("2001:db8:1:7::7", PEER6), ("2001:db8:2:712::7", PEER6)):
            self.steady(address, peer)
        self.assertIn("Access-Accept", self.ask("auth", "User-Password=hello"))
        self.passes()
        self.assertIn("Accounting-Response", self.account("Start"))
        self.counted("sessions_opened")
        self.passes()
        self.talk(ADDRESS)
        self.assertIn("Accounting-Response", self.account("Interim-Update"))
        self.passes()
        self.assertIn("Accounting-Response", self.account("Stop"))
        self.passes()
        self.assert_copied(self.finish(), self.reference.place("accounting start"), self.reference.place("accounting stop"))
        self.assertEqual((self.kinds[0], self.kinds[-1]), ("liActivated", "iri 8"))
        self.assertEqual((self.counts["radius_wrong_proof"], self.counts["radius_foreign"], self.counts["sessions_opened"]), (0, 0, 1))

    def test_a_server_with_another_secret_than_the_configured_binds_nothing(self):
        self.follow(WRONG_SECRET)
        self.steady(ADDRESS, PEER)
        self.assertIn("Accounting-Response", self.account("Start"))
        self.counted("radius_wrong_proof")
        self.passes()
        self.talk(ADDRESS)
        self.assertEqual(self.finish(), [])
        self.assertEqual(self.counts["sessions_opened"], 0)

    def test_an_access_server_that_does_not_know_the_secret_binds_nothing(self):
        self.follow(SECRET)
        self.steady(ADDRESS, PEER)
        self.assertNotIn("Accounting-Response", self.account("Start", WRONG_SECRET))
        self.counted("radius_wrong_proof")
        self.passes()
        self.assertEqual(self.finish(), [])
        self.assertEqual(self.counts["sessions_opened"], 0)


@alone("a port that misses a packet shows nothing")
class LiveSessionsOfDhcp4(LiveSessionsOfPrograms):
    def lease_renewed_and_released(self, renew, release, address: str = LEASED) -> None:
        """From a client that was just started to one that has let its address go; what was copied is held against the wire."""
        self.counted("dhcp4_begun")
        wait_address(self.line, "sub", address)
        self.passes()
        self.talk(address)
        renew()
        self.passes()
        self.talk(address)
        release()
        self.counted("dhcp4_released")
        self.passes()
        self.assert_copied(self.finish(), self.reference.place("dhcp4 5"), self.reference.place("dhcp4 7"))
        self.assertEqual((self.kinds[0], self.kinds[-1]), ("liActivated", "iri 8"))
        self.assertEqual((self.counts["sessions_opened"], self.counts["sessions_open"]), (1, 0))

    def renew(self, client: Process) -> None:
        """udhcpc's. So soon behind the lease and under its transaction it is a repetition to the dataplane, which counts no renewal."""
        client.signal(signal.SIGUSR1)
        wait_for(lambda: [word for _, word in self.reference.words()].count("dhcp4 5") >= 2, "the renewal is answered")

    def test_a_client_identifier_of_dhclient_at_kea(self):
        need_programs("kea-dhcp4", "dhclient")
        self.subscriber_at_the_hub()
        kea(self.core, 4, "srv", {"id": 1, "subnet": "198.51.100.0/24", "pools": [{"pool": f"{LEASED}-{LEASED}"}]}, 60, 2)
        self.watch("dhcp-client-id:hex:006c696e652d37", Addresses(f"{LEASED}/32"), dhcp4={"servers": [SERVER], "hears_clients": True})
        self.steady(LEASED, PEER)
        client = Dhclient(self.line, "sub", 4, lines=("send dhcp-client-identifier 00:6c:69:6e:65:2d:37;", "initial-interval 1;"))
        self.lease_renewed_and_released(lambda: self.counted("dhcp4_renewed"), client.release)  # it does it by itself

    def test_a_client_identifier_of_udhcpc_at_the_isc_server(self):
        need_programs("dhcpd", "busybox")
        self.subscriber_at_the_hub()
        isc_server(self.core, "srv", ["subnet 198.51.100.0 netmask 255.255.255.0 {", f"range {LEASED};", "default-lease-time 600; }"])
        self.watch(f"dhcp-client-id:hex:01{CLIENT_MAC.replace(':', '')}", Addresses(f"{LEASED}/32"),
                   dhcp4={"servers": [SERVER], "hears_clients": True})
        self.steady(LEASED, PEER)
        client = udhcpc(self.line, "sub")
        self.lease_renewed_and_released(lambda: self.renew(client), lambda: client.signal(signal.SIGUSR2))

    def test_a_line_that_the_isc_relay_names(self):
        need_programs("dhcpd", "dhcrelay", "busybox")
        self.edge_between()
        isc_server(self.core, "srv", ["subnet 198.51.100.0 netmask 255.255.255.0 { }", "subnet 192.0.2.0 netmask 255.255.255.0 {",
                                      f"range {ADDRESS}; option routers {GATEWAY};", "default-lease-time 600; }"])
        isc_relay(self.edge, "line7", "wan", SERVER)
        self.watch("circuit-id:line7", Addresses(f"{ADDRESS}/32"), dhcp4={"servers": [SERVER], "relays": [GATEWAY, EDGE]})
        self.steady(ADDRESS, PEER)
        client = udhcpc(self.line, "sub")
        self.lease_renewed_and_released(lambda: self.renew(client), lambda: client.signal(signal.SIGUSR2), ADDRESS)


@alone("a port that misses a packet shows nothing")
class LiveSessionsOfDhcp6(LiveSessionsOfPrograms):
    ipv6 = True

    def test_an_address_and_a_prefix_of_dhclient_at_kea(self):
        need_programs("kea-dhcp6", "dhclient")
        self.subscriber_at_the_hub()
        self.core.address("srv", f"{SERVER6}/64", f"{PEER6}/64")
        self.line.address("sub", "fe80::7/64")
        prefix, _, length = DELEGATED6.partition("/")
        kea(self.core, 6, "srv", {"id": 1, "interface": "srv", "subnet": "2001:db8:0:1::/64", "pools": [{"pool": f"{LEASED6}-{LEASED6}"}],
                                  "pd-pools": [{"prefix": prefix, "prefix-len": int(length), "delegated-len": int(length)}]}, 60, 2)
        self.watch(f"duid:hex:00030001{CLIENT_MAC.replace(':', '')}", Addresses(f"{LEASED6}/128", DELEGATED6),
                   dhcp6={"servers": [SERVER6], "hears_clients": True})
        self.steady(LEASED6, PEER6)
        self.steady("2001:db8:2:712::7", PEER6)
        client = Dhclient(self.line, "sub", 6, ("-N", "-P", "-D", "LL"))
        self.counted("dhcp6_begun")
        wait_address(self.line, "sub", LEASED6)
        self.passes()
        self.talk(LEASED6, PEER6)
        self.counted("dhcp6_renewed")
        self.passes()
        client.release()
        self.counted("dhcp6_released")
        self.passes()
        self.assert_copied(self.finish(), self.reference.place("dhcp6 7"), self.reference.place("dhcp6 8"))
        self.assertEqual((self.kinds[0], self.kinds[-1]), ("liActivated", "iri 8"))
        self.assertEqual(self.counts["sessions_opened"], 1)


del LiveTest

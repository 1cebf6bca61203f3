"""Subscribers whom a link itself shows, live: PPPoE between a subscriber's and a concentrator's state machines, and hosts that claim
addresses by ARP. No kernel's PPP is needed."""

import ipaddress
import struct

from support.dataplane import EAL, live_port
from support.delivered import by_liid
from support.frames import udp_packet
from support.live import PEER, LiveTest
from support.network import Injector
from support.pppoe import EVERYBODY, Concentrator, Subscriber

CONCENTRATOR = bytes.fromhex("0200000000ac")
ALICE, BOB = "alice@example.org", "bob@example.org"
ALICES_MAC, BOBS_MAC, GATEWAY_MAC = (bytes.fromhex(f"02000000000{digit}") for digit in "123")
ADDRESS, OTHER_ADDRESS, GATEWAY = "192.0.2.7", "192.0.2.8", "192.0.2.1"


class Links(LiveTest):
    def setUp(self) -> None:
        super().setUp()
        self.injector = Injector(self.pair)
        self.addCleanup(self.injector.close)
        self.sent = self.frames = 0

    def send(self, frame: bytes) -> None:
        self.frames += 1
        self.injector.send(frame)

    def watch(self, targets: dict[str, str], port: dict, **signals):
        """A dataplane that hears the link, and a warrant for each LIID."""
        self.lictord.start()
        self.receiver = self.lemf()
        self.agency("lea", self.receiver)
        for liid, target in targets.items():
            self.active_warrant("lea", liid, [target])
        self.element = self.dataplane(
            [live_port(self.pair.near, **port)], lcores={"rx": [1], "sessions": [3], "encoders": [2]},
            eal=EAL[:-1] + ["(0-3)@(0-1)"], signalling={"sets": [{"name": "link", **signals}]}).start()
        self.element.wait_statistics(lambda now: now["ports"][0]["link_up"], "the port is up")
        self.element.wait_tasks(len(targets))

    def packets(self, address: str, count: int) -> list[bytes]:
        """Both ways, the first from the address."""
        made = []
        for index in range(count):
            ends = (address, PEER) if index % 2 == 0 else (PEER, address)
            self.sent += 1
            made.append(udp_packet(*ends, f"packet {self.sent}".encode()))
        return made

    def counted(self, name: str, count: int) -> None:
        self.element.wait_statistics(lambda now: now["sessions"].get(name, 0) >= count, f"{name} is {count}")

    def all_have_come(self) -> None:
        self.element.wait_statistics(lambda now: now["ports"][0]["offered"] >= self.frames, "all frames have come")

    def finish(self) -> dict:
        self.all_have_come()
        self.element.wait_delivered()
        self.counts = self.element.stop()["sessions"]
        self.assertEqual(self.receiver.stop(), 0)
        self.hi2 = self.receiver.hi2_stream()
        return {liid: [one.packet for one in contents] for liid, contents in by_liid(self.receiver.contents()).items()}


class LivePppoe(Links):
    def setUp(self) -> None:
        super().setUp()
        self.concentrator = Concentrator(CONCENTRATOR, {ALICE: ("a secret of tests", ADDRESS), BOB: ("another", OTHER_ADDRESS)})

    def watch_lines(self, targets: dict[str, str]) -> None:
        self.watch(targets, {"encapsulations": ["pppoe"]},
                   pppoe={"concentrators": ["02-00-00-00-00-ac"], "trusts_access_nodes": True})

    def pass_on(self, *frames: bytes) -> None:
        """Over the wire to the other end, and so whatever is answered."""
        waiting = list(frames)
        while waiting:
            frame = waiting.pop(0)
            self.send(frame)
            for end in (self.concentrator, *self.subscribers):
                waiting += end.take(frame)

    def talk(self, subscriber: Subscriber, address: str, count: int) -> list[bytes]:
        packets = self.packets(address, count)
        for index, packet in enumerate(packets):
            self.send(subscriber.packet(packet) if index % 2 == 0 else self.concentrator.packet(subscriber.mac, packet))
        return packets

    def test_a_subscriber_is_copied_by_his_name_and_by_his_line_from_login_to_hanging_up(self):
        self.watch_lines({"LIID-A": f"radius-user:{ALICE}", "LIID-B": "circuit-id:line 8"})
        alice, bob = Subscriber(ALICES_MAC, ALICE, "a secret of tests", "line 7"), Subscriber(BOBS_MAC, BOB, "another", "line 8")
        self.subscribers = [alice, bob]
        for subscriber in self.subscribers:
            self.pass_on(subscriber.dial())
        self.assertEqual((alice.address, bob.address), (ADDRESS, OTHER_ADDRESS))
        self.counted("pppoe_bound", 2)
        own, others = self.talk(alice, ADDRESS, 40), self.talk(bob, OTHER_ADDRESS, 40)
        self.all_have_come()
        self.pass_on(alice.hang_up())
        self.element.wait_statistics(lambda now: now["sessions"]["sessions_open"] == 1, "one has hung up")
        stray = self.packets(ADDRESS, 10)
        for packet in stray:
            self.send(alice.packet(packet))
        others += self.talk(bob, OTHER_ADDRESS, 10)
        delivered = self.finish()
        self.assertEqual(delivered[b"LIID-A"], own)
        self.assertEqual(delivered[b"LIID-B"], others)
        kinds = self.hi2.kinds(b"LIID-A")
        self.assertEqual((kinds[0], kinds.count("iri 8")), ("liActivated", 1), kinds)

    def test_who_is_refused_and_who_plays_the_concentrator_bind_nothing(self):
        self.watch_lines({"LIID-A": f"radius-user:{ALICE}"})
        guesser = Subscriber(BOBS_MAC, ALICE, "a guess")
        self.subscribers = [guesser]
        self.pass_on(guesser.dial())
        self.assertIsNone(guesser.address)
        self.counted("pppoe_authentication_failed", 1)
        impostor = self.concentrator
        self.concentrator = Concentrator(bytes.fromhex("0200000000ad"), impostor.users)
        alice = Subscriber(ALICES_MAC, ALICE, "a secret of tests")
        self.subscribers = [alice]
        self.pass_on(alice.dial())
        self.assertEqual(alice.address, ADDRESS)
        self.counted("pppoe_not_trusted", 8)  # also broadcasts, which nobody follows
        self.talk(alice, ADDRESS, 20)
        delivered = self.finish()
        self.assertEqual(delivered, {})
        self.assertNotIn("iri 1", self.hi2.kinds(b"LIID-A"))


class LiveCards(Links):
    def ethernet(self, source: bytes, destination: bytes, packet: bytes) -> bytes:
        return (destination + source + struct.pack(">H", 0x0800) + packet).ljust(60, b"\0")

    def claim(self, mac: bytes, address: str) -> None:
        """A gratuitous ARP request (RFC 5227, 3)."""
        octets = ipaddress.ip_address(address).packed
        body = struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1) + mac + octets + bytes(6) + octets
        self.send((EVERYBODY + mac + struct.pack(">H", 0x0806) + body).ljust(60, b"\0"))

    def test_a_card_is_copied_whichever_address_it_claims(self):
        self.watch({"LIID-A": "mac:02-00-00-00-00-01"}, {}, neighbour={"prefixes": ["192.0.2.0/24"], "move": "at_once"})
        own = []
        for turn, address in enumerate((ADDRESS, OTHER_ADDRESS)):
            self.claim(ALICES_MAC, address)
            self.counted("neighbour_bound", 1 + turn)
            for index, packet in enumerate(self.packets(address, 20)):
                ends = (ALICES_MAC, GATEWAY_MAC) if index % 2 == 0 else (GATEWAY_MAC, ALICES_MAC)
                self.send(self.ethernet(*ends, packet))
                own.append(packet)
        self.claim(BOBS_MAC, ADDRESS)  # another card has it from now on
        self.counted("neighbour_bound", 3)
        for packet in self.packets(ADDRESS, 10):
            self.send(self.ethernet(BOBS_MAC, GATEWAY_MAC, packet))
        delivered = self.finish()
        self.assertEqual(delivered, {b"LIID-A": own})


del LiveTest, Links

"""Targets without an address of their own: signalling says whose packets are whose, and when."""

import os
import random
import threading
import time

from support import radius
from support.bench import E2eTest
from support.dataplane import EAL, pcap_port
from support.delivered import by_liid
from support.environment import some_or_all
from support.frames import ethernet, udp_packet, write_pcap
from support.isolation import alone
from support.live import PEER
from support.network import Injector, VethPair
from support.sessions import ADDRESS, ALICE, BOB, OTHER_ADDRESS, LiveSessionsTest, accounting, packets_of, signalling
from support.waiting import wait_for

FIRST_US, STEP_US = 1_700_000_000_000_000, 1000
START, STOP, INTERIM = radius.START, radius.STOP, radius.INTERIM


class Subscribers:
    """A capture in the making: an access server's messages, and packets of the addresses that it gives away."""

    def __init__(self):
        self.frames: list[bytes] = []
        self.sent = 0

    def tell(self, *words, **more) -> None:
        self.frames.append(accounting(*words, identifier=len(self.frames), **more))

    def traffic(self, ip: str, count: int = 5) -> list[bytes]:
        """Packets of the address, both ways."""
        packets = []
        for _ in range(count):
            self.sent += 1
            ends = (ip, PEER) if self.sent % 2 else (PEER, ip)
            packets.append(udp_packet(*ends, f"packet {self.sent}".encode()))
        self.frames += [ethernet(packet) for packet in packets]
        return packets


class Sessions(E2eTest):
    def deliver(self, subscribers: Subscribers, targets: dict[str, str], content: str = "both", step_us: int = STEP_US,
                before_end=lambda: None, **settings) -> dict:
        """The capture through a dataplane, with a warrant for each LIID; the receiver's content for each."""
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        for liid, target in targets.items():
            self.active_warrant("lea", liid, [target], content=content)
        path = self.folder / "subscribers.pcap"
        write_pcap(path, subscribers.frames, FIRST_US, step_us)
        replay = {"taps": len(targets), "packets": len(subscribers.frames)}
        dataplane = self.dataplane([pcap_port(path)], replay=replay, **{**signalling(self.folder), **settings}).start()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        before_end()
        self.statistics = dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        self.hi2 = lemf.hi2_stream()
        self.assertEqual(self.hi2.gaps(), [])
        return by_liid(lemf.contents())

    def counts(self, **expected: int) -> None:
        counts = self.statistics["sessions"]
        self.assertEqual({name: counts[name] for name in expected}, expected)

    def test_exactly_the_packets_between_start_and_stop_are_the_users(self):
        network = Subscribers()
        network.traffic(ADDRESS)
        network.tell(START, ALICE, "s1", ADDRESS)
        network.tell(START, BOB, "s2", OTHER_ADDRESS)
        own = network.traffic(ADDRESS, 40)
        network.traffic(OTHER_ADDRESS)
        network.tell(STOP, ALICE, "s1", ADDRESS)
        network.traffic(ADDRESS)
        delivered = self.deliver(network, {"LIID-A": f"radius-user:{ALICE}"})
        self.assertEqual(packets_of(delivered[b"LIID-A"]), own)
        self.assertEqual(self.hi2.kinds(b"LIID-A"), ["liActivated", "iri 1", "iri 8"])
        self.counts(radius_used=3, sessions_opened=2, sessions_open=1, targets_sessions=1)

    def test_an_address_that_goes_to_and_fro_is_each_time_its_holders_alone(self):
        network = Subscribers()
        own = {ALICE: [], BOB: []}
        for turn in range(60):  # nobody says Stop: who is given the address takes it
            user = (ALICE, BOB)[turn % 2]
            network.tell(START, user, f"s{turn}", ADDRESS)
            own[user] += network.traffic(ADDRESS, 3)
        delivered = self.deliver(network, {"LIID-A": f"radius-user:{ALICE}", "LIID-B": f"radius-user:{BOB}"})
        self.assertEqual(packets_of(delivered[b"LIID-A"]), own[ALICE])
        self.assertEqual(packets_of(delivered[b"LIID-B"]), own[BOB])
        self.assertEqual(len({one.cin for one in delivered[b"LIID-A"]}), 30, "each session has a CIN of its own")

    def test_forged_signalling_binds_nothing_and_is_counted(self):
        network = Subscribers()
        network.tell(START, ALICE, "s1", ADDRESS, source="192.0.2.66")
        network.tell(START, ALICE, "s2", ADDRESS, secret=b"a guess")
        network.tell(START, ALICE, "s3", ADDRESS, server="198.51.100.77")
        network.traffic(ADDRESS)
        delivered = self.deliver(network, {"LIID-A": f"radius-user:{ALICE}"})
        self.assertEqual(delivered, {})
        self.assertEqual(self.hi2.kinds(b"LIID-A"), ["liActivated"])
        self.counts(radius_foreign=1, radius_wrong_proof=1, sessions_opened=0, signals_taken=2)

    def test_what_is_told_late_takes_no_address_back(self):
        now, early = (radius.number(radius.EVENT_TIMESTAMP, FIRST_US // 1_000_000 - late) for late in (0, 300))
        network = Subscribers()
        network.tell(START, ALICE, "s1", ADDRESS, more=[now])  # what its clock says shows how late the others are
        own = network.traffic(ADDRESS)
        network.tell(START, BOB, "s2", ADDRESS, more=[now])
        network.traffic(ADDRESS)
        network.tell(INTERIM, ALICE, "s1", ADDRESS, more=[early])
        network.tell(START, ALICE, "s0", ADDRESS, more=[early])
        network.traffic(ADDRESS)
        delivered = self.deliver(network, {"LIID-A": f"radius-user:{ALICE}"})
        self.assertEqual(packets_of(delivered[b"LIID-A"]), own)

    def test_two_sessions_of_one_person_are_both_his_each_under_its_cin(self):
        network = Subscribers()
        network.tell(START, ALICE, "s1", ADDRESS)
        network.tell(START, ALICE, "s2", OTHER_ADDRESS)
        first, second = network.traffic(ADDRESS), network.traffic(OTHER_ADDRESS)
        delivered = self.deliver(network, {"LIID-A": f"radius-user:{ALICE}"})[b"LIID-A"]
        cins = sorted({one.cin for one in delivered})
        self.assertEqual(len(cins), 2)
        self.assertEqual([packets_of([one for one in delivered if one.cin == cin]) for cin in cins], [first, second])

    def test_a_session_of_which_nothing_more_is_heard_ends_with_an_alarm_that_ends_too(self):
        network = Subscribers()
        network.tell(START, ALICE, "s1", ADDRESS, more=[radius.number(radius.ACCT_INTERIM_INTERVAL, 60)])
        own = network.traffic(ADDRESS, 2)
        for number in range(10):  # a minute passes with each
            network.tell(START, BOB, f"b{number}", OTHER_ADDRESS)

        def alarm_is_over() -> None:
            wait_for(lambda: [one for one in self.alarms("target_sessions_unheard") if int(one.get("cleared_unix_ns", 0))], "the alarm is over")

        settings = signalling(self.folder, interims_missed_max=2)
        delivered = self.deliver(network, {"LIID-A": f"radius-user:{ALICE}"}, step_us=60_000_000, before_end=alarm_is_over,
                                 alarms={"quiet_s": 1}, **settings)
        self.assertEqual(packets_of(delivered[b"LIID-A"]), own)
        self.assertEqual(self.hi2.kinds(b"LIID-A"), ["liActivated", "iri 1", "iri 8"])
        self.counts(targets_unheard=1, sessions_unheard=1, sessions_expired=1)

    def test_where_iri_alone_is_ordered_no_packet_is_copied(self):
        network = Subscribers()
        network.tell(START, ALICE, "s1", ADDRESS)
        network.traffic(ADDRESS)
        network.tell(STOP, ALICE, "s1", ADDRESS)
        delivered = self.deliver(network, {"LIID-A": f"radius-user:{ALICE}"}, "iri")
        self.assertEqual(delivered, {})
        self.assertEqual(self.hi2.kinds(b"LIID-A"), ["liActivated", "iri 1", "iri 8"])

    def test_a_name_in_another_realm_or_a_shared_one_is_somebody_else(self):
        network = Subscribers()
        network.tell(START, "alice@other.example.org", "s1", ADDRESS)
        network.traffic(ADDRESS)
        network.tell(START, "guest", "s2", OTHER_ADDRESS)
        network.traffic(OTHER_ADDRESS)
        settings = signalling(self.folder, shared_names=[{"kind": "radius-user", "name": "guest"}])
        delivered = self.deliver(network, {"LIID-A": f"radius-user:{ALICE}", "LIID-G": "radius-user:guest"}, **settings)
        self.assertEqual(delivered, {})


TURNS, TURNS_ALL, PACKETS_A_TURN = 500, 1000, 8


class Disturber:
    """Moves a process's threads from core to core and holds one of them up at a time, as chance will have it."""

    def __init__(self, pid: int, seed: int):
        self.pid, self.chance = pid, random.Random(seed)
        self.is_over = False
        self.moves = 0
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        cores = sorted(os.sched_getaffinity(0))
        while not self.is_over:
            try:
                task = int(self.chance.choice(os.listdir(f"/proc/{self.pid}/task")))
                os.sched_setaffinity(task, {self.chance.choice(cores)})
                os.setpriority(os.PRIO_PROCESS, task, self.chance.choice((0, 19)))
                self.moves += 1
            except OSError:
                pass  # it has just ended
            time.sleep(self.chance.random() / 500)

    def stop(self) -> None:
        self.is_over = True
        self.thread.join()


class LiveSessions(LiveSessionsTest):
    def send_a_turn(self, turn: int, piece: int, own: set[bytes]) -> None:
        """Packets of several conversations, which are spread over all rx lcores."""
        for index in range(PACKETS_A_TURN):
            ends = (ADDRESS, f"198.51.100.{100 + index}")
            packet = udp_packet(*(ends if index % 2 else reversed(ends)), f"{turn} {piece} {index}".encode())
            own.add(packet)
            self.injector.send(ethernet(packet))

    @staticmethod
    def wait_offered(dataplane, frames: int) -> None:
        """Nobody runs away from whom: a port that is held up misses what its queue cannot hold."""
        dataplane.wait_statistics(lambda now: now["ports"][0]["offered"] >= frames, "all frames have come")

    @staticmethod
    def matched(dataplane) -> int:
        return dataplane.statistics()["packets"]["matched"]

    def test_a_warrant_that_begins_in_mid_session_has_its_content_from_then_on(self):
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        dataplane = self.live_dataplane(**signalling(self.folder, when="always"))
        self.injector.send(accounting(START, ALICE, "s1", ADDRESS))
        self.heard(dataplane, 1)
        self.send(self.packets(0, 10))
        warrant = self.active_warrant("lea", "LIID-A", [f"radius-user:{ALICE}"])
        own = self.packets(100, 50)
        self.send(own)
        dataplane.wait_statistics(lambda now: now["packets"]["matched"] >= len(own), "all are matched")
        self.ctl.json("warrant", "end", warrant)
        self.send(self.packets(1000, 10))
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        self.assertEqual(packets_of(lemf.contents()), own)
        self.assertEqual(lemf.hi2_stream().kinds(b"LIID-A")[:2], ["liActivated", "iri 7"])

    @alone("its threads are held up on purpose")
    def test_an_address_that_goes_to_and_fro_under_traffic_is_never_delivered_to_the_wrong_agency(self):
        """Two rx lcores behind a spreader, so that signalling and packets meet on different threads, which are held up on purpose."""
        self.lictord.start()
        lemfs = {user: self.lemf(f"lemf-{user[0]}") for user in (ALICE, BOB)}
        for user, lemf in lemfs.items():
            self.agency(f"lea-{user[0]}", lemf)
        settings = signalling(self.folder)
        settings["lcores"] = {"rx": [1, 2], "spreaders": [3], "sessions": [5], "encoders": [4]}
        settings["eal"] = EAL[:-1] + ["(0-5)@(0-1)"]
        dataplane = self.live_dataplane(**settings)
        for user in lemfs:
            self.active_warrant(f"lea-{user[0]}", f"LIID-{user[0].upper()}", [f"radius-user:{user}"])
        disturber = Disturber(dataplane.process.pid, 2026)
        own = {ALICE: set(), BOB: set()}
        turns = some_or_all(TURNS, TURNS_ALL, "turns")
        for turn in range(turns):
            user = (ALICE, BOB)[turn % 2]
            self.injector.send(accounting(START, user, f"s{turn}", ADDRESS, identifier=turn))
            self.send_a_turn(turn, 0, own[user])
            if turn % 40 == 0:  # so long that it is in force: what comes then must be there
                before, pieces = self.matched(dataplane), 1
                while self.matched(dataplane) == before:
                    self.send_a_turn(turn, pieces, own[user])
                    pieces += 1
                    time.sleep(0.02)  # no faster than statistics tell
            if turn % 20 == 0:
                self.wait_offered(dataplane, turn + 1 + sum(map(len, own.values())))
        self.wait_offered(dataplane, turns + sum(map(len, own.values())))
        disturber.stop()
        dataplane.wait_delivered()
        statistics = dataplane.stop()
        self.assertGreater(disturber.moves, 100)
        self.assertGreater(statistics["sessions"]["targets_sessions"], turns // 2, "what a port misses is no session")
        for user, lemf in lemfs.items():
            self.assertEqual(lemf.stop(), 0)
            packets = packets_of(lemf.contents())
            self.assertEqual(set(packets) - own[user], set(), "somebody else's packets")
            self.assertEqual(len(set(packets)), len(packets), "each once")
            self.assertGreater(len(packets), turns // 40, "there was something to go wrong")

    def test_a_session_that_one_dataplane_hears_of_is_copied_at_the_other(self):
        """Each sees one direction of the traffic; signalling passes the first alone."""
        second = VethPair()
        self.addCleanup(second.remove)
        other = Injector(second)
        self.addCleanup(other.close)
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        near = self.live_dataplane("NE-1", **signalling(self.folder))
        self.pair, first_pair = second, self.pair
        far = self.live_dataplane("NE-2", **signalling(self.folder, server="198.51.100.222"))
        self.pair = first_pair
        self.active_warrant("lea", "LIID-A", [f"radius-user:{ALICE}"])
        self.injector.send(accounting(START, ALICE, "s1", ADDRESS))
        far.wait_statistics(lambda now: now["sessions"]["targets_remotes"] == 1, "the other heard of it")
        listed, = self.ctl.json("session", "list")["sessions"]
        shown, = self.ctl.json("session", "show", listed["id"])["sessions"]
        self.assertEqual((shown["network_element_id"], shown["told_network_element_ids"]), ("NE-1", ["NE-2"]))
        up = self.packets(0, 20)
        down = [udp_packet(PEER, ADDRESS, f"packet {index}".encode()) for index in range(20)]
        self.send(up)
        other.send(*map(ethernet, down))
        for dataplane in (near, far):
            dataplane.wait_statistics(lambda now: now["packets"]["matched"] >= 20, "all are matched")
        self.injector.send(accounting(STOP, ALICE, "s1", ADDRESS, identifier=1))
        far.wait_statistics(lambda now: now["sessions"]["targets_remotes_live"] == 0, "the other heard of its end")
        other.send(*map(ethernet, down))
        for dataplane in (near, far):
            dataplane.wait_delivered()
            dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        contents = lemf.contents()
        self.assertEqual(packets_of([one for one in contents if one.element == b"NE-1"]), up)
        self.assertEqual(packets_of([one for one in contents if one.element == b"NE-2"]), down)
        self.assertEqual(len({one.cin for one in contents}), 1, "one session, one CIN")


del E2eTest, LiveSessionsTest

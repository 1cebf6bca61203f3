"""kill -9 of either process: the daemon forgets nothing that it acknowledged, the dataplane gets its taps back by itself."""

import random
import threading

from support.bench import NOBODY, E2eTest, from_now
from support.capture_file import read_capture
from support.control import Refused
from support.dataplane import Dataplane, pcap_port
from support.delivered import Content, first_difference
from support.frames import conversation, write_pcap
from support.live import PEER, TARGET
from support.oracle import read_expected
from support.receiver import Lemf

ROUNDS = 4


class Changes:
    """A client that files, activates, modifies and ends warrants until told to stop, and remembers what was acknowledged."""

    def __init__(self, test: E2eTest, name: str):
        self.test = test
        self.name = name
        self.states: dict[str, str] = {}   # id to the state that the daemon acknowledged last
        self.ends: dict[str, str] = {}     # id to the end that it acknowledged last
        self.unsure: set[str] = set()      # ids whose last change had no answer: either is right
        self.stopped = threading.Event()
        self.count = 0

    def run(self) -> None:
        while not self.stopped.is_set():
            try:
                self._one_life()
            except Refused:
                if self.stopped.is_set():
                    return
                raise

    def _one_life(self) -> None:
        self.count += 1
        ctl = self.test.ctl
        identity = self.test.warrant("lea", f"{self.name}-{self.count}", ["ipv4:192.0.2.44"])
        self._remember(identity, "FILED")
        self._change(identity, "ACTIVE", "warrant", "activate", identity)
        end = from_now(7200)
        self.unsure.add(identity)
        answer = ctl.json("warrant", "modify", identity, "--end", end)
        self.ends[identity] = answer["warrant"]["end"]
        self.unsure.discard(identity)
        if self.count % 2 == 0:
            self._change(identity, "ENDED", "warrant", "end", identity)

    def _change(self, identity: str, state: str, *words: str) -> None:
        self.unsure.add(identity)
        self.test.ctl.json(*words)
        self._remember(identity, state)

    def _remember(self, identity: str, state: str) -> None:
        self.states[identity] = state
        self.unsure.discard(identity)


class Daemon(E2eTest):
    def test_every_acknowledged_change_survives_kill_9_of_the_daemon(self):
        self.lictord.settings["fleet"] = {"acknowledge_wait_ms": 100}
        self.lictord.start()
        self.agency("lea", NOBODY)
        everyone = []
        for turn in range(ROUNDS):
            everyone += self._killed_in_a_stream_of_changes(turn)
            self.lictord.start()
            self._check(everyone)
        acknowledged = sum(len(changes.states) for changes in everyone)
        print(f"        {ROUNDS} kills, {acknowledged} warrants acknowledged, "
              f"{sum(len(changes.unsure) for changes in everyone)} changes cut off")

    def _killed_in_a_stream_of_changes(self, turn: int) -> list[Changes]:
        clients = [Changes(self, f"LIID-{turn}-{name}") for name in "ab"]
        threads = [threading.Thread(target=self._quietly, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        wanted = random.Random(turn).randrange(6, 14)
        self.lictord.process.wait_until(lambda: sum(len(client.states) for client in clients) >= wanted, "changes are made")
        for client in clients:
            client.stopped.set()
        self.lictord.process.kill()
        for thread in threads:
            thread.join()
        return clients

    @staticmethod
    def _quietly(client: Changes) -> None:
        client.run()

    def _check(self, everyone: list[Changes]) -> None:
        warrants = {warrant["id"]: warrant for warrant in self.ctl.json("warrant", "list")["warrants"]}
        for client in everyone:
            for identity, state in client.states.items():
                warrant = warrants[identity]
                if identity in client.unsure:
                    continue
                self.assertEqual(warrant["state"], f"WARRANT_STATE_{state}")
                if identity in client.ends:
                    self.assertEqual(warrant["end"], client.ends[identity])


class Element(E2eTest):
    def killed_and_restarted(self, *profile: str) -> tuple[Lemf, list]:
        """A replay, kill -9, and the same replay by a new incarnation that nobody gave a tap to but the daemon."""
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf, *profile)
        self.active_warrant("lea", "LIID-AGAIN", [f"ipv4:{TARGET}"])
        path = self.folder / "again.pcap"
        packets = write_pcap(path, conversation(TARGET, PEER, 200))
        dataplane = self.dataplane([pcap_port(path)], replay={"taps": 1, "packets": packets}).start()
        self._replay(dataplane)
        dataplane.kill()
        self._replay(dataplane.start())
        dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        return lemf, read_expected(read_capture(path), [f"ipv4:{TARGET}"]).expected

    @staticmethod
    def _replay(dataplane: Dataplane) -> None:
        dataplane.wait_replayed()
        dataplane.wait_delivered()

    def check_both(self, contents: list[Content], expected: list) -> None:
        self.assertEqual(len(contents), 2 * len(expected))
        for half in (contents[:len(expected)], contents[len(expected):]):
            self.assertIsNone(first_difference(half, expected))

    def test_a_killed_dataplane_gets_its_taps_back_with_a_fresh_cin(self):
        lemf, expected = self.killed_and_restarted()
        contents = lemf.contents()
        self.check_both(contents, expected)
        first, second = contents[:len(expected)], contents[len(expected):]
        self.assertEqual(len({one.cin for one in first}), 1)
        self.assertEqual({one.cin for one in first} & {one.cin for one in second}, set())
        for half in (first, second):
            self.assertEqual([one.number for one in half], list(range(len(expected))))
        self.assertEqual(lemf.hi2_stream().gaps(), [])

    def test_a_profile_that_keeps_the_cin_hears_of_its_reset_first(self):
        lemf, expected = self.killed_and_restarted("--cin", "same")
        contents = lemf.contents()
        self.check_both(contents, expected)
        self.assertEqual(len({one.cin for one in contents}), 1)
        kinds = lemf.hi2_stream().kinds(b"LIID-AGAIN")
        second = kinds[kinds.index("liActivated") + 1:]
        self.assertLess(second.index("cINReset"), second.index("liActivated"), "the reset goes before everything else")
        self.assertEqual(lemf.hi2_stream().gaps(), [])

    def test_numbers_by_liid_that_are_not_known_begin_with_a_reset_of_the_fresh_cin(self):
        lemf, expected = self.killed_and_restarted("--number-series", "liid")  # its spool was memory
        contents = lemf.contents()
        self.check_both(contents, expected)
        self.assertEqual(len({one.cin for one in contents}), 2)
        kinds = lemf.hi2_stream().kinds(b"LIID-AGAIN")
        second = kinds[kinds.index("liActivated") + 1:]
        self.assertLess(second.index("cINReset"), second.index("liActivated"), "the reset goes before everything else")
        self.assertEqual(lemf.hi2_stream().gaps(by_liid=True), [])

    def test_a_dataplane_goes_on_while_the_daemon_is_dead_and_attaches_again(self):
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        warrant = self.active_warrant("lea", "LIID-ALONE", [f"ipv4:{TARGET}"])
        path = self.folder / "alone.pcap"
        packets = write_pcap(path, conversation(TARGET, PEER, 200))
        # Two taps are asked for and one is there: the replay starts only when the daemon is back with the second.
        dataplane = self.dataplane([pcap_port(path)], replay={"taps": 2, "packets": packets}).start()
        dataplane.wait_tasks(1)
        self.lictord.process.kill()
        self.assertEqual(len(dataplane.wait_tasks(1)["tasks"]), 1)
        self.lictord.start()
        self.active_warrant("lea", "LIID-SECOND", ["ipv4:192.0.2.99"])
        self._replay(dataplane)
        self.ctl.json("warrant", "end", warrant)
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        expected = read_expected(read_capture(path), [f"ipv4:{TARGET}"]).expected
        self.assertIsNone(first_difference(lemf.contents(), expected))
        self.assertEqual(len({one.cin for one in lemf.contents()}), 1, "the same activation all the time")

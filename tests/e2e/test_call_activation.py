"""Calls that were there before the warrant."""

from support.calls import PROXY, Call
from support.live import LiveTest
from support.network import Injector
from support.sessions import lcores, packets_of
from support.waiting import wait_for


class CallActivation(LiveTest):
    def setUp(self) -> None:
        super().setUp()
        self.injector = Injector(self.pair)
        self.addCleanup(self.injector.close)

    def send(self, call: Call) -> None:
        self.injector.send(*call.frames)
        call.frames = []

    def test_a_call_in_progress_is_intercepted_from_the_activation_on(self):
        """Without another message of it; and a stranger's, at the same time, is not."""
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        element = self.live_dataplane(signalling={"when": "always", "sets": [{"name": "calls", "sip": {"servers": [PROXY]}}]}, **lcores())
        call = Call("one", "alice@example.org", "bob@example.org")
        other = Call("two", "alice@example.org", "carol@example.org", (41000, 41002), ("203.0.113.5", "192.0.2.9"))
        for one in (call, other):
            one.invite()
            one.accept()
            self.send(one)
        element.wait_statistics(lambda now: now["sessions"]["messages_sip"] >= 8, "all messages are heard")
        call.talk(10)
        self.send(call)
        call.media = []
        self.active_warrant("lea", "LIID-B", ["sip-uri:bob@example.org"])
        element.wait_statistics(lambda now: now["sessions"]["calls_in_progress"] == 1 and now["sessions"]["tables"] >= 1, "the call is found")

        def is_copied() -> bool:
            call.talk(2)
            self.send(call)
            return element.statistics()["packets"]["matched"] > 0

        wait_for(is_copied, "its rules are in force")
        begun = len(call.media)
        for one in (call, other):
            one.talk(40)
            self.send(one)
        element.wait_statistics(lambda now: now["packets"]["matched"] >= 40, "its media are matched")
        call.hang_up()
        self.send(call)
        element.wait_statistics(lambda now: now["sessions"]["messages_sip"] >= 10, "all messages are heard")
        element.wait_delivered()
        element.stop()
        self.assertEqual(lemf.stop(), 0)
        own = packets_of(lemf.contents())
        self.assertEqual(own[-40:], call.media[begun:])
        self.assertLessEqual(set(own), set(call.media))
        self.assertEqual(lemf.hi2_stream().kinds(b"LIID-B"), ["liActivated", "sip begin", "sip continue", "sip end"])

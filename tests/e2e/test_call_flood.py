"""A flood of strangers' calls and registrations on a live port: the call of a target in its midst is complete, and every message is
accounted for. How fast such a flood may be is perf's to say."""

from typing import Callable, Iterator

from support import sip
from support.calls import PROXY, Call, datagram, messages_in
from support.dataplane import Dataplane
from support.environment import some_or_all
from support.frames import ethernet
from support.isolation import alone
from support.live import LiveTest
from support.network import Injector
from support.sessions import lcores

FOREIGN, FOREIGN_ALL = 100_000, 1_000_000
AT_A_TIME = 2000  # frames; a port has room for them
TALK = 200        # packets, before the answer and behind it
TARGET = "bob@example.org"
CALLS_MAX = 16_384  # the default of the configuration

# Where the number of a stranger's message goes, and where his media: as many digits in each. 25,000 ports of each of 10,000 hosts.
NUMBER, HOST, MEDIA_PORT = "99999999", "100.100.199.199", 65000


def _template(method: str, more: str, body: str) -> bytes:
    user = f"user{NUMBER}@example.org"
    called = f"peer{NUMBER}@example.org" if body else user
    message = sip.message(f"{method} sip:{called} SIP/2.0", method, NUMBER, called, via="203.0.113.8", caller=user, more=more, body=body)
    frame = ethernet(datagram("203.0.113.8", sip.PORT, PROXY, sip.PORT, message))
    for pattern, form in ((NUMBER, b"%(number)08d"), (HOST, b"%(host)b"), (str(MEDIA_PORT), b"%(port)d")):
        frame = frame.replace(pattern.encode(), form)
    return frame


REGISTER = _template("REGISTER", f"Contact: <sip:user{NUMBER}@203.0.113.8>\r\nExpires: 3600\r\n", "")
INVITE = _template("INVITE", "", sip.audio(HOST, MEDIA_PORT))


def foreign(number: int) -> bytes:
    """An INVITE, with media at an endpoint that no other has, or a REGISTER; no Call-ID comes twice."""
    if number % 2 == 0:
        return REGISTER % {b"number": number}
    host = number // 25_000
    return INVITE % {b"number": number, b"host": b"100.100.%d.%d" % (100 + host // 100, 100 + host % 100),
                     b"port": 10_000 + 2 * (number % 25_000)}


class CallFlood(LiveTest):
    def watch(self) -> None:
        self.lictord.start()
        self.receiver = self.lemf()
        self.agency("lea", self.receiver)
        self.active_warrant("lea", "LIID-B", [f"sip-uri:{TARGET}"])
        often = {"file": str(self.folder / "statistics-NE-1.json"), "interval_ms": 10}
        signalling = {"sets": [{"name": "calls", "sip": {"servers": [PROXY]}}]}
        self.element: Dataplane = self.live_dataplane(signalling=signalling, statistics=often, **lcores())
        self.element.wait_tasks(1)
        self.injector = Injector(self.pair)
        self.addCleanup(self.injector.close)
        self.sent = 0

    def send(self, frames: list[bytes], tables: int = 0) -> None:
        """So many at a time as a port has room for; all have been heard when this returns, and so many tables of bindings are out."""
        self.injector.send(*frames)
        self.sent += len(frames)
        self.element.wait_statistics(lambda now: now["packets"]["received"] >= self.sent and now["sessions"]["tables"] >= tables
                                     and now["sessions"]["messages_sip"] == now["sessions"]["signals_taken"], "all is heard")

    def flood(self, first: int, last: int, own: list[bytes]) -> None:
        """Strangers' messages, with the target's frames evenly among them."""
        def all_of_them() -> Iterator[bytes]:
            told = 0
            for number in range(first, last):
                until = (number + 1 - first) * len(own) // (last - first)
                yield from own[told:until]
                told = until
                yield foreign(number)
        waiting: list[bytes] = []
        for frame in all_of_them():
            waiting.append(frame)
            if len(waiting) == AT_A_TIME:
                self.send(waiting)
                waiting = []
        self.send(waiting)

    def say(self, call: Call, act: Callable[[], None], tables: int) -> None:
        """Media that follow are known by it."""
        call.frames = []
        act()
        self.send(call.frames, tables)

    def talk(self, call: Call) -> list[bytes]:
        call.frames = []
        call.talk(TALK)
        return call.frames

    def assert_accounted(self, strangers: int, call: Call) -> None:
        counts = self.element.stop()
        told, messages = len(call.messages), strangers + len(call.messages)
        self.assertEqual(counts["ports"][0]["imissed"], 0, "the port missed packets")
        packets, sessions = counts["packets"], counts["sessions"]
        self.assertEqual((packets["received"], packets["matched"], sum(packets["drops"].values())),
                         (messages + len(call.media), len(call.media), 0))
        expected = {"signals_taken": messages, "signals_lost": 0, "signals_cut": 0, "messages_sip": messages, "messages_without_tracker": 0,
                    "calls_opened": strangers // 2 + 1, "calls_of_targets": 1, "calls_reports": told, "calls_reports_lost": 0,
                    "calls_exchanges_of_targets": 0, "calls_over": 0, "calls_no_room": 0, "calls_malformed": 0, "calls_odd": 0,
                    "calls_endpoints_over": 0, "calls_endpoints_not_counted": 0, "calls_endpoints_shared": 0, "targets_cins_missing": 0}
        self.assertEqual({name: sessions[name] for name in expected}, expected)
        # More than there is room for: what was given up to make it was a stranger's, or had ended.
        self.assertGreaterEqual(sessions["calls_evicted"] + sessions["calls_ended"] + CALLS_MAX, sessions["calls_opened"])
        self.assertGreater(sessions["calls_evicted"], CALLS_MAX)

    @alone("a port that misses a packet shows nothing")
    def test_a_call_in_the_midst_of_strangers_is_complete(self):
        strangers = some_or_all(FOREIGN, FOREIGN_ALL, "strangers' messages")
        self.watch()
        call = Call("one", "alice@example.org", TARGET)
        # All places are taken at 33 % for the first time, and while it rings once more.
        steps = [strangers * percent // 100 for percent in (0, 40, 76, 90, 100)]
        self.flood(steps[0], steps[1], [])
        self.say(call, call.invite, 1)
        self.flood(steps[1], steps[2], self.talk(call))
        self.say(call, call.accept, 2)
        self.flood(steps[2], steps[3], self.talk(call))
        call.frames = []
        call.hang_up()
        self.flood(steps[3], steps[4], call.frames)
        self.element.wait_delivered()
        self.assert_accounted(strangers, call)
        self.assertEqual(self.receiver.stop(), 0)
        hi2 = self.receiver.hi2_stream()
        self.assertEqual(hi2.gaps(), [])
        self.assertEqual(messages_in(hi2, b"LIID-B"), call.messages)
        self.assertEqual(hi2.kinds(b"LIID-B"), ["liActivated", "sip begin", *["sip continue"] * 4, "sip end"])
        self.assertEqual([one.packet for one in self.receiver.contents()], call.media)

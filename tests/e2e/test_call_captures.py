"""Calls in public captures: what comes is what tshark counts, and nothing comes that the order does not cover."""

import re
import tempfile
import unittest
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from support.bench import E2eTest
from support.call_captures import CALLS_MAX, NEIGHBOURS, SIP_PORT, Joined, adapted, call_captures, join
from support.call_differences import Differences
from support.call_reference import MediaPacket, Message, expected, field, media_of, messages_of
from support.capture_file import Frame
from support.dataplane import pcap_port
from support.delivered import Content, Signalled, signalled_of
from support.environment import captures_folder
from support.planted_messages import CONTENT, LOCATION, MARK, planted, secrets_of, with_message
from support.sessions import lcores
from support.tshark_rows import tshark

TARGETS_MAX, TOGETHER_MAX = 8, 30  # of a warrant; where their captures may be the same
NAMING = ("from", "to", "asserted")
# What an order covers: signalling alone, with content, with places, with both.
ORDERS = {"iri": ("iri", ()), "both": ("both", ()), "where": ("iri", ("--location",)), "all": ("both", ("--location",))}
AT_ONCE = 4  # processes: most of what they take is their start
# Of one CIN: requests outside of calls, or a call with what is repeated behind its end.
STEPS = re.compile(r"(report )+|begin (continue )*(end (report )*)?")


class Reading(NamedTuple):
    """What tshark reads, by capture; numbers of frames are those of the published file."""
    frames: dict[str, list[Frame]]
    messages: dict[str, list[Message]]
    media: dict[str, list[MediaPacket]]

    def targets(self) -> dict[str, set[str]]:
        """Everybody whom From, To or P-Asserted-Identity names, and the captures in which."""
        found: dict[str, set[str]] = {}
        for name, messages in self.messages.items():
            for target in set().union(*(message.named(NAMING) for message in messages)):
                found.setdefault(target, set()).add(name)
        return dict(sorted(found.items()))

    def ends(self) -> set[tuple[str, int]]:
        return {end for messages in self.messages.values() for message in messages for end in message.ends}


def reading() -> Reading:
    folder = captures_folder()
    names = call_captures(folder)
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(AT_ONCE) as several:
        paths = [Path(place) / f"adapted-{number}.pcap" for number in range(len(names))]
        frames = dict(zip(names, several.map(lambda name, path: adapted(folder / name, path), names, paths)))
        joined = join(frames, Path(place) / "joined.pcap")
        messages, media = several.submit(messages_of, joined.path, joined.frames), several.submit(media_of, joined.path, joined.frames)
        found = Reading(frames, {name: [] for name in frames}, {name: [] for name in frames})
        for kind, all_of in ((found.messages, messages), (found.media, media)):
            for one in all_of.result():
                name = joined.names[one.frame - 1]
                kind[name].append(one._replace(frame=one.frame - joined.names.index(name)))
    return found


def with_words(read: Reading) -> tuple[Reading, int]:
    """Words planted into every message that lies whole in a frame, and how many these are."""
    frames = {name: list(those) for name, those in read.frames.items()}
    messages, count = {}, 0
    for name, those in read.messages.items():
        messages[name] = []
        for message in those:
            octets = planted(message.octets, message.frame)
            frame = octets and with_message(frames[name][message.frame - 1], message.octets, octets)
            if frame:
                frames[name][message.frame - 1] = frame
                message = message._replace(octets=octets)
                count += 1
            messages[name].append(message)
    return Reading(frames, messages, read.media), count


def groups_of(targets: dict[str, set[str]]) -> list[list[str]]:
    """As many warrants as are needed so that of no capture there are two targets in one."""
    groups: list[list[str]] = []
    for target, captures in targets.items():
        for group in groups:
            if len(group) < TARGETS_MAX and not any(captures & targets[other] for other in group):
                group.append(target)
                break
        else:
            groups.append([target])
    return groups


class CallCaptures(E2eTest):
    @classmethod
    def setUpClass(cls) -> None:
        """tshark reads once for both tests: run.py gives them to one worker for that."""
        super().setUpClass()
        if not tshark():
            raise unittest.SkipTest("needs tshark")
        cls.reading = reading()

    def setUp(self) -> None:
        super().setUp()
        self.lictord.start()
        self.receiver = self.lemf()
        self.agency("lea", self.receiver)

    def file(self, warrants: dict[str, tuple[str, list[str]]]) -> None:
        """By LIID: the order and the targets. Parts of these identities are words and small numbers, which logs are full of: whole ones
        are looked for there."""
        def one(liid: str, order: str, targets: list[str]) -> None:
            content, options = ORDERS[order]
            self.active_warrant("lea", liid, targets, *options, content=content)
        with ThreadPoolExecutor(AT_ONCE) as several:
            for done in [several.submit(one, liid, *of) for liid, of in warrants.items()]:
                done.result()
        self.secrets = {*warrants, *(target.partition(":")[2] for _, targets in warrants.values() for target in targets)}

    def replay(self, joined: Joined, element: str, taps: int, believed: set[str]) -> None:
        """Servers, and where somebody is believed the trust domain, are all that send or receive SIP."""
        ends = self.reading.ends()
        servers = sorted({address for address, _ in ends} | set(NEIGHBOURS))
        sip = {"servers": servers, "ports": sorted({port for _, port in ends} | {SIP_PORT}), "from": "from" in believed,
               "trusted": servers if "asserted" in believed else [], "numbers": {"bare": "international"}}
        dataplane = self.dataplane(
            [pcap_port(joined.path, encapsulations=["all"])], element, replay={"taps": taps, "packets": len(joined.frames)},
            signalling={"sets": [{"name": "calls", "sip": sip}], "calls_max": CALLS_MAX}, **lcores()).start()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        dataplane.stop()

    def receive(self) -> None:
        """All that came, when nothing more does."""
        self.assertEqual(self.receiver.stop(), 0, "the receiver found a record that is not strict, or a number twice")
        stream = self.receiver.hi2_stream()
        self.assertEqual(stream.gaps(), [])
        self.signalled = signalled_of(stream)
        self.contents = self.receiver.contents()

    def test_records_are_the_messages_and_the_media_that_tshark_counts(self):
        """Of everybody whom From, To or P-Asserted-Identity names, where the one is believed and where the other is."""
        groups = {f"LIID-{number:02}": group for number, group in enumerate(groups_of(self.reading.targets()))}
        self.file({liid: ("all", group) for liid, group in groups.items()})
        joined = join(self.reading.frames, self.folder / "joined.pcap")
        runs = {b"NE-1": {"asserted"}, b"NE-2": {"from"}}
        for element, believed in runs.items():
            self.replay(joined, element.decode(), len(groups), believed)
        self.receive()
        differences = Differences()
        for liid, targets in groups.items():
            for element, believed in runs.items():
                self.compare(joined, (liid.encode(), element), set(targets), believed, differences)
        print(f"        {len(self.reading.frames)} captures, {sum(map(len, self.reading.messages.values()))} messages, "
              f"{len(self.reading.targets())} targets in {len(groups)} warrants, {len(runs)} runs: {differences.seen()}")
        self.assertEqual(differences.problems(), [])

    def compare(self, joined: Joined, of: tuple[bytes, bytes], targets: set[str], believed: set[str], differences: Differences) -> None:
        signalled = [one for one in self.signalled if (one.liid, one.element) == of]
        contents = [one for one in self.contents if (one.liid, one.element) == of]
        self.assert_communications_are_whole(signalled, contents)
        messages, packets = defaultdict(list), defaultdict(list)
        for one in signalled:
            messages[joined.name_at(one.timestamp_us)] += [one.message] if one.message else []
        for one in contents:
            packets[joined.name_at(one.timestamp_us)].append(one.packet)
        self.assertEqual((messages[""], packets[""]), ([], []))
        for name in self.reading.frames:
            want = expected(self.reading.messages[name], self.reading.media[name], targets, believed)
            differences.compare(name, want, messages[name], packets[name])

    def assert_communications_are_whole(self, signalled: list[Signalled], contents: list[Content]) -> None:
        """A CIN is of one Call-ID, its steps are in order, and content has the CIN of a call."""
        steps, calls = defaultdict(str), defaultdict(set)
        for one in signalled:
            steps[one.cin] += one.step + " "
            calls[one.cin] |= {field(one.message, "Call-ID", "i")} if one.message else set()
        self.assertEqual({cin: order for cin, order in steps.items() if not STEPS.fullmatch(order)}, {})
        self.assertEqual({cin: those for cin, those in calls.items() if len(those) != 1}, {})
        self.assertLessEqual({one.cin for one in contents}, {cin for cin, order in steps.items() if order.startswith("begin")})

    def test_no_octet_comes_that_the_order_does_not_cover(self):
        """Every message that the captures have, most of them with words that are content, or a place, in whatever may carry these."""
        self.reading, count = with_words(self.reading)
        targets = list(self.reading.targets())
        chunks = [targets[at:at + TOGETHER_MAX] for at in range(0, len(targets), TOGETHER_MAX)]
        filed = {f"LIID-{order}-{number}": (order, chunk) for number, chunk in enumerate(chunks) for order in ("iri", "both", "where")}
        self.file(filed)
        joined = join(self.reading.frames, self.folder / "joined.pcap")
        self.replay(joined, "NE-1", len(filed), {"from", "asserted"})
        self.receive()
        records, with_content = defaultdict(list), {one.liid.decode() for one in self.contents}
        for one in self.signalled:
            records[one.liid.decode()].append(one)
        talk, places = secrets_of(message.octets for messages in self.reading.messages.values() for message in messages)
        forbidden = {"iri": talk | places, "both": places, "where": talk}
        for liid, (order, chunk) in filed.items():
            those = records[liid]
            self.assertEqual([text for text in forbidden[order] if any(text in one.record for one in those)], [], order)
            self.assertEqual({one.may_carry for one in those}, {order == "both"})
            self.assert_complete(those, set(chunk), {"iri": b"", "both": CONTENT, "where": LOCATION}[order])
        self.assertEqual({filed[liid][0] for liid in with_content}, {"both"})
        print(f"        words planted into {count} messages; {len(talk)} texts of content and {len(places)} of places looked for in "
              f"{len(self.signalled)} records")
        self.assertGreater(count, 500)

    def assert_complete(self, records: list[Signalled], targets: set[str], stays: bytes) -> None:
        """Every message with words is there, with those that the order covers."""
        def head(message: bytes) -> tuple:
            return message.split(b"\r\n")[0], field(message, "Call-ID", "i"), field(message, "CSeq")
        want = Counter(head(one.octets) for name, messages in self.reading.messages.items()
                       for one in expected(messages, [], targets, {"from", "asserted"}).messages if MARK in one.octets)
        self.assertEqual(want - Counter(head(one.message) for one in records if MARK in one.message and stays in one.message), Counter())

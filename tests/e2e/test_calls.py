"""Calls: every message of a target's as IRI, every packet of its media as content, and nobody else's."""

from support.bench import E2eTest
from support.calls import ALICE, ALICE6, BOB, BOB6, OTHER, PROXY, PROXY6, STEP_US, Call, Fragments, Tcp, datagram, messages_in, rtp
from support.dataplane import pcap_port
from support.delivered import by_liid
from support.environment import some_or_all
from support.frames import ethernet, write_pcap
from support.sessions import lcores

FROM_TARGET, TO_TARGET = 0, 1
COMFORT_NOISE, TELEPHONE_EVENT = 13, 101
STRANGERS = 99  # SSRC
FIRST_US, OFFERS = 1_700_000_000_000_000, 3000


class Calls(E2eTest):
    profile: tuple[str, ...] = ()  # of the agency

    def deliver(self, frames: list[bytes], targets: dict[str, str], content: str = "both", **of_sip) -> dict:
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf, *self.profile)
        for liid, target in targets.items():
            self.active_warrant("lea", liid, [target], content=content)
        path = self.folder / "calls.pcap"
        write_pcap(path, frames, FIRST_US, STEP_US)
        signalling = {"sets": [{"name": "calls", "sip": {"servers": [PROXY, PROXY6], **of_sip}}]}
        dataplane = self.dataplane([pcap_port(path)], replay={"taps": len(targets), "packets": len(frames)},
                                   signalling=signalling, **lcores()).start()
        dataplane.wait_replayed()
        dataplane.wait_delivered()
        self.statistics = dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        self.hi2, self.hi3 = lemf.hi2_stream(), lemf.hi3_stream()
        self.assertEqual(self.hi2.gaps(), [])
        return by_liid(lemf.contents())

    def drops(self) -> dict[str, int]:
        return {reason: count for reason, count in self.statistics["records"]["drops"].items() if count}

    def messages(self, liid: bytes) -> list[bytes]:
        return messages_in(self.hi2, liid)

    def test_every_message_and_every_media_packet_of_the_called_party_comes_and_no_strangers(self):
        call, other = Call("one", "alice@example.org", "bob@example.org").whole(), Call(
            "two", "alice@example.org", "carol@example.org", (41000, 41002), (ALICE, OTHER)).whole()
        frames = [frame for pair in zip(call.frames, other.frames) for frame in pair]
        delivered = self.deliver(frames, {"LIID-B": "sip-uri:bob@example.org"})
        self.assertEqual([one.packet for one in delivered[b"LIID-B"]], call.media)
        self.assertEqual(self.hi2.kinds(b"LIID-B"), ["liActivated", "sip begin", *["sip continue"] * 4, "sip end"])
        self.assertEqual(self.messages(b"LIID-B"), call.messages)

    def assert_complete(self, call: Call, **of_sip) -> None:
        delivered = self.deliver(call.whole().frames, {"LIID-B": "sip-uri:bob@example.org"}, **of_sip)
        self.assertEqual([one.packet for one in delivered[b"LIID-B"]], call.media)
        self.assertEqual(self.messages(b"LIID-B"), call.messages)

    def test_a_call_over_tcp_is_complete(self):
        self.assert_complete(Call("one", "alice@example.org", "bob@example.org", way=Tcp()))

    def test_a_call_in_fragments_is_complete(self):
        self.assert_complete(Call("one", "alice@example.org", "bob@example.org", way=Fragments()))

    def test_a_call_over_ipv6_is_complete(self):
        self.assert_complete(Call("one", "alice@example.org", "bob@example.org", ends=(ALICE6, BOB6), proxy=PROXY6))

    def test_a_call_in_fragments_of_ipv6_is_complete(self):
        self.assert_complete(Call("one", "alice@example.org", "bob@example.org", ends=(ALICE6, BOB6), proxy=PROXY6, way=Fragments()))

    def test_a_call_is_complete_where_there_are_no_fixed_servers(self):
        self.assert_complete(Call("one", "alice@example.org", "bob@example.org"), servers=["any"])

    def test_a_call_over_ipv6_is_complete_where_there_are_no_fixed_servers(self):
        self.assert_complete(Call("one", "alice@example.org", "bob@example.org", ends=(ALICE6, BOB6), proxy=PROXY6), servers=["any"])

    def test_media_on_their_way_at_the_end_are_the_calls(self):
        call = Call("one", "alice@example.org", "bob@example.org").whole()
        call.talk(4)
        own = list(call.media)
        call.pause()
        call.talk(4)
        delivered = self.deliver(call.frames, {"LIID-B": "sip-uri:bob@example.org"})
        self.assertEqual([one.packet for one in delivered[b"LIID-B"]], own)

    def test_both_calls_through_a_node_that_makes_two_of_one_have_one_cin(self):
        """The far one is to a number that is nobody's target."""
        icid = 'P-Charging-Vector: icid-value="one-of-two"\r\n'
        near = Call("near", "alice@example.org", "bob@example.org", fields=icid)
        far = Call("far", "alice@example.org", "desk7@example.org", (42000, 42002), ("203.0.113.80", OTHER), fields=icid)
        for act in ("invite", "accept", "talk", "hang_up"):
            getattr(near, act)()
            getattr(far, act)()
        frames = [frame for pair in zip(near.frames, far.frames) for frame in pair]
        # What the proxy passes on is believed, and where nodes write it, what reaches the proxy.
        delivered = self.deliver(frames, {"LIID-B": "sip-uri:bob@example.org"}, trusted=[PROXY, ALICE, "203.0.113.80"])
        content = delivered[b"LIID-B"]
        self.assertCountEqual([one.packet for one in content], near.media + far.media)
        self.assertEqual(len({one.cin for one in content}), 1)
        self.assertEqual(self.hi2.kinds(b"LIID-B"), ["liActivated", "sip begin", *["sip continue"] * 10, "sip end"])
        self.assertCountEqual(self.messages(b"LIID-B"), near.messages + far.messages)

    def test_who_registered_is_called_by_its_contact(self):
        register = Call("reg", "bob@example.org", "bob@example.org", (0, 0), ("203.0.113.5", BOB), fields="Contact: <sip:77@192.0.2.7:5070>;expires=60\r\n")
        register.say("REGISTER sip:example.org SIP/2.0", "REGISTER", 1, True, False)
        register.say("SIP/2.0 200 OK", "REGISTER", 1, False, True)
        call = Call("one", "alice@example.org", "77@192.0.2.7:5070").whole()
        delivered = self.deliver(register.frames + call.frames, {"LIID-B": "sip-uri:bob@example.org"})
        self.assertEqual([one.packet for one in delivered[b"LIID-B"]], call.media)
        self.assertEqual(self.messages(b"LIID-B"), register.messages + call.messages)

    def test_directions_are_the_targets(self):
        call = Call("one", "alice@example.org", "bob@example.org").whole()
        delivered = self.deliver(call.frames, {"LIID-B": "sip-uri:bob@example.org"})
        self.assertEqual([one.direction for one in delivered[b"LIID-B"]], [TO_TARGET, FROM_TARGET] * (len(call.media) // 2))

    def test_media_before_the_answer_are_the_calls(self):
        call = Call("one", "alice@example.org", "bob@example.org")
        call.invite()
        call.talk(6)
        call.accept()
        call.talk(6)
        call.hang_up()
        delivered = self.deliver(call.frames, {"LIID-B": "sip-uri:bob@example.org"})
        self.assertEqual([one.packet for one in delivered[b"LIID-B"]], call.media)

    def test_calls_at_one_port_of_a_server_are_told_apart(self):
        ends = [("203.0.113.5", "192.0.2.7"), ("203.0.113.6", "192.0.2.7")]
        own = Call("one", "alice@example.org", "bob@example.org", (40000, 6000), ends[0])
        other = Call("two", "alice@example.org", "carol@example.org", (41000, 6000), ends[1])
        for act in ("invite", "accept", "talk", "hang_up"):
            getattr(own, act)()
            getattr(other, act)()
        frames = [frame for pair in zip(own.frames, other.frames) for frame in pair]
        delivered = self.deliver(frames, {"LIID-B": "sip-uri:bob@example.org"})
        self.assertEqual([one.packet for one in delivered[b"LIID-B"]], own.media)

    def test_offers_of_what_is_others_copy_nothing_of_theirs(self):
        """Whoever calls the target says that his media are at others' addresses: those of their calls, and of servers."""
        others = [Call(f"o{number}", "carol@example.org", f"dora{number}@example.org", (30000 + 4 * number, 32000 + 4 * number),
                       (f"203.0.113.{50 + number}", f"192.0.2.{50 + number}")) for number in range(20)]
        frames = []
        for one in others:
            one.invite()
            one.accept()
            frames += one.frames
        hostile = Call("h", "mallory@example.org", "bob@example.org")
        for number in range(some_or_all(OFFERS // 10, OFFERS, "offers")):
            victim, side = others[number % len(others)], number // len(others) % 2
            port = 53 if number % 7 == 0 else victim.ports[side]
            offer = Call(f"h{number}", hostile.caller, hostile.called, (port, 0), (victim.ends[side], BOB))
            offer.invite()
            if number % 3 == 0:
                offer.ports, offer.ends = (0, others[(number + 1) % len(others)].ports[1]), (ALICE, others[(number + 1) % len(others)].ends[1])
                offer.say("SIP/2.0 200 OK", "INVITE", 1, False, True, offer.sdp(1))
            frames += offer.frames
        for one in others:
            one.frames = []
            one.talk(10)
            frames += one.frames
            frames.append(ethernet(datagram(one.ends[0], 53, BOB, 40002, b"\x12\x34\x81\x80" + bytes(30))))
        delivered = self.deliver(frames, {"LIID-B": "sip-uri:bob@example.org"})
        self.assertEqual(delivered, {})
        self.assertGreater(self.statistics["sessions"]["calls_endpoints_shared"], 0)

    def test_what_is_no_media_is_not_copied(self):
        call = Call("one", "alice@example.org", "bob@example.org")
        call.invite()
        call.accept()
        call.other_datagram()
        call.talk(4)
        call.hang_up()
        delivered = self.deliver(call.frames, {"LIID-B": "sip-user:bob"})
        self.assertEqual([one.packet for one in delivered[b"LIID-B"]], call.media)
        self.assertEqual(self.statistics["records"]["drops"]["not_media"], 1)

    def with_noise_and_keys(self) -> tuple[Call, list[bytes]]:
        """A call, and what of its media is neither."""
        call = Call("one", "alice@example.org", "bob@example.org", formats="0 13 101", lines="a=rtpmap:101 telephone-event/8000\r\n")
        call.invite()
        call.accept()
        spoken = []
        for number in range(10):
            call.send(number % 2, rtp(number))
            spoken.append(call.media[-1])
            call.send(0, rtp(number, 4, TELEPHONE_EVENT))
            call.send(1, rtp(number, 7, COMFORT_NOISE))
        call.hang_up()
        return call, spoken

    def test_comfort_noise_and_pressed_keys_are_delivered(self):
        call, _ = self.with_noise_and_keys()
        delivered = self.deliver(call.frames, {"LIID-B": "sip-uri:bob@example.org"})
        self.assertEqual([one.packet for one in delivered[b"LIID-B"]], call.media)

    def test_what_its_agency_does_not_want_of_a_calls_media_is_counted_and_left_out(self):
        call, spoken = self.with_noise_and_keys()
        self.profile = ("--leave-out-comfort-noise", "--leave-out-telephone-events")
        delivered = self.deliver(call.frames, {"LIID-B": "sip-uri:bob@example.org"})
        self.assertEqual([one.packet for one in delivered[b"LIID-B"]], spoken)
        self.assertEqual([one.number for one in delivered[b"LIID-B"]], list(range(len(spoken))))
        self.assertEqual(self.drops(), {"left_out": len(call.media) - len(spoken)})

    def behind_a_nat(self) -> tuple[Call, list[bytes]]:
        """A call whose caller describes an address of his own network; and its frames, with a stranger's among them, who sends to
        the other end."""
        call = Call("one", "alice@example.org", "bob@example.org", named=("10.0.0.5", BOB))
        call.invite()
        call.accept()
        call.ports = (6001, call.ports[1])  # as the NAT has it
        call.talk(10)
        for number in range(10):
            call.frames.append(ethernet(datagram(OTHER, 7000, BOB, call.ports[1], rtp(number, source=STRANGERS))))
            call.send(number % 2, rtp(number))
        call.hang_up()
        return call, call.frames

    def test_a_phone_behind_a_nat_is_of_the_call_and_a_stranger_is_not(self):
        call, frames = self.behind_a_nat()
        delivered = self.deliver(frames, {"LIID-B": "sip-uri:bob@example.org"})
        self.assertEqual([one.packet for one in delivered[b"LIID-B"]], call.media)
        self.assertEqual(self.drops(), {"not_of_call": 10})

    def test_without_latching_whatever_comes_to_an_endpoint_is_copied(self):
        call, frames = self.behind_a_nat()
        delivered = self.deliver(frames, {"LIID-B": "sip-uri:bob@example.org"}, latching=False)
        self.assertEqual(len(delivered[b"LIID-B"]), len(call.media) + 10)

    def test_each_packet_says_which_of_the_described_endpoints_it_is_of(self):
        call = Call("one", "alice@example.org", "bob@example.org", ends=(ALICE6, BOB6), proxy=PROXY6).whole()
        self.deliver(call.frames, {"LIID-B": "sip-uri:bob@example.org"})
        named = [payload["cCContents"]["iPMMCC"]["streamIdentifier"] for pdu in self.hi3.of(b"LIID-B")
                 for payload in pdu["payload"]["cCPayloadSequence"]]
        self.assertEqual(named, [f"[{ALICE6}]:{call.ports[0]}".encode()] * len(call.media))

    def test_a_call_that_is_refused_has_messages_and_no_media(self):
        call = Call("one", "alice@example.org", "bob@example.org")
        call.invite()
        call.refuse()
        call.pause()
        call.talk(6)
        delivered = self.deliver(call.frames, {"LIID-B": "sip-uri:bob@example.org"})
        self.assertEqual(delivered, {})
        self.assertEqual(self.hi2.kinds(b"LIID-B"), ["liActivated", "sip begin", "sip end"])

    def test_an_order_without_content_has_messages_alone(self):
        call = Call("one", "alice@example.org", "bob@example.org").whole()
        delivered = self.deliver(call.frames, {"LIID-B": "sip-uri:bob@example.org"}, content="iri")
        self.assertEqual(delivered, {})
        self.assertEqual(len(self.hi2.kinds(b"LIID-B")), 1 + len(call.messages))

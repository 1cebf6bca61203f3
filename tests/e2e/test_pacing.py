"""How fast, over how many connections and in how large pieces an agency is delivered to, as its profile says. Times are
held against one side only: a slow machine is slower than a pace, never faster."""

import time

from support import integrity, ps_pdu
from support.bench import E2eTest
from support.dataplane import pcap_port
from support.delivered import Stream, by_liid, contents_of
from support.frames import conversation, write_pcap
from support.live import PEER, TARGET
from support.waiting import wait_for

OTHER = "192.0.2.201"


class Pacing(E2eTest):
    def start(self, *profile: str, receiver: tuple = ()) -> None:
        self.lictord.start()
        self.receiver = self.lemf(options=receiver)
        self.agency("lea", self.receiver, *profile)

    def replay(self, frames: list[bytes], **settings) -> None:
        path = self.folder / "pacing.pcap"
        packets = write_pcap(path, frames)
        self.began = time.monotonic()
        self.replayed = self.dataplane([pcap_port(path)], replay={"taps": len(self.warrants), "packets": packets},
                                       **settings).start()
        self.replayed.wait_replayed()

    def delivered(self, frames: list[bytes], **settings) -> dict:
        self.replay(frames, **settings)
        statistics = self.replayed.wait_delivered()
        self.took_s = time.monotonic() - self.began
        self.replayed.stop()
        self.assertEqual(self.receiver.stop(), 0)
        return statistics

    def destination(self, statistics: dict, side: str) -> dict:
        return next(one for one in statistics["destinations"] if one["id"] == f"lea/{side}")

    def at_most(self, octets: int, bits_a_second: int) -> None:
        burst_s = 0.05
        self.assertLessEqual(octets * 8, bits_a_second * (self.took_s + burst_s) + 8 * 2000)

    def test_a_destination_gets_no_more_than_its_rate_and_everything(self):
        self.start("--rate-max", "128k")
        self.warrants = [self.active_warrant("lea", "LIID-PACED", [f"ipv4:{TARGET}"])]
        statistics = self.delivered(conversation(TARGET, PEER, 250))
        self.at_most(self.destination(statistics, "hi3")["sent_bytes"], 128_000)
        self.assertEqual(len(contents_of(Stream(self.receiver.out, "hi3"))), 250)

    def test_a_warrants_rate_holds_up_no_other(self):
        self.start()
        self.warrants = [
            self.active_warrant("lea", "LIID-SLOW", [f"ipv4:{TARGET}"], "--delivery", "hi2=hi2,hi3=hi3,rate=64k"),
            self.active_warrant("lea", "LIID-FREE", [f"ipv4:{OTHER}"])]
        self.delivered(conversation(TARGET, PEER, 150) + conversation(OTHER, PEER, 150))
        stream = Stream(self.receiver.out, "hi3")
        contents = by_liid(contents_of(stream))
        self.assertEqual({liid: len(of) for liid, of in contents.items()}, {b"LIID-SLOW": 150, b"LIID-FREE": 150})
        self.assertEqual(stream.gaps(), [])
        self.at_most(sum(len(content.packet) for content in contents[b"LIID-SLOW"]), 64_000)
        order = [content.liid for content in contents_of(stream)]
        self.assertEqual(order[-1], b"LIID-SLOW", "the other's are through before it")

    def test_a_warrants_rate_holds_for_what_a_killed_process_left(self):
        self.start()
        self.receiver.process.kill()
        self.warrants = [
            self.active_warrant("lea", "LIID-SLOW", [f"ipv4:{TARGET}"], "--delivery", "hi2=hi2,hi3=hi3,rate=64k"),
            self.active_warrant("lea", "LIID-FREE", [f"ipv4:{OTHER}"])]
        self.replay(conversation(TARGET, PEER, 150) + conversation(OTHER, PEER, 150), spool={"directory": str(self.folder / "spool")})
        self.replayed.wait_statistics(lambda now: now["records"]["in_rings"] == 0 and now["records"]["matched"] == 300, "all is spooled")
        self.replayed.kill()
        self.replayed.settings["replay"]["taps"] = 99  # nothing is copied once more
        self.receiver.start()
        self.began = time.monotonic()
        self.replayed.start()
        self.replayed.wait_statistics(lambda now: now["records"]["recovered"] > 0, "what was left is found")
        self.replayed.wait_delivered()
        self.took_s = time.monotonic() - self.began
        self.replayed.stop()
        self.assertEqual(self.receiver.stop(), 0)
        contents = contents_of(Stream(self.receiver.out, "hi3"))
        self.assertEqual({liid: len(of) for liid, of in by_liid(contents).items()}, {b"LIID-SLOW": 150, b"LIID-FREE": 150})
        self.at_most(sum(len(content.packet) for content in contents if content.liid == b"LIID-SLOW"), 64_000)
        self.assertEqual(contents[-1].liid, b"LIID-SLOW", "the other's are through before it")

    def test_a_target_that_floods_does_not_keep_another_of_its_connection_waiting(self):
        """The flood is more than two spools take, and the replay waits for room: what follows it in the capture is copied when the
        flood's own spool is full."""
        self.start("--rate-max", "1M")
        self.warrants = [self.active_warrant("lea", "LIID-FLOOD", [f"ipv4:{TARGET}"]),
                         self.active_warrant("lea", "LIID-OTHER", [f"ipv4:{OTHER}"])]
        few = {"buffers": {"backlog_bytes": 1 << 19, "frame_bytes_max": 2000},
               "handover": {"connect_retry_min_ms": 50, "connect_retry_max_ms": 500, "drain_ms": 60000,
                            "lane_backlog_bytes": 1 << 17}}
        self.delivered(conversation(TARGET, PEER, 900, payload_bytes=1000) + conversation(OTHER, PEER, 20), **few)
        stream = Stream(self.receiver.out, "hi3")
        contents = contents_of(stream)
        self.assertEqual({liid: len(of) for liid, of in by_liid(contents).items()}, {b"LIID-FLOOD": 900, b"LIID-OTHER": 20})
        self.assertEqual(stream.gaps(), [])
        order = [content.liid for content in contents]
        last = max(at for at, liid in enumerate(order) if liid == b"LIID-OTHER")
        self.assertGreater(len(order) - last, 100, "of the flood that many are still to come")
        self.assertEqual(len(self.alarms("flood_has_own_spool")), 1)

    def test_a_target_that_is_faster_than_the_line_is_told_to_both_sides(self):
        self.start("--line-rate", "64k", "--rate-seconds", "1")
        self.warrants = [self.active_warrant("lea", "LIID-FAST", [f"ipv4:{TARGET}"])]
        self.replay(conversation(TARGET, PEER, 20_000, payload_bytes=1000))
        code = "target_rate_exceeds_line"
        wait_for(lambda: self.alarms(code), "the alarm")
        wait_for(lambda: int(self.alarms(code)[-1].get("cleared_unix_ns", 0)), "it is over")
        self.replayed.wait_delivered()
        self.replayed.stop()
        self.assertEqual(self.receiver.stop(), 0)
        told = [pdu["payload"]["hI1-Operation"].get("alarms-indicator")
                for pdu in Stream(self.receiver.out, "hi2").of(b"LIID-FAST") if ps_pdu.kind_of(pdu) == "hi1"]
        texts = [alarm["alarm-information"].decode() for alarm in told if alarm]
        self.assertTrue(any(text.startswith("content comes at ") for text in texts), texts)
        self.assertTrue(any("no faster than the line" in text for text in texts), texts)

    def test_each_liid_may_have_a_connection_of_its_own(self):
        self.start("--connection-per-liid", "--connections-max", "2")
        targets = [TARGET, OTHER, "192.0.2.202"]
        self.warrants = [self.active_warrant("lea", f"LIID-{i}", [f"ipv4:{target}"]) for i, target in enumerate(targets)]
        frames = [frame for target in targets for frame in conversation(target, PEER, 100)]
        statistics = self.delivered(frames)
        for side in ("hi2", "hi3"):
            destination = self.destination(statistics, side)
            self.assertEqual((destination["connections"], destination["connections_up"]), (3, 3), "two, and one for the rest")
        self.assertEqual(len(self.alarms("connections_at_bound")), 2)
        stream = Stream(self.receiver.out, "hi3")
        self.assertEqual({len(of) for of in by_liid(contents_of(stream)).values()}, {100})

    def test_several_packets_go_in_one_record_and_both_counts_hold(self):
        self.start("--aggregate-payloads", "10", "--aggregate-ms", "10000", "--integrity", "sha256")
        self.warrants = [self.active_warrant("lea", "LIID-MANY", [f"ipv4:{TARGET}"])]
        self.replay(conversation(TARGET, PEER, 255))
        self.ctl.json("warrant", "end", self.warrants[0])
        statistics = self.replayed.wait_delivered()
        self.replayed.stop()
        self.assertEqual(self.receiver.stop(), 0)
        self.assertEqual(statistics["records"]["matched"], 255)
        count = 255 - statistics["records"]["aggregated"]
        self.assertGreaterEqual(count, 26)
        self.assertLess(count, 255)
        stream = Stream(self.receiver.out, "hi3")
        records = [pdu for pdu in stream.pdus if ps_pdu.kind_of(pdu) == "cc"]
        self.assertEqual([pdu["pSHeader"]["sequenceNumber"] for pdu in records], list(range(count)))
        self.assertEqual({pdu["pSHeader"]["timeStampQualifier"] for pdu in records}, {3})
        contents = contents_of(stream)
        self.assertEqual(len(contents), 255)
        self.assertEqual([content.timestamp_us for content in contents],
                         [1_700_000_000_000_000 + 2000 * i for i in range(255)], "each packet has its own time")
        report = integrity.verify((self.receiver.out / "hi3.ber").read_bytes())
        self.assertEqual((report.faults, report.covered), ([], count))

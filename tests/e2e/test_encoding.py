"""hi2.ber and hi3.ber as an agency gets them: strict DER, gapless, readable by others, in the form that its profile asks for."""

import subprocess
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from support import ps_pdu
from support.bench import E2eTest
from support.capture_file import read_capture
from support.dataplane import pcap_port
from support.delivered import Stream
from support.environment import program
from support.frames import conversation, ethernet, udp_packet, write_pcap
from support.live import PEER, TARGET
from support.oracle import read_expected

IPV6_TARGET = "2001:db8:7::7"


def micros_of(stamp: str) -> int:
    """Of a GeneralizedTime in DER: UTC, and no zeros at the end of a fraction."""
    whole, _, fraction = stamp.removesuffix("Z").partition(".")
    if not stamp.endswith("Z") or fraction.endswith("0") or (not fraction and "." in stamp):
        raise ValueError(stamp)
    moment = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
    return int(moment.timestamp()) * 1_000_000 + int(fraction.ljust(6, "0"))


class Encoding(E2eTest):
    wide = False  # the lengths that are agreed

    def delivered(self, *profile: str, content: str = "both", receiver: tuple = ()) -> tuple[list[dict], list[dict]]:
        """HI2's and HI3's records of a small capture, by the independent decoder."""
        self.lictord.start()
        self.receiver = self.lemf(options=receiver)
        self.agency("lea", self.receiver, *profile)
        warrant = self.active_warrant("lea", "LIID-FORM", [f"ipv4:{TARGET}", f"ipv6:{IPV6_TARGET}"], content=content)
        self.path = self.folder / "form.pcap"
        both_ends = [ethernet(udp_packet(TARGET, TARGET, b"to itself"))]
        frames = conversation(TARGET, PEER, 60) + conversation(IPV6_TARGET, "2001:db8:9::9", 60) + both_ends
        packets = write_pcap(self.path, frames)
        dataplane = self.dataplane([pcap_port(self.path)], replay={"taps": 1, "packets": packets}).start()
        dataplane.wait_replayed()
        self.ctl.json("warrant", "end", warrant)
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(self.receiver.stop(), 0)
        self.assertEqual(self.stream("hi2").gaps() + self.stream("hi3").gaps(), [])
        return self.records_of("hi2"), self.records_of("hi3")

    def stream(self, side: str) -> Stream:
        return Stream(self.receiver.out, side, self.wide)

    def records_of(self, side: str) -> list[dict]:
        """Without the keepalives, which confirm records at a time of their own."""
        return [pdu for pdu in self.stream(side).pdus if ps_pdu.kind_of(pdu) != "keep-alive"]

    def expected(self) -> list:
        return read_expected(read_capture(self.path), [f"ipv4:{TARGET}", f"ipv6:{IPV6_TARGET}"]).expected

    def test_both_streams_are_strict_der_and_gapless_to_an_independent_decoder(self):
        hi2, hi3 = self.delivered()
        self.assertEqual([ps_pdu.kind_of(pdu) for pdu in hi2], ["hi1", "iri", "iri", "hi1"])
        self.assertEqual({ps_pdu.kind_of(pdu) for pdu in hi3}, {"cc"})
        self.assertEqual(len(hi3), len(self.expected()))
        identifiers = {ps_pdu.series_of(pdu)[:3] for pdu in hi2 + hi3}
        self.assertEqual(identifiers, {(b"LIID-FORM", b"OP1", b"NE-1")})
        cins = {ps_pdu.series_of(pdu)[3] for pdu in hi3} | {ps_pdu.series_of(pdu)[3] for pdu in hi2 if ps_pdu.kind_of(pdu) == "iri"}
        self.assertEqual(len(cins), 1, "IRI and CC of the session share the CIN")
        for pdu in hi2 + hi3:
            header = pdu["pSHeader"]
            self.assertEqual(header["authorizationCountryCode"], "AT")
            self.assertEqual(header.get("interceptionPointID"), "IP1")
        directions = {payload["payloadDirection"] for pdu in hi3 for payload in pdu["payload"]["cCPayloadSequence"]}
        self.assertEqual(directions, {0, 1, 2}, "from the target, to it, and between its own addresses")

    def test_lengths_are_wide_where_the_profile_asks_for_ber(self):
        self.wide = True
        hi2, hi3 = self.delivered("--encoding", "ber", "--integrity", "sha256", receiver=("--encoding", "ber"))
        self.assertEqual({ps_pdu.kind_of(pdu) for pdu in hi2}, {"hi1", "iri", "integrityCheck"})
        content = [one for one in ps_pdu.contents(hi3)]
        self.assertEqual([octets for _, _, octets in content], [one.packet for one in self.expected()])
        summary = self.receiver.summary()["hi3"]
        self.assertEqual(summary["deviations"], {"long_length": summary["records"]})
        files = [str(self.receiver.out / name) for name in ("hi2.ber", "hi3.ber")]
        for status, words in ((0, ["check", "--encoding", "ber"]), (1, ["check"]), (0, ["verify", "--complete"])):
            done = subprocess.run([program("lictor-lemf"), *words, *files], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, check=False, timeout=60)
            self.assertEqual(done.returncode, status, f"{words}: {done.stdout}")

    def test_the_receivers_own_check_agrees_offline(self):
        self.delivered()
        files = [str(self.receiver.out / name) for name in ("hi2.ber", "hi3.ber")]
        done = subprocess.run([program("lictor-lemf"), "check", *files], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout)
        damaged = self.folder / "damaged.ber"
        octets = bytearray((self.receiver.out / "hi3.ber").read_bytes())
        octets[1:2] = b"\x84\x00\x00" + octets[1:2] if octets[1] < 0x80 else octets[1:2]
        octets[-40:] = b""
        damaged.write_bytes(octets)
        done = subprocess.run([program("lictor-lemf"), "check", str(damaged)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 1, done.stdout)

    def test_the_session_records_say_begin_at_the_start_and_report_at_the_end(self):
        hi2, _ = self.delivered()
        payloads = [pdu["payload"]["iRIPayloadSequence"][0] for pdu in hi2 if ps_pdu.kind_of(pdu) == "iri"]
        self.assertEqual([payload["iRIType"] for payload in payloads], [1, 4])
        contents = [payload["iRIContents"]["iPIRI"]["iPIRIContents"] for payload in payloads]
        self.assertEqual([one["accessEventType"] for one in contents], [7, 9])
        for one in contents:
            self.assertEqual((one["targetUsername"], one["internetAccessType"], one["iPVersion"]), (b"subscriber", 4, 3))

    def test_generalized_time_stamps_where_the_profile_asks_for_them(self):
        _, hi3 = self.delivered("--timestamp", "generalized")
        stamps = [pdu["pSHeader"]["timeStamp"] for pdu in hi3]
        self.assertTrue(all("microSecondTimeStamp" not in pdu["pSHeader"] for pdu in hi3))
        self.assertEqual([micros_of(stamp) for stamp in stamps], [one.timestamp_us for one in self.expected()])

    def test_local_time_stamps_say_their_offset_and_the_same_moment(self):
        hi2, hi3 = self.delivered("--timestamp", "generalized", "--local-time", "Europe/Vienna", receiver=("--lenient",))
        moments = [datetime.strptime(pdu["pSHeader"]["timeStamp"] if "." in pdu["pSHeader"]["timeStamp"] else
                                     pdu["pSHeader"]["timeStamp"].replace("+", ".0+"), "%Y%m%d%H%M%S.%f%z") for pdu in hi2 + hi3]
        for moment in moments:
            self.assertEqual(moment.utcoffset(), moment.astimezone(ZoneInfo("Europe/Vienna")).utcoffset())
        expected = [one.timestamp_us // 1000 for one in self.expected()]
        self.assertEqual([round(moment.timestamp() * 1000) for moment in moments[len(hi2):]], expected)
        summary = self.receiver.summary()
        self.assertEqual(summary["hi3"]["deviations"], {"local_time": summary["hi3"]["records"]}, "and nothing else is not DER")

    def test_content_alone_where_the_warrant_says_so(self):
        hi2, hi3 = self.delivered(content="cc")
        self.assertEqual(len(hi3), len(self.expected()))
        self.assertEqual([ps_pdu.kind_of(pdu) for pdu in hi2], ["hi1", "hi1"])

    def test_signalling_alone_where_the_warrant_says_so(self):
        hi2, hi3 = self.delivered(content="iri")
        self.assertEqual(hi3, [])
        self.assertEqual([ps_pdu.kind_of(pdu) for pdu in hi2], ["hi1", "iri", "iri", "hi1"])

    def test_without_hi1_where_the_profile_turns_it_off(self):
        hi2, _ = self.delivered("--hi1", "off")
        self.assertEqual([ps_pdu.kind_of(pdu) for pdu in hi2], ["iri", "iri"])

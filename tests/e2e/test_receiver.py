"""lictor-lemf against a sender that is not ours: it answers keepalives, keeps what came, and judges it without mercy."""

import json
import socket
import subprocess

from support import ps_pdu
from support.bench import E2eTest
from support.capture_file import read_capture
from support.environment import program
from support.frames import udp_packet
from support.ps_pdu_writer import content, keepalive

PACKET = udp_packet("192.0.2.7", "198.51.100.9", b"payload")
LIID = b"LIID-PY"


class Receiver(E2eTest):
    def connect(self, port: int) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.addCleanup(connection.close)
        return connection

    def after(self, lemf, octets: bytes, status: int) -> dict:
        """The summary once these octets were sent to HI3 and the receiver was asked to end."""
        sender = self.connect(lemf.hi3)
        sender.sendall(octets)
        sender.shutdown(socket.SHUT_WR)
        while sender.recv(65536):
            pass  # answers; the end says that all was read
        self.assertEqual(lemf.stop(), status, lemf.process.log_tail())
        self.assertEqual((lemf.out / "hi3.ber").read_bytes(), octets, "kept as it came")
        return lemf.summary()

    def test_a_keepalive_is_answered_with_its_own_number(self):
        lemf = self.lemf()
        for port in (lemf.hi2, lemf.hi3):
            sender = self.connect(port)
            for number in (0, 1, 200, 4294967295):
                sender.sendall(keepalive(number))
                answer = ps_pdu.decode(sender.recv(4096))
                self.assertEqual(ps_pdu.kind_of(answer), "keep-aliveResponse")
                self.assertEqual(answer["pSHeader"]["sequenceNumber"], number)
        self.assertEqual(lemf.stop(), 0)
        self.assertEqual(lemf.summary()["hi2"]["keepalives"], 4)

    def test_an_octet_at_a_time_is_as_good_as_all_at_once(self):
        lemf = self.lemf()
        octets = b"".join(content(LIID, 7, number, PACKET) for number in range(3)) + keepalive(9)
        sender = self.connect(lemf.hi3)
        sender.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for index in range(len(octets)):
            sender.send(octets[index:index + 1])
        self.assertEqual(ps_pdu.kind_of(ps_pdu.decode(sender.recv(4096))), "keep-aliveResponse")
        self.assertEqual(lemf.stop(), 0)
        self.assertEqual(lemf.summary()["hi3"]["cc"], 3)

    def test_gaps_repeats_and_two_series_are_told_apart(self):
        octets = b"".join(content(LIID, cin, number, PACKET) for cin, number in
                          ((7, 0), (8, 0), (7, 1), (7, 4), (7, 4), (8, 1)))
        summary = self.after(self.lemf(), octets, 0)
        hi3 = summary["hi3"]
        self.assertEqual((hi3["records"], hi3["cc"], hi3["gaps"], hi3["missing"], hi3["repeats"]), (6, 5, 1, 2, 1))
        series = {one["cin"]: one for one in summary["series"]}
        self.assertEqual((series[7]["missing"], series[8]["missing"], series[7]["last"]), (2, 0, 4))

    def test_what_is_not_strict_der_is_an_error_and_changes_the_exit_status(self):
        good = content(LIID, 7, 0, PACKET)
        _, start, _ = ps_pdu.read_header(good, 0)
        body = good[start:]
        for name, octets in (("a length that is not minimal", b"\x30\x83" + len(body).to_bytes(3, "big") + body),
                             ("an integer that is not minimal", good.replace(b"\x81\x01\x07", b"\x81\x01\x00\x07", 1)),
                             ("a tag that is not the type's", good.replace(b"\x82\x02AT", b"\x92\x02AT", 1))):
            with self.subTest(wrong=name):
                self.assertNotEqual(octets, good)
                lemf = self.lemf(f"lemf-{len(self.processes)}")
                sender = self.connect(lemf.hi3)
                sender.sendall(octets + good)
                lemf.process.wait_until(lambda: lemf.summary().get("hi3", {}).get("errors"), "the error is counted")
                self.assertEqual(lemf.stop(), 1)

    def test_nonsense_and_records_that_are_cut_off_do_no_harm(self):
        lemf = self.lemf()
        whole = content(LIID, 7, 0, PACKET)
        for octets in (b"GET / HTTP/1.1\r\n\r\n", b"\x30\x84\xff\xff\xff\xff", b"\x30\x80", bytes(1000), whole[:-5], b"\x30"):
            sender = self.connect(lemf.hi3)
            sender.sendall(octets)
            sender.close()
        sender = self.connect(lemf.hi3)
        sender.sendall(whole + keepalive(1))
        self.assertEqual(ps_pdu.kind_of(ps_pdu.decode(sender.recv(4096))), "keep-aliveResponse", "it goes on")
        lemf.stop()
        self.assertEqual(lemf.summary()["hi3"]["cc"], 1)

    def test_content_is_saved_as_a_capture_and_decoded_line_by_line(self):
        lemf = self.lemf()
        packets = [udp_packet("192.0.2.7", "198.51.100.9", bytes([number])) for number in range(5)]
        stamps = [1_700_000_000_000_000 + number for number in range(5)]
        octets = b"".join(content(LIID, 7, number, packet, stamp)
                          for number, (packet, stamp) in enumerate(zip(packets, stamps)))
        self.after(lemf, octets, 0)
        saved = [(frame.timestamp_us, frame.octets) for frame in read_capture(lemf.out / "content.pcapng")]
        self.assertEqual(saved, list(zip(stamps, packets)))
        lines = [json.loads(line) for line in (lemf.out / "records.jsonl").read_text(encoding="utf-8").splitlines()]
        self.assertEqual(len(lines), 5)
        again = self.folder / "again.pcapng"
        subprocess.run([program("lictor-lemf"), "pcapng", lemf.out / "hi3.ber", again], stdout=subprocess.PIPE, check=True)
        self.assertEqual([frame.octets for frame in read_capture(again)], packets)

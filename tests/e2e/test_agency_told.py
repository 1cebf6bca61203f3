"""What an agency is told beside its records: an operator's words, and that records come late."""

from support import ps_pdu
from support.bench import E2eTest
from support.dataplane import pcap_port
from support.frames import conversation, write_pcap
from support.live import PEER, TARGET
from support.waiting import wait_for

QUICK = ("--keepalive-idle", "5", "--keepalive-wait", "1", "--confirm-interval-ms", "50")


class AgencyTold(E2eTest):
    def appliance(self, receiver, *options: str, **settings):
        """A dataplane with a warrant in force for whom no packet comes."""
        self.lictord.start()
        self.agency("lea", receiver, *QUICK, *options)
        capture = self.folder / "nothing.pcap"
        write_pcap(capture, conversation("198.51.100.77", PEER, 1, 100))
        dataplane = self.dataplane([pcap_port(capture)], **settings).start()
        self.active_warrant("lea", "LIID-TOLD", [f"ipv4:{TARGET}"])
        dataplane.wait_tasks(1)
        return dataplane

    def messages(self, lemf) -> list[tuple[int, str]]:
        """Priority and text of each operatorLeaMessage so far."""
        path = lemf.out / "hi2.ber"
        octets = path.read_bytes() if path.exists() else b""
        pdus = [ps_pdu.decode(record) for _, record in ps_pdu.records(octets)]
        found = [pdu["payload"]["tRIPayload"]["operatorLeaMessage"] for pdu in pdus
                 if ps_pdu.kind_of(pdu) == "operatorLeaMessage"]
        return [(one["messagePriority"], one["message"].decode()) for one in found]

    def test_an_operators_words_reach_the_agency_and_are_confirmed(self):
        lemf = self.lemf()
        dataplane = self.appliance(lemf)
        self.assertEqual(self.ctl.json("agency", "message", "lea", "--text", "maintenance tonight")["dataplanes_told"], 1)
        self.ctl.json("agency", "message", "lea", "--text", "the line is cut", "--error")
        wait_for(lambda: len(self.messages(lemf)) >= 2, "they are there")
        dataplane.wait_delivered()
        statistics = dataplane.stop()
        self.assertEqual(statistics["records"]["confirmed"], statistics["records"]["appended"])
        self.assertEqual(lemf.stop(), 0)
        self.assertEqual(self.messages(lemf), [(2, "maintenance tonight"), (1, "the line is cut")])
        self.assertEqual(lemf.summary()["hi2"]["missing"], 0, "they leave no gap")

    def test_words_that_cannot_be_sent_are_refused(self):
        self.lictord.start()
        self.agency("lea", self.lemf())
        self.assertIn("no attached dataplane", self.ctl.refused("agency", "message", "lea", "--text", "hello").message)
        self.assertIn("text", self.ctl.refused("agency", "message", "lea", "--text", "x" * 256).message)
        self.assertIn("agency", self.ctl.refused("agency", "message", "nobody", "--text", "hello").message)

    def test_words_that_no_dataplane_can_send_are_alarmed_until_others_are_sent(self):
        lemf = self.lemf()
        dataplane = self.appliance(lemf)
        self.agency("other", self.lemf("other"), *QUICK, "--encryption", "aes192", "--payload-key", "nowhere")
        self.refused_warrant("other", "LIID-REFUSED", [f"ipv4:{TARGET}"])
        wait_for(lambda: self.alarms("directive_refused"), "the dataplane has no such key")
        self.ctl.json("agency", "message", "other", "--text", "hello")
        wait_for(lambda: self.alarms("message_not_sent"), "the operator is told")
        self.ctl.json("agency", "message", "lea", "--text", "hello")
        wait_for(lambda: self.messages(lemf), "the words for another agency go")
        self.assertFalse(self.is_over("message_not_sent"), "which says nothing of this one")
        self.ctl.json("agency", "update", "--id", "other", "--encryption", "off", "--payload-key", "")
        dataplane.wait_tasks(2)
        self.ctl.json("agency", "message", "other", "--text", "hello")
        wait_for(lambda: self.is_over("message_not_sent"), "the alarm is over")

    def is_over(self, code: str) -> bool:
        return all(int(alarm.get("cleared_unix_ns", 0)) for alarm in self.alarms(code))

    def test_an_agency_is_told_that_time_is_not_to_be_trusted(self):
        """No clock is known to a microsecond, and where the kernel may not be asked nobody knows."""
        lemf = self.lemf()
        alarms = {"time": "on", "time_error_us": 1, "time_settle_s": 0}
        dataplane = self.appliance(lemf, "--agency-alarms", "message", alarms=alarms)
        wait_for(lambda: self.alarms("time_untrusted"), "the operator is told")
        wait_for(lambda: self.messages(lemf), "so is the agency")
        self.assertTrue(self.messages(lemf)[0][1].startswith("time is not to be trusted since "), self.messages(lemf))
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(lemf.stop(), 0)

    def test_an_agency_is_told_that_records_come_late_and_when_that_is_over(self):
        lemf = self.lemf()
        lemf.process.stop()
        dataplane = self.appliance(lemf, "--agency-alarms", "message", "--backlog-records", "2")
        wait_for(lambda: [one for one in self.alarms("backlog") if "HI2" in one["text"]], "the operator is told")
        lemf.start()
        wait_for(lambda: any("is delivered" in text for _, text in self.messages(lemf)), "so is the agency")
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        told = self.messages(lemf)
        self.assertEqual({priority for priority, _ in told}, {1})
        self.assertTrue(told[0][1].startswith("HI2: "), told)
        self.assertTrue(any("wait for delivery" in text for _, text in told), told)

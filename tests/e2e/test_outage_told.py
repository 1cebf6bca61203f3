"""What an agency is told of the times when nothing was delivered to it."""

from support.bench import E2eTest
from support.dataplane import pcap_port
from support.frames import conversation, write_pcap
from support.live import PEER, TARGET
from support.receiver import Lemf
from support.waiting import wait_for


class OutageTold(E2eTest):
    def outage(self, told_s: int) -> Lemf:
        """A receiver that was killed and came back; the warrant is ended behind that."""
        self.lictord.start()
        receiver = self.lemf()
        self.agency("lea", receiver, "--confirm", "transported")
        warrant = self.active_warrant("lea", "LIID-AWAY", [f"ipv4:{TARGET}"])
        path = self.folder / "away.pcap"
        packets = write_pcap(path, conversation(TARGET, PEER, 10))
        dataplane = self.dataplane([pcap_port(path)], replay={"taps": 1, "packets": packets}, alarms={"outage_told_s": told_s})
        dataplane.start().wait_replayed()
        dataplane.wait_delivered()
        receiver.process.kill()
        wait_for(lambda: len(self.alarms("destination_down")) == 2, "it is away, on both interfaces")
        receiver.start()
        wait_for(lambda: all(int(one.get("cleared_unix_ns", 0)) for one in self.alarms("destination_down")), "it is back")
        self.ctl.json("warrant", "end", warrant)
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(receiver.stop(), 0)
        return receiver

    def told(self, receiver: Lemf) -> list[str]:
        alarms = [pdu["payload"]["hI1-Operation"].get("alarms-indicator") for pdu in receiver.hi2_stream().of(b"LIID-AWAY")
                  if "hI1-Operation" in pdu["payload"]]
        return [alarm["alarm-information"].decode() for alarm in alarms if alarm]

    def test_an_agency_that_is_back_is_told_when_nothing_was_delivered(self):
        told = self.told(self.outage(0))
        self.assertTrue(told)
        for text in told:
            self.assertRegex(text, r"^HI[23]: nothing was delivered between \d{4}-[0-9T:-]+Z and \d{4}-[0-9T:-]+Z; what was copied")

    def test_a_short_outage_is_not_told(self):
        self.assertEqual(self.told(self.outage(3600)), [])

"""What a profile says of connections, keepalives and form, seen on the wire."""

import socket
import threading

from support.bench import E2eTest
from support.dataplane import pcap_port
from support.delivered import Stream
from support.frames import conversation, write_pcap
from support.live import PEER, TARGET
from support import ps_pdu
from support.waiting import wait_for


class Profiles(E2eTest):
    wide = False  # the lengths that are agreed

    def delivered(self, *profile: str) -> None:
        """A small capture, delivered whole to self.receiver."""
        self.lictord.start()
        self.receiver = self.lemf(options=("--encoding", "ber" if self.wide else "der"))
        self.agency("lea", self.receiver, *profile)
        self.active_warrant("lea", "LIID-PROFILE", [f"ipv4:{TARGET}"])
        path = self.folder / "profile.pcap"
        packets = write_pcap(path, conversation(TARGET, PEER, 20))
        self.replayed = self.dataplane([pcap_port(path)], replay={"taps": 1, "packets": packets}).start()
        self.replayed.wait_replayed()

    def keepalives(self, side: str) -> list[dict]:
        return [pdu for pdu in Stream(self.receiver.out, side, self.wide).pdus if ps_pdu.kind_of(pdu) == "keep-alive"]

    def test_keepalives_look_as_the_profile_says(self):
        self.delivered("--keepalive-liid", "probe-1", "--keepalive-countries", "--timestamp", "generalized")
        self.replayed.wait_delivered()
        self.replayed.stop()
        self.assertEqual(self.receiver.stop(), 0)
        header = self.keepalives("hi3")[0]["pSHeader"]
        self.assertEqual(header["lawfulInterceptionIdentifier"], b"probe-1")
        self.assertEqual(header["authorizationCountryCode"], "AT")
        self.assertEqual(header["communicationIdentifier"]["deliveryCountryCode"], "AT")
        self.assertEqual(header["communicationIdentifier"]["communicationIdentityNumber"], 0)
        self.assertIn("timeStamp", header)

    def test_the_openli_preset_is_openlis_versions_keepalives_and_lengths(self):
        self.wide = True
        self.delivered("--preset", "openli", "--integrity", "sha256", "--keepalive-idle", "5")
        wait_for(lambda: self.receiver.received("hi3") and self.keepalives("hi3"), "an idle connection is kept alive")
        self.replayed.wait_delivered()
        self.replayed.stop()
        self.assertEqual(self.receiver.stop(), 0)
        self.assertEqual(self.keepalives("hi3")[0]["pSHeader"]["lawfulInterceptionIdentifier"], b"lictor")
        stream = Stream(self.receiver.out, "hi3", self.wide).pdus
        self.assertEqual({pdu["pSHeader"]["li-psDomainId"] for pdu in stream}, {"0.4.0.2.2.5.1.17"})
        content = next(pdu for pdu in stream if ps_pdu.kind_of(pdu) == "cc")
        self.assertEqual(content["payload"]["cCPayloadSequence"][0]["cCContents"]["iPCC"]["iPCCObjId"], "5.3.10.2")
        checks = [pdu for pdu in stream if ps_pdu.kind_of(pdu) == "integrityCheck"]
        self.assertEqual([pdu["pSHeader"]["sequenceNumber"] for pdu in checks], [1])

    def test_connections_come_from_the_source_address(self):
        peers: list[str] = []
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]

            def accept() -> None:
                connection, peer = listener.accept()
                peers.append(peer[0])
                connection.close()

            accepting = threading.Thread(target=accept, daemon=True)
            accepting.start()
            self.lictord.start()
            self.ctl.json("agency", "create", "--id", "lea", "--name", "Agency", "--country", "AT", "--lab", "--security", "plain-lab",
                          "--hi2", f"127.0.0.1:{port}", "--hi3", f"127.0.0.1:{port}", "--source-address", "127.0.0.9")
            self.active_warrant("lea", "LIID-SOURCE", [f"ipv4:{TARGET}"])
            path = self.folder / "source.pcap"
            packets = write_pcap(path, conversation(TARGET, PEER, 2))
            self.dataplane([pcap_port(path)], replay={"taps": 1, "packets": packets}).start()
            wait_for(lambda: peers, "it connects")
        self.assertEqual(peers[:1], ["127.0.0.9"])

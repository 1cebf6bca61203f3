#!/usr/bin/python3
"""Reads the golden records with the independent decoder: each is strict DER and says what it was meant to say."""

import datetime
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from tests.support import ps_pdu  # noqa: E402

TIME_US = 1_789_000_000_123_456


def octets_of(path):
    return bytes.fromhex(path.read_text())


def golden(name):
    return ps_pdu.decode(octets_of(HERE / "records" / f"{name}.hex"))


def iri_of(pdu):
    payload = pdu["payload"]["iRIPayloadSequence"][0]
    return payload["iRIType"], payload["iRIContents"]["iPIRI"]["iPIRIContents"]


def call_of(pdu):
    payload = pdu["payload"]["iRIPayloadSequence"][0]
    return payload, payload["iRIContents"]["iPMMIRI"]


class GoldenRecords(unittest.TestCase):
    def test_every_record_is_strict_der_of_the_standards_types(self):
        names = sorted(path.stem for path in (HERE / "records").glob("*.hex"))
        self.assertEqual(len(names), 60)
        for name in names:
            with self.subTest(name):
                self.assertEqual(ps_pdu.series_of(golden(name))[1], b"EXAMPLE-OPERATOR")

    def test_records_with_wide_lengths_are_those_in_der_otherwise(self):
        paths = sorted((HERE / "records" / "ber").glob("*.hex"))
        self.assertEqual(len(paths), 20)
        for path in paths:
            with self.subTest(path.stem):
                self.assertEqual(ps_pdu.der_of_wide(octets_of(path)), octets_of(HERE / "records" / path.name))

    def test_header_names_the_task(self):
        pdu = golden("ipcc-short")
        self.assertEqual(ps_pdu.series_of(pdu), (b"LIID-GOLDEN-1", b"EXAMPLE-OPERATOR", b"NE-1", 2291772091))
        self.assertEqual(ps_pdu.time_of(pdu), TIME_US)
        self.assertEqual(pdu["pSHeader"]["li-psDomainId"], "0.4.0.2.2.5.1.33")
        self.assertEqual(pdu["pSHeader"]["interceptionPointID"], "CORE-1")

    def test_content_is_the_packet(self):
        packet = bytes([0x45, *range(1, 40)])
        self.assertEqual(list(ps_pdu.contents([golden("ipcc-short")])), [(TIME_US, 1, packet)])
        self.assertEqual(golden("ipcc-long")["pSHeader"]["sequenceNumber"], 4294967280)
        truncated = golden("ipcc-truncated")["payload"]["cCPayloadSequence"][0]["cCContents"]["iPCC"]
        self.assertEqual(truncated["iPCCObjId"], "5.3.18.2")
        self.assertEqual(truncated["iPCCContents"]["iPTruncatedPacket"]["originalLength"], 1500)

    def test_layer_2_is_the_frame_and_whose_it_is(self):
        self.assertEqual(list(ps_pdu.contents([golden("l2cc-arp")])), [(TIME_US, 0, bytes(range(60)))])
        content = golden("l2cc-long")["payload"]["cCPayloadSequence"][0]["cCContents"]["l2CC"]
        self.assertEqual((content["l2CCObjId"], len(content["l2CCContents"]["ethernet"])), ("5.4.7.2", 1514))
        for name, kind, event in (("l2iri-start", 1, 8), ("l2iri-end", 4, 10)):
            payload = golden(name)["payload"]["iRIPayloadSequence"][0]
            self.assertEqual(payload, {"iRIType": kind, "iRIContents": {"l2IRI": {"l2IRIObjId": "5.4.7.1", "l2IRIContents": {
                "accessEventType": event, "internetAccessType": 2, "targetNetworkID": "00:53:00:12:34:56", "authenticationType": 1}}}})
        for name in ("l2cc-container", "l2iri-container"):
            self.assertEqual(golden(name)["payload"]["encryptionContainer"]["encryptedPayloadType"], 4)

    def test_media_say_where_they_begin_and_which_stream_they_are_of(self):
        for name, length, frame, protocol, stream in (
                ("ipmmcc-rtp", 200, 0, 0, None), ("ipmmcc-stream", 172, 2, 0, b"m=audio 49170 RTP/AVP 0\r\nc=IN IP4 192.0.2.1"),
                ("ipmmcc-msrp", 90, 7, 1, None)):
            pdu = golden(name)
            self.assertEqual((ps_pdu.series_of(pdu)[3], list(ps_pdu.contents([pdu]))), (42, [(TIME_US, 0, bytes(range(length)))]))
            content = pdu["payload"]["cCPayloadSequence"][0]["cCContents"]["iPMMCC"]
            self.assertEqual((content["iPMMCCObjId"], content["frameType"], content["mMCCprotocol"], content.get("streamIdentifier")),
                             ("5.5.14.2", frame, protocol, stream))
        for name in ("ipmmcc-container", "ipmmiri-container"):
            self.assertEqual(golden(name)["payload"]["encryptionContainer"]["encryptedPayloadType"], 5)

    def test_calls_are_told_as_far_as_the_order_goes(self):
        where, talk = b"P-Access-Network-Info", (b"lunch", b"at the inn")
        for name, kind, form, has_where, has_talk in (
                ("ipmmiri-message", 1, "sIPMessage", True, True), ("ipmmiri-no-location", 1, "sIPMessage", False, True),
                ("ipmmiri-masked", 1, "iRIOnlySIPMessage", False, False), ("ipmmiri-again", 4, "iRIOnlySIPMessage", True, False)):
            with self.subTest(name):
                payload, iri = call_of(golden(name))
                self.assertEqual((payload["iRIType"], payload["payloadDirection"], iri["iPMMIRIObjId"]), (kind, 0, "5.5.14.1"))
                message = iri["iPMMIRIContents"][form]
                self.assertEqual(message["iPSourceAddress"], {"iP-type": 0, "iP-value": {"iPBinaryAddress": bytes([192, 0, 2, 7])}, "iP-assignment": 3})
                self.assertEqual(message["iPDestinationAddress"]["iP-value"]["iPBinaryAddress"], bytes([198, 51, 100, 1]))
                text = message["sIPContent"]
                self.assertEqual(where in text, has_where)
                self.assertTrue(all((word in text) == has_talk for word in talk))
                head, body = text.split(b"\r\n\r\n", 1)
                self.assertIn(b"\r\nContent-Length: %d" % len(body), head)
        payload, iri = call_of(golden("ipmmiri-packet"))
        self.assertEqual(payload["iRIType"], 4)
        self.assertTrue(iri["iPMMIRIContents"]["originalIPMMMessage"].startswith(b"\x45 the headers"))

    def test_a_call_that_no_message_ends_says_why(self):
        for name, form in (("ipmmiri-end", "sIPMessage"), ("ipmmiri-masked-end", "iRIOnlySIPMessage")):
            payload, iri = call_of(golden(name))
            self.assertEqual((payload["iRIType"], payload.get("payloadDirection")), (2, None))
            message = iri["iPMMIRIContents"][form]
            self.assertEqual(message["sIPContent"], b"")
            self.assertEqual(message["iPSourceAddress"]["iPv6PrefixLength"], 128)
            self.assertEqual(iri["additionalSignalling"], [{"sipHeaderLine": b'Reason: LI;text="neither messages nor media were seen"'}])

    def test_generalized_time_stands_in_its_own_place(self):
        header = golden("ipcc-generalized")["pSHeader"]
        self.assertEqual(header["timeStamp"], "20260910002640.123Z")
        self.assertNotIn("microSecondTimeStamp", header)

    def test_local_time_says_how_far_it_is_from_utc(self):
        for name, text in (("ipcc-local-zone", "20260910022640.123+0200"), ("ipcc-local-west", "20260909205640.123-0330")):
            stamp = golden(name)["pSHeader"]["timeStamp"]
            self.assertEqual(stamp, text)
            read = datetime.datetime.strptime(stamp, "%Y%m%d%H%M%S.%f%z")
            self.assertEqual(read.timestamp() * 1000 // 1, TIME_US // 1000)
        header = golden("hi1-local-zone")
        self.assertEqual(header["pSHeader"]["timeStamp"], "20260910022640.123+0200")
        self.assertEqual(header["payload"]["hI1-Operation"]["liActivated"]["timeStamp"], {"utcTime": "260910002640Z"})

    def test_interception_starts_with_a_begin_and_ends_with_a_report(self):
        kind, contents = iri_of(golden("ipiri-start"))
        self.assertEqual((kind, contents["accessEventType"], contents["iPVersion"]), (1, 7, 3))
        self.assertEqual(contents["targetIPAddress"]["iP-value"]["iPBinaryAddress"], bytes([192, 0, 2, 7]))
        self.assertEqual(contents["additionalIPAddress"]["iPv6PrefixLength"], 64)
        self.assertEqual(contents["otherTargetIdentifiers"][0]["iPAddress"]["iPv4SubnetMask"], bytes([255, 255, 255, 0]))
        kind, contents = iri_of(golden("ipiri-end"))
        self.assertEqual((kind, contents["accessEventType"]), (4, 9))

    def test_sessions_are_told_as_the_table_says(self):
        for name, kind, event, authentication, reason in (
                ("radius-attempt", 4, 0, 2, None), ("radius-accept", 1, 1, 2, None), ("radius-accept-again", 3, 1, 2, None),
                ("radius-update", 3, 6, 2, None), ("radius-reject", 4, 2, 2, None), ("radius-failed", 4, 3, 2, None),
                ("radius-end", 2, 8, 2, 1), ("radius-end-again", 4, 8, 2, 3), ("active-at-start", 1, 7, 2, None),
                ("active-at-end", 4, 9, 2, None), ("dhcp-attempt", 4, 0, 3, None), ("dhcp-accept", 1, 1, 3, None),
                ("dhcp-update", 3, 6, 3, None), ("dhcp-reject", 4, 2, 3, None), ("dhcp-end", 2, 8, 3, 4),
                ("pppoe-end", 2, 8, 0, 2)):
            with self.subTest(name):
                pdu = golden(f"ipiri-{name}")
                self.assertEqual(ps_pdu.series_of(pdu)[3], 42)
                found, contents = iri_of(pdu)
                self.assertEqual((found, contents["accessEventType"], contents["authenticationType"]), (kind, event, authentication))
                self.assertEqual(contents.get("endReason"), reason)

    def test_a_session_s_record_says_who_where_and_since_when(self):
        _, contents = iri_of(golden("ipiri-radius-end"))

        def address(octets, **more):
            return {"iP-type": 1 if len(octets) == 16 else 0, "iP-value": {"iPBinaryAddress": octets}, "iP-assignment": 2, **more}

        v6 = bytes.fromhex("20010db8") + bytes(12)
        delegated = bytes.fromhex("20010db80001") + bytes(10)
        self.assertEqual(contents, {
            "accessEventType": 8, "targetUsername": b"alice@example.org", "internetAccessType": 2, "iPVersion": 3,
            "targetIPAddress": address(bytes([192, 0, 2, 7])), "targetNetworkID": "00-00-5E-00-53-01",
            "targetCPEID": "cpe-1; eth 1/1/3; 00040001ff02", "pOPPortNumber": 4294967295, "callBackNumber": "0800124",
            "startTime": "20260910001000Z", "endTime": "20260910002640Z", "endReason": 1,
            "octetsReceived": 70_000_000_000, "octetsTransmitted": 5_000_000_000, "rawAAAData": b"raw message",
            "expectedEndTime": "20260910012640Z", "pOPPhoneNumber": "0800123",
            "pOPIdentifier": {"printable": "bng-1.example.org"},
            "pOPIPAddress": {**address(bytes([192, 0, 2, 254])), "iP-assignment": 1},
            "additionalIPAddress": address(v6, iPv6PrefixLength=64), "authenticationType": 2,
            "otherTargetIdentifiers": [{"iPAddress": address(delegated, iPv6PrefixLength=56)},
                                       {"iPAddress": address(bytes([198, 51, 100, 0]), iPv4SubnetMask=bytes([255, 255, 255, 0]))}],
            "location": {"epsLocation": {"userLocationInfo": bytes.fromhex("0132f21000010002")}},
            "pOPPortID": b"1/1/3:100",
            "framedRoutes": [{"framedRoute": b"198.51.100.0/24 192.0.2.7 1"}, {"framedRoute": b"203.0.113.0/28 0.0.0.0 1"}]})

    def test_notifications_carry_the_target_only_by_profile(self):
        activated = golden("hi1-activated")["payload"]["hI1-Operation"]["liActivated"]
        self.assertEqual(activated["timeStamp"], {"utcTime": "260910002640Z"})
        self.assertNotIn("target-Information", activated)
        modified = golden("hi1-modified")["payload"]["hI1-Operation"]["liModified"]
        self.assertEqual(modified["target-Information"], b"ipv4:192.0.2.7")
        alarm = golden("hi1-alarm")["payload"]["hI1-Operation"]["alarms-indicator"]
        self.assertEqual(alarm["alarm-information"], b"12 packets were lost")

    def test_a_container_is_what_openssl_makes_of_its_octets(self):
        before = golden("ipcc-container")["payload"]["encryptionContainer"]
        after = golden("ipcc-aes192")["payload"]["encryptionContainer"]
        self.assertEqual((before["encryptionType"], after["encryptionType"], after["encryptedPayloadType"]), (1, 3, 3))
        command = ["openssl", "enc", "-aes-192-cbc", "-nopad", "-K", bytes(range(24)).hex(), "-iv", "00000009" * 4]
        done = subprocess.run(command, input=before["encryptedPayload"], capture_output=True, check=True, timeout=60)
        self.assertEqual(done.stdout, after["encryptedPayload"])
        self.assertIn(bytes(40 * [0x45]), before["encryptedPayload"])

    def test_checks_name_what_they_cover_and_how(self):
        check = golden("integrity-hash")["payload"]["tRIPayload"]["integrityCheck"]
        self.assertEqual(check["includedSequenceNumbers"], [0, 127, 128, 4294967295])
        self.assertEqual((check["checkType"], check["dataType"], check["hashAlgorithm"]), (1, 2, 2))
        self.assertEqual(check["checkValue"], bytes((0xF0 + i) & 0xFF for i in range(32)))
        check = golden("integrity-signature")["payload"]["tRIPayload"]["integrityCheck"]
        self.assertEqual((check["checkType"], check["dataType"], check["hashAlgorithm"], check["signatureAlgorithm"]), (2, 1, 4, 3))

    def test_transport_information_is_of_the_right_kind(self):
        self.assertEqual(ps_pdu.kind_of(golden("cin-reset")), "cINReset")
        self.assertEqual(ps_pdu.kind_of(golden("keep-alive")), "keep-alive")

    def test_pdus_are_acknowledged_by_agreement(self):
        option = [{"pDUAcknowledgement": None}]
        for name, payload in (("option-request", {"optionRequest": {"requestedOptions": option}}),
                              ("option-response", {"optionResponse": {"acceptedOptions": option, "declinedOptions": []}}),
                              ("option-response-declined", {"optionResponse": {"acceptedOptions": [], "declinedOptions": option}}),
                              ("option-complete", {"optionComplete": None}),
                              ("acknowledgement-request", {"pDUAcknowledgementRequest": None}),
                              ("acknowledgement-response", {"pDUAcknowledgementResponse": None})):
            self.assertEqual(golden(name)["payload"]["tRIPayload"], payload, name)


if __name__ == "__main__":
    unittest.main()

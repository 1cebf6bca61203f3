"""An integrator with nothing but proto/: a Python client provisions a warrant and sees it delivered."""

from support.bench import E2eTest, from_now
from support.capture_file import read_capture
from support.dataplane import pcap_port
from support.delivered import first_difference
from support.frames import conversation, write_pcap
from support.grpc_client import Client
from support.live import PEER, TARGET
from support.oracle import read_expected

LIST_SERVICES = b"\x3a\x01*"  # ServerReflectionRequest.list_services = "*"
SERVING = b"\x08\x01"         # HealthCheckResponse.status = SERVING


class GrpcClient(E2eTest):
    def setUp(self) -> None:
        super().setUp()
        self.lictord.start()
        self.client = Client(self.lictord.address)
        self.addCleanup(self.client.close)

    def provision(self, lemf) -> str:
        """An agency and an active warrant; the warrant's id."""
        client, types = self.client, self.client.types
        in_the_clear = types.DeliveryProfile(security=types.HANDOVER_SECURITY_PLAIN_LAB)
        agency = client.agency.Agency(id="lea", name="LEA", country_code="AT", profile=in_the_clear, destinations=[
            types.Destination(id=f"hi{number}", interface=number - 1, lab=True,
                              endpoints=[types.Endpoint(host="127.0.0.1", port=port)])
            for number, port in ((2, lemf.hi2), (3, lemf.hi3))])
        client.agencies.CreateAgency(client.agency.CreateAgencyRequest(agency=agency))
        warrant = client.warrant.Warrant(
            agency_id="lea", liid="0x" + b"\x01raw\xff".hex(), legal_reference="REF-7", authorising_person="Test Judge",
            authorization_country="AT", operator_id="OP1", user_label="subscriber",
            internet_access_type=types.INTERNET_ACCESS_TYPE_LAN, end=from_now(3600), content=types.CONTENT_IRI_AND_CC,
            targets=[types.TargetSpec(selector=f"ipv4:{TARGET}")])
        filed = client.warrants.CreateWarrant(client.warrant.CreateWarrantRequest(warrant=warrant)).warrant
        self.assertEqual(filed.state, client.warrant.WARRANT_STATE_FILED)
        active = client.warrants.ActivateWarrant(client.warrant.ActivateWarrantRequest(id=filed.id)).warrant
        self.assertEqual(active.state, client.warrant.WARRANT_STATE_ACTIVE)
        self.assertEqual(len(active.xids), 1)
        return filed.id

    def test_a_python_client_provisions_a_warrant_and_sees_it_delivered(self):
        lemf = self.lemf()
        warrant = self.provision(lemf)
        path = self.folder / "python.pcap"
        packets = write_pcap(path, conversation(TARGET, PEER, 300))
        expected = read_expected(read_capture(path), [f"ipv4:{TARGET}"]).expected
        dataplane = self.dataplane([pcap_port(path)], replay={"taps": 1, "packets": packets}).start()
        dataplane.wait_replayed()
        fleet, stubs = self.client.fleet, self.client.fleets

        def statistics():
            return stubs.GetStatistics(fleet.GetStatisticsRequest(network_element_id="NE-1")).statistics
        dataplane.process.wait_until(lambda: statistics().replay_complete and not statistics().records.in_spool,
                                     "lictord shows it delivered")
        seen = statistics().records
        self.assertEqual((seen.matched, seen.confirmed), (len(expected), seen.appended))
        taps = stubs.ListTaps(fleet.ListTapsRequest()).taps
        self.assertEqual([(tap.warrant_id, tap.matched) for tap in taps], [(warrant, len(expected))])
        self.assertEqual([one.network_element_id for one in stubs.ListDataplanes(fleet.ListDataplanesRequest()).dataplanes
                          if one.attached], ["NE-1"])
        self.client.warrants.EndWarrant(self.client.warrant.EndWarrantRequest(id=warrant))
        dataplane.wait_delivered()
        dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        self.assertIsNone(first_difference(lemf.contents(), expected))
        self.assertEqual({one.liid for one in lemf.contents()}, {b"\x01raw\xff"})
        self.assertEqual(lemf.hi2_stream().kinds(b"\x01raw\xff"), ["liActivated", "iri 7", "iri 9", "liDeactivated"])

    def test_reflection_names_the_services(self):
        call = self.client.channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                                                 request_serializer=bytes, response_deserializer=bytes)
        answer = next(call(iter([LIST_SERVICES]), timeout=20))
        for service in ("AgencyService", "AcceptanceService", "WarrantService", "FleetService"):
            self.assertIn(f"lictor.v1.{service}".encode(), answer)

    def test_the_health_service_says_serving(self):
        self.assertEqual(self.client.raw("/grpc.health.v1.Health/Check"), SERVING)

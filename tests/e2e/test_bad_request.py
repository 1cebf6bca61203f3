"""Every field of every request with wrong values: refused with the field's name, and nothing of it is stored."""

from datetime import datetime, timedelta, timezone

from support.bench import E2eTest, from_now, rfc3339
from support.environment import need_module
from support.grpc_client import Client

DESTINATIONS = [
    {"id": "hi2", "interface": "HANDOVER_INTERFACE_HI2", "endpoints": [{"host": "127.0.0.1", "port": 9902}], "lab": True},
    {"id": "hi3", "interface": "HANDOVER_INTERFACE_HI3", "endpoints": [{"host": "127.0.0.1", "port": 9903}], "lab": True}]
AGENCY = {"id": "lea-new", "name": "LEA", "country_code": "AT", "destinations": DESTINATIONS,
          "profile": {"keepalive_idle_s": 60, "keepalive_wait_s": 30, "tls": {}, "confirm": {}, "pacing": {}, "connections": {},
                      "aggregation": {}}}

# (path in the message, wrong value, the field that the answer names where it is another)
WRONG_AGENCY = [
    *[("id", value) for value in ("", "UPPER", "a b", "a" * 64, "a_b", "\u00e4")],
    *[("name", value) for value in ("", "n" * 129, " blank", "line\nbreak", "turn\u202earound")],
    *[("country_code", value) for value in ("", "A", "at", "AUT", "A1")],
    ("destinations", [DESTINATIONS[0]] * 17),
    ("destinations", [DESTINATIONS[0], DESTINATIONS[0]], "destinations[1].id"),
    *[("destinations[0].id", value) for value in ("", "a b", "d" * 64, "x/y")],
    *[("destinations[0].interface", value) for value in (0, 3, 99)],
    ("destinations[1].endpoints", []),
    ("destinations[1].endpoints", [{"host": "127.0.0.1", "port": port} for port in range(1, 6)]),
    ("destinations[0].endpoints", [{"host": "127.0.0.1", "port": 1}] * 2, "destinations[0].endpoints[1]"),
    *[("destinations[0].endpoints[0].host", value) for value in ("", "a b", "300.1.1.1", "-x.example.org", "h" * 254)],
    *[("destinations[0].endpoints[0].port", value) for value in (0, 65536, 4294967295)],
    *[("profile.keepalive_idle_s", value) for value in (1, 4, 3601)],
    ("profile.keepalive_wait_s", 3601),
    *[(f"profile.{name}", 99) for name in ("timestamp_form", "hi1", "cin_policy", "number_series", "encoding", "security")],
    ("profile.confirm.level", 99),
    ("profile.local_time", {"zone": "Europe/Nowhere"}, "profile.local_time.zone"),
    ("profile.local_time", {"offset_minutes": 841}, "profile.local_time.offset_minutes"),
    *[(f"profile.confirm.{name}", value) for name, value in (("interval_kib", 15), ("interval_ms", 60001), ("fallback_ms", 99),
                                                             ("resends_max", 1001), ("negotiate_ms", 60001))],
    *[(f"profile.pacing.{name}", value) for name, value in (("rate_bps", 63_999), ("rate_bps", 400_000_000_001),
                                                            ("line_rate_bps", 1), ("rate_seconds", 601))],
    ("profile.connections.connections_max", 1025),
    *[(f"profile.aggregation.{name}", value) for name, value in (("payloads", 257), ("bytes", 1023), ("bytes", 65_537),
                                                                 ("ms", 10_001))],
    *[(f"profile.tls.{name}", "no such name") for name in ("credential", "server_name")],
    *[("profile.tls.pins", pins, "profile.tls.pins[0]") for pins in (["cert:00"], ["sha1:" + "0" * 64], ["spki:" + "x" * 64])],
    ("profile.tls.pins", ["cert:" + "0" * 64] * 9),
    *[(f"profile.{name}", 4294967295) for name in ("li_ps_version", "ip_access_version")],
]

TARGET = {"selector": "ipv4:192.0.2.7"}
WRONG_WARRANT = [
    *[("agency_id", value) for value in ("", "nobody", "UPPER")],
    *[("liid", value) for value in ("", "L" * 26, "0x", "0x123", "0xgg", "0x" + "00" * 26, "umlaut-\u00e4", "new\nline")],
    *[("legal_reference", value) for value in ("", "r" * 257, "a\0b")],
    *[("authorising_person", value) for value in ("", "p" * 129, "a\tb")],
    *[("authorization_country", value) for value in ("", "at", "AUT")],
    *[("delivery_country", value) for value in ("d", "de", "DEU")],
    *[("operator_id", value) for value in ("", "o" * 17, "\u00f6")],
    *[("hi1_operator_id", value) for value in ("toolong", "\u00f6")],
    ("operator_id", "longer", "hi1_operator_id"),
    *[("user_label", value) for value in ("", "u" * 129, "a\nb")],
    *[("internet_access_type", value) for value in (0, 11, 99)],
    *[("start", value) for value in ("yesterday", "2026-11-21", "2026-11-21T08:00:00", "2026-02-30T08:00:00Z",
                                     "2026-11-21T08:00:00 Mars/Olympus", "9999999999")],
    *[("end", value) for value in ("", "never", "2001-01-01T00:00:00Z", "2026-13-01T00:00:00Z")],
    *[("content", value) for value in (0, 4, 99)],
    ("targets", []),
    ("targets", [TARGET, TARGET], "targets[1].selector"),
    ("targets", [TARGET] * 1001),
    *[("targets[0].selector", value) for value in (
        "", "192.0.2.7", "ipv4:", "ipv4:192.0.2", "ipv4:192.0.2.256", "ipv4:192.0.2.7/33", "ipv4:192.0.2.7/24",
        "ipv4:192.0.2.0/23", "ipv4:2001:db8::1", "ipv6:192.0.2.7", "ipv6:2001:db8::/47", "ipv6:2001:db8::1/64",
        "ipv6:2001:db8::1%eth0", "ipv6:2001:db8::g", "mac:00:00:5e:00:53", "ipv4:192.0.2.7/-1", "ipv4: 192.0.2.7",
        "flow:", "flow:tcp,192.0.2.7", "flow:tcp,192.0.2.7,any,any", "flow:tcp,any,192.0.2.7", "flow:any,192.0.2.7,any",
        "flow:gre,192.0.2.7,any", "flow:0,192.0.2.7,any", "flow:256,192.0.2.7,any", "flow:any,192.0.2.7:80,any",
        "flow:icmp,192.0.2.7:8,any", "flow:tcp,192.0.2.7:65536,any", "flow:tcp,192.0.2.7:81-80,any", "flow:tcp,192.0.2.7:,any",
        "flow:tcp,192.0.2.0/23,any", "flow:tcp,192.0.2.7/24,any", "flow:udp,2001:db8::1,any", "flow:udp,[2001:db8::/47],any",
        "flow:udp,[2001:db8::1],192.0.2.7", "flow:udp,192.0.2.7,198.51.100.1/24")],
    *[("targets[0].selector", value) for value in (
        "pattern:", "pattern:text", "pattern:text:", "pattern:text:a\nb", "pattern:regex:", "pattern:regex:a\tb", "pattern:hex:0",
        "pattern:hex:zz", "pattern:text,case:x", "pattern:text,flow,flow:x", "pattern:text:" + "x" * 257,
        "pattern:hex:" + "00" * 257)],
    ("targets", [{"selector": "pattern:text:alone"}]),
    ("targets", [{"selector": "pattern:text:alone"}, {"selector": "pattern:regex:again"}]),
    ("targets", [TARGET, *({"selector": f"pattern:text:{number}"} for number in range(17))]),
    ("targets", [{"selector": f"flow:tcp,192.0.2.7:{port},any"} for port in range(101)]),
    ("targets", [TARGET, {"selector": "pattern:text:A"}, {"selector": "pattern:hex:41"}], "targets[2].selector"),
    ("targets", [TARGET, {"selector": "pattern:text:A", "scope": {"port": "tap0"}}], "targets[1].scope"),
    ("targets", [{"selector": "flow:tcp,192.0.2.7,any"}, {"selector": "flow:6,192.0.2.7/32,any:any"}], "targets[1].selector"),
    *[(f"targets[0].scope.{name}", value) for name in ("tap_group", "port", "network_element_id")
      for value in ("a b", "n" * 33)],
    ("targets[0].scope.vlans", [1, 2, 3]),
    *[("targets[0].scope.vlans", [value], "targets[0].scope.vlans[0]") for value in (0, 4095, 65536)],
    *[("targets[0].scope.label", value) for value in (1 << 20, 4294967295)],
    *[("targets[0].scope.vni", value) for value in (1 << 24, 4294967295)],
    *[("exclusions", [value], "exclusions[0]") for value in (
        "", "any", "ipv4:198.51.100.0/24", "198.51.100.1/24", "198.51.100.0/33", "0.0.0.0/0", "::/0", "2001:db8::1/64", "example.org")],
    ("exclusions", ["198.51.100.0/24", "198.51.100.0/24"], "exclusions[1]"),
    ("exclusions", ["2001:db8::", "2001:DB8::/128"], "exclusions[1]"),
    ("exclusions", [f"198.51.100.{number}" for number in range(65)]),
    ("deliveries", [{"hi2_destination_id": "nil", "hi3_destination_id": "hi3"}], "deliveries[0].hi2_destination_id"),
    ("deliveries", [{"hi2_destination_id": "hi2", "hi3_destination_id": "hi2"}], "deliveries[0].hi3_destination_id"),
    ("deliveries", [{"hi2_destination_id": "hi2"}], "deliveries[0].hi3_destination_id"),
    ("deliveries", [{"hi2_destination_id": "hi2", "hi3_destination_id": "hi3", "rate_bps": 63_999}], "deliveries[0].rate_bps"),
    ("deliveries", [{"hi2_destination_id": "hi2", "hi3_destination_id": "hi3"}] * 2, "deliveries[1]"),
    ("deliveries", [{"hi2_destination_id": "hi2", "hi3_destination_id": "hi3"}] * 9),
]
FIXED = {"agency_id", "liid"}  # cannot change: tried apart


def altered(message: dict, path: str, value) -> dict:
    """A copy with one value changed; the message is plain JSON."""
    head, _, rest = path.partition(".")
    name, _, index = head.rstrip("]").partition("[")
    copy = dict(message)
    if index:
        items = list(copy[name])
        items[int(index)] = altered(items[int(index)], rest, value)
        copy[name] = items
    else:
        copy[name] = altered(copy.get(name, {}), rest, value) if rest else value
    return copy


class RequestTest(E2eTest):
    def setUp(self) -> None:
        super().setUp()
        self.json_format = need_module("google.protobuf.json_format")
        self.prepare()
        self.lictord.start()
        self.client = Client(self.lictord.address)
        self.addCleanup(self.client.close)
        self.agency_pb, self.warrant_pb = self.client.agency, self.client.warrant
        self.client.agencies.CreateAgency(self.agency_request({**AGENCY, "id": "lea"}))
        self.tried = 0

    def prepare(self) -> None:
        """Settings of the daemon that a class of tests needs."""

    def warrant_dict(self, liid: str = "LIID-GOOD") -> dict:
        return {"agency_id": "lea", "liid": liid, "legal_reference": "REF", "authorising_person": "Test Judge",
                "authorization_country": "AT", "operator_id": "OP1", "user_label": "subscriber", "internet_access_type": 5,
                "end": from_now(3600), "content": 3, "targets": [TARGET]}

    def agency_request(self, agency: dict, kind: str = "CreateAgencyRequest"):
        return self.json_format.ParseDict({"agency": agency}, getattr(self.agency_pb, kind)())

    def warrant_request(self, warrant: dict, kind: str = "CreateWarrantRequest"):
        return self.json_format.ParseDict({"warrant": warrant}, getattr(self.warrant_pb, kind)())

    def stored(self) -> tuple[bytes, bytes]:
        """Everything that can be listed: a request that is refused leaves it as it was."""
        return (self.client.agencies.ListAgencies(self.agency_pb.ListAgenciesRequest()).SerializeToString(deterministic=True),
                self.client.warrants.ListWarrants(self.warrant_pb.ListWarrantsRequest()).SerializeToString(deterministic=True))

    def assert_refused(self, call, request, field: str, code: str = "INVALID_ARGUMENT") -> None:
        self.tried += 1
        before = self.stored()
        with self.assertRaises(self.client.grpc.RpcError, msg=f"{field} was accepted: {request}") as refusal:
            call(request, timeout=20)
        error = refusal.exception
        self.assertEqual(error.code().name, code, f"{field}: {error.details()}")
        fields = [name for name, _ in self.client.violations(error)]
        self.assertIn(field, fields, f"{error.details()} for {request}")
        self.assertIn(field, error.details())
        self.assertEqual(self.stored(), before, f"{field}: something was stored")

    def each(self, table: list, message: dict, prefix: str, make, call, skip: frozenset = frozenset()) -> None:
        for path, value, *other in table:
            if path in skip:
                continue
            with self.subTest(field=path, value=str(value)[:40]):
                self.assert_refused(call, make(altered(message, path, value)), f"{prefix}.{(other or [path])[0]}")


class Requests(RequestTest):
    def test_each_wrong_field_of_a_new_agency_is_named_and_nothing_is_stored(self):
        self.each(WRONG_AGENCY, AGENCY, "agency", self.agency_request, self.client.agencies.CreateAgency)
        print(f"        {self.tried} wrong values")

    def test_each_wrong_field_of_a_changed_agency_is_named_and_nothing_is_stored(self):
        stored = self.client.agencies.GetAgency(self.agency_pb.GetAgencyRequest(id="lea")).agency
        message = {**AGENCY, "id": "lea", "revision": stored.revision}
        self.each(WRONG_AGENCY, message, "agency", lambda agency: self.agency_request(agency, "UpdateAgencyRequest"),
                  self.client.agencies.UpdateAgency, frozenset({"id"}))
        print(f"        {self.tried} wrong values")

    def test_each_wrong_field_of_a_new_warrant_is_named_and_nothing_is_stored(self):
        self.each(WRONG_WARRANT, self.warrant_dict(), "warrant", self.warrant_request, self.client.warrants.CreateWarrant)
        print(f"        {self.tried} wrong values")

    def test_each_wrong_field_of_a_changed_warrant_is_named_and_nothing_is_stored(self):
        created = self.client.warrants.CreateWarrant(self.warrant_request(self.warrant_dict())).warrant
        self.client.warrants.ActivateWarrant(self.warrant_pb.ActivateWarrantRequest(id=created.id))
        stored = self.client.warrants.GetWarrant(self.warrant_pb.GetWarrantRequest(id=created.id)).warrant
        message = {**self.warrant_dict(), "id": stored.id, "revision": stored.revision}

        def make(warrant: dict):
            return self.warrant_request(warrant, "ModifyWarrantRequest")
        self.each(WRONG_WARRANT, message, "warrant", make, self.client.warrants.ModifyWarrant, frozenset(FIXED))
        for field in FIXED:
            self.assert_refused(self.client.warrants.ModifyWarrant, make({**message, field: "other"}), f"warrant.{field}")
        print(f"        {self.tried} wrong values")

    def test_an_end_that_is_not_after_the_start_or_too_late_is_refused(self):
        start = datetime.now(timezone.utc) + timedelta(days=2)
        for end in (start, start - timedelta(days=1), start + timedelta(days=367)):
            warrant = {**self.warrant_dict(), "start": rfc3339(start), "end": rfc3339(end)}
            self.assert_refused(self.client.warrants.CreateWarrant, self.warrant_request(warrant), "warrant.end")

    def test_each_wrong_field_of_a_question_is_named(self):
        client = self.client
        agencies, warrants, fleet = client.agency, client.warrant, client.fleet
        for call, request, field, code in (
                (client.agencies.ListAgencies, agencies.ListAgenciesRequest(page_size=1001), "page_size", "INVALID_ARGUMENT"),
                (client.agencies.ListAgencies, agencies.ListAgenciesRequest(page_token="A b"), "page_token", "INVALID_ARGUMENT"),
                (client.warrants.ListWarrants, warrants.ListWarrantsRequest(page_size=1001), "page_size", "INVALID_ARGUMENT"),
                (client.warrants.ListWarrants, warrants.ListWarrantsRequest(page_token="7"), "page_token", "INVALID_ARGUMENT"),
                (client.warrants.ListWarrants, warrants.ListWarrantsRequest(state=99), "state", "INVALID_ARGUMENT"),
                (client.warrants.ListWarrants, warrants.ListWarrantsRequest(agency_id="A"), "agency_id", "INVALID_ARGUMENT"),
                (client.fleets.ListAlarms, fleet.ListAlarmsRequest(limit=1001), "limit", "INVALID_ARGUMENT"),
                (client.fleets.ListTaps, fleet.ListTapsRequest(network_element_id="NE-X"), "network_element_id", "NOT_FOUND"),
                (client.fleets.GetStatistics, fleet.GetStatisticsRequest(), "network_element_id", "NOT_FOUND")):
            with self.subTest(field=field, request=str(request)):
                with self.assertRaises(client.grpc.RpcError) as refusal:
                    call(request, timeout=20)
                self.assertEqual(refusal.exception.code().name, code)
                self.assertIn(field, refusal.exception.details())

    def test_a_liid_is_used_up_for_ever(self):
        self.client.warrants.CreateWarrant(self.warrant_request(self.warrant_dict("LIID-ONCE")))
        for spelling in ("LIID-ONCE", "0x" + b"LIID-ONCE".hex()):
            request = self.warrant_request(self.warrant_dict(spelling))
            self.assert_refused(self.client.warrants.CreateWarrant, request, "warrant.liid", "ALREADY_EXISTS")

    def test_stale_revisions_and_unknown_ids_change_nothing(self):
        created = self.client.warrants.CreateWarrant(self.warrant_request(self.warrant_dict("LIID-REV"))).warrant
        warrants, pb = self.client.warrants, self.warrant_pb
        unknown = "00000000-0000-4000-8000-000000000000"
        stale = {**self.warrant_dict("LIID-REV"), "id": created.id, "revision": created.revision + 7}
        tries = [(warrants.ModifyWarrant, self.warrant_request(stale, "ModifyWarrantRequest"), "ABORTED")]
        for name in ("Activate", "End", "Revoke", "Get"):
            tries.append((getattr(warrants, f"{name}Warrant"), getattr(pb, f"{name}WarrantRequest")(id=unknown), "NOT_FOUND"))
        for name in ("Get", "Delete"):
            request = getattr(self.agency_pb, f"{name}AgencyRequest")(id="nobody")
            tries.append((getattr(self.client.agencies, f"{name}Agency"), request, "NOT_FOUND"))
        stale_agency = {**AGENCY, "id": "lea", "revision": 999}
        tries.append((self.client.agencies.UpdateAgency, self.agency_request(stale_agency, "UpdateAgencyRequest"), "ABORTED"))
        busy = self.agency_pb.DeleteAgencyRequest(id="lea")
        tries.append((self.client.agencies.DeleteAgency, busy, "FAILED_PRECONDITION"))
        before = self.stored()
        for call, request, code in tries:
            with self.subTest(code=code, request=str(request)[:60]):
                with self.assertRaises(self.client.grpc.RpcError) as refusal:
                    call(request, timeout=20)
                self.assertEqual(refusal.exception.code().name, code, refusal.exception.details())
        self.assertEqual(self.stored(), before)


class SharedAddresses(RequestTest):
    def prepare(self) -> None:
        self.lictord.settings["policy"]["shared"] = ["198.51.100.0/24", "2001:db8:5::53"]

    def test_what_many_share_is_a_target_only_with_ports_of_the_targets_side(self):
        for selector in ("ipv4:198.51.100.7", "ipv4:198.51.100.0/25", "ipv6:2001:db8:5::/64", "flow:tcp,198.51.100.7,any",
                         "flow:tcp,198.51.100.7,192.0.2.9:443", "flow:udp,[2001:db8:5::53],any:53"):
            warrant = {**self.warrant_dict("LIID-SHARED"), "targets": [{"selector": selector}]}
            self.assert_refused(self.client.warrants.CreateWarrant, self.warrant_request(warrant), "warrant.targets[0].selector")
        for index, selector in enumerate(("flow:tcp,198.51.100.7:1024-2047,any", "flow:udp,192.0.2.7,198.51.100.7",
                                          "ipv6:2001:db8:5::54")):
            warrant = {**self.warrant_dict(f"LIID-SHARED-{index}"), "targets": [{"selector": selector}]}
            self.client.warrants.CreateWarrant(self.warrant_request(warrant))


class OutsideTheLab(RequestTest):
    lab = False

    def test_a_non_public_address_without_a_scope_is_refused_and_with_one_is_not(self):
        for selector in ("ipv4:10.1.2.3", "ipv4:192.168.1.0/24", "ipv6:fd00::1", "ipv4:100.64.0.1", "ipv6:fe80::1"):
            warrant = {**self.warrant_dict("LIID-PRIVATE"), "targets": [{"selector": selector}]}
            self.assert_refused(self.client.warrants.CreateWarrant, self.warrant_request(warrant), "warrant.targets[0].selector")
        warrant["targets"][0]["scope"] = {"tap_group": "core"}
        self.client.warrants.CreateWarrant(self.warrant_request(warrant))

    def test_an_address_that_is_nobodys_is_refused(self):
        for selector in ("ipv4:0.0.0.0", "ipv4:255.255.255.255", "ipv4:239.255.255.250", "ipv4:240.0.0.0/24", "ipv6:::",
                         "ipv6:ff02::1"):
            warrant = {**self.warrant_dict("LIID-NOBODY"), "targets": [{"selector": selector, "scope": {"tap_group": "core"}}]}
            self.assert_refused(self.client.warrants.CreateWarrant, self.warrant_request(warrant), "warrant.targets[0].selector")


class InTheLab(RequestTest):
    def test_a_capture_says_which_addresses_there_are(self):
        for index, selector in enumerate(("ipv4:0.0.0.0", "ipv4:239.255.255.250", "ipv4:10.1.2.3", "ipv6:ff02::1", "ipv6:::")):
            warrant = {**self.warrant_dict(f"LIID-LAB-{index}"), "targets": [{"selector": selector}]}
            self.client.warrants.CreateWarrant(self.warrant_request(warrant))

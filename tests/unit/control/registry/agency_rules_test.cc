// Every field of an agency with a wrong value is named.
#include "control/registry/agency_rules.h"

#include <functional>

#include "tests/unit/control/support/fixtures.h"

namespace lictor::control {
namespace {

struct Case {
  const char* field;
  std::function<void(v1::Agency&)> spoil;
};

v1::DeliveryProfile& profile(v1::Agency& agency) { return *agency.mutable_profile(); }
v1::ConfirmProfile& confirm(v1::Agency& agency) { return *profile(agency).mutable_confirm(); }
v1::IntegrityProfile& integrity(v1::Agency& agency) { return *profile(agency).mutable_integrity(); }
v1::LocalTimeProfile& local_time(v1::Agency& agency) {
  profile(agency).set_timestamp_form(v1::TIMESTAMP_FORM_GENERALIZED);
  return *profile(agency).mutable_local_time();
}
v1::Destination& first(v1::Agency& agency) { return *agency.mutable_destinations(0); }

const Case kCases[] = {
    {"agency.id", [](v1::Agency& a) { a.set_id(""); }},
    {"agency.id", [](v1::Agency& a) { a.set_id("Upper"); }},
    {"agency.id", [](v1::Agency& a) { a.set_id("a/b"); }},
    {"agency.id", [](v1::Agency& a) { a.set_id(std::string(64, 'a')); }},
    {"agency.name", [](v1::Agency& a) { a.set_name(""); }},
    {"agency.name", [](v1::Agency& a) { a.set_name("line\nbreak"); }},
    {"agency.name", [](v1::Agency& a) { a.set_name(std::string(129, 'n')); }},
    {"agency.country_code", [](v1::Agency& a) { a.set_country_code("at"); }},
    {"agency.country_code", [](v1::Agency& a) { a.set_country_code("AUT"); }},
    {"agency.destinations[0].id", [](v1::Agency& a) { first(a).set_id(""); }},
    {"agency.destinations[0].id", [](v1::Agency& a) { first(a).set_id("a/b"); }},
    {"agency.destinations[1].id", [](v1::Agency& a) { a.mutable_destinations(1)->set_id("hi2"); }},
    {"agency.destinations[0].interface", [](v1::Agency& a) { first(a).clear_interface(); }},
    {"agency.destinations[0].interface",
     [](v1::Agency& a) { first(a).set_interface(static_cast<v1::HandoverInterface>(9)); }},
    {"agency.destinations[0].endpoints", [](v1::Agency& a) { first(a).clear_endpoints(); }},
    {"agency.destinations[0].endpoints",
     [](v1::Agency& a) {
       for (uint32_t i = 1; i <= 4; ++i) *first(a).add_endpoints() = first(a).endpoints(0);
     }},
    {"agency.destinations[0].endpoints[0].host", [](v1::Agency& a) { first(a).mutable_endpoints(0)->set_host("a b"); }},
    {"agency.destinations[0].endpoints[0].port", [](v1::Agency& a) { first(a).mutable_endpoints(0)->set_port(0); }},
    {"agency.destinations[0].endpoints[0].port", [](v1::Agency& a) { first(a).mutable_endpoints(0)->set_port(65536); }},
    {"agency.destinations[0].endpoints[1]", [](v1::Agency& a) { *first(a).add_endpoints() = first(a).endpoints(0); }},
    {"agency.destinations",
     [](v1::Agency& a) {
       for (int i = 0; i < kDestinationsPerAgencyMax; ++i) a.add_destinations()->set_id("d" + std::to_string(i));
     }},
    {"agency.profile.li_ps_version", [](v1::Agency& a) { profile(a).set_li_ps_version(128); }},
    {"agency.profile.ip_access_version", [](v1::Agency& a) { profile(a).set_ip_access_version(128); }},
    {"agency.profile.keepalive_idle_s", [](v1::Agency& a) { profile(a).set_keepalive_idle_s(4); }},
    {"agency.profile.keepalive_idle_s", [](v1::Agency& a) { profile(a).set_keepalive_idle_s(3601); }},
    {"agency.profile.keepalive_wait_s", [](v1::Agency& a) { profile(a).set_keepalive_wait_s(3601); }},
    {"agency.profile.timestamp_form",
     [](v1::Agency& a) { profile(a).set_timestamp_form(static_cast<v1::TimestampForm>(9)); }},
    {"agency.profile.local_time.zone", [](v1::Agency& a) { local_time(a).set_zone("Europe/Nowhere"); }},
    {"agency.profile.local_time.zone", [](v1::Agency& a) { local_time(a).set_zone("../passwd"); }},
    {"agency.profile.local_time.offset_minutes", [](v1::Agency& a) { local_time(a).set_offset_minutes(841); }},
    {"agency.profile.local_time.offset_minutes", [](v1::Agency& a) { local_time(a).set_offset_minutes(-721); }},
    {"agency.profile.local_time",
     [](v1::Agency& a) {
       local_time(a).set_zone("Europe/Vienna");
       profile(a).clear_timestamp_form();
     }},
    {"agency.profile.hi1", [](v1::Agency& a) { profile(a).set_hi1(static_cast<v1::Hi1Mode>(9)); }},
    {"agency.profile.security", [](v1::Agency& a) { profile(a).set_security(static_cast<v1::HandoverSecurity>(9)); }},
    {"agency.profile.security", [](v1::Agency& a) { profile(a).set_security(v1::HANDOVER_SECURITY_PLAIN_LAB); }},
    {"agency.profile.tls.credential", [](v1::Agency& a) { profile(a).mutable_tls()->set_credential("a b"); }},
    {"agency.profile.tls.server_name", [](v1::Agency& a) { profile(a).mutable_tls()->set_server_name("a b"); }},
    {"agency.profile.tls.server_name_off",
     [](v1::Agency& a) {
       profile(a).mutable_tls()->set_server_name("lea.example.org");
       profile(a).mutable_tls()->set_server_name_off(true);
     }},
    {"agency.profile.tls.pins[0]", [](v1::Agency& a) { profile(a).mutable_tls()->add_pins("cert:00"); }},
    {"agency.profile.confirm.level", [](v1::Agency& a) { confirm(a).set_level(static_cast<v1::ConfirmLevel>(9)); }},
    {"agency.profile.confirm.level",
     [](v1::Agency& a) {
       confirm(a).set_level(v1::CONFIRM_LEVEL_READ);
       profile(a).set_keepalive_off(true);
     }},
    {"agency.profile.confirm.interval_kib", [](v1::Agency& a) { confirm(a).set_interval_kib(15); }},
    {"agency.profile.confirm.interval_kib", [](v1::Agency& a) { confirm(a).set_interval_kib((1 << 20) + 1); }},
    {"agency.profile.confirm.interval_ms", [](v1::Agency& a) { confirm(a).set_interval_ms(9); }},
    {"agency.profile.confirm.interval_ms", [](v1::Agency& a) { confirm(a).set_interval_ms(60'001); }},
    {"agency.profile.confirm.fallback_ms", [](v1::Agency& a) { confirm(a).set_fallback_ms(99); }},
    {"agency.profile.confirm.fallback_ms", [](v1::Agency& a) { confirm(a).set_fallback_ms(600'001); }},
    {"agency.profile.confirm.resends_max", [](v1::Agency& a) { confirm(a).set_resends_max(1001); }},
    {"agency.profile.confirm.negotiate_ms", [](v1::Agency& a) { confirm(a).set_negotiate_ms(99); }},
    {"agency.profile.confirm.negotiate_ms", [](v1::Agency& a) { confirm(a).set_negotiate_ms(60'001); }},
    {"agency.profile.agency_alarms.form",
     [](v1::Agency& a) { profile(a).mutable_agency_alarms()->set_form(static_cast<v1::AgencyAlarmForm>(9)); }},
    {"agency.profile.agency_alarms.backlog_records",
     [](v1::Agency& a) { profile(a).mutable_agency_alarms()->set_backlog_records(1); }},
    {"agency.profile.agency_alarms.backlog_age_s",
     [](v1::Agency& a) { profile(a).mutable_agency_alarms()->set_backlog_age_s(604'801); }},
    {"agency.profile.test_liid", [](v1::Agency& a) { profile(a).set_test_liid("0x4"); }},
    {"agency.profile.integrity.hash", [](v1::Agency& a) { integrity(a).set_hash(static_cast<v1::HashMethod>(9)); }},
    {"agency.profile.integrity.hash_records", [](v1::Agency& a) { integrity(a).set_hash_records(4097); }},
    {"agency.profile.integrity.hash_ms", [](v1::Agency& a) { integrity(a).set_hash_ms(9); }},
    {"agency.profile.integrity.hash_ms", [](v1::Agency& a) { integrity(a).set_hash_ms(600'001); }},
    {"agency.profile.integrity.signing_key",
     [](v1::Agency& a) {
       integrity(a).set_on(true);
       integrity(a).set_signing_key("a b");
     }},
    {"agency.profile.integrity.signing_key", [](v1::Agency& a) { integrity(a).set_signing_key("evidence"); }},
    {"agency.profile.integrity.signature_hashes", [](v1::Agency& a) { integrity(a).set_signature_hashes(1025); }},
    {"agency.profile.integrity.signature_ms", [](v1::Agency& a) { integrity(a).set_signature_ms(9); }},
    {"agency.profile.integrity.signature_ms", [](v1::Agency& a) { integrity(a).set_signature_ms(3'600'001); }},
    {"agency.profile.integrity.signature_covers",
     [](v1::Agency& a) { integrity(a).set_signature_covers(static_cast<v1::SignatureCovers>(9)); }},
    {"agency.profile.encryption.method",
     [](v1::Agency& a) { profile(a).mutable_encryption()->set_method(static_cast<v1::PayloadEncryption>(9)); }},
    {"agency.profile.encryption.key",
     [](v1::Agency& a) { profile(a).mutable_encryption()->set_method(v1::PAYLOAD_ENCRYPTION_AES_192_CBC); }},
    {"agency.profile.encryption.key", [](v1::Agency& a) { profile(a).mutable_encryption()->set_key("agency"); }},
    {"agency.profile.transport.source_address",
     [](v1::Agency& a) { profile(a).mutable_transport()->set_source_address("lea.example.org"); }},
    {"agency.profile.transport.keepalive_idle_s",
     [](v1::Agency& a) { profile(a).mutable_transport()->set_keepalive_idle_s(7201); }},
    {"agency.profile.transport.keepalive_interval_s",
     [](v1::Agency& a) { profile(a).mutable_transport()->set_keepalive_interval_s(7201); }},
    {"agency.profile.transport.keepalive_probes",
     [](v1::Agency& a) { profile(a).mutable_transport()->set_keepalive_probes(101); }},
    {"agency.profile.transport.send_buffer_kib",
     [](v1::Agency& a) { profile(a).mutable_transport()->set_send_buffer_kib(15); }},
    {"agency.profile.transport.send_buffer_kib",
     [](v1::Agency& a) { profile(a).mutable_transport()->set_send_buffer_kib(262'145); }},
    {"agency.profile.transport.receive_buffer_kib",
     [](v1::Agency& a) { profile(a).mutable_transport()->set_receive_buffer_kib(15); }},
    {"agency.profile.transport.receive_buffer_kib",
     [](v1::Agency& a) { profile(a).mutable_transport()->set_receive_buffer_kib(262'145); }},
    {"agency.profile.keepalive_style.liid",
     [](v1::Agency& a) { profile(a).mutable_keepalive_style()->set_liid(std::string(26, 'k')); }},
    {"agency.profile.keepalive_style.liid",
     [](v1::Agency& a) { profile(a).mutable_keepalive_style()->set_liid("a b"); }},
    {"agency.profile.pacing.rate_bps", [](v1::Agency& a) { profile(a).mutable_pacing()->set_rate_bps(63'999); }},
    {"agency.profile.pacing.line_rate_bps",
     [](v1::Agency& a) { profile(a).mutable_pacing()->set_line_rate_bps(400'000'000'001); }},
    {"agency.profile.pacing.rate_seconds", [](v1::Agency& a) { profile(a).mutable_pacing()->set_rate_seconds(601); }},
    {"agency.profile.connections.connections_max",
     [](v1::Agency& a) { profile(a).mutable_connections()->set_connections_max(1025); }},
    {"agency.profile.aggregation.payloads", [](v1::Agency& a) { profile(a).mutable_aggregation()->set_payloads(257); }},
    {"agency.profile.aggregation.bytes", [](v1::Agency& a) { profile(a).mutable_aggregation()->set_bytes(1023); }},
    {"agency.profile.aggregation.ms", [](v1::Agency& a) { profile(a).mutable_aggregation()->set_ms(10'001); }},
    {"agency.profile.cin_policy", [](v1::Agency& a) { profile(a).set_cin_policy(static_cast<v1::CinPolicy>(9)); }},
    {"agency.profile.encoding", [](v1::Agency& a) { profile(a).set_encoding(static_cast<v1::RecordEncoding>(9)); }},
    {"agency.profile.number_series",
     [](v1::Agency& a) { profile(a).set_number_series(static_cast<v1::NumberSeries>(9)); }},
};

TEST(AgencyRules, AGoodAgencyPasses) {
  EXPECT_TRUE(check_agency(make_agency()).ok());
  v1::Agency agency = make_agency("a-1");
  agency.clear_destinations();
  EXPECT_TRUE(check_agency(agency).ok());
}

TEST(AgencyRules, AcknowledgementsNeedNoKeepalives) {
  v1::Agency agency = make_agency();
  confirm(agency).set_level(v1::CONFIRM_LEVEL_ACKNOWLEDGED);
  profile(agency).set_keepalive_off(true);
  EXPECT_TRUE(check_agency(agency).ok());
}

TEST(AgencyRules, BoundsThemselvesPass) {
  v1::Agency agency = make_agency();
  for (const bool most : {false, true}) {
    confirm(agency).set_level(v1::CONFIRM_LEVEL_READ);
    confirm(agency).set_interval_kib(most ? 1 << 20 : 16);
    confirm(agency).set_interval_ms(most ? 60'000 : 10);
    confirm(agency).set_fallback_ms(most ? 600'000 : 100);
    confirm(agency).set_resends_max(most ? 1000 : 1);
    confirm(agency).set_negotiate_ms(most ? 60'000 : 100);
    integrity(agency).set_on(true);
    integrity(agency).set_signing_key("evidence");
    integrity(agency).set_hash_records(most ? 4096 : 1);
    integrity(agency).set_hash_ms(most ? 600'000 : 10);
    integrity(agency).set_signature_hashes(most ? 1024 : 1);
    integrity(agency).set_signature_ms(most ? 3'600'000 : 10);
    v1::TransportProfile& transport = *profile(agency).mutable_transport();
    transport.set_source_address(most ? "2001:db8::1" : "192.0.2.1");
    transport.set_keepalive_idle_s(most ? 7200 : 1);
    transport.set_keepalive_interval_s(most ? 7200 : 1);
    transport.set_keepalive_probes(most ? 100 : 1);
    transport.set_send_buffer_kib(most ? 262'144 : 16);
    transport.set_receive_buffer_kib(most ? 262'144 : 16);
    profile(agency).mutable_pacing()->set_rate_bps(most ? 400'000'000'000 : 64'000);
    profile(agency).mutable_pacing()->set_line_rate_bps(most ? 400'000'000'000 : 64'000);
    profile(agency).mutable_pacing()->set_rate_seconds(most ? 600 : 1);
    profile(agency).mutable_connections()->set_connections_max(most ? 1024 : 1);
    profile(agency).mutable_aggregation()->set_payloads(most ? 256 : 1);
    profile(agency).mutable_aggregation()->set_bytes(most ? 65'536 : 1024);
    profile(agency).mutable_aggregation()->set_ms(most ? 10'000 : 1);
    profile(agency).mutable_keepalive_style()->set_liid(std::string(most ? 25 : 1, '-'));
    EXPECT_TRUE(check_agency(agency).ok()) << check_agency(agency);
  }
}

TEST(AgencyRules, EachWrongFieldIsNamed) {
  for (const Case& wrong : kCases) {
    v1::Agency agency = make_agency();
    wrong.spoil(agency);
    const Status status = check_agency(agency);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << wrong.field;
    EXPECT_NE((std::string("; ") + std::string(status.message())).find(std::string("; ") + wrong.field + ": "),
              std::string::npos)
        << wrong.field << " is not named by: " << status;
  }
}

}  // namespace
}  // namespace lictor::control

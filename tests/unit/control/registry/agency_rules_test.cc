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
    {"agency.profile.cin_policy", [](v1::Agency& a) { profile(a).set_cin_policy(static_cast<v1::CinPolicy>(9)); }},
};

TEST(AgencyRules, AGoodAgencyPasses) {
  EXPECT_TRUE(check_agency(make_agency()).ok());
  v1::Agency agency = make_agency("a-1");
  agency.clear_destinations();
  EXPECT_TRUE(check_agency(agency).ok());
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

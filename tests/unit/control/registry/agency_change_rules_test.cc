// Which changes of an agency take a second person.
#include "control/registry/agency_change_rules.h"

#include <gmock/gmock.h>

#include <functional>

#include "tests/unit/control/support/fixtures.h"

namespace lictor::control {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> fields(const std::function<void(v1::Agency&)>& change) {
  v1::Agency after = make_agency();
  change(after);
  return guarded_changes(make_agency(), after);
}

TEST(AgencyChangeRules, WhoGetsRecordsAndHowTheyAreKeptTakesTwo) {
  EXPECT_THAT(fields([](auto& a) { a.mutable_destinations(1)->mutable_endpoints(0)->set_port(1); }),
              ElementsAre("destinations"));
  EXPECT_THAT(fields([](auto& a) { a.mutable_destinations(1)->set_lab(true); }), ElementsAre("destinations"));
  EXPECT_THAT(fields([](auto& a) { a.mutable_profile()->set_security(v1::HANDOVER_SECURITY_PLAIN_LAB); }),
              ElementsAre("profile.security"));
  EXPECT_THAT(fields([](auto& a) { a.mutable_profile()->mutable_tls()->add_pins("cert:00"); }),
              ElementsAre("profile.tls"));
  EXPECT_THAT(fields([](auto& a) { a.mutable_profile()->mutable_integrity()->set_on(true); }),
              ElementsAre("profile.integrity"));
  EXPECT_THAT(fields([](auto& a) { a.mutable_profile()->mutable_encryption()->set_key_per_warrant(true); }),
              ElementsAre("profile.encryption"));
  EXPECT_THAT(fields([](auto& a) { a.mutable_profile()->mutable_pcapng()->set_certificates("another's"); }),
              ElementsAre("profile.pcapng"));
  EXPECT_THAT(fields([](auto& a) { a.mutable_profile()->set_hi1(v1::HI1_MODE_OFF); }), ElementsAre("profile.hi1"));
  EXPECT_THAT(fields([](auto& a) { a.mutable_profile()->set_leave_out_comfort_noise(true); }),
              ElementsAre("profile.leave_out_comfort_noise"));
  EXPECT_THAT(fields([](auto& a) { a.mutable_profile()->set_leave_out_telephone_events(true); }),
              ElementsAre("profile.leave_out_telephone_events"));
}

TEST(AgencyChangeRules, FormsAndNothingAtAllDoNot) {
  EXPECT_THAT(fields([](auto&) {}), IsEmpty());
  EXPECT_THAT(fields([](auto& a) { a.set_name("Other"); }), IsEmpty());
  EXPECT_THAT(fields([](auto& a) { a.mutable_profile()->mutable_pcapng()->set_file_kib(64); }), IsEmpty());
  EXPECT_THAT(fields([](auto& a) { a.mutable_profile()->set_encoding(v1::RECORD_ENCODING_BER); }), IsEmpty());
}

// Who adds a field to the profile has to say on which side it stands, or it takes two persons.
TEST(AgencyChangeRules, EveryOtherFieldOfTheProfileTakesTwo) {
  EXPECT_EQ(v1::DeliveryProfile::descriptor()->field_count(), 28) << "look at guarded_of()";
}

}  // namespace
}  // namespace lictor::control

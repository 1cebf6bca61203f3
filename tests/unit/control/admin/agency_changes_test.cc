// A change of where an agency's records go takes two persons, as soon as anybody has agreed to a warrant of it.
#include <gmock/gmock.h>

#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

Caller person(const std::string& name) { return {.name = name + " (role)", .person = name}; }

class AgencyChangesTest : public ControlTest {
 protected:
  AgencyChangesTest() {
    add_agency();
    EXPECT_TRUE(dataplane_->attach().ok());
    warrant_ = file();
  }

  // A warrant comes into force while one person suffices, and from then on two are needed.
  void come_into_force() {
    activate(warrant_);
    dataplane_->take();
    wants_two();
  }
  void wants_two() {
    policy_ = {.four_eyes = true};
    dataplane_.reset();
    open();
    dataplane_ = std::make_unique<FakeDataplane>(*administration_, "NE-1");
    EXPECT_TRUE(dataplane_->attach().ok());
    dataplane_->take();
  }
  v1::Agency redirected() {
    v1::Agency agency = *administration_->get_agency("police");
    agency.mutable_destinations(0)->mutable_endpoints(0)->set_host("192.0.2.66");
    return agency;
  }
  std::string host() { return administration_->get_agency("police")->destinations(0).endpoints(0).host(); }
  std::string told_host() {
    dataplane_->take();
    return dataplane_->mediations.begin()->second.hi2().endpoints(0).host();
  }

  std::unique_ptr<FakeDataplane> dataplane_ = std::make_unique<FakeDataplane>(*administration_, "NE-1");
  std::string warrant_;
};

TEST_F(AgencyChangesTest, OnePersonDoesNotRedirectWhatIsInForce) {
  come_into_force();
  const Status refused = administration_->update_agency(redirected(), person("anna")).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("agency.destinations"));
  EXPECT_EQ(host(), "192.0.2.200");
  EXPECT_EQ(told_host(), "192.0.2.200");
}

TEST_F(AgencyChangesTest, WhatOneProposesAnotherApprovesAndNobodyHimself) {
  come_into_force();
  const Result<v1::AgencyChange> proposed = administration_->propose_agency_change(redirected(), person("anna"));
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  EXPECT_THAT(proposed->fields(), ElementsAre("destinations"));
  EXPECT_EQ(told_host(), "192.0.2.200") << "it waits";
  open();
  const Result<v1::AgencyChange> waits = administration_->get_agency_change("police");
  ASSERT_TRUE(waits.ok()) << "over a restart";
  EXPECT_EQ(waits->proposed().person(), "anna");
  const auto approve = [&](const std::string& name, uint64_t revision) {
    return administration_->approve_agency_change("police", revision, person(name)).status();
  };
  for (const char* const name : {"anna", ""})
    EXPECT_TRUE(absl::IsPermissionDenied(approve(name, waits->revision()))) << name;
  EXPECT_TRUE(absl::IsAborted(approve("berta", waits->revision() + 1)));
  EXPECT_EQ(host(), "192.0.2.200");
  ASSERT_TRUE(approve("berta", waits->revision()).ok());
  EXPECT_EQ(host(), "192.0.2.66");
  EXPECT_TRUE(absl::IsNotFound(administration_->get_agency_change("police").status())) << "nothing waits any more";
  EXPECT_TRUE(absl::IsNotFound(approve("berta", waits->revision())));
}

TEST_F(AgencyChangesTest, WarrantsInForceFollowTheApproval) {
  come_into_force();
  const uint64_t revision = administration_->propose_agency_change(redirected(), person("anna"))->revision();
  ASSERT_TRUE(administration_->approve_agency_change("police", revision, person("berta")).ok());
  EXPECT_EQ(told_host(), "192.0.2.66");
}

TEST_F(AgencyChangesTest, ADraftStopsNobodyAndWhatWaitsForApprovalDoes) {
  v1::Warrant changed = warrant(warrant_);
  changed.set_order_sha256(std::string(32, 'x'));
  administration_->modify_warrant(changed, done(), person("anna"));
  wants_two();
  v1::Agency agency = redirected();
  ASSERT_TRUE(administration_->update_agency(agency, person("anna")).ok());
  administration_->submit_warrant(warrant_, done(), person("anna"));
  ASSERT_EQ(warrant(warrant_).state(), v1::WARRANT_STATE_SUBMITTED);
  agency = *administration_->get_agency("police");
  agency.mutable_profile()->set_security(v1::HANDOVER_SECURITY_PLAIN_IN_IPSEC);
  EXPECT_TRUE(absl::IsFailedPrecondition(administration_->update_agency(agency, person("anna")).status()));
}

TEST_F(AgencyChangesTest, FormsAndSpeedTakeOnePerson) {
  come_into_force();
  v1::Agency agency = *administration_->get_agency("police");
  agency.set_name("Police of Elsewhere");
  agency.mutable_profile()->set_keepalive_idle_s(30);
  agency.mutable_profile()->mutable_pacing()->set_rate_bps(1'000'000);
  agency.mutable_profile()->mutable_tls();
  const Result<v1::Agency> updated = administration_->update_agency(agency, person("anna"));
  EXPECT_TRUE(updated.ok()) << updated.status();
}

TEST_F(AgencyChangesTest, WhatWasProposedOfAnOlderAgencyIsNotApproved) {
  come_into_force();
  const uint64_t revision = administration_->propose_agency_change(redirected(), person("anna"))->revision();
  v1::Agency agency = *administration_->get_agency("police");
  agency.set_name("Police of Elsewhere");
  ASSERT_TRUE(administration_->update_agency(agency, person("anna")).ok());
  EXPECT_TRUE(absl::IsAborted(administration_->approve_agency_change("police", revision, person("berta")).status()));
  EXPECT_EQ(host(), "192.0.2.200");
}

TEST_F(AgencyChangesTest, ARejectionAndADeletionForgetWhatWaits) {
  come_into_force();
  uint64_t revision = administration_->propose_agency_change(redirected(), person("anna"))->revision();
  revision = administration_->propose_agency_change(redirected(), person("clara"))->revision();
  EXPECT_TRUE(absl::IsAborted(administration_->reject_agency_change("police", revision - 1, person("anna"))));
  ASSERT_TRUE(administration_->reject_agency_change("police", revision, person("anna")).ok());
  EXPECT_TRUE(absl::IsNotFound(administration_->get_agency_change("police").status()));
  ASSERT_TRUE(administration_->propose_agency_change(redirected(), person("anna")).ok());
  administration_->end_warrant(warrant_, done(), person("anna"));
  ASSERT_TRUE(administration_->delete_agency("police", person("anna")).ok());
  add_agency();
  EXPECT_TRUE(absl::IsNotFound(administration_->get_agency_change("police").status()));
}

TEST_F(AgencyChangesTest, WhereOnePersonSufficesNothingWaits) {
  activate(warrant_);
  EXPECT_TRUE(
      absl::IsFailedPrecondition(administration_->propose_agency_change(redirected(), person("anna")).status()));
  EXPECT_TRUE(administration_->update_agency(redirected(), person("anna")).ok());
}

}  // namespace
}  // namespace lictor::control

// Agencies, and what their changes do to warrants in force.
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

using AgenciesTest = ControlTest;

TEST_F(AgenciesTest, AnIdIsTakenOnce) {
  add_agency();
  EXPECT_EQ(administration_->create_agency(make_agency()).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(AgenciesTest, AChangeNeedsTheStoredRevision) {
  add_agency();
  v1::Agency agency = *administration_->get_agency("police");
  agency.set_name("First");
  ASSERT_TRUE(administration_->update_agency(agency).ok());
  agency.set_name("Second");
  EXPECT_EQ(administration_->update_agency(agency).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(administration_->get_agency("police")->name(), "First");
  agency.set_id("nobody");
  EXPECT_EQ(administration_->update_agency(agency).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(AgenciesTest, WarrantsInForceGetNewMediationsAndKeepTheirCins) {
  add_agency();
  FakeDataplane dataplane(*administration_, "NE-1");
  ASSERT_TRUE(dataplane.attach().ok());
  activate(file());
  dataplane.take();
  v1::Agency agency = *administration_->get_agency("police");
  agency.mutable_destinations(0)->mutable_endpoints(0)->set_port(7999);
  ASSERT_TRUE(administration_->update_agency(agency).ok());
  EXPECT_EQ(dataplane.take(), 1u);
  EXPECT_EQ(dataplane.mediations.begin()->second.hi2().endpoints(0).port(), 7999u);
  EXPECT_EQ(dataplane.mediations.begin()->second.cin().static_cin(), 1u);
}

TEST_F(AgenciesTest, ADestinationInUseCannotBeLeftOut) {
  add_agency();
  const std::string id = file();
  v1::Agency agency = *administration_->get_agency("police");
  agency.mutable_destinations()->DeleteSubrange(0, 1);
  const auto updated = administration_->update_agency(agency);
  EXPECT_EQ(updated.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(updated.status().message().find("agency.destinations"), 0u);
  administration_->revoke_warrant(id, done());
  EXPECT_TRUE(administration_->update_agency(agency).ok());
}

TEST_F(AgenciesTest, WhereAWarrantHasTwoDeliveriesNumbersAreNotCountedByLiid) {
  v1::Agency agency = make_agency();
  *agency.add_destinations() = make_destination("hi2-b", v1::HANDOVER_INTERFACE_HI2, 7004);
  add_agency(agency);
  v1::Warrant warrant = make_warrant("TWO");
  for (const char* hi2 : {"hi2", "hi2-b"}) {
    v1::Delivery& delivery = *warrant.add_deliveries();
    delivery.set_hi2_destination_id(hi2);
    delivery.set_hi3_destination_id("hi3");
  }
  const std::string id = file(warrant);
  agency = *administration_->get_agency("police");
  agency.mutable_profile()->set_number_series(v1::NUMBER_SERIES_LIID);
  const auto updated = administration_->update_agency(agency);
  EXPECT_EQ(updated.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(updated.status().message().find("agency.profile.number_series"), 0U) << updated.status();
  administration_->revoke_warrant(id, done());
  EXPECT_TRUE(administration_->update_agency(agency).ok());
}

TEST_F(AgenciesTest, AnAgencyWithALiveWarrantIsNotDeleted) {
  add_agency();
  const std::string id = file();
  EXPECT_EQ(administration_->delete_agency("police").code(), absl::StatusCode::kFailedPrecondition);
  administration_->end_warrant(id, done());
  EXPECT_TRUE(administration_->delete_agency("police").ok());
  EXPECT_EQ(administration_->delete_agency("police").code(), absl::StatusCode::kNotFound);
  open();
  EXPECT_EQ(administration_->get_agency("police").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(AgenciesTest, ListsArePaged) {
  for (const char* id : {"a", "b", "c"}) add_agency(make_agency(id));
  v1::ListAgenciesRequest request;
  request.set_page_size(2);
  const auto first = administration_->list_agencies(request);
  ASSERT_EQ(first->agencies_size(), 2);
  request.set_page_token(first->next_page_token());
  const auto second = administration_->list_agencies(request);
  ASSERT_EQ(second->agencies_size(), 1);
  EXPECT_EQ(second->agencies(0).id(), "c");
  EXPECT_EQ(second->next_page_token(), "");
  request.set_page_size(1001);
  EXPECT_FALSE(administration_->list_agencies(request).ok());
}

TEST_F(AgenciesTest, AMessageGoesToTheDataplanesThatServeTheAgencyAndToNoOther) {
  add_agency();
  add_agency(make_agency("customs"));
  FakeDataplane dataplane(*administration_, "NE-1");
  ASSERT_TRUE(dataplane.attach().ok());
  v1::SendMessageRequest request;
  request.set_agency_id("police");
  request.set_text("maintenance tonight");
  request.set_priority(v1::MESSAGE_PRIORITY_ERROR);
  EXPECT_EQ(administration_->send_message(request).status().code(), absl::StatusCode::kFailedPrecondition);
  activate(file());
  dataplane.take();
  EXPECT_EQ(administration_->send_message(request).status().code(), absl::StatusCode::kFailedPrecondition)
      << "it begins in an hour";
  now_.unix_ns += 3600 * kNanosecondsPerSecond;
  const Result<v1::SendMessageReply> reply = administration_->send_message(request);
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->dataplanes_told(), 1u);
  dataplane.take();
  ASSERT_EQ(dataplane.messages.size(), 1u);
  EXPECT_EQ(dataplane.messages[0].text(), "maintenance tonight");
  EXPECT_EQ(dataplane.messages[0].priority(), v1::MESSAGE_PRIORITY_ERROR);
  request.set_agency_id("customs");
  EXPECT_EQ(administration_->send_message(request).status().code(), absl::StatusCode::kFailedPrecondition);
  for (const std::string& wrong : {std::string(), std::string(256, 'x'), std::string("two\nlines")}) {
    request.set_text(wrong);
    EXPECT_EQ(administration_->send_message(request).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(AgenciesTest, MessagesWaitInABoundForADataplaneThatTakesNone) {
  add_agency();
  FakeDataplane dataplane(*administration_, "NE-1");
  ASSERT_TRUE(dataplane.attach().ok());
  activate(file());
  dataplane.take();
  now_.unix_ns += 3600 * kNanosecondsPerSecond;
  v1::SendMessageRequest request;
  request.set_agency_id("police");
  request.set_text("hello");
  for (int i = 0; i < 64; ++i) ASSERT_TRUE(administration_->send_message(request).ok());
  EXPECT_EQ(administration_->send_message(request).status().code(), absl::StatusCode::kResourceExhausted);
  dataplane.take();
  EXPECT_EQ(dataplane.messages.size(), 64u);
  EXPECT_TRUE(administration_->send_message(request).ok());
}

}  // namespace
}  // namespace lictor::control

// What an agency sees of its own warrants, and that there is nothing else.
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

class OwnWarrantsTest : public ControlTest {
 protected:
  OwnWarrantsTest() {
    add_agency(make_agency("police"));
    add_agency(make_agency("customs"));
  }
  Result<v1::ListOwnWarrantsReply> list(const std::string& agency, uint32_t page_size = 0,
                                        const std::string& token = "") {
    v1::ListOwnWarrantsRequest request;
    request.set_page_size(page_size);
    request.set_page_token(token);
    return administration_->list_own_warrants(agency, request);
  }
};

TEST_F(OwnWarrantsTest, ItsOwnWithReferenceStateAndWindowAndNothingThatNamesWhom) {
  file(make_warrant("LIID-P", "police"));
  file(make_warrant("LIID-C", "customs"));
  const Result<v1::ListOwnWarrantsReply> reply = list("police");
  ASSERT_TRUE(reply.ok()) << reply.status();
  ASSERT_EQ(reply->warrants_size(), 1);
  const v1::OwnWarrant& own = reply->warrants(0);
  EXPECT_EQ(own.liid(), "LIID-P");
  EXPECT_EQ(own.legal_reference(), "1 A 2/26");
  EXPECT_EQ(own.state(), v1::WARRANT_STATE_FILED);
  EXPECT_EQ(own.start(), "2026-11-21T09:00:00Z");
  EXPECT_EQ(own.end(), "2026-11-22T08:00:00Z");
  for (const char* secret : {"192.0.2.7", "LIID-C", "J. Doe", "user@example.org"})
    EXPECT_EQ(reply->SerializeAsString().find(secret), std::string::npos) << secret;
}

TEST_F(OwnWarrantsTest, WhatOneSeesIsTheSameWhetherTheOtherHasAnythingOrNot) {
  file(make_warrant("LIID-P", "police"));
  const std::string before = list("police")->SerializeAsString();
  for (int i = 0; i < 10; ++i) file(make_warrant("LIID-P" + std::to_string(i), "customs"));
  EXPECT_EQ(list("police")->SerializeAsString(), before);
}

TEST_F(OwnWarrantsTest, DeliveredCountsAreTheSumOfItsTasksOverAllDataplanes) {
  v1::Warrant now = make_warrant("LIID-P", "police");
  now.clear_start();
  const std::string id = file(now);
  v1::Warrant theirs = make_warrant("LIID-C", "customs");
  theirs.clear_start();
  const std::string other = file(theirs);
  FakeDataplane first(*administration_, "NE-1");
  FakeDataplane second(*administration_, "NE-2");
  for (FakeDataplane* dataplane : {&first, &second}) ASSERT_TRUE(dataplane->attach().ok());
  activate(id);
  activate(other);
  for (FakeDataplane* dataplane : {&first, &second}) {
    dataplane->take();
    v1::DataplaneMessage message;
    for (const std::string& warrant_id : {id, other}) {
      v1::TaskStatistics& task = *message.mutable_statistics()->add_tasks();
      task.set_xid(dataplane->taps.at(warrant(warrant_id).xids(0)).xid());
      task.mutable_records()->set_confirmed(warrant_id == id ? 10 : 1000);
      task.mutable_records()->set_in_spool(3);
      task.mutable_records()->set_unconfirmed(2);
    }
    dataplane->report(message);
  }
  ASSERT_EQ(list("police")->warrants_size(), 1);
  EXPECT_EQ(list("police")->warrants(0).confirmed(), 20U);
  EXPECT_EQ(list("police")->warrants(0).waiting(), 10U);
}

TEST_F(OwnWarrantsTest, PagesGiveEveryWarrantOnceAndWhoIsNoAgencyHasNone) {
  for (int i = 0; i < 5; ++i) file(make_warrant("LIID-" + std::to_string(i), "police"));
  std::set<std::string> liids;
  std::string token;
  do {
    const Result<v1::ListOwnWarrantsReply> page = list("police", 2, token);
    ASSERT_TRUE(page.ok());
    for (const v1::OwnWarrant& own : page->warrants()) EXPECT_TRUE(liids.insert(own.liid()).second);
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_EQ(liids.size(), 5U);
  EXPECT_TRUE(absl::IsPermissionDenied(list("").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(list("police", 1001).status()));
  EXPECT_EQ(list("nobody")->warrants_size(), 0);
}

}  // namespace
}  // namespace lictor::control

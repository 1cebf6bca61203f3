// Acceptance runs as the administration orders, follows and ends them.
#include <gmock/gmock.h>

#include <set>

#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

using testing::HasSubstr;

class Acceptances : public ControlTest {
 protected:
  Acceptances() {
    add_agency();
    EXPECT_TRUE(dataplane_.attach().ok());
    dataplane_.take();
  }

  static v1::StartAcceptanceRequest request() {
    v1::StartAcceptanceRequest request;
    request.set_agency_id("police");
    request.set_operator_id("OPER1");
    return request;
  }
  Result<v1::AcceptanceReply> start() { return administration_->start_acceptance(request()); }
  // The order that comes next; empty: none.
  v1::AcceptanceOrder order() { return dataplane_.next_order().value_or(v1::AcceptanceOrder()); }
  void report(const std::string& id, v1::AcceptanceState state) {
    v1::DataplaneMessage message;
    message.mutable_acceptance()->set_id(id);
    message.mutable_acceptance()->set_state(state);
    message.mutable_acceptance()->add_steps()->set_name("connect");
    dataplane_.report(message);
  }
  v1::AcceptanceProtocol protocol(const std::string& id) { return administration_->get_acceptance(id)->protocol(); }

  FakeDataplane dataplane_{*administration_, "NE-1"};
};

TEST_F(Acceptances, ALineIsOrderedThatNamesNobody) {
  const Result<v1::AcceptanceReply> begun = start();
  ASSERT_TRUE(begun.ok()) << begun.status();
  const v1::AcceptanceOrder ordered = order();
  EXPECT_EQ(ordered.id(), begun->protocol().id());
  const v1::Mediation& line = ordered.start().mediation();
  EXPECT_EQ(line.liid(), "LICTOR-TEST");
  EXPECT_EQ(line.operator_id(), "OPER1");
  EXPECT_EQ(line.hi2().id(), "police/hi2");
  EXPECT_EQ(line.hi3().id(), "police/hi3");
  EXPECT_EQ(line.user_label(), "lictor-acceptance-test");
  EXPECT_EQ(begun->protocol().state(), v1::ACCEPTANCE_STATE_RUNNING);
}

TEST_F(Acceptances, WhereEachWarrantHasAKeyTheTestLineHasTheOneThatIsKnown) {
  v1::Agency agency = *administration_->get_agency("police");
  for (const auto& [method, bytes] :
       {std::pair{v1::PAYLOAD_ENCRYPTION_AES_192_CBC, 24}, {v1::PAYLOAD_ENCRYPTION_AES_256_CBC, 32}}) {
    agency.mutable_profile()->mutable_encryption()->set_method(method);
    agency.mutable_profile()->mutable_encryption()->set_key_per_warrant(true);
    const Result<v1::Agency> updated = administration_->update_agency(agency);
    ASSERT_TRUE(updated.ok()) << updated.status();
    agency = *updated;
    const Result<v1::AcceptanceReply> begun = start();
    ASSERT_TRUE(begun.ok()) << begun.status();
    std::string key;
    for (int octet = 0; octet < bytes; ++octet) key.push_back(static_cast<char>(octet));
    EXPECT_EQ(order().start().mediation().payload_key(), key);
    EXPECT_EQ(begun->SerializeAsString().find(key), std::string::npos);
    report(begun->protocol().id(), v1::ACCEPTANCE_STATE_PASSED);
  }
}

TEST_F(Acceptances, EachRunHasACinOfItsOwnAlsoOverARestart) {
  std::set<uint32_t> cins;
  for (int i = 0; i < 2; ++i) {
    const Result<v1::AcceptanceReply> begun = start();
    ASSERT_TRUE(begun.ok()) << begun.status();
    cins.insert(begun->protocol().cin());
    report(begun->protocol().id(), v1::ACCEPTANCE_STATE_PASSED);
  }
  open();
  FakeDataplane again(*administration_, "NE-1", 'b');
  ASSERT_TRUE(again.attach().ok());
  cins.insert(start()->protocol().cin());
  EXPECT_EQ(cins.size(), 3U);
}

TEST_F(Acceptances, WhereNumbersAreCountedByLiidTheNextRunBeginsWithAReset) {
  v1::Agency agency = *administration_->get_agency("police");
  agency.mutable_profile()->set_number_series(v1::NUMBER_SERIES_LIID);
  ASSERT_TRUE(administration_->update_agency(agency).ok());
  for (const bool again : {false, true}) {
    const Result<v1::AcceptanceReply> begun = start();
    ASSERT_TRUE(begun.ok()) << begun.status();
    EXPECT_EQ(order().start().mediation().cin().reset_first(), again);
    report(begun->protocol().id(), v1::ACCEPTANCE_STATE_PASSED);
  }
}

TEST_F(Acceptances, WhatTheDataplaneReportsIsInTheProtocol) {
  const std::string id = start()->protocol().id();
  EXPECT_THAT(std::string(start().status().message()), HasSubstr("under way"));
  report(id, v1::ACCEPTANCE_STATE_RUNNING);
  EXPECT_EQ(protocol(id).steps_size(), 1);
  report(id, v1::ACCEPTANCE_STATE_PASSED);
  EXPECT_EQ(protocol(id).state(), v1::ACCEPTANCE_STATE_PASSED);
  EXPECT_FALSE(protocol(id).ended().empty());
  report(id, v1::ACCEPTANCE_STATE_FAILED);
  EXPECT_EQ(protocol(id).state(), v1::ACCEPTANCE_STATE_PASSED) << "it has ended";
}

TEST_F(Acceptances, AStopWaitsOnceForADataplaneThatTakesNone) {
  const std::string id = start()->protocol().id();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(administration_->stop_acceptance(id).ok());
  EXPECT_TRUE(order().has_start());
  EXPECT_TRUE(order().has_stop());
  EXPECT_EQ(order().id(), "") << "no more";
  ASSERT_TRUE(administration_->stop_acceptance(id).ok());
  EXPECT_TRUE(order().has_stop()) << "it was taken, and did not help";
}

TEST_F(Acceptances, AnotherDataplaneHasNothingToSayAboutIt) {
  v1::StartAcceptanceRequest named = request();
  named.set_network_element_id("NE-1");
  FakeDataplane other(*administration_, "NE-2");
  ASSERT_TRUE(other.attach().ok());
  EXPECT_THAT(std::string(start().status().message()), HasSubstr("2 dataplanes"));
  const std::string id = administration_->start_acceptance(named)->protocol().id();
  v1::DataplaneMessage message;
  message.mutable_acceptance()->set_id(id);
  message.mutable_acceptance()->set_state(v1::ACCEPTANCE_STATE_PASSED);
  other.report(message);
  EXPECT_EQ(protocol(id).state(), v1::ACCEPTANCE_STATE_RUNNING);
}

TEST_F(Acceptances, NoneWhileAWarrantIsInForceOrWaitsForDelivery) {
  const std::string warrant = file();
  const Result<v1::AcceptanceReply> begun = start();
  ASSERT_TRUE(begun.ok()) << "a filed one delivers nothing";
  order();
  activate(warrant);
  dataplane_.take();
  EXPECT_EQ(order().kind_case(), v1::AcceptanceOrder::kStop) << "the warrant does not wait for the test";
  report(begun->protocol().id(), v1::ACCEPTANCE_STATE_STOPPED);
  EXPECT_EQ(start().status().code(), absl::StatusCode::kFailedPrecondition);
  const std::string xid = dataplane_.mediations.begin()->second.xid();
  administration_->end_warrant(warrant, done());
  dataplane_.take();
  EXPECT_THAT(std::string(start().status().message()), HasSubstr("waits for delivery"));
  dataplane_.report_delivered(xid);
  EXPECT_TRUE(start().ok());
}

TEST_F(Acceptances, AWarrantCannotHaveTheTestLineAndTheTestLineNoWarrants) {
  const Result<v1::WarrantReply> taken = administration_->create_warrant(make_warrant("0x4c4943544f522d54455354"));
  EXPECT_THAT(std::string(taken.status().message()), HasSubstr("acceptance"));
  administration_->end_warrant(file(make_warrant("LIID-9")), done());
  v1::Agency agency = *administration_->get_agency("police");
  agency.mutable_profile()->set_test_liid("LIID-9");
  ASSERT_TRUE(administration_->update_agency(agency).ok());
  EXPECT_THAT(std::string(start().status().message()), HasSubstr("test_liid"));
}

TEST_F(Acceptances, WrongFieldsAreNamed) {
  v1::StartAcceptanceRequest wrong = request();
  wrong.set_operator_id("longer-than-16-octets");
  wrong.set_authorization_country("Austria");
  wrong.mutable_delivery()->set_hi3_destination_id("hi2");
  wrong.set_step_timeout_s(601);
  const std::string why(administration_->start_acceptance(wrong).status().message());
  for (const char* field : {"operator_id", "authorization_country", "delivery.hi3_destination_id", "step_timeout_s"})
    EXPECT_THAT(why, HasSubstr(field));
}

TEST_F(Acceptances, ADataplaneThatIsGoneOrSilentEndsIt) {
  const std::string id = start()->protocol().id();
  dataplane_.detach();
  EXPECT_EQ(protocol(id).state(), v1::ACCEPTANCE_STATE_STOPPED);
  ASSERT_TRUE(dataplane_.attach().ok());
  const std::string second = start()->protocol().id();
  pass(149);
  EXPECT_EQ(protocol(second).state(), v1::ACCEPTANCE_STATE_RUNNING);
  pass(32);
  EXPECT_EQ(protocol(second).state(), v1::ACCEPTANCE_STATE_STOPPED);
}

TEST_F(Acceptances, StoppingIsOrdered) {
  const std::string id = start()->protocol().id();
  order();
  ASSERT_TRUE(administration_->stop_acceptance(id).ok());
  const v1::AcceptanceOrder ordered = order();
  EXPECT_EQ(ordered.id(), id);
  EXPECT_EQ(ordered.kind_case(), v1::AcceptanceOrder::kStop);
  EXPECT_EQ(administration_->stop_acceptance("none").status().code(), absl::StatusCode::kNotFound);
}

TEST(AcceptanceBook, TheOldestThatHasEndedIsForgotten) {
  AcceptanceBook book;
  for (size_t i = 0; i < AcceptanceBook::kRunsMax; ++i) {
    AcceptanceBook::Run run;
    run.protocol.set_id(std::to_string(i));
    run.protocol.set_state(i == 0 ? v1::ACCEPTANCE_STATE_RUNNING : v1::ACCEPTANCE_STATE_PASSED);
    EXPECT_TRUE(book.add(run));
  }
  EXPECT_TRUE(book.add({}));
  EXPECT_NE(book.find("0"), nullptr) << "it is under way";
  EXPECT_EQ(book.find("1"), nullptr);
}

}  // namespace
}  // namespace lictor::control

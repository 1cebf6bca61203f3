// Who may see which sessions of targets.
#include <algorithm>

#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

class SessionViewsTest : public ControlTest {
 protected:
  SessionViewsTest() {
    policy_.desks = true;
    open();
    dataplane_ = std::make_unique<FakeDataplane>(*administration_, "NE-1");
    add_agency();
    EXPECT_TRUE(dataplane_->attach().ok());
    north_ = activate_of("north", "ONE");
    south_ = activate_of("south", "TWO");
    dataplane_->take();
    tell(north_, 1001, 0xa);
    tell(north_, 1002, 0xb);
    tell(south_, 2001, 0xa);
  }

  std::string activate_of(const std::string& desk, const std::string& liid) {
    v1::Warrant named = make_warrant(liid);
    named.mutable_targets(0)->set_selector("radius-user:alice@example.org");
    named.set_desk(desk);
    const std::string id = file(named);
    activate(id);
    return id;
  }
  void tell(const std::string& id, uint32_t cin, uint64_t session, const std::string& name = "alice@example.org") {
    v1::DataplaneMessage message;
    v1::SessionNews& news = *message.mutable_session_news();
    news.set_xid(dataplane_->taps.at(warrant(id).xids(0)).xid());
    news.set_cin(cin);
    news.set_since_unix_ns(7);
    news.set_session(session);
    news.set_protocol(v1::SIGNALLING_PROTOCOL_RADIUS);
    v1::Identity& identity = *news.add_names();
    identity.set_kind(v1::IDENTITY_KIND_RADIUS_USER);
    identity.set_value(name);
    v1::SessionAddress& address = *news.add_addresses();
    address.mutable_prefix()->set_address(std::string("\xc0\x00\x02\x07", 4));
    address.mutable_prefix()->set_prefix_length(32);
    dataplane_->report(message);
  }
  static Caller of_desk(const std::string& desk) {
    Caller caller;
    caller.desks = DeskSet();
    caller.desks.add(desk);
    return caller;
  }
  std::vector<uint32_t> cins(const Caller& caller, const std::string& warrant_id = "", uint32_t limit = 0) {
    v1::ListSessionsRequest request;
    request.set_warrant_id(warrant_id);
    request.set_limit(limit);
    const Result<v1::ListSessionsReply> reply = administration_->list_sessions(request, caller);
    std::vector<uint32_t> found;
    if (!reply.ok()) return found;
    for (const v1::TargetSession& session : reply->sessions()) found.push_back(session.cin());
    return found;
  }
  using Cins = std::vector<uint32_t>;

  std::unique_ptr<FakeDataplane> dataplane_;
  std::string north_;
  std::string south_;
};

TEST_F(SessionViewsTest, EachDeskSeesItsOwn) {
  EXPECT_EQ(cins(of_desk("north")), Cins({1001, 1002}));
  EXPECT_EQ(cins(of_desk("south")), Cins({2001}));
  EXPECT_EQ(cins(of_desk("north"), south_), Cins());
  v1::ListSessionsRequest request;
  request.set_warrant_id(south_);
  EXPECT_TRUE(absl::IsNotFound(administration_->list_sessions(request, of_desk("north")).status()));
  EXPECT_EQ(cins(Caller()).size(), 3u);
}

TEST_F(SessionViewsTest, WhatIsShownIsWhereSinceWhenAndWhichAddresses) {
  v1::ListSessionsRequest request;
  request.set_warrant_id(south_);
  const Result<v1::ListSessionsReply> reply = administration_->list_sessions(request);
  ASSERT_TRUE(reply.ok()) << reply.status();
  ASSERT_EQ(reply->sessions_size(), 1);
  const v1::TargetSession& session = reply->sessions(0);
  EXPECT_EQ(session.warrant_id(), south_);
  EXPECT_EQ(session.xid(), warrant(south_).xids(0));
  EXPECT_EQ(session.network_element_id(), "NE-1");
  EXPECT_EQ(session.since_unix_ns(), 7);
  EXPECT_EQ(session.addresses_size(), 1);
  EXPECT_EQ(session.protocol(), v1::SIGNALLING_PROTOCOL_RADIUS);
  EXPECT_EQ(session.id(), "000000000000000a");
  ASSERT_EQ(session.matched_size(), 1);
  EXPECT_EQ(session.matched(0).selector(), "radius-user:alice@example.org");
}

TEST_F(SessionViewsTest, ANameThatIsNotTheWarrantsIsNotShown) {
  tell(south_, 2002, 0xc, "mallory@example.org");
  EXPECT_EQ(administration_->get_session("000000000000000c")->sessions(0).matched_size(), 0);
}

TEST_F(SessionViewsTest, OneSessionIsShownWithEachOfTheWarrantsThatTheCallerSees) {
  const auto cins_of = [&](const Caller& caller) {
    Cins cins;
    const Result<v1::GetSessionReply> reply = administration_->get_session("000000000000000a", caller);
    if (!reply.ok()) return cins;
    for (const v1::TargetSession& session : reply->sessions()) cins.push_back(session.cin());
    std::sort(cins.begin(), cins.end());
    return cins;
  };
  EXPECT_EQ(cins_of(of_desk("north")), Cins({1001}));
  EXPECT_EQ(cins_of(of_desk("south")), Cins({2001}));
  EXPECT_EQ(cins_of(Caller()), Cins({1001, 2001}));
}

TEST_F(SessionViewsTest, AnotherDesksSessionAndOneThatIsOverAnswerAsOneThatNeverWas) {
  const Status never = administration_->get_session("00000000000000ff", of_desk("south")).status();
  EXPECT_TRUE(absl::IsNotFound(never));
  EXPECT_EQ(administration_->get_session("000000000000000b", of_desk("south")).status(), never);
  EXPECT_TRUE(administration_->get_session("000000000000000b", of_desk("north")).ok());
  v1::DataplaneMessage message;
  message.mutable_session_news()->set_xid(dataplane_->taps.at(warrant(north_).xids(0)).xid());
  message.mutable_session_news()->set_cin(1002);
  message.mutable_session_news()->set_over(true);
  dataplane_->report(message);
  EXPECT_EQ(administration_->get_session("000000000000000b", of_desk("north")).status(), never);
}

TEST_F(SessionViewsTest, TheOthersThatAreToldOfItAreNamed) {
  FakeDataplane other(*administration_, "NE-2");
  ASSERT_TRUE(other.attach().ok());
  other.take();
  ASSERT_EQ(other.news.size(), 3u);
  const Result<v1::GetSessionReply> reply = administration_->get_session("000000000000000b");
  ASSERT_TRUE(reply.ok()) << reply.status();
  ASSERT_EQ(reply->sessions(0).told_network_element_ids_size(), 1);
  EXPECT_EQ(reply->sessions(0).told_network_element_ids(0), "NE-2");
}

TEST_F(SessionViewsTest, ALimitSaysThatThereIsMore) {
  v1::ListSessionsRequest request;
  request.set_limit(2);
  EXPECT_TRUE(administration_->list_sessions(request)->more());
  request.set_limit(3);
  EXPECT_FALSE(administration_->list_sessions(request)->more());
  request.set_limit(10'001);
  EXPECT_TRUE(absl::IsInvalidArgument(administration_->list_sessions(request).status()));
}

}  // namespace
}  // namespace lictor::control

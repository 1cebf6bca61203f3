// What one dataplane knows of a session reaches the others that hold the tap, and is gone with what it rests on.
#include "control/fleet/session_relay.h"

#include <gtest/gtest.h>

namespace lictor::control {
namespace {

const std::string kTap(16, 't');
const std::string kOtherTap(16, 'u');

v1::SessionNews news(uint32_t cin, const std::string& xid = kTap) {
  v1::SessionNews made;
  made.set_xid(xid);
  made.set_cin(cin);
  made.set_since_unix_ns(7);
  v1::SessionAddress& address = *made.add_addresses();
  address.mutable_prefix()->set_address(std::string("\xc0\x00\x02\x07", 4));
  address.mutable_prefix()->set_prefix_length(32);
  return made;
}

v1::SessionNews over(uint32_t cin) {
  v1::SessionNews made;
  made.set_xid(kTap);
  made.set_cin(cin);
  made.set_over(true);
  return made;
}

class SessionRelays : public testing::Test {
 protected:
  void attach(const std::string& element, const std::set<std::string>& held = {kTap},
              const std::string& incarnation = "a") {
    streams_[element] = ++stream_;
    relay_.attach(
        {.element = element, .incarnation = incarnation, .stream = stream_, .held = held, .wake = [this, element] {
           ++wakes_[element];
         }});
    relay_.in_sync(stream_);
  }
  void detach(const std::string& element) { relay_.detach(streams_[element]); }
  void take(const std::string& element, const v1::SessionNews& news) { relay_.take(streams_[element], news); }
  // Everything that is due: CINs, those of sessions that are over with a minus.
  std::vector<int> told(const std::string& element) {
    std::vector<int> cins;
    while (const std::optional<v1::SessionNews> one = relay_.next(streams_[element]))
      cins.push_back(one->over() ? -static_cast<int>(one->cin()) : static_cast<int>(one->cin()));
    return cins;
  }
  using Cins = std::vector<int>;

  SessionRelay relay_;
  uint64_t stream_ = 0;
  std::map<std::string, uint64_t> streams_;
  std::map<std::string, int> wakes_;
};

TEST_F(SessionRelays, NewsGoToEveryOtherThatHoldsTheTap) {
  attach("NE-1");
  attach("NE-2");
  attach("NE-3", {kOtherTap});
  take("NE-1", news(5));
  EXPECT_EQ(wakes_, (std::map<std::string, int>{{"NE-2", 1}}));
  const std::optional<v1::SessionNews> heard = relay_.next(streams_["NE-2"]);
  ASSERT_TRUE(heard.has_value());
  EXPECT_EQ(heard->network_element_id(), "NE-1");
  EXPECT_EQ(heard->addresses_size(), 1);
  EXPECT_EQ(told("NE-1"), Cins());
  EXPECT_EQ(told("NE-3"), Cins());
  take("NE-1", over(5));
  EXPECT_EQ(told("NE-2"), Cins({-5}));
  EXPECT_EQ(relay_.counts().live, 0u);
}

TEST_F(SessionRelays, WhoAttachesOrIsToldOfTheTapLaterHearsWhatIsLive) {
  attach("NE-1");
  take("NE-1", news(5));
  take("NE-1", news(6));
  take("NE-1", over(6));
  attach("NE-2", {});
  EXPECT_EQ(told("NE-2"), Cins());
  relay_.hold(streams_["NE-2"], kTap);
  EXPECT_EQ(told("NE-2"), Cins({5}));
  relay_.hold(streams_["NE-2"], kTap);
  EXPECT_EQ(told("NE-2"), Cins());
  attach("NE-2");
  EXPECT_EQ(told("NE-2"), Cins({5})) << "on each stream anew";
}

TEST_F(SessionRelays, ASlowReaderHearsTheNewestOnce) {
  attach("NE-1");
  attach("NE-2");
  for (int i = 0; i < 100; ++i) {
    v1::SessionNews changed = news(5);
    changed.set_changed_unix_ns(i);
    take("NE-1", changed);
  }
  EXPECT_EQ(relay_.next(streams_["NE-2"])->changed_unix_ns(), 99);
  EXPECT_EQ(told("NE-2"), Cins());
}

TEST_F(SessionRelays, ANewIncarnationOfTheOwnerEndsWhatTheFormerOneHad) {
  attach("NE-1");
  attach("NE-2");
  take("NE-1", news(5));
  EXPECT_EQ(told("NE-2"), Cins({5}));
  detach("NE-1");
  EXPECT_EQ(told("NE-2"), Cins()) << "it may come back";
  attach("NE-1", {}, "b");
  EXPECT_EQ(told("NE-2"), Cins({-5}));
}

TEST_F(SessionRelays, WhatTheSameProcessDoesNotTellAgainIsOver) {
  attach("NE-1");
  attach("NE-2");
  take("NE-1", news(5));
  take("NE-1", news(6));
  told("NE-2");
  attach("NE-1");
  take("NE-1", news(6));
  take("NE-1", v1::SessionNews());
  EXPECT_EQ(told("NE-2"), Cins({-5, 6}));
}

TEST_F(SessionRelays, WhatIsNotAmongAllThatAreToldOnceMoreIsOver) {
  attach("NE-1");
  attach("NE-2");
  take("NE-1", news(5));
  take("NE-1", news(6));
  take("NE-1", v1::SessionNews());
  EXPECT_EQ(told("NE-2"), Cins({5, 6}));
  take("NE-1", news(7));  // between two times that all are told
  take("NE-1", news(6));
  take("NE-1", v1::SessionNews());
  EXPECT_EQ(told("NE-2"), Cins({-5, 6, 7})) << "nobody heard its end";
  EXPECT_EQ(relay_.counts().live, 2u);
}

TEST_F(SessionRelays, AWithdrawnTapTakesItsSessionsAlong) {
  attach("NE-1");
  attach("NE-2");
  attach("NE-3");
  take("NE-1", news(5));
  relay_.release(streams_["NE-2"], kTap);
  EXPECT_EQ(told("NE-2"), Cins()) << "it holds nothing that they belong to";
  EXPECT_EQ(told("NE-3"), Cins({5}));
  relay_.release(streams_["NE-1"], kTap);
  EXPECT_EQ(told("NE-3"), Cins({-5}));
  EXPECT_TRUE(relay_.sessions_of({kTap}).empty());
}

TEST_F(SessionRelays, WhatIsMalformedStrangeOrTooMuchIsCountedAndToldToNobody) {
  attach("NE-1");
  attach("NE-2");
  v1::SessionNews bad = news(1);
  bad.set_xid("short");
  take("NE-1", bad);
  bad = news(1);
  bad.mutable_addresses(0)->mutable_prefix()->set_prefix_length(33);
  take("NE-1", bad);
  bad = news(1);
  bad.mutable_addresses(0)->mutable_ports()->set_first(2);
  bad.mutable_addresses(0)->mutable_ports()->set_last(1);
  take("NE-1", bad);
  bad = news(1);
  for (int i = 0; i < SessionRelay::kAddressesMax; ++i) *bad.add_addresses() = bad.addresses(0);
  take("NE-1", bad);
  bad = news(1);
  for (int i = 0; i <= SessionRelay::kNamesMax; ++i) bad.add_names()->set_value("alice");
  take("NE-1", bad);
  EXPECT_EQ(relay_.counts().malformed, 5u);
  take("NE-1", news(1, kOtherTap));
  EXPECT_EQ(relay_.counts().strange, 1u);
  for (uint32_t cin = 0; cin <= SessionRelay::kSessionsPerTapMax; ++cin) take("NE-1", news(cin));
  EXPECT_EQ(relay_.counts().refused, 1u);
  EXPECT_EQ(told("NE-2").size(), SessionRelay::kSessionsPerTapMax);
}

TEST_F(SessionRelays, NamesAndWhichSessionItIsAreToldToNoOtherDataplane) {
  attach("NE-1");
  attach("NE-2");
  v1::SessionNews named = news(5);
  named.set_session(77);
  named.set_protocol(v1::SIGNALLING_PROTOCOL_RADIUS);
  v1::Identity& name = *named.add_names();
  name.set_kind(v1::IDENTITY_KIND_RADIUS_USER);
  name.set_value("alice@example.org");
  take("NE-1", named);
  const v1::SessionNews known = relay_.sessions_of({kTap}).at(0);
  EXPECT_EQ(known.names_size(), 1);
  EXPECT_EQ(known.session(), 77u);
  const std::optional<v1::SessionNews> heard = relay_.next(streams_["NE-2"]);
  ASSERT_TRUE(heard.has_value());
  v1::SessionNews expected = news(5);
  expected.set_network_element_id("NE-1");
  expected.set_protocol(v1::SIGNALLING_PROTOCOL_RADIUS);
  EXPECT_EQ(heard->SerializeAsString(), expected.SerializeAsString());
}

v1::SessionNews call(uint32_t cin) {
  v1::SessionNews made = news(cin);
  made.set_protocol(v1::SIGNALLING_PROTOCOL_SIP);
  v1::SessionAddress& address = *made.mutable_addresses(0);
  address.set_use(v1::SESSION_ADDRESS_USE_RTP);
  address.mutable_ports()->set_first(6000);
  address.mutable_ports()->set_last(6000);
  address.set_of_peer(true);
  address.set_paired(true);
  return made;
}

TEST_F(SessionRelays, ACallsEndpointsGoAsTheyCome) {
  attach("NE-1");
  attach("NE-2");
  take("NE-1", call(5));
  const std::optional<v1::SessionNews> heard = relay_.next(streams_["NE-2"]);
  ASSERT_TRUE(heard.has_value());
  v1::SessionNews expected = call(5);
  expected.set_network_element_id("NE-1");
  EXPECT_EQ(heard->SerializeAsString(), expected.SerializeAsString());
}

TEST_F(SessionRelays, ACallHasEndpointsAloneAndNothingElseHasAny) {
  attach("NE-1");
  attach("NE-2");
  const std::vector<std::function<void(v1::SessionNews&)>> spoils = {
      [](v1::SessionNews& one) { one.set_protocol(v1::SIGNALLING_PROTOCOL_RADIUS); },
      [](v1::SessionNews& one) { one.clear_protocol(); },
      [](v1::SessionNews& one) { one.mutable_addresses(0)->set_use(v1::SESSION_ADDRESS_USE_ADDRESS); },
      [](v1::SessionNews& one) { one.mutable_addresses(0)->clear_ports(); },
      [](v1::SessionNews& one) { one.mutable_addresses(0)->mutable_ports()->set_last(6001); },
      [](v1::SessionNews& one) { one.mutable_addresses(0)->mutable_ports()->set_first(0); },
      [](v1::SessionNews& one) { one.mutable_addresses(0)->mutable_prefix()->set_prefix_length(31); },
      [](v1::SessionNews& one) {
        one = news(5);
        one.mutable_addresses(0)->set_paired(true);
      },
      [](v1::SessionNews& one) {
        one = news(5);
        one.mutable_addresses(0)->set_of_peer(true);
      }};
  for (const auto& spoil : spoils) {
    v1::SessionNews one = call(5);
    spoil(one);
    take("NE-1", one);
  }
  EXPECT_EQ(relay_.counts().malformed, spoils.size());
  EXPECT_EQ(told("NE-2"), Cins());
}

TEST_F(SessionRelays, WhoWasToldOfASessionAndIsHereIsKnown) {
  attach("NE-1");
  attach("NE-2");
  attach("NE-3", {kOtherTap});
  attach("NE-4");
  take("NE-1", news(5));
  const v1::SessionNews session = relay_.sessions_of({kTap}).at(0);
  EXPECT_TRUE(relay_.told_of(session).empty()) << "nobody has taken it yet";
  told("NE-2");
  told("NE-4");
  EXPECT_EQ(relay_.told_of(session), (std::vector<std::string>{"NE-2", "NE-4"}));
  detach("NE-4");
  EXPECT_EQ(relay_.told_of(session), std::vector<std::string>{"NE-2"});
}

TEST_F(SessionRelays, OnlyTheOwnerEndsASession) {
  attach("NE-1");
  attach("NE-2");
  take("NE-1", news(5));
  take("NE-2", over(5));
  EXPECT_EQ(relay_.sessions_of({kTap}).size(), 1u);
}

TEST_F(SessionRelays, ATapThatIsNobodysAnyMoreTakesItsSessionsAlong) {
  attach("NE-1");
  attach("NE-2");
  take("NE-1", news(5));
  told("NE-2");
  detach("NE-1");
  relay_.end(kTap);
  EXPECT_EQ(told("NE-2"), Cins({-5}));
  EXPECT_EQ(relay_.counts().live, 0u);
}

TEST_F(SessionRelays, AnOldStreamSaysAndHearsNothing) {
  attach("NE-1");
  const uint64_t old = streams_["NE-1"];
  attach("NE-1");
  attach("NE-2");
  relay_.take(old, news(5));
  relay_.detach(old);
  EXPECT_EQ(told("NE-2"), Cins());
  take("NE-2", news(6));
  EXPECT_FALSE(relay_.next_live(old));
  EXPECT_TRUE(relay_.next_live(streams_["NE-1"]));
}

}  // namespace
}  // namespace lictor::control

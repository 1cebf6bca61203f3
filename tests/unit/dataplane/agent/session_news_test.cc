// News of other dataplanes' sessions: read with every field held against its bounds, handed on, and sent up.
#include "dataplane/agent/session_news.h"

#include <gmock/gmock.h>

#include "dataplane/agent/fleet_session.h"
#include "lictor/v1/fleet.pb.h"
#include "tests/unit/dataplane/agent/registry_bench.h"

namespace lictor {
namespace {

SessionNews some_news() {
  SessionNews news{.xid = xid_of(1), .cin = 7, .owner = {}, .since = {100}, .changed = {200}, .addresses = {}};
  news.addresses.push_back({.prefix = IpPrefix::make(Octets{192, 0, 2, 7}, 32).value(), .ports = {1024, 2047}});
  news.addresses.push_back(
      {.prefix = IpPrefix::make(Octets{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 48).value(),
       .use = SessionAddress::Use::kDelegated});
  return news;
}

TEST(SessionNews, GoesAsItComes) {
  v1::SessionNews message = session_news_message(some_news());
  message.set_network_element_id("NE-1");
  const Result<SessionNews> read = read_session_news(message);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->xid, xid_of(1));
  EXPECT_EQ(read->cin, 7U);
  EXPECT_EQ(read->owner, "NE-1");
  EXPECT_EQ(read->since.unix_ns, 100);
  EXPECT_EQ(read->changed.unix_ns, 200);
  EXPECT_FALSE(read->over);
  EXPECT_EQ(read->addresses, some_news().addresses);
}

TEST(SessionNews, GoesUpWithTheNamesOfTheTapThatItHas) {
  SessionNews news = some_news();
  news.session = 77;
  news.source = SessionSource::kPppoe;
  news.names.push_back({IdentityKind::kCircuitId, "line 7"});
  const v1::SessionNews message = session_news_message(news);
  EXPECT_EQ(message.session(), 77U);
  EXPECT_EQ(message.protocol(), v1::SIGNALLING_PROTOCOL_PPPOE);
  ASSERT_EQ(message.names_size(), 1);
  EXPECT_EQ(message.names(0).kind(), v1::IDENTITY_KIND_CIRCUIT_ID);
  EXPECT_EQ(message.names(0).value(), "line 7");
}

TEST(SessionNews, WhatTheDescriptionsOfACallSayGoesWithIt) {
  SessionNews news{.xid = xid_of(1), .cin = 7, .owner = {}, .addresses = {}, .source = SessionSource::kSip};
  news.described = {.count = 3, .narrow = true};
  for (const uint8_t type : {uint8_t{0}, uint8_t{127}}) news.described.types.others.add(type);
  news.described.types.comfort_noise.add(13);
  v1::SessionNews message = session_news_message(news);
  EXPECT_EQ(message.descriptions().telephone_events(), "");
  EXPECT_EQ(message.descriptions().others(), std::string("\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80", 16));
  EXPECT_EQ(read_session_news(message)->described, news.described);
  message.mutable_descriptions()->set_others(std::string(15, 'x'));
  EXPECT_FALSE(read_session_news(message).ok());
  EXPECT_FALSE(session_news_message(some_news()).has_descriptions());
}

TEST(SessionNews, WhatIsOutOfBoundsIsRefusedByItsField) {
  const auto why = [](const std::function<void(v1::SessionNews&)>& spoil) {
    v1::SessionNews message = session_news_message(some_news());
    spoil(message);
    return std::string(read_session_news(message).status().message());
  };
  using testing::HasSubstr;
  EXPECT_THAT(why([](v1::SessionNews& news) { news.set_xid("short"); }), HasSubstr("session_news.xid"));
  EXPECT_THAT(why([](v1::SessionNews& news) { news.set_network_element_id(std::string(17, 'n')); }),
              HasSubstr("session_news.network_element_id"));
  EXPECT_THAT(why([](v1::SessionNews& news) {
                while (news.addresses_size() <= static_cast<int>(kNewsAddressesMax))
                  *news.add_addresses() = news.addresses(0);
              }),
              HasSubstr("session_news.addresses"));
  EXPECT_THAT(why([](v1::SessionNews& news) { news.mutable_addresses(0)->mutable_prefix()->set_prefix_length(33); }),
              HasSubstr("session_news.addresses"));
  EXPECT_THAT(why([](v1::SessionNews& news) { news.mutable_addresses(0)->mutable_ports()->set_last(65536); }),
              HasSubstr("session_news.addresses"));
  EXPECT_THAT(why([](v1::SessionNews& news) { news.mutable_addresses(0)->mutable_ports()->set_first(2048); }),
              HasSubstr("session_news.addresses"));
  EXPECT_THAT(why([](v1::SessionNews& news) { news.mutable_addresses(0)->clear_use(); }),
              HasSubstr("session_news.addresses"));
  EXPECT_THAT(
      why([](v1::SessionNews& news) { news.mutable_addresses(0)->set_use(static_cast<v1::SessionAddressUse>(9)); }),
      HasSubstr("session_news.addresses"));
}

SessionNews some_call() {
  SessionNews news = some_news();
  news.source = SessionSource::kSip;
  news.addresses = {{.prefix = *IpPrefix::parse("192.0.2.7"), .ports = {6000, 6000}, .use = SessionAddress::Use::kRtp},
                    {.prefix = *IpPrefix::parse("2001:db8::1"),
                     .ports = {2855, 2855},
                     .use = SessionAddress::Use::kMsrp,
                     .of_peer = true,
                     .paired = true}};
  return news;
}

TEST(SessionNews, ACallGoesAsItComes) {
  const Result<SessionNews> read = read_session_news(session_news_message(some_call()));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->source, SessionSource::kSip);
  EXPECT_EQ(read->addresses, some_call().addresses);
}

TEST(SessionNews, ACallHasOneHostsEndpointsEachOnceAndNothingElseHasAny) {
  const auto why = [](const std::function<void(v1::SessionNews&)>& spoil) {
    v1::SessionNews message = session_news_message(some_call());
    spoil(message);
    return std::string(read_session_news(message).status().message());
  };
  const std::vector<std::function<void(v1::SessionNews&)>> spoils = {
      [](v1::SessionNews& news) { news.set_protocol(v1::SIGNALLING_PROTOCOL_RADIUS); },
      [](v1::SessionNews& news) { news.clear_protocol(); },
      [](v1::SessionNews& news) { news.set_protocol(static_cast<v1::SignallingProtocol>(99)); },
      [](v1::SessionNews& news) { news.mutable_addresses(0)->set_use(v1::SESSION_ADDRESS_USE_ADDRESS); },
      [](v1::SessionNews& news) { news.mutable_addresses(0)->clear_ports(); },
      [](v1::SessionNews& news) { news.mutable_addresses(0)->mutable_ports()->set_last(6001); },
      [](v1::SessionNews& news) {
        news.mutable_addresses(0)->mutable_ports()->set_first(0);
        news.mutable_addresses(0)->mutable_ports()->set_last(0);
      },
      [](v1::SessionNews& news) { news.mutable_addresses(0)->mutable_prefix()->set_prefix_length(24); },
      [](v1::SessionNews& news) { *news.add_addresses() = news.addresses(0); },
      [](v1::SessionNews& news) {
        news = session_news_message(some_news());
        news.mutable_addresses(0)->set_paired(true);
      },
      [](v1::SessionNews& news) {
        news = session_news_message(some_news());
        news.mutable_addresses(0)->set_of_peer(true);
      }};
  for (size_t i = 0; i < spoils.size(); ++i)
    EXPECT_THAT(why(spoils[i]), testing::HasSubstr("session_news.addresses")) << i;
}

class FakeSink : public SessionNewsSink {
 public:
  void take(const SessionNews& news) override { said.push_back("cin " + std::to_string(news.cin)); }
  void begin() override { said.push_back("begin"); }
  void in_sync() override { said.push_back("in sync"); }
  std::vector<std::string> said;
};

TEST(SessionNews, AreHandedOnBetweenTheStreamsBeginAndBehindInSync) {
  RegistryBench bench;
  FakeSink sink;
  FleetSession session(*bench, {}, &sink);
  v1::Hello hello;
  session.greet(hello);
  v1::ControlMessage message;
  message.mutable_welcome()->set_fleet_id("fleet");
  message.mutable_welcome()->set_epoch(1);
  message.mutable_welcome()->set_full(true);
  ASSERT_TRUE(session.take(message, bench.now()).ok());
  *message.mutable_session_news() = session_news_message(some_news());
  ASSERT_TRUE(session.take(message, bench.now()).ok());
  message.mutable_in_sync()->set_generation(3);
  ASSERT_TRUE(session.take(message, bench.now()).ok());
  *message.mutable_session_news() = session_news_message(some_news());
  ASSERT_TRUE(session.take(message, bench.now()).ok());
  message.mutable_session_news()->set_xid("short");
  ASSERT_TRUE(session.take(message, bench.now()).ok()) << "the stream goes on";
  EXPECT_EQ(session.news_malformed(), 1U);
  EXPECT_THAT(sink.said, testing::ElementsAre("begin", "cin 7", "in sync", "cin 7"));
}

}  // namespace
}  // namespace lictor

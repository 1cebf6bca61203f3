// The tracker's memories: who may speak, what was seen lately, what awaits an answer, how clocks go.

#include <gmock/gmock.h>

#include "dataplane/session/radius/nas_table.h"
#include "dataplane/session/radius/peers.h"
#include "dataplane/session/radius/pending_requests.h"
#include "tests/unit/dataplane/session/radius/radius_network.h"

namespace lictor::radius {
namespace {

TEST(RadiusRecentSet, WhatIsPutIsFoundUntilItIsErased) {
  RecentSet set(64);
  EXPECT_EQ(set.find(7), std::nullopt);
  set.put(7, at(1));
  set.put(0, at(2));
  EXPECT_EQ(set.find(7), at(1));
  EXPECT_EQ(set.find(0), at(2));
  set.put(7, at(3));
  EXPECT_EQ(set.find(7), at(3));
  set.erase(7);
  EXPECT_EQ(set.find(7), std::nullopt);
}

TEST(RadiusRecentSet, OldestOfFullNeighboursGivesWay) {
  RecentSet set(4);
  for (uint64_t hash = 1; hash <= 4; ++hash) set.put(hash, at(static_cast<double>(10 - hash)));
  set.put(5, at(20));
  EXPECT_EQ(set.find(4), std::nullopt);
  for (const uint64_t hash : {1, 2, 3, 5}) EXPECT_NE(set.find(hash), std::nullopt) << hash;
  EXPECT_EQ(set.bytes(), 64U);
}

TEST(RadiusPendingRequests, OldestOfFullNeighboursGivesWayAndIsCounted) {
  PendingRequests pending(4);
  for (uint64_t hash = 1; hash <= 4; ++hash) EXPECT_FALSE(pending.add(hash, at(static_cast<double>(hash))).pushed_out);
  EXPECT_FALSE(pending.add(2, at(9)).pushed_out) << "its own place";
  EXPECT_TRUE(pending.add(5, at(10)).pushed_out);
  EXPECT_EQ(pending.find(1), nullptr);
  ASSERT_NE(pending.find(2), nullptr);
  PendingRequests::release(*pending.find(2));
  EXPECT_EQ(pending.find(2), nullptr);
  EXPECT_FALSE(pending.add(6, at(11)).pushed_out);
}

TEST(RadiusPendingRequests, WhatIsKeptHasNoCredentialsAndIsAMessage) {
  const AttributeMap map = AttributeMap::standard();
  const Octets octets =
      message(1, 9,
              join({attribute(1, "alice"), attribute(2, "passwordpassword"), attribute(79, "eap"),
                    attribute(33, "proxy"), vendor(311, attribute(25, "chap")), attribute(44, "A1")}));
  Message parsed;
  ASSERT_EQ(parse_message(octets, map, parsed), MessageError::kNone);
  PendingRequest request;
  request.keep(parsed);
  Message again;
  ASSERT_EQ(parse_message(request.message(), map, again), MessageError::kNone);
  EXPECT_EQ(as_text(again.user_name), "alice");
  EXPECT_EQ(as_text(again.session_id), "A1");
  const std::string kept(as_text(request.message()));
  for (const char* word : {"password", "eap", "proxy", "chap"}) EXPECT_EQ(kept.find(word), std::string::npos) << word;
}

TEST(RadiusPendingRequests, LongRequestIsKeptAsFarAsThereIsRoom) {
  const AttributeMap map = AttributeMap::standard();
  Octets attributes = attribute(1, "alice");
  for (int i = 0; i < 14; ++i) attributes = join({attributes, attribute(25, Octets(250, 1))});
  attributes = join({attributes, attribute(44, "A1")});
  const Octets octets = message(1, 9, attributes);
  Message parsed;
  ASSERT_EQ(parse_message(octets, map, parsed), MessageError::kNone);
  PendingRequest request;
  request.keep(parsed);
  Message again;
  ASSERT_EQ(parse_message(request.message(), map, again), MessageError::kNone);
  EXPECT_EQ(as_text(again.user_name), "alice");
  EXPECT_EQ(as_text(again.session_id), "A1");
}

TEST(RadiusNasClock, MessageIsLateByWhatItIsLaterThanTheOthers) {
  NasClock clock;
  EXPECT_EQ(clock.lateness_s(at(0), kBeginS - 500), 0);
  EXPECT_EQ(clock.lateness_s(at(10), kBeginS + 10 - 501), 0) << "whole seconds jitter";
  EXPECT_EQ(clock.lateness_s(at(20), kBeginS + 20 - 560), 60);
}

TEST(RadiusNasClock, ClockThatIsSetBackIsBelievedWhenAllMessagesSaySo) {
  NasClock clock;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(clock.lateness_s(at(i * 10), static_cast<uint32_t>(kBeginS + i * 10)), 0);
  int64_t last = 0;
  for (int i = 20; i < 80; ++i) last = clock.lateness_s(at(i * 10), static_cast<uint32_t>(kBeginS + i * 10 - 3600));
  EXPECT_EQ(last, 0);
}

TEST(RadiusNasClock, OneStampFromTheFutureIsForgottenWithinHalfAnHourAlsoByAQuietNas) {
  NasClock clock;
  EXPECT_EQ(clock.lateness_s(at(0), kBeginS + 86'400), 0);
  EXPECT_GT(clock.lateness_s(at(600), kBeginS + 600), 80'000);
  for (int i = 2; i <= 4; ++i) (void)clock.lateness_s(at(i * 600), static_cast<uint32_t>(kBeginS + i * 600));
  EXPECT_EQ(clock.lateness_s(at(3000), kBeginS + 3000), 0);
}

TEST(RadiusNasTable, NumberIsTheSameEachTimeUntilTheTableIsFull) {
  NasTable table(3);
  const uint32_t one = table.number_of(1);
  EXPECT_NE(one, 0U);
  EXPECT_NE(table.number_of(9), one);
  EXPECT_NE(table.number_of(17), 0U);
  EXPECT_EQ(table.number_of(1), one);
  EXPECT_EQ(table.number_of(33), 0U);
  EXPECT_EQ(table.count(), 3U);
}

SignalEnd end(const char* address) { return {.address = IpPrefix::parse(address)->octets}; }

TEST(RadiusPeers, LongestPrefixThatHoldsAnAddressIsTheClient) {
  const auto secret = [](std::string_view words) { return *SharedSecret::make(as_bytes(words)); };
  const SecretPointer wide = secret("wide");
  const SecretPointer narrow = secret("narrow");
  const SecretPointer host = secret("host");
  const Peers peers = *Peers::make({{.source_set = 3,
                                     .servers = {*IpPrefix::parse("198.51.100.1"), *IpPrefix::parse("2001:db8::1")},
                                     .clients = {{*IpPrefix::parse("192.0.2.0/24"), wide},
                                                 {*IpPrefix::parse("192.0.2.64/26"), narrow},
                                                 {*IpPrefix::parse("192.0.2.70"), host},
                                                 {*IpPrefix::parse("2001:db8:1::/48"), wide}}}});
  EXPECT_EQ(peers.client(3, false, end("192.0.2.1"))->secret, wide);
  EXPECT_EQ(peers.client(3, false, end("192.0.2.65"))->secret, narrow);
  EXPECT_EQ(peers.client(3, false, end("192.0.2.70"))->secret, host);
  EXPECT_EQ(peers.client(3, true, end("2001:db8:1::9"))->secret, wide);
  EXPECT_EQ(peers.client(3, false, end("203.0.113.1")), nullptr);
  EXPECT_EQ(peers.client(4, false, end("192.0.2.1")), nullptr) << "another set";
  EXPECT_TRUE(peers.is_server(3, false, end("198.51.100.1")));
  EXPECT_TRUE(peers.is_server(3, true, end("2001:db8::1")));
  EXPECT_FALSE(peers.is_server(3, false, end("198.51.100.2")));
  EXPECT_FALSE(peers.is_server(4, false, end("198.51.100.1")));
}

TEST(RadiusPeers, SetThatContradictsItselfIsRefused) {
  const IpPrefix host = *IpPrefix::parse("192.0.2.1");
  EXPECT_FALSE(Peers::make({{.servers = {*IpPrefix::parse("192.0.2.0/24")}}}).ok());
  EXPECT_FALSE(Peers::make({{.clients = {{host}, {host}}}}).ok());
  EXPECT_FALSE(Peers::make({{.source_set = 1}, {.source_set = 1}}).ok());
  EXPECT_FALSE(Peers::make({{.servers = std::vector<IpPrefix>(Peers::kServersMax + 1, host)}}).ok());
}

}  // namespace
}  // namespace lictor::radius

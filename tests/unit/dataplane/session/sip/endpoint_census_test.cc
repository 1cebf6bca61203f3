// How often an endpoint is named, and who is told when that changes.
#include "dataplane/session/sip/endpoint_census.h"

#include <gtest/gtest.h>

#include "tests/unit/dataplane/session/sip/sip_calls.h"

namespace lictor::sip {
namespace {

MediaEndpoint endpoint(uint8_t host, uint16_t port) {
  return {.address = {.octets = {192, 0, 2, host}}, .port = port, .use = EndpointUse::kMedia};
}
EndpointName name(uint8_t host, uint16_t port) { return {.address = {.octets = {192, 0, 2, host}}, .port = port}; }

TEST(EndpointCensus, CountsWhatIsAddedAndNotRemoved) {
  const auto census = *EndpointCensus::make(4, {1, 2});
  census->add(endpoint(1, 1000));
  census->add(endpoint(1, 1000));
  census->add(endpoint(1, 1002));
  EXPECT_EQ(census->count(name(1, 1000)), 2U);
  EXPECT_EQ(census->count(name(1, 1002)), 1U);
  EXPECT_EQ(census->count(name(2, 1000)), 0U);
  census->remove(endpoint(1, 1000));
  EXPECT_EQ(census->count(name(1, 1000)), 1U);
  census->remove(endpoint(1, 1000));
  EXPECT_EQ(census->count(name(1, 1000)), 0U);
  census->remove(endpoint(1, 1000));
  EXPECT_EQ(census->count(name(1, 1002)), 1U);
}

TEST(EndpointCensus, WhatHasNoRoomIsCountedAndNotKnown) {
  const auto census = *EndpointCensus::make(2, {1, 2});
  for (const uint16_t port : std::vector<uint16_t>{1, 2, 3}) census->add(endpoint(1, port));
  EXPECT_EQ(census->no_room().get(), 1U);
  EXPECT_EQ(census->count(name(1, 3)), 0U);
  census->remove(endpoint(1, 1));
  census->add(endpoint(1, 3));
  EXPECT_EQ(census->count(name(1, 3)), 1U);
}

TEST(EndpointCensus, TellsOfWhatIsWatchedUntilItIsGone) {
  const auto census = *EndpointCensus::make(4, {1, 2});
  census->watch(name(1, 1));  // not there
  census->add(endpoint(1, 1));
  EXPECT_TRUE(census->changed().empty());
  census->watch(name(1, 1));
  census->add(endpoint(1, 2));
  census->add(endpoint(1, 1));
  census->remove(endpoint(1, 1));
  EXPECT_EQ(census->changed().size(), 2U);
  EXPECT_EQ(census->changed()[0], name(1, 1));
  census->remove(endpoint(1, 1));
  census->changed().clear();
  census->add(endpoint(1, 1));
  EXPECT_TRUE(census->changed().empty());
}

class CensusOfCalls : public SipCalls {};

// Whatever becomes of them.
TEST_F(CensusOfCalls, CallsThatHaveEndedNameNothing) {
  const EndpointName offered{.address = {.octets = {192, 0, 2, 1}}, .port = 5000};
  request("INVITE", {}, sdp(5000));
  request("INVITE", {.branch = "b", .call = "c2", .from = "9"}, sdp(5000));
  EXPECT_EQ(tracker->census().count(offered), 2U);
  answer(486, "INVITE", {.to = "2"});
  EXPECT_EQ(tracker->census().count(offered), 1U);
  wait(100'000);  // nobody answers
  EXPECT_EQ(tracker->census().count(offered), 0U);
  EXPECT_TRUE(tracker->media(CallId{0}).endpoints.empty());
}

}  // namespace
}  // namespace lictor::sip

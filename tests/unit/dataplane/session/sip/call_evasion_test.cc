// How the parties of a call might end its interception before the call, or leave a part of it out: by tags that they
// invent, by filler, and by requests that reach nobody.
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "tests/unit/dataplane/session/sip/sip_calls.h"

namespace lictor::sip {
namespace {

using SipEvasion = SipCalls;

bool has_port(const std::vector<uint16_t>& ports, int port) { return std::ranges::find(ports, port) != ports.end(); }

TEST_F(SipEvasion, ByeOfNoDialogEndsNoCall) {
  establish();
  request("BYE", {.branch = "x", .to = "9", .number = 2});
  request("BYE", {.branch = "y", .from = "9", .to = "2", .number = 2});
  answer(481, "BYE", {.branch = "y", .from = "9", .to = "2", .number = 2});
  wait(60);
  EXPECT_EQ(take(), (Said{"continue", "continue", "continue"}));
  request("BYE", {.branch = "c", .to = "2", .number = 3});
  answer(200, "BYE", {.branch = "c", .to = "2", .number = 3});
  EXPECT_EQ(words.said.back(), "end released media=0");
}

TEST_F(SipEvasion, ByeBeforeThereIsADialogEndsNoCall) {
  request("INVITE", {}, sdp(5000));
  request("BYE", {.branch = "x", .number = 2});
  wait(60);
  answer(200, "INVITE", {.to = "2"}, sdp(6000));
  wait(60);
  EXPECT_EQ(take(), (Said{"begin media=1", "continue", "continue media=2"}));
}

TEST_F(SipEvasion, ByeThatWasRefusedForItsOrderOrItsWayEndsNoCall) {
  establish();
  for (const int status : {500, 483, 403}) {
    request("BYE", {.branch = "x", .to = "2"});
    answer(status, "BYE", {.branch = "x", .to = "2"});
  }
  wait(60);
  EXPECT_EQ(words.ends.size(), 0U);
}

TEST_F(SipEvasion, WhatIsTakenInADialogTakesItsByeBack) {
  establish();
  request("BYE", {.branch = "x", .to = "2", .number = 2});
  request("UPDATE", {.branch = "y", .to = "2", .number = 3});
  answer(200, "UPDATE", {.branch = "y", .to = "2", .number = 3});
  wait(60);
  request("BYE", {.branch = "x", .to = "2", .number = 4});
  request("INVITE", {.branch = "z", .from = "2", .to = "1"}, sdp(6000));
  answer(200, "INVITE", {.branch = "z", .from = "2", .to = "1"}, sdp(5000));
  wait(60);
  EXPECT_EQ(words.ends.size(), 0U);
}

TEST_F(SipEvasion, RepeatedAnswerTakesNoByeBack) {
  establish();
  request("BYE", {.branch = "x", .to = "2", .number = 2});
  answer(200, "INVITE", {.to = "2"}, sdp(6000));
  wait(33);
  EXPECT_EQ(words.said.back(), "end bye-unanswered media=0");
}

TEST_F(SipEvasion, ByeOfOneForkThatNobodyAnswersLeavesTheOther) {
  establish();
  answer(200, "INVITE", {.to = "3"}, sdp(7000));
  request("BYE", {.branch = "x", .to = "2", .number = 2});
  take();
  wait(33);
  EXPECT_EQ(take(), Said{"continue media=2"});
  EXPECT_EQ(words.media, (std::vector<uint16_t>{5000, 7000}));
  request("BYE", {.branch = "y", .to = "3", .number = 2});
  wait(33);
  EXPECT_EQ(take(), (Said{"continue", "end bye-unanswered media=0"}));
}

TEST_F(SipEvasion, RefusalUnderAnInventedTagEndsNoCall) {
  establish();
  request("INVITE", {.branch = "x", .from = "9", .to = "2", .number = 2});
  answer(481, "INVITE", {.branch = "x", .from = "9", .to = "2", .number = 2});
  EXPECT_EQ(words.ends.size(), 0U);
}

TEST_F(SipEvasion, AnswersOfTwoForksAreNoRepetition) {
  establish();
  answer(200, "INVITE", {.to = "3"}, sdp(7000));
  answer(200, "INVITE", {.to = "3"}, sdp(7000));
  EXPECT_EQ(take(), (Said{"continue media=4", "continue again"}));  // who called has a place for each of both
}

TEST_F(SipEvasion, InventedTagsKeepNoAnswerOut) {
  request("INVITE", {}, sdp(5000));
  for (size_t i = 0; i < kCallDialogsMax; ++i) answer(180, "INVITE", {.to = "x" + std::to_string(i)});
  answer(200, "INVITE", {.to = "2"}, sdp(6000));
  request("INVITE", {.branch = "r", .to = "2", .number = 2});
  answer(488, "INVITE", {.branch = "r", .to = "2", .number = 2});
  EXPECT_EQ(words.ends.size(), 0U);
  EXPECT_EQ(tracker->counters().legs_beyond.get(), 1U);
  request("BYE", {.branch = "c", .to = "2", .number = 3});
  answer(200, "BYE", {.branch = "c", .to = "2", .number = 3});
  EXPECT_EQ(words.said.back(), "end released media=0");
}

TEST_F(SipEvasion, CallOfMoreAnswersThanAreFollowedOutlivesThoseThatAre) {
  request("INVITE", {}, sdp(5000));
  for (size_t i = 0; i <= kCallDialogsMax; ++i) answer(200, "INVITE", {.to = "x" + std::to_string(i)});
  for (size_t i = 0; i < kCallDialogsMax; ++i) answer(200, "BYE", {.to = "x" + std::to_string(i), .number = 2});
  EXPECT_EQ(words.ends.size(), 0U);
}

TEST_F(SipEvasion, CallOfMoreBranchesThanAreFollowedOutlivesTheirRefusals) {
  for (size_t i = 0; i <= kCallLegsMax; ++i) request("INVITE", {.branch = std::to_string(i)});
  for (size_t i = 0; i < kCallLegsMax; ++i) answer(482, "INVITE", {.branch = std::to_string(i), .to = "9"});
  EXPECT_EQ(words.ends.size(), 0U);
  wait(241);
  EXPECT_EQ(words.said.back(), "end unanswered");
}

TEST_F(SipEvasion, SessionTimerOfASecondCountsAsTheLeastThatThereIs) {
  request("INVITE", {});
  answer(200, "INVITE", {.to = "2"}, "", "Session-Expires: 1\r\n");
  wait(121);
  EXPECT_EQ(words.ends.size(), 0U);
  wait(2);
  EXPECT_EQ(words.said.back(), "end session-timer");
}

TEST_F(SipEvasion, MediaThatFlowOutliveSessionTimerAndSilence) {
  tracker = *CallTracker::make({.calls_max = 4, .silence_ns = 200 * kNanosecondsPerSecond});
  request("INVITE", {});
  answer(200, "INVITE", {.to = "2"}, "", "Session-Expires: 90\r\n");
  for (int i = 0; i < 20; ++i) {
    wait(16);
    tracker->media_seen(words.last, now);
  }
  wait(31);
  EXPECT_EQ(words.ends.size(), 0U);
  wait(2);
  EXPECT_EQ(words.said.back(), "end session-timer");
}

// `streams` of audio, each with as many candidates as are read.
std::string ice(int port, int streams) {
  std::string text = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\n";
  for (int stream = 0; stream < streams; ++stream) {
    text += "m=audio " + std::to_string(port + 2 * stream) + " RTP/AVP 0\r\n";
    for (size_t i = 0; i < kCandidatesMax; ++i) {
      const std::string candidate = std::to_string(port + 100 + stream * 20 + static_cast<int>(i));
      text += "a=candidate:1 1 UDP 1 192.0.2.1 " + candidate + " typ host\r\n";
    }
  }
  return text;
}

TEST_F(SipEvasion, OfferAndAnswerOfTwoStreamsWithCandidatesHaveRoom) {
  request("INVITE", {}, ice(5000, 2));
  answer(200, "INVITE", {.to = "2"}, ice(6000, 2));
  EXPECT_EQ(words.media.size(), 2 * 2 * (2 + kCandidatesMax));
  EXPECT_EQ(tracker->counters().endpoints_beyond.get(), 0U);
}

TEST_F(SipEvasion, EndpointsOfOnePartyPushNoneOfAnothersFirstOnesOut) {
  request("INVITE", {}, ice(5000, 6));
  EXPECT_EQ(words.media.size(), kCallEndpointsMax);
  EXPECT_EQ(tracker->counters().endpoints_beyond.get(), 6 * (2 + kCandidatesMax) - kCallEndpointsMax);
  answer(200, "INVITE", {.to = "2"}, ice(6000, 6));
  EXPECT_EQ(words.media.size(), kCallEndpointsMax);
  for (int stream = 0; stream < 6; ++stream) {
    EXPECT_TRUE(has_port(words.media, 5000 + 2 * stream)) << stream;
    EXPECT_TRUE(has_port(words.media, 6000 + 2 * stream)) << stream;
  }
}

TEST_F(SipEvasion, RepeatedDescriptionThatHadNoRoomChangesNothing) {
  request("INVITE", {}, ice(5000, 6));
  answer(200, "INVITE", {.to = "2"}, ice(6000, 6));
  take();
  answer(200, "INVITE", {.to = "2"}, ice(6000, 6));
  EXPECT_EQ(take(), Said{"continue again"});
}

TEST_F(SipEvasion, OffersUnderInventedTagsShareOneList) {
  request("INVITE", {}, sdp(5000));
  answer(200, "INVITE", {.to = "2"}, sdp(6000));
  const auto offer = [&] {
    for (int i = 0; i < 200; ++i)
      request("INVITE", {.branch = "b" + std::to_string(i), .from = "x" + std::to_string(i)}, ice(7000, 6));
  };
  offer();
  EXPECT_EQ(tracker->media(CallId{0}).endpoints.size(), 2U) << "they are others'";
  is_of_followed = true;
  offer();
  EXPECT_EQ(words.media.size(), 2 + kCallEndpointsMax / 3);
  EXPECT_TRUE(has_port(words.media, 5000) && has_port(words.media, 6000));
}

TEST_F(SipEvasion, ForksOfAllTagsThatAreFollowedHaveTheirPorts) {
  request("INVITE", {}, ice(5000, 2));
  for (int i = 0; i < static_cast<int>(kCallDialogsMax); ++i)
    answer(183, "INVITE", {.to = "x" + std::to_string(i)}, ice(10'000 + 1000 * i, 2));
  for (int i = 0; i < static_cast<int>(kCallDialogsMax); ++i)
    EXPECT_TRUE(has_port(words.media, 10'000 + 1000 * i)) << i;
  EXPECT_TRUE(has_port(words.media, 5000));
}

TEST_F(SipEvasion, EndedCallsGoBeforeRingingOnes) {
  for (int i = 0; i < 15; ++i) request("INVITE", {.call = "rings" + std::to_string(i)});
  request("INVITE", {.call = "ended"});
  answer(486, "INVITE", {.call = "ended", .to = "2"});
  take();
  request("INVITE", {.call = "new"});
  EXPECT_EQ(take(), Said{"begin"});
  EXPECT_EQ(tracker->counters().evicted.get(), 0U);
}

// Octets of address space that the process has.
rlim_t address_space() {
  rlim_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * 4096;
}

TEST(SipCallsDeathTest, MemoryThatCannotBeHadIsSaid) {
  const auto ask = [] {
    const rlim_t most = address_space() + (rlim_t{256} << 20);
    const rlimit limit{.rlim_cur = most, .rlim_max = most};
    if (setrlimit(RLIMIT_AS, &limit) != 0) std::_Exit(2);
    const auto tracker = CallTracker::make({.calls_max = 1 << 18});
    std::_Exit(tracker.status().code() == absl::StatusCode::kResourceExhausted ? 0 : 1);
  };
  EXPECT_EXIT(ask(), ::testing::ExitedWithCode(0), "");
}

// What a phone sends to its own server that fits no transaction is dropped there.
TEST_F(SipEvasion, WhoAsksAnswersNothingHimself) {
  request("INVITE", {}, sdp(5000));
  answer_by_caller(486, "INVITE", {.to = "x"});
  answer(200, "INVITE", {.to = "2"}, sdp(6000));
  EXPECT_EQ(words.media, (std::vector<uint16_t>{5000, 6000}));
  request("BYE", {.branch = "bye", .to = "2", .number = 2});
  answer_by_caller(200, "BYE", {.branch = "bye", .to = "2", .number = 2});
  EXPECT_EQ(words.ends.size(), 0U);
}

TEST_F(SipEvasion, AnswersToNothingEndNoCall) {
  establish();
  answer(200, "BYE", {.branch = "zz", .to = "2", .number = 77});
  answer(481, "INVITE", {.branch = "zz", .to = "2", .number = 9});
  answer(408, "INVITE", {.branch = "zy", .from = "2", .to = "1", .number = 9});
  EXPECT_EQ(words.ends.size(), 0U);
}

TEST_F(SipEvasion, WhatAnswersNothingAddsAndTakesNothingAway) {
  establish();
  answer(200, "INVITE", {.branch = "zz", .to = "2"}, sdp(9));
  answer(200, "INVITE", {.branch = "zy", .from = "2", .to = "1"}, sdp(10));
  request("ACK", {.branch = "zx", .to = "2", .number = 55}, sdp(11));
  request("ACK", {.branch = "zw", .from = "2", .to = "1", .number = 55}, sdp(12));
  for (const int port : {5000, 6000, 9, 10, 11, 12}) EXPECT_TRUE(has_port(words.media, port)) << port;
}

TEST_F(SipEvasion, OnlyWhatNegotiatesOffers) {
  establish();
  request("INVITE", {.branch = "r", .to = "2", .number = 2}, sdp(7000));
  for (const char* const method : {"INFO", "OPTIONS", "MESSAGE", "BYE"})
    request(method, {.branch = method, .to = "2", .number = 3}, sdp(9));
  EXPECT_FALSE(has_port(words.media, 9));
  answer(200, "INVITE", {.branch = "r", .to = "2", .number = 2}, sdp(6000));
  EXPECT_EQ(words.media, (std::vector<uint16_t>{6000, 7000}));
}

TEST_F(SipEvasion, ABranchThatComesAgainIsAnotherTransaction) {
  request("INVITE", {});
  answer(486, "INVITE", {.to = "2"});
  wait(6);
  take();
  request("INVITE", {.number = 2}, sdp(5000));
  answer(200, "INVITE", {.to = "3", .number = 2}, sdp(6000));
  EXPECT_EQ(take(), (Said{"begin media=1", "continue media=2"}));
  request("INVITE", {.to = "3", .number = 3}, sdp(7000));
  EXPECT_TRUE(has_port(words.media, 7000));
}

TEST_F(SipEvasion, AnAnswerOpensACallWhoseInviteWasLost) {
  answer(180, "INVITE", {.to = "2"});
  answer(200, "INVITE", {.to = "2"}, sdp(6000));
  EXPECT_EQ(take(), (Said{"begin", "continue media=1"}));
  request("BYE", {.branch = "bye", .to = "2", .number = 2});
  answer(200, "BYE", {.branch = "bye", .to = "2", .number = 2});
  EXPECT_EQ(take(), (Said{"continue", "end released media=0"}));
}

TEST_F(SipEvasion, ARefusedUpdateLeavesWhatAnEarlierAnswerTook) {
  request("INVITE", {}, sdp(5000));
  answer(183, "INVITE", {.to = "2"}, sdp(6000));
  request("UPDATE", {.branch = "u", .to = "2", .number = 2}, sdp(5002));
  answer(504, "UPDATE", {.branch = "u", .to = "2", .number = 2});
  answer(200, "INVITE", {.to = "2"});
  EXPECT_EQ(words.media, (std::vector<uint16_t>{5000, 6000}));
}

TEST_F(SipEvasion, AnAnswerBehindItsForksByeRevivesNothing) {
  establish();
  answer(200, "INVITE", {.to = "3"}, sdp(7000));
  request("BYE", {.branch = "y", .to = "3", .number = 2});
  answer(200, "BYE", {.branch = "y", .to = "3", .number = 2});
  answer(200, "INVITE", {.to = "3"}, sdp(7000));
  EXPECT_FALSE(has_port(words.media, 7000));
  request("BYE", {.branch = "z", .to = "2", .number = 3});
  take();
  answer(200, "BYE", {.branch = "z", .to = "2", .number = 3});
  EXPECT_EQ(take(), Said{"end released media=0"});
}

TEST_F(SipEvasion, ForksAreToldOtherPlacesEach) {
  request("INVITE", {.branch = "b1"}, sdp(5000));
  request("INVITE", {.branch = "b2"}, sdp(5002));
  answer(200, "INVITE", {.branch = "b1", .to = "2"}, sdp(6000));
  answer(200, "INVITE", {.branch = "b2", .to = "3"}, sdp(7000));
  EXPECT_EQ(words.media, (std::vector<uint16_t>{5000, 5002, 6000, 7000}));
  request("BYE", {.branch = "y", .to = "3", .number = 2});
  answer(200, "BYE", {.branch = "y", .to = "3", .number = 2});
  EXPECT_EQ(words.media, (std::vector<uint16_t>{5000, 6000}));
}

}  // namespace
}  // namespace lictor::sip

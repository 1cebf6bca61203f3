// Whose calls are targets': reports, CINs and rules of what a desk is shown.
#include "tests/unit/dataplane/session/sip/call_desk_fixture.h"

namespace lictor::sip {
namespace {

TEST_F(CallDeskTest, EveryMessageOfATargetsCallIsTold) {
  watch(1, {"b@example.org"});
  see(request("INVITE", {}, 40'000));
  see(answer(200, "INVITE", {.to = "2"}, 40'002));
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000 peer", "1#1 :40002"}));
  see(request("ACK", {.to = "2"}));
  see(request("BYE", {.branch = "x", .to = "2", .number = 2}));
  see(answer(200, "BYE", {.branch = "x", .to = "2", .number = 2}));
  EXPECT_EQ(office_.said, (Lines{"1#1 begin to :40000", "1#1 continue from :40000 :40002",
                                 "1#1 continue to :40000 :40002", "1#1 continue to :40000 :40002", "1#1 end from"}));
  tick(3);
  EXPECT_EQ(office_.rules(), Lines{});
  EXPECT_EQ(office_.messages[0], request("INVITE", {}, 40'000));
  EXPECT_EQ(office_.headers[0], 28U);
}

TEST_F(CallDeskTest, WhoseAnEndpointIsFollowsTheCallNotTheRequest) {
  plan_.sets[0].from = true;
  desk_ = *CallDesk::make(plan_, office_);
  watch(1, {"a@example.org"});
  see(request("INVITE", {}, 40'000));
  see(answer(200, "INVITE", {.to = "2"}, 40'002));
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000", "1#1 :40002 peer"}));
  const Leg from_called{.branch = "y", .from = "2", .to = "1", .number = 2};
  see(request("INVITE", from_called, 40'004));
  see(answer(200, "INVITE", from_called, 40'006));
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40004 peer", "1#1 :40006"}));
  EXPECT_EQ(office_.said.back(), "1#1 continue from :40004 :40006");
}

// Whoever calls the target again and again, and never takes no for an answer.
TEST_F(CallDeskTest, AFloodOfCallsToTheTargetKeepsNoneOfItsCallsOut) {
  plan_.tracker.calls_max = 8;
  plan_.followed_max = 16;
  plan_.exchanges_max = 8;
  desk_ = *CallDesk::make(plan_, office_);
  watch(1, {"b@example.org"});
  office_.cins_left = 1000;
  see(request("INVITE", {.branch = "own", .call = "own"}, 40'000));
  see(answer(200, "INVITE", {.branch = "own", .call = "own", .to = "2"}, 6000));
  for (int number = 0; number < 100; ++number) {
    const std::string name = "f" + std::to_string(number);
    see(request("INVITE", {.branch = name, .call = name, .from = name}, 41'000));
    see(request("MESSAGE", {.call = "m" + name}));
  }
  EXPECT_EQ(std::ranges::count(office_.rules(), "1#1 :6000"), 1);  // the own call is still there
  EXPECT_EQ(std::ranges::count_if(office_.said, [](const std::string& one) { return one.find("begin") != one.npos; }),
            101);
  EXPECT_EQ(std::ranges::count_if(office_.said, [](const std::string& one) { return one.ends_with("report"); }), 100);
  std::string others = request("INVITE", {.branch = "o", .call = "c2", .from = "8"}, 6004);
  for (size_t at; (at = others.find("b@example")) != std::string::npos;) others.replace(at, 1, "x");
  const uint64_t ended = desk_->tracker().counters().ended.get();
  see(others);  // a stranger's makes none of them go
  EXPECT_EQ(desk_->tracker().counters().ended.get(), ended);
}

// What was on its way when the call ended is its own, until another call says that the endpoint is its.
TEST_F(CallDeskTest, MediaHaveAShortGraceBehindTheEnd) {
  watch(1, {"b@example.org"});
  watch(2, {"b@example.org"});
  see(request("INVITE", {}, 40'000), 10);
  see(answer(486, "INVITE", {.to = "2"}), 10);
  tick(10);
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000 peer", "2#2 :40000 peer"}));
  tick(12);
  EXPECT_EQ(office_.rules(), Lines{});
}

TEST_F(CallDeskTest, APortThatAnotherCallUsesNextIsThatCallsAtOnce) {
  watch(1, {"b@example.org"});
  watch(2, {"b@example.org"});
  see(request("INVITE", {}, 40'000), 10);
  see(answer(486, "INVITE", {.to = "2"}), 10);
  std::string others = request("INVITE", {.branch = "o", .call = "c2", .from = "8"}, 40'000);
  for (size_t at; (at = others.find("b@example")) != std::string::npos;) others.replace(at, 1, "x");
  see(others, 10);
  EXPECT_EQ(office_.rules(), Lines{});
  see(request("INVITE", {.branch = "q", .call = "c3"}, 40'002), 11);
  see(answer(486, "INVITE", {.branch = "q", .call = "c3", .to = "2"}), 11);
  see(request("INVITE", {.branch = "r", .call = "c4"}, 40'002), 11);
  EXPECT_EQ(office_.rules(), (Lines{"1#5 :40002 peer", "2#6 :40002 peer"}));
  EXPECT_EQ(desk_->tracker().census().count({.address = {.octets = {192, 0, 2, 1}}, .port = 40'002}), 1U);
}

TEST_F(CallDeskTest, ATaskThatGoesLeavesNoGrace) {
  watch(1, {"b@example.org"});
  see(request("INVITE", {}, 40'000), 10);
  see(answer(486, "INVITE", {.to = "2"}), 10);
  unwatch(1);
  EXPECT_EQ(office_.rules(), Lines{});
}

// A session timer that nobody refreshes ends a call whose media have ceased, and no other.
TEST_F(CallDeskTest, ASessionTimerEndsACallWithoutMedia) {
  watch(1, {"b@example.org"});
  watch(2, {"b@example.org"}, false);
  const auto timed = [](std::string text) { return text.replace(text.find("CSeq"), 0, "Session-Expires: 90\r\n"); };
  see(request("INVITE", {}, 40'000), 10);
  see(timed(answer(200, "INVITE", {.to = "2"}, 6000)), 10);
  const auto wait_until = [this](int64_t second) {
    for (int round = 0; round < 300; ++round) tick(second);
  };
  office_.clocks.at(1)->store(130 * kS);
  wait_until(140);
  EXPECT_EQ(office_.said.size(), 4U);
  wait_until(170);
  EXPECT_EQ(std::vector(office_.said.begin() + 4, office_.said.end()), (Lines{"1#1 end reason 4", "2#2 end reason 4"}));
}

// Orders without content, and media that pass another dataplane.
TEST_F(CallDeskTest, WhereNobodyHearsMediaNoSessionTimerEndsACall) {
  watch(1, {"b@example.org"}, false);
  watch(2, {"b@example.org"});
  see(request("INVITE", {}, 40'000), 10);
  std::string taken = answer(200, "INVITE", {.to = "2"}, 6000);
  see(taken.replace(taken.find("CSeq"), 0, "Session-Expires: 90\r\n"), 10);
  for (int round = 0; round < 300; ++round) tick(1000);
  EXPECT_EQ(office_.said.size(), 4U);
}

TEST_F(CallDeskTest, AMessageAtTwoTapsIsOne) {
  watch(1, {"b@example.org"});
  for (const std::string& text :
       {request("INVITE", {}, 40'000), answer(486, "INVITE", {.to = "2"}), request("MESSAGE", {.call = "m"})}) {
    see(text, 1, 0, 0);
    see(text, 1, 0, 1);
  }
  EXPECT_EQ(office_.said, (Lines{"1#1 begin to :40000", "1#1 end from", "1#2 report"}));
  EXPECT_EQ(desk_->counters().echoes.get(), 3U);
}

TEST_F(CallDeskTest, AMessageThatIsSentAgainIsTwo) {
  watch(1, {"b@example.org"});
  const std::string text = request("MESSAGE", {.call = "m"});
  see(text, 1, 1, 0);
  see(text, 1, 1, 0);  // at the same tap
  see(text, 2, 1, 1);  // later, at another
  see(text, 2, 2, 0);  // from somebody else
  EXPECT_EQ(office_.said, (Lines(4, "1#1 report")));
}

TEST_F(CallDeskTest, ACallOfNobodyIsNotTold) {
  watch(1, {"c@example.org"});
  see(request("INVITE", {}, 40'000));
  see(answer(486, "INVITE", {.to = "2"}));
  EXPECT_EQ(office_.said, Lines{});
  EXPECT_EQ(office_.rules(), Lines{});
  EXPECT_EQ(desk_->counters().messages.get(), 2U);
}

TEST_F(CallDeskTest, TwoTasksHaveEachTheirOwn) {
  watch(1, {"b@example.org"});
  watch(2, {"b@example.org"}, false);
  see(request("INVITE", {}, 40'000));
  EXPECT_EQ(office_.said, (Lines{"1#1 begin to :40000", "2#2 begin to"}));
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000 peer"}));
}

TEST_F(CallDeskTest, AnEndpointOfTwoCallsStaysTheOthers) {
  watch(1, {"b@example.org"});
  see(request("INVITE", {.call = "c1"}, 40'000));
  see(request("INVITE", {.branch = "b", .call = "c2", .from = "9"}, 40'000));
  see(answer(486, "INVITE", {.call = "c1", .to = "2"}));
  EXPECT_EQ(office_.rules(), (Lines{"1#2 :40000 peer"}));
}

// A relay of media in the way of both legs, and an answer that comes again on each of them.
TEST_F(CallDeskTest, BothSidesOfARelayAreTheCalls) {
  watch(1, {"b@example.org"});
  see_between(request("INVITE", {}, 40'000), 7000, 5060);
  see_between(request("INVITE", {.branch = "p"}, 30'000), 5060, 7001);
  const std::string of_called = answer(200, "INVITE", {.branch = "p", .to = "2"}, 40'002);
  const std::string of_relay = answer(200, "INVITE", {.to = "2"}, 30'010);
  const Lines all = {"1#1 :30000 peer", "1#1 :30010", "1#1 :40000 peer", "1#1 :40002"};
  see_between(of_called, 7001, 5060);
  see_between(of_relay, 5060, 7000);
  EXPECT_EQ(office_.rules(), all);
  see_between(of_called, 7001, 5060);
  EXPECT_TRUE(office_.changes.empty());
  see_between(of_relay, 5060, 7000);
  EXPECT_EQ(office_.rules(), all);
}

TEST_F(CallDeskTest, AnEndpointOfOthersCountsWithTheCallsOtherEndsAlone) {
  watch(1, {"b@example.org"});
  see(request("INVITE", {}, 40'000));
  see(answer(200, "INVITE", {.to = "2"}, 6000));
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000 peer", "1#1 :6000"}));
  // Somebody else's call, to the same port of a server.
  const auto others = [](const std::string& text) {
    std::string changed = text;
    for (size_t at; (at = changed.find("b@example")) != std::string::npos;) changed.replace(at, 1, "x");
    return changed;
  };
  see(others(request("INVITE", {.branch = "o", .call = "c2", .from = "8"}, 41'000)));
  see(others(answer(200, "INVITE", {.branch = "o", .call = "c2", .from = "8", .to = "9"}, 6000)));
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000 peer", "1#1 :6000 with :40000"}));
  EXPECT_EQ(desk_->counters().shared.get(), 1U);
  see(others(request("BYE", {.branch = "p", .call = "c2", .from = "8", .to = "9", .number = 2})));
  see(others(answer(200, "BYE", {.branch = "p", .call = "c2", .from = "8", .to = "9", .number = 2})));
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000 peer", "1#1 :6000"}));
}

// Whoever describes a name server's port as his media gets none of others' questions to it.
TEST_F(CallDeskTest, PortsOfServicesCountInPairsAlone) {
  watch(1, {"b@example.org"});
  see(request("INVITE", {}, 40'000));
  see(answer(200, "INVITE", {.to = "2"}, 53));
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000 peer", "1#1 :53 with :40000"}));
}

// An endpoint that is described again is watched as before.
TEST_F(CallDeskTest, WhoComesBehindAnAnswerThatChangedIsSeenAsWell) {
  watch(1, {"b@example.org"});
  see(request("INVITE", {}, 40'000));
  see(answer(200, "INVITE", {.to = "2"}, 6000));
  see(request("INVITE", {.branch = "r", .to = "2", .number = 2}, 40'000));
  see(answer(200, "INVITE", {.branch = "r", .to = "2", .number = 2}, 6002));
  see(request("INVITE", {.branch = "s", .to = "2", .number = 3}, 40'000));
  see(answer(200, "INVITE", {.branch = "s", .to = "2", .number = 3}, 6000));
  const Leg stranger{.branch = "o", .call = "c2", .from = "8"};
  std::string others = request("INVITE", stranger, 6000);
  for (size_t at; (at = others.find("b@example")) != std::string::npos;) others.replace(at, 1, "x");
  see(others);
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000 peer", "1#1 :6000 with :40000"}));
}

TEST_F(CallDeskTest, ContentThatIsOrderedInTheMidstOfACallIsCopiedFromThenOn) {
  watch(1, {"b@example.org"}, false);
  see(request("INVITE", {}, 40'000));
  see(answer(200, "INVITE", {.to = "2"}, 6000));
  EXPECT_EQ(office_.rules(), Lines{});
  watch(1, {"b@example.org"}, true);
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000 peer", "1#1 :6000"}));
  watch(1, {"b@example.org"}, false);
  EXPECT_EQ(office_.rules(), Lines{});
}

TEST_F(CallDeskTest, CallsWithoutEndAtOneEndpointCostABound) {
  watch(1, {"b@example.org"});
  size_t most = 0;
  for (int number = 0; number < 90; ++number) {
    const std::string name = "c" + std::to_string(number);
    office_.changes.clear();
    see(request("INVITE", {.branch = name, .call = name, .from = name}, 40'000));
    most = std::max(most, office_.changes.size());
  }
  EXPECT_LT(most, 64U);
  EXPECT_GT(desk_->counters().endpoint_calls_over.get(), 0U);
  for (int number = 0; number < 90; ++number) {
    const std::string name = "c" + std::to_string(number);
    see(answer(486, "INVITE", {.branch = name, .call = name, .from = name, .to = "2"}));
  }
  EXPECT_EQ(desk_->tracker().census().count({.address = {.octets = {192, 0, 2, 1}}, .port = 40'000}), 0U);
}

// A full table gives up a stranger's call for a target's: that is told of nobody.
TEST_F(CallDeskTest, WhoMakesRoomForATargetsCallIsNotToldOf) {
  plan_.tracker.calls_max = 1;
  desk_ = *CallDesk::make(plan_, office_);
  watch(1, {"b@example.org"});
  std::string others = request("INVITE", {.branch = "o", .call = "c2", .from = "8"}, 6000);
  for (size_t at; (at = others.find("b@example")) != std::string::npos;) others.replace(at, 1, "x");
  see(others);
  see(request("INVITE", {}, 40'000));
  EXPECT_EQ(office_.said, (Lines{"1#1 begin to :40000"}));
}

TEST_F(CallDeskTest, WhatAnothersCallHasIsNotTakenByAnOffer) {
  watch(1, {"b@example.org"});
  watch(2, {"d@example.org"});
  const auto hostile = [](const std::string& text) {
    std::string changed = text;
    for (size_t at; (at = changed.find("b@example")) != std::string::npos;) changed.replace(at, 1, "x");
    return changed;
  };
  see(hostile(request("INVITE", {.call = "c9", .from = "7"}, 40'000)));
  see(request("INVITE", {}, 40'000));  // the target says that it is his
  EXPECT_EQ(office_.rules(), Lines{});
  see(answer(200, "INVITE", {.to = "2"}, 40'002));
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000 peer with :40002", "1#1 :40002"}));
}

TEST_F(CallDeskTest, TwoCallsOfOneTaskAtOneEndpointAreToldApart) {
  watch(1, {"b@example.org"});
  for (const int call : {1, 2}) {
    const std::string name = "c" + std::to_string(call);
    see(request("INVITE", {.branch = name, .call = name, .from = name}, 40'000 + 2 * call));
    see(answer(200, "INVITE", {.branch = name, .call = name, .from = name, .to = "t"}, 6000));
  }
  EXPECT_EQ(office_.rules(),
            (Lines{"1#1 :40002 peer", "1#1 :6000 with :40002", "1#2 :40004 peer", "1#2 :6000 with :40004"}));
}

TEST_F(CallDeskTest, ATaskThatEndsHasNoCallsAnyMore) {
  watch(1, {"b@example.org"});
  see(request("INVITE", {}, 40'000));
  unwatch(1);
  EXPECT_EQ(office_.said.back(), "1#1 gone");
  EXPECT_EQ(office_.rules(), Lines{});
  see(answer(200, "INVITE", {.to = "2"}, 40'002));
  EXPECT_EQ(office_.said.size(), 2U);
}

TEST_F(CallDeskTest, ATaskThatNoLongerAsksForTheNameLosesItsCalls) {
  watch(1, {"b@example.org", "d@example.org"});
  see(request("INVITE", {}, 40'000));
  watch(1, {"d@example.org"});
  EXPECT_EQ(office_.said.back(), "1#1 end reason 6");
  EXPECT_EQ(office_.rules(), Lines{});
}

TEST_F(CallDeskTest, ATaskThatIsChangedKeepsItsCalls) {
  watch(1, {"b@example.org"});
  see(request("INVITE", {}, 40'000));
  watch(1, {"b@example.org", "d@example.org"});
  EXPECT_EQ(office_.said.size(), 1U);
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000 peer"}));
}

TEST_F(CallDeskTest, WhatIsNoCallHasOneCinWithItsAnswer) {
  watch(1, {"b@example.org"});
  see(request("MESSAGE", {.call = "m1"}));
  see(answer(200, "MESSAGE", {.call = "m1", .to = "5"}));
  see(request("OPTIONS", {.call = "m2"}));
  EXPECT_EQ(office_.said, (Lines{"1#1 report", "1#1 report", "1#2 report"}));
}

TEST_F(CallDeskTest, ANameIsRegisteredByItselfUnderThePhonesCallId) {
  watch(1, {"b@example.org"});
  std::string others = request("REGISTER", {.call = "r"});
  see(request("REGISTER", {.call = "r"}));
  for (size_t at; (at = others.find("b@example")) != std::string::npos;) others.replace(at, 1, "x");
  see(others);
  see(answer(200, "REGISTER", {.call = "r", .to = "5"}));
  EXPECT_EQ(office_.said, (Lines{"1#1 report", "1#1 report"}));
}

TEST_F(CallDeskTest, NodesAtOneAddressAreTheirPorts) {
  watch(1, {"b@example.org"});
  see(request("INVITE", {}, 40'000));
  const std::string of_relay = answer(183, "INVITE", {.to = "2"}, 30'000);
  see_between(of_relay, 5060, 4060);
  see_between(answer(183, "INVITE", {.to = "2"}, 40'002), 4060, 6060);
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :30000", "1#1 :40000 peer", "1#1 :40002"}));
}

TEST_F(CallDeskTest, WhatIsOverIsForgotten) {
  watch(1, {"b@example.org"});
  see(request("MESSAGE", {.call = "m1"}));
  see(request("INVITE"));
  see(answer(486, "INVITE", {.to = "2"}));
  EXPECT_EQ(desk_->followed(), 1U);
  tick(2);
  EXPECT_EQ(desk_->followed(), 1U);
  tick(60);
  EXPECT_EQ(desk_->followed(), 0U);
  see(answer(200, "MESSAGE", {.call = "m1", .to = "5"}), 61);  // To is the target's still: another communication
  EXPECT_EQ(office_.said.back(), "1#3 report");
}

TEST_F(CallDeskTest, WithoutCinNothingIsTold) {
  watch(1, {"b@example.org"});
  office_.cins_left = 0;
  see(request("INVITE", {}, 40'000));
  EXPECT_EQ(office_.said, Lines{});
  EXPECT_EQ(office_.rules(), Lines{});
}

TEST_F(CallDeskTest, WhatIsNoMessageIsCounted) {
  see("\r\n\r\n");
  see("no message");
  EXPECT_EQ(desk_->counters().keepalives.get(), 1U);
  EXPECT_EQ(desk_->counters().malformed.get(), 1U);
}

}  // namespace
}  // namespace lictor::sip

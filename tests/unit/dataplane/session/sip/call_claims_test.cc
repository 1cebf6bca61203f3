// What makes a call somebody's, how many that nobody answered a task has, and what becomes of reports without room.
#include "tests/unit/dataplane/session/sip/call_desk_fixture.h"

namespace lictor::sip {
namespace {

using CallClaimsTest = CallDeskTest;

// Each task has its bound, whoever else has room.
TEST_F(CallClaimsTest, TheOldestCallThatNobodyAnsweredEndsForTheNext) {
  plan_.unanswered_max = 2;
  desk_ = *CallDesk::make(plan_, office_);
  watch(1, {"b@example.org"});
  const auto named = [](int number) { return Leg{.branch = std::to_string(number), .call = std::to_string(number)}; };
  see(request("INVITE", named(1), 40'000));
  Leg taken = named(1);
  taken.to = "2";
  see(answer(200, "INVITE", taken, 6000));
  for (int number = 2; number <= 5; ++number) see(request("INVITE", named(number), 40'000 + number));
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000 peer", "1#1 :6000", "1#4 :40004 peer", "1#5 :40005 peer"}));
  EXPECT_EQ(std::vector(office_.said.begin() + 2, office_.said.end()),
            (Lines{"1#2 begin to :40002", "1#3 begin to :40003", "1#2 end reason 6", "1#4 begin to :40004",
                   "1#3 end reason 6", "1#5 begin to :40005"}));
  EXPECT_EQ(desk_->counters().unanswered_over.get(), 2U);
  see(answer(180, "INVITE", named(2)));
  EXPECT_EQ(office_.said.size(), 8U);
}

TEST_F(CallClaimsTest, ACallThatMadeRoomAndIsAnsweredThenIsFollowedAgain) {
  plan_.unanswered_max = 1;
  desk_ = *CallDesk::make(plan_, office_);
  watch(1, {"b@example.org"});
  see(request("INVITE", {.branch = "own", .call = "own"}, 40'000));
  for (int number = 0; number < 3; ++number) {
    const std::string name = "f" + std::to_string(number);
    see(request("INVITE", {.branch = name, .call = name, .from = name}, 41'000 + number));
  }
  office_.said.clear();
  see(answer(200, "INVITE", {.branch = "own", .call = "own", .to = "2"}, 6000));
  EXPECT_EQ(office_.said, Lines{"1#5 begin from :40000 :6000"});
  EXPECT_EQ(office_.rules(), (Lines{"1#4 :41002 peer", "1#5 :40000 peer", "1#5 :6000"}));
  see(request("INVITE", {.branch = "g", .call = "g", .from = "g"}, 42'000));
  see(request("BYE", {.branch = "x", .call = "own", .to = "2", .number = 2}));
  see(answer(200, "BYE", {.branch = "x", .call = "own", .to = "2", .number = 2}));
  EXPECT_EQ(office_.said.back(), "1#5 end from");
}

TEST_F(CallClaimsTest, WhatFoundItsRingFullIsToldAgain) {
  watch(1, {"b@example.org"});
  see(request("INVITE", {}, 40'000));
  office_.is_full = true;
  see(answer(200, "INVITE", {.to = "2"}, 6000));
  tick(2);
  office_.is_full = false;
  tick(3);
  tick(4);
  EXPECT_EQ(office_.said, (Lines{"1#1 begin to :40000", "1#1 active begin :40000 :6000"}));
  office_.is_full = true;
  see(request("BYE", {.branch = "x", .to = "2", .number = 2}), 5);
  see(answer(200, "BYE", {.branch = "x", .to = "2", .number = 2}), 5);
  tick(6);
  office_.is_full = false;
  tick(7);
  tick(8);
  EXPECT_EQ(office_.said.size(), 3U);
  EXPECT_EQ(office_.said.back(), "1#1 active end reason 6");
}

TEST_F(CallClaimsTest, AnEndIsToldWhenTheCallIsForgotten) {
  watch(1, {"b@example.org"});
  see(request("INVITE"));
  office_.is_full = true;
  see(answer(486, "INVITE", {.to = "2"}));
  tick(2);
  tick(60);
  EXPECT_EQ(desk_->followed(), 0U);
  office_.is_full = false;
  tick(61);
  tick(62);
  EXPECT_EQ(office_.said, (Lines{"1#1 begin to", "1#1 gone"}));
}

TEST_F(CallClaimsTest, WhatIsOfNoCallIsToldUnderTheCallIdOfOne) {
  watch(1, {"b@example.org"});
  see(to_x(request("INVITE", {}, 40'000)));
  see(request("MESSAGE", {.branch = "m", .number = 5}));
  see(answer(200, "MESSAGE", {.branch = "m", .to = "7", .number = 5}));
  EXPECT_EQ(office_.said, (Lines{"1#1 report", "1#1 report"}));
  see(to_x(answer(404, "INVITE", {.to = "2"})));
  see(request("MESSAGE", {.branch = "n", .number = 6}));
  see(request("INFO", {.branch = "o", .to = "2", .number = 7}));
  EXPECT_EQ(office_.said, Lines(4, "1#1 report"));
  EXPECT_EQ(office_.rules(), Lines{});
}

// Somebody's call whose Call-ID he writes into what he sends to the target.
TEST_F(CallClaimsTest, ACallIsNobodysForAMessageWithItsCallId) {
  watch(1, {"b@example.org"});
  see(to_x(request("INVITE", {}, 40'000)));
  see(request("OPTIONS", {.branch = "o", .number = 2}));
  see(to_x(answer(200, "INVITE", {.to = "2"}, 6000)));
  see(request("INFO", {.branch = "i", .from = "7", .to = "8", .number = 3}));
  see(request("NOTIFY", {.branch = "y", .number = 4}));
  EXPECT_EQ(office_.said, Lines(3, "1#1 report"));
  EXPECT_EQ(office_.rules(), Lines{});
  see(request("UPDATE", {.branch = "u", .to = "2", .number = 5}));  // the other end is the target, as it turns out
  EXPECT_EQ(office_.said.back(), "1#2 begin to :40000 :6000");
}

TEST_F(CallClaimsTest, WhoIsCalledBackByAPartyIsWhomItTookTheCallerFor) {
  const Leg back{.branch = "u", .from = "2", .to = "1", .number = 3};
  const auto turned = [](const std::string& text) {
    return with_name(with_name(with_name(text, "a@example", "z@example"), "b@example", "a@example"), "z@example",
                     "b@example");
  };
  const auto talk = [&] {
    watch(1, {"a@example.org"});
    see(request("INVITE", {}, 40'000));
    see(answer(200, "INVITE", {.to = "2"}, 6000));
    see(turned(request("UPDATE", back)));
    see(turned(answer(200, "UPDATE", back)));
    see(turned(request("NOTIFY", {.branch = "n", .call = "s", .from = "2", .to = "1"})));
  };
  talk();
  EXPECT_EQ(office_.said, Lines{});
  EXPECT_EQ(office_.rules(), Lines{});
  plan_.sets[0].from = true;
  desk_ = *CallDesk::make(plan_, office_);
  talk();
  EXPECT_EQ(office_.said.size(), 5U);
}

// Each at the tap that its order names.
TEST_F(CallClaimsTest, AMessageAtTwoTapsIsToldToTheTaskOfEach) {
  for (const uint32_t slot : {1U, 2U}) {
    watch(slot, {"b@example.org"});
    office_.tasks[TaskSlot{slot}].scope.ports = slot;
  }
  for (const uint16_t port : {uint16_t{0}, uint16_t{1}}) see(request("MESSAGE", {.call = "m"}), 1, 1, port);
  EXPECT_EQ(office_.said, (Lines{"1#1 report", "2#2 report"}));
}

// Call-IDs of phones that count them are not everybody's own.
TEST_F(CallDeskTest, OthersUnderTheCallIdOfATargetsCallAreOthers) {
  watch(1, {"b@example.org"});
  see(request("INVITE", {}, 40'000));
  see(answer(200, "INVITE", {.to = "2"}, 40'002));
  const size_t said = office_.said.size();
  see(to_x(request("INVITE", {.branch = "e", .from = "7"}, 29'000)), 1, 7);
  see(to_x(answer(200, "INVITE", {.branch = "e", .from = "7", .to = "8"}, 29'002)));
  see(to_x(request("BYE", {.branch = "f", .from = "7", .to = "8", .number = 2})), 1, 7);
  EXPECT_EQ(office_.said.size(), said);
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000 peer", "1#1 :40002"}));
}

TEST_F(CallDeskTest, ACallUnderTheCallIdOfOthersIsTheTargetsAlone) {
  watch(1, {"b@example.org"});
  see(to_x(request("INVITE", {.branch = "e", .from = "7"}, 29'000)), 1, 7);
  see(request("INVITE", {}, 40'000));
  see(answer(200, "INVITE", {.to = "2"}, 40'002));
  see(to_x(answer(200, "INVITE", {.branch = "e", .from = "7", .to = "8"}, 29'002)));
  EXPECT_EQ(office_.said, (Lines{"1#1 begin to :40000", "1#1 continue from :40000 :40002"}));
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000 peer", "1#1 :40002"}));
}

// Some nodes that make two calls of one keep the Call-ID.
TEST_F(CallDeskTest, ACallOnUnderTheSameCallIdAndOtherTagsIsALegWhereItNamesTheTarget) {
  watch(1, {"b@example.org"});
  see(request("INVITE", {}, 40'000));
  see(request("INVITE", {.branch = "e", .from = "7"}, 29'000), 1, 7);
  see(to_x(answer(200, "INVITE", {.branch = "e", .from = "7", .to = "8"}, 29'002)));
  EXPECT_EQ(office_.said.size(), 3U);
  EXPECT_EQ(office_.said.back().substr(0, 12), "1#1 continue");
  EXPECT_TRUE(office_.said.back().ends_with(":40000 :29000 :29002"));
}

}  // namespace
}  // namespace lictor::sip

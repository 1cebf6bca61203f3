// Calls through nodes that make two of one, and calls that were there before somebody asked.
#include "tests/unit/dataplane/session/sip/call_desk_fixture.h"

namespace lictor::sip {
namespace {

class CallLegsTest : public CallDeskTest {
 protected:
  void make(const LegKeys& legs, bool keeps_all = false) {
    plan_.sets[0].legs = legs;
    plan_.keeps_all = keeps_all;
    desk_ = *CallDesk::make(plan_, office_);
  }
  // What nodes write on both sides of one that makes two calls of one.
  static std::string keyed(std::string text, const std::string& fields) {
    return text.replace(text.find("CSeq"), 0, fields + "\r\n");
  }
  static std::string of_others(std::string text) {
    for (size_t at; (at = text.find("b@example")) != std::string::npos;) text.replace(at, 1, "x");
    return text;
  }
  void trust_all() { plan_.sets[0].trusted = {*IpPrefix::parse("203.0.113.0/24")}; }

  const Leg near_{.branch = "n", .call = "near", .from = "1"};
  const Leg far_{.branch = "f", .call = "far", .from = "8"};
};

constexpr const char* kIcid = "P-Charging-Vector: icid-value=\"one\";icid-generated-at=192.0.2.1";

TEST_F(CallLegsTest, ALegThatIsFoundByItsKeyHasTheCinOfTheOther) {
  trust_all();
  make({});
  watch(1, {"b@example.org"});
  see(keyed(request("INVITE", near_, 40'000), kIcid));
  see(of_others(keyed(request("INVITE", far_, 41'000), kIcid)));
  EXPECT_EQ(office_.said, (Lines{"1#1 begin to :40000", "1#1 continue to :40000 :41000"}));
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000 peer", "1#1 :41000 peer"}));
  EXPECT_EQ(desk_->counters().joined.get(), 1U);
}

// The target is named on the far side alone.
TEST_F(CallLegsTest, ALegThatWasThereBeforeIsTakenWithItsMedia) {
  trust_all();
  make({});
  watch(1, {"b@example.org"});
  see(of_others(keyed(request("INVITE", near_, 40'000), kIcid)));
  EXPECT_EQ(office_.rules(), Lines{});
  see(keyed(request("INVITE", far_, 41'000), kIcid));
  EXPECT_EQ(office_.said, (Lines{"1#1 begin to :41000 :40000"}));
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000 peer", "1#1 :41000 peer"}));
  see(of_others(answer(200, "INVITE", {.branch = "n", .call = "near", .from = "1", .to = "2"}, 40'002)));
  EXPECT_EQ(office_.said.back(), "1#1 continue from :41000 :40000 :40002");
}

// The phone knows no key: its proxy writes one, and the tap hears both.
TEST_F(CallLegsTest, ALegIsFoundByAKeyThatALaterHopOfItsInviteHas) {
  trust_all();
  make({});
  watch(1, {"b@example.org"});
  see(request("INVITE", near_, 40'000));
  see(keyed(request("INVITE", {.branch = "m", .call = "near", .from = "1"}, 40'000), kIcid));
  see(of_others(keyed(request("INVITE", far_, 41'000), kIcid)));
  EXPECT_EQ(office_.said.back(), "1#1 continue to :40000 :41000");
  EXPECT_EQ(desk_->counters().joined.get(), 1U);
}

TEST_F(CallLegsTest, ACommunicationEndsOnceWithTheLastLeg) {
  trust_all();
  make({});
  watch(1, {"b@example.org"});
  see(keyed(request("INVITE", near_, 40'000), kIcid));
  see(keyed(request("INVITE", far_, 41'000), kIcid));
  see(answer(486, "INVITE", {.branch = "f", .call = "far", .from = "8", .to = "9"}));
  EXPECT_EQ(office_.said.back(), "1#1 continue from :40000");
  tick(3);
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000 peer"}));
  see(answer(486, "INVITE", {.branch = "n", .call = "near", .from = "1", .to = "2"}));
  EXPECT_EQ(office_.said.back(), "1#1 end from");
  EXPECT_EQ(
      std::ranges::count_if(office_.said, [](const std::string& words) { return words.starts_with("1#1 begin"); }), 1);
  tick(2);
  tick(60);
  EXPECT_EQ(desk_->followed(), 0U);
}

TEST_F(CallLegsTest, WhatBothLegsNameIsOneRuleAndNobodyElses) {
  trust_all();
  make({});
  watch(1, {"b@example.org"});
  see(keyed(request("INVITE", near_, 40'000), kIcid));
  see(keyed(request("INVITE", far_, 40'000), kIcid));
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000 peer"}));
  EXPECT_EQ(desk_->counters().shared.get(), 0U);
  see(answer(486, "INVITE", {.branch = "f", .call = "far", .from = "8", .to = "9"}));
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000 peer"}));
}

TEST_F(CallLegsTest, KeysThatWereNotOrderedJoinNothing) {
  trust_all();
  make({.charging_vector = false});
  watch(1, {"b@example.org"});
  const std::string session = "Session-ID: ab30317f1a784dc48ff824d0d3715d86;remote=00000000000000000000000000000000";
  see(keyed(request("INVITE", near_, 40'000), std::string(kIcid) + "\r\n" + session));
  see(of_others(keyed(request("INVITE", far_, 41'000), std::string(kIcid) + "\r\n" + session)));
  EXPECT_EQ(office_.said.size(), 1U);
  make({.session_id = true});
  office_.said.clear();
  watch(1, {"b@example.org"});
  see(keyed(request("INVITE", near_, 40'000), session));
  see(of_others(keyed(request("INVITE", far_, 41'000), session)));
  EXPECT_EQ(office_.said.size(), 2U);
}

TEST_F(CallLegsTest, OriginsOfDescriptionsJoinLegs) {
  trust_all();
  make({.charging_vector = false, .sdp_origin = true});
  watch(1, {"b@example.org"});
  see(request("INVITE", near_, 40'000));
  see(of_others(request("INVITE", far_, 41'000)));  // the same origin stands in both
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000 peer", "1#1 :41000 peer"}));
}

// Whoever writes the key of a target's call into his own.
TEST_F(CallLegsTest, WhoIsNotTrustedJoinsNobody) {
  make({.charging_vector = true, .session_id = true});  // 198.51.100.1 alone is trusted
  watch(1, {"b@example.org"});
  const std::string session = "Session-ID: ab30317f1a784dc48ff824d0d3715d86";
  see(keyed(request("INVITE", near_, 40'000), session));
  see(of_others(keyed(request("INVITE", far_, 41'000), session)));
  EXPECT_EQ(office_.said.size(), 1U);
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000 peer"}));
}

TEST_F(CallLegsTest, NoOneIsFoundByNilIdentifiers) {
  trust_all();
  make({.session_id = true});
  watch(1, {"b@example.org"});
  const std::string session = "Session-ID: 00000000000000000000000000000000;remote=ab30317f1a784dc48ff824d0d3715d86";
  see(keyed(request("INVITE", near_, 40'000), session));
  see(of_others(keyed(request("INVITE", far_, 41'000), session)));
  EXPECT_EQ(office_.said.size(), 1U);
}

// The target asks its party's switch to go on with somebody else, and hangs up.
TEST_F(CallLegsTest, ATransferLeavesTheOtherLegsToThemselves) {
  trust_all();
  make({});
  const Leg far{.branch = "f", .call = "far", .from = "8", .to = "9"};
  const auto transfer = [&] {
    office_.said.clear();
    see(keyed(request("INVITE", near_, 40'000), kIcid));
    see(keyed(request("INVITE", far_, 41'000), kIcid));
    see(answer(200, "INVITE", far, 41'002));
    see(answer(200, "INVITE", {.branch = "n", .call = "near", .from = "1", .to = "2"}, 40'002));
    const Leg of_target{.branch = "r", .call = "far", .from = "9", .to = "8", .number = 3};
    see(request("REFER", of_target));
    see(answer(202, "REFER", of_target));
    const Leg bye{.branch = "y", .call = "far", .from = "9", .to = "8", .number = 4};
    see(request("BYE", bye));
    see(answer(200, "BYE", bye));
  };
  watch(1, {"b@example.org"});
  transfer();
  EXPECT_EQ(office_.said.back(), "1#1 end to");
  tick(3);
  EXPECT_EQ(office_.rules(), Lines{});
  make({});
  watch(1, {"b@example.org"});
  office_.tasks[TaskSlot{1}].redirected_calls = true;
  transfer();
  EXPECT_EQ(office_.said.back(), "1#2 continue to :40000 :40002");
  tick(3);
  EXPECT_EQ(office_.rules(), (Lines{"1#2 :40000 peer", "1#2 :40002"}));
}

TEST_F(CallLegsTest, WhatGoesOnBehindATransferIsNoCallOfTheTargetsLaterEither) {
  trust_all();
  make({}, true);
  watch(1, {"b@example.org"});
  see(keyed(request("INVITE", near_, 40'000), kIcid));
  see(keyed(request("INVITE", far_, 41'000), kIcid));
  see(answer(200, "INVITE", {.branch = "f", .call = "far", .from = "8", .to = "9"}, 41'002));
  see(answer(200, "INVITE", {.branch = "n", .call = "near", .from = "1", .to = "2"}, 40'002));
  see(request("REFER", {.branch = "r", .call = "far", .from = "9", .to = "8", .number = 3}));
  const Leg bye{.branch = "y", .call = "far", .from = "9", .to = "8", .number = 4};
  see(request("BYE", bye));
  see(answer(200, "BYE", bye));
  ASSERT_EQ(office_.said.back(), "1#1 end to");
  const size_t said = office_.said.size();
  for (int64_t second = 2; second < 100; ++second) tick(second);
  const Leg refresh{.branch = "s", .call = "near", .from = "1", .to = "2", .number = 5};
  see(request("INVITE", refresh, 40'000), 100);
  see(answer(200, "INVITE", refresh, 40'002), 100);
  tick(101);
  EXPECT_EQ(office_.said.size(), said);
  EXPECT_EQ(office_.rules(), Lines{});
  const Leg last{.branch = "t", .call = "near", .from = "1", .to = "2", .number = 6};
  see(request("BYE", last), 102);
  see(answer(200, "BYE", last), 102);
  for (int64_t second = 103; second < 140; ++second) tick(second);
  EXPECT_EQ(desk_->followed(), 0U);
}

TEST_F(CallLegsTest, WhoRefersIsAPartyWhereThatIsOrdered) {
  trust_all();
  make({});
  watch(1, {"d@example.org"});
  const std::string referred = "Referred-By: <sip:d@example.org>";
  see(keyed(request("INVITE", near_, 40'000), referred));
  EXPECT_EQ(office_.said, Lines{});
  office_.tasks[TaskSlot{1}].redirected_calls = true;
  see(keyed(request("INVITE", far_, 41'000), referred));
  EXPECT_EQ(office_.said, (Lines{"1#1 begin :41000"}));
}

TEST_F(CallLegsTest, ACallThatReplacesTheTargetsIsItsWhereThatIsOrdered) {
  make({});
  watch(1, {"b@example.org"});
  const std::string replaces = "Replaces: near;to-tag=2;from-tag=1";
  const auto take = [](Leg leg) { return of_others(answer(200, "INVITE", (leg.to = "9", leg), 43'000)); };
  see(request("INVITE", near_, 40'000));
  see(answer(200, "INVITE", {.branch = "n", .call = "near", .from = "1", .to = "2"}, 40'002));
  const Leg third{.branch = "p", .call = "third", .from = "6"};
  see(of_others(keyed(request("INVITE", third, 42'000), replaces)));
  see(take(third));
  EXPECT_EQ(office_.said.size(), 2U);
  office_.tasks[TaskSlot{1}].redirected_calls = true;
  const Leg other{.branch = "q", .call = "other", .from = "7"};
  see(of_others(keyed(request("INVITE", other, 42'000), "Replaces: near;to-tag=x;from-tag=y")));
  see(take(other));
  see(of_others(keyed(request("INVITE", far_, 41'000), replaces)));
  EXPECT_EQ(office_.said.size(), 2U) << "nobody has taken it";
  see(take(far_));
  EXPECT_EQ(office_.said.back(), "1#1 continue from :40000 :40002 :41000 :43000");
}

TEST_F(CallLegsTest, ManyCallsWithOneKeyCostABound) {
  trust_all();
  plan_.tracker.calls_max = 4096;
  make({});
  watch(1, {"b@example.org"});
  see(keyed(request("INVITE", near_, 40'000), kIcid));
  for (int number = 0; number < 2000; ++number) {
    const std::string name = "o" + std::to_string(number);
    see(of_others(keyed(request("INVITE", {.branch = name, .call = name, .from = name}), kIcid)));
  }
  EXPECT_EQ(desk_->followed(), 16U);
}

TEST_F(CallLegsTest, WhoIsInACallWhenATaskBeginsIsFound) {
  make({}, true);
  see(request("INVITE", near_, 40'000));
  see(answer(200, "INVITE", {.branch = "n", .call = "near", .from = "1", .to = "2"}, 40'002));
  see(of_others(request("INVITE", far_, 41'000)));
  EXPECT_EQ(office_.said, Lines{});
  watch(1, {"b@example.org"});
  for (int round = 0; round < 100; ++round) tick(2);
  EXPECT_EQ(office_.said, (Lines{"1#1 active begin :40000 :40002"}));
  EXPECT_EQ(office_.rules(), (Lines{"1#1 :40000 peer", "1#1 :40002"}));
  EXPECT_EQ(desk_->counters().in_progress.get(), 1U);
  see(request("BYE", {.branch = "x", .call = "near", .from = "1", .to = "2", .number = 2}));
  see(answer(200, "BYE", {.branch = "x", .call = "near", .from = "1", .to = "2", .number = 2}));
  EXPECT_EQ(office_.said.back(), "1#1 end from");
  tick(5);
  EXPECT_EQ(office_.rules(), Lines{});
}

TEST_F(CallLegsTest, ACallThatHasEndedIsNotFound) {
  make({}, true);
  see(request("INVITE", near_, 40'000));
  see(answer(486, "INVITE", {.branch = "n", .call = "near", .from = "1", .to = "2"}));
  watch(1, {"b@example.org"});
  for (int round = 0; round < 100; ++round) tick(2);
  EXPECT_EQ(office_.said, Lines{});
}

TEST_F(CallLegsTest, WhereNothingIsKeptNobodyIsFoundBeforeItsNextMessage) {
  make({});
  see(request("INVITE", near_, 40'000));
  watch(1, {"b@example.org"});
  for (int round = 0; round < 100; ++round) tick(2);
  EXPECT_EQ(office_.said, Lines{});
  see(answer(200, "INVITE", {.branch = "n", .call = "near", .from = "1", .to = "2"}, 40'002));
  EXPECT_EQ(office_.said, (Lines{"1#1 begin from :40000 :40002"}));
}

TEST_F(CallLegsTest, IdentitiesWithoutRoomAreCounted) {
  make({}, true);
  const std::string uri = "sip:" + std::string(200, 'u') + "@example.org";
  see(keyed(request("INVITE", near_, 40'000), "P-Called-Party-ID: <" + uri + "1>, <" + uri + "2>"));
  EXPECT_EQ(desk_->counters().identities_over.get(), 1U);
}

}  // namespace
}  // namespace lictor::sip

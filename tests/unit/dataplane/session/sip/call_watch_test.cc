// Whose calls numbers and ranges of several tasks make them, as the desk tells of them.
#include "dataplane/session/sip/call_watch.h"

#include <gtest/gtest.h>

#include "tests/unit/dataplane/session/sip/call_desk_fixture.h"

namespace lictor::sip {
namespace {

class CallNumbers : public CallDeskTest {
 protected:
  CallNumbers() {
    plan_.sets[0].numbers = {.country_code = "43", .trunk_prefix = "0"};
    desk_ = *CallDesk::make(plan_, office_);
  }

  void ask(uint32_t slot, const Lines& numbers, const std::vector<TargetName>& shared = {}) {
    WatchedTask task{.slot = TaskSlot{slot}, .start = {1}, .stop = {INT64_MAX}, .cc = true};
    for (const std::string& number : numbers) task.identities.push_back({IdentityKind::kTelUri, number});
    office_.tasks[TaskSlot{slot}] = std::move(task);
    std::vector<AskedName> asked;
    for (const auto& [one, watched] : office_.tasks)
      for (const WatchedIdentity& name : watched.identities) asked.push_back({one, {name.kind, name.value}});
    const std::vector<TaskSlot> added = {TaskSlot{slot}};
    desk_->tasks_changed(*CallWatch::make(asked, {5, 6}, shared), {}, added, {kS});
  }

  // The tasks that are told of a call to `uri`.
  std::string call(const std::string& uri) {
    office_.said.clear();
    see(head("INVITE " + uri + " SIP/2.0", "INVITE", {.branch = uri, .call = uri}, "Content-Length: 0\r\n\r\n"));
    std::string slots;
    for (const std::string& said : office_.said) slots += said.substr(0, said.find('#')) + " ";
    return slots;
  }
};

TEST_F(CallNumbers, EachTaskThatAsksForTheNumberOrForARangeWithItIsTold) {
  ask(1, {"+4312345*"});
  ask(2, {"+43123456"});
  ask(3, {"+431234*", "+4312345*"});
  EXPECT_EQ(call("tel:+43123456"), "1 2 3 ");
  EXPECT_EQ(call("sip:0123457@gw.example.org"), "1 3 ");
  EXPECT_EQ(call("sip:+43123460@gw.example.org"), "3 ");
  EXPECT_EQ(call("sip:+43123560@gw.example.org"), "");
}

TEST_F(CallNumbers, ARangeThatIsStillAskedForKeepsItsCalls) {
  ask(1, {"+4312345*"});
  EXPECT_EQ(call("tel:+43123456"), "1 ");
  ask(1, {"+4312345*", "+43999999"});
  EXPECT_EQ(office_.said.size(), 1U);
  ask(1, {"+43999999"});
  EXPECT_EQ(office_.said.back(), "1#1 end reason 6");
}

TEST_F(CallNumbers, WhatManyShareIsNobodysInARange) {
  const std::vector<TargetName> shared = {{IdentityKind::kTelUri, "+4312345999"}};
  ask(1, {"+4312345*"}, shared);
  ask(2, {"+4312345999"}, shared);
  EXPECT_EQ(call("tel:+4312345999"), "");
  EXPECT_EQ(call("tel:+4312345998"), "1 ");
}

}  // namespace
}  // namespace lictor::sip

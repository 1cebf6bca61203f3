// Whose calls are targets': reports, CINs and rules of what a desk is shown.
#include "dataplane/session/sip/call_desk.h"

#include <gtest/gtest.h>

#include "tests/unit/dataplane/session/sip/sip_calls.h"

namespace lictor::sip {
namespace {

constexpr int64_t kS = kNanosecondsPerSecond;

struct NoSessions : SessionSink {
  void on_event(const SessionEvent& /*event*/) noexcept override {}
};

// Keeps what it is told, in words.
class Office : public TaskOffice {
 public:
  const WatchedTask* watched(TaskSlot slot) const noexcept override {
    const auto found = tasks.find(slot);
    return found == tasks.end() ? nullptr : &found->second;
  }
  uint32_t take_cin(TaskSlot /*slot*/) noexcept override { return cins_left == 0 ? 0 : (--cins_left, next_cin++); }
  bool write(const SessionReport& report) noexcept override {
    constexpr const char* kSteps[] = {"begin", "continue", "end", "report"};
    constexpr const char* kWays[] = {" from", " to", ""};
    std::string words = std::to_string(static_cast<uint32_t>(report.slot)) + "#" + std::to_string(report.cin) + " ";
    words += report.kind == SessionReport::Kind::kGone ? "gone" : kSteps[static_cast<size_t>(report.call->step)];
    words += kWays[static_cast<size_t>(report.call->direction)];
    if (report.call->reason != CallEndReason::kNone)
      words += " reason " + std::to_string(static_cast<int>(report.call->reason));
    for (const SessionAddress& address : report.addresses) words += " :" + std::to_string(address.ports.first);
    said.push_back(words);
    messages.emplace_back(as_text(report.raw.subspan(report.call->message_at)));
    headers.push_back(report.call->message_at);
    return true;
  }
  std::vector<BindingChange>& bindings() noexcept override { return changes; }

  // Ports of rules that hold, by slot and CIN.
  std::vector<std::string> rules() {
    for (const BindingChange& change : changes) {
      const auto is_key = [&](const TargetRule& rule) {
        return rule.slot == change.rule.slot && rule.prefix == change.rule.prefix &&
               rule.target_ports == change.rule.target_ports;
      };
      if (change.kind == BindingChange::Kind::kRemove)
        std::erase_if(held, is_key);
      else
        held.push_back(change.rule);
    }
    changes.clear();
    std::vector<std::string> words;
    for (const TargetRule& rule : held) {
      EXPECT_EQ(rule.key, RuleKey::kEndpoint);
      words.push_back(std::to_string(static_cast<uint32_t>(rule.slot)) + "#" + std::to_string(rule.cin) + " :" +
                      std::to_string(rule.target_ports.first) + (rule.is_peer ? " peer" : "") +
                      (rule.remote.bits == 0 ? "" : " with :" + std::to_string(rule.remote_ports.first)));
    }
    std::ranges::sort(words);
    return words;
  }

  std::map<TaskSlot, WatchedTask> tasks;
  std::vector<std::string> said;
  std::vector<std::string> messages;
  std::vector<uint32_t> headers;
  std::vector<BindingChange> changes;
  std::vector<TargetRule> held;
  uint32_t next_cin = 1;
  uint32_t cins_left = 100;
};

using Lines = std::vector<std::string>;

class CallDeskTest : public testing::Test {
 protected:
  CallDeskTest() {
    plan_.sets.emplace_back().numbers.country_code = "49";
    plan_.sets[0].trusted = {*IpPrefix::parse("198.51.100.1")};
    plan_.scopes = {BindingScope{.ports = 0b11}};
    plan_.tracker.key = {3, 4};
    desk_ = *CallDesk::make(plan_, office_);
  }

  void watch(uint32_t slot, const Lines& uris, bool cc = true) {
    WatchedTask task{.slot = TaskSlot{slot}, .start = {1}, .stop = {INT64_MAX}, .cc = cc};
    for (const std::string& uri : uris) task.identities.push_back({IdentityKind::kSipUri, uri});
    office_.tasks[TaskSlot{slot}] = std::move(task);
    changed({}, {TaskSlot{slot}});
  }
  void unwatch(uint32_t slot) {
    office_.tasks.erase(TaskSlot{slot});
    changed({TaskSlot{slot}}, {});
  }
  void changed(const std::vector<TaskSlot>& removed, const std::vector<TaskSlot>& added) {
    std::vector<AskedName> asked;
    for (const auto& [slot, task] : office_.tasks)
      for (const WatchedIdentity& identity : task.identities) asked.push_back({slot, {identity.kind, identity.value}});
    desk_->tasks_changed(*CallWatch::make(asked, {5, 6}), removed, added, {kS});
  }

  void see(const std::string& text, int64_t second = 1, uint8_t node = 1) {
    // IPv4 and UDP in front, as a frame without a link header has them.
    std::string frame(28, '\0');
    frame[0] = 0x45;
    frame[9] = 17;
    frame += text;
    SignalRecord record;
    record.header.frame_bytes = static_cast<uint32_t>(frame.size());
    record.header.message_offset = 28;
    record.header.message_bytes = static_cast<uint32_t>(text.size());
    record.header.arrival = {second * kS};
    record.header.kind = SignalKind::kSip;
    record.header.source = {.address = {203, 0, 113, node}, .port = 5060};
    record.header.destination = {.address = {198, 51, 100, 1}, .port = 5060};
    record.frame = as_bytes(frame);
    record.message = record.frame.subspan(28);
    desk_->on_message(record, none_);
  }
  static std::string request(const std::string& method, const Leg& leg = {}, int port = 0) {
    const std::string body = port == 0 ? "" : sdp(port);
    return head(method + " sip:b@example.org SIP/2.0", method, leg,
                (port == 0 ? "" : "Content-Type: application/sdp\r\n") +
                    ("Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body));
  }
  static std::string answer(int status, const std::string& method, const Leg& leg, int port = 0) {
    const std::string body = port == 0 ? "" : sdp(port);
    return head("SIP/2.0 " + std::to_string(status) + " Is", method, leg,
                (port == 0 ? "" : "Content-Type: application/sdp\r\n") +
                    ("Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body));
  }
  void tick(int64_t second) { desk_->on_tick({second * kS}, none_); }

  Office office_;
  NoSessions none_;
  CallDeskPlan plan_;
  std::unique_ptr<CallDesk> desk_;
};

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
  see(request("INVITE", {}, 40'000), 1, 5);
  see(request("INVITE", {.branch = "p"}, 30'000), 1, 6);
  const std::string of_called = answer(200, "INVITE", {.branch = "p", .to = "2"}, 40'002);
  const std::string of_relay = answer(200, "INVITE", {.to = "2"}, 30'010);
  const Lines all = {"1#1 :30000 peer", "1#1 :30010", "1#1 :40000 peer", "1#1 :40002"};
  see(of_called, 1, 6);
  see(of_relay, 1, 5);
  EXPECT_EQ(office_.rules(), all);
  see(of_called, 1, 6);
  EXPECT_TRUE(office_.changes.empty());
  see(of_relay, 1, 5);
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
  EXPECT_GT(desk_->counters().endpoints_over.get(), 0U);
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
  EXPECT_EQ(office_.said.back(), "1#1 gone");
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

// What a desk of calls lets other dataplanes know: where the media of targets' calls go, and nothing of anybody else's.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "dataplane/session/sip/call_desk.h"
#include "tests/unit/dataplane/session/sip/sip_calls.h"
#include "tests/unit/dataplane/session/sip/watched_tasks.h"

namespace lictor::sip {
namespace {

constexpr int64_t kS = kNanosecondsPerSecond;

struct NoSessions : SessionSink {
  void on_event(const SessionEvent& /*event*/) noexcept override {}
};

std::string words_of(const SessionReport& news) {
  std::string words = fmt::format("{}#{}", static_cast<uint32_t>(news.slot), news.cin);
  if (news.kind == SessionReport::Kind::kGone) words += " gone";
  for (const SessionAddress& address : news.addresses)
    words +=
        fmt::format(" :{}{}{}", address.ports.first, address.of_peer ? " peer" : "", address.paired ? " paired" : "");
  return words;
}

// Keeps the news.
class Office : public TaskOffice {
 public:
  const WatchedTask* watched(TaskSlot slot) const noexcept override { return find_task(tasks, slot); }
  uint32_t take_cin(TaskSlot /*slot*/) noexcept override { return next_cin++; }
  bool write(const SessionReport& /*report*/) noexcept override { return true; }
  std::vector<BindingChange>& bindings() noexcept override { return changes; }
  std::atomic<int64_t>* media_clock(TaskSlot /*slot*/, uint32_t /*number*/) noexcept override { return nullptr; }
  void tell_others(const SessionReport& report) noexcept override {
    EXPECT_EQ(report.source, SessionSource::kSip);
    EXPECT_TRUE(report.call.has_value() && report.raw.empty());
    news.push_back(words_of(report));
    last = report;
    matched = as_text(report.matched);
  }
  void bind_remote_calls(TaskSlot slot, const MediaPlace& place) noexcept override {
    gone_at.push_back(fmt::format("{} :{}", static_cast<uint32_t>(slot), place.port.first));
  }
  std::vector<std::string> take() { return std::exchange(news, {}); }

  WatchedTasks tasks;
  std::vector<std::string> news;
  SessionReport last;
  std::string matched;
  std::vector<std::string> gone_at;
  std::vector<BindingChange> changes;
  uint32_t next_cin = 1;
};

using Lines = std::vector<std::string>;

class CallDeskNews : public testing::Test {
 protected:
  CallDeskNews() { make(true); }

  void make(bool latching) {
    CallDeskPlan plan;
    plan.sets.emplace_back().numbers.country_code = "49";
    plan.sets[0].latching = latching;
    plan.scopes = {BindingScope{}};
    plan.tracker.key = {3, 4};
    desk_ = *CallDesk::make(std::move(plan), office_);
    watch(1, "b@example.org");
  }

  void watch(uint32_t slot, const std::string& uri, bool cc = true) {
    office_.tasks[TaskSlot{slot}] = task_for(TaskSlot{slot}, {uri}, cc);
    changed({}, {TaskSlot{slot}});
  }
  void unwatch(uint32_t slot) {
    office_.tasks.erase(TaskSlot{slot});
    changed({TaskSlot{slot}}, {});
  }
  void changed(const std::vector<TaskSlot>& removed, const std::vector<TaskSlot>& added) {
    desk_->tasks_changed(watch_of(office_.tasks), removed, added, {9 * kS});
  }

  void see(const std::string& text, int64_t second = 1) {
    SignalRecord record;
    record.header.frame_bytes = record.header.message_bytes = static_cast<uint32_t>(text.size());
    record.header.arrival = {second * kS};
    record.header.kind = SignalKind::kSip;
    record.frame = record.message = as_bytes(text);
    desk_->on_message(record, none_);
  }
  static std::string request(const std::string& method, const Leg& leg = {}, int port = 0) {
    return with_sdp(method + " sip:b@example.org SIP/2.0", method, leg, port);
  }
  static std::string answer(int status, const std::string& method, const Leg& leg, int port = 0) {
    return with_sdp(fmt::format("SIP/2.0 {} Is", status), method, leg, port);
  }
  // Of another party's call.
  static std::string others(std::string text) {
    for (size_t at; (at = text.find("b@example")) != std::string::npos;) text.replace(at, 1, "x");
    return text;
  }
  void hang_up(int64_t second = 1) {
    see(request("BYE", {.branch = "x", .to = "2", .number = 2}), second);
    see(answer(200, "BYE", {.branch = "x", .to = "2", .number = 2}), second);
  }
  Lines all() {
    Lines told;
    SessionReport news;
    std::optional<CallPlace> at;
    while ((at = desk_->next_news(at, {9 * kS}, news)))
      if (news.cin != 0) told.push_back(words_of(news));
    return told;
  }

  Office office_;
  NoSessions none_;
  std::unique_ptr<CallDesk> desk_;
};

TEST_F(CallDeskNews, WhereMediaGoIsToldFromTheOfferOnAndWhenItChanges) {
  see(request("INVITE", {}, 40'000), 3);
  EXPECT_EQ(office_.take(), Lines{"1#1 :40000 peer"});
  EXPECT_EQ(office_.last.started.unix_ns, 3 * kS);
  EXPECT_NE(office_.last.session, 0U);
  EXPECT_EQ(office_.matched.substr(2), "b@example.org");
  EXPECT_EQ(static_cast<IdentityKind>(office_.matched[0]), IdentityKind::kSipUri);
  EXPECT_EQ(office_.matched[1], 13) << "the length of the name";
  see(answer(180, "INVITE", {.to = "2"}), 4);
  EXPECT_EQ(office_.take(), Lines{}) << "nothing of it has changed";
  see(answer(200, "INVITE", {.to = "2"}, 40'002), 5);
  EXPECT_EQ(office_.take(), Lines{"1#1 :40000 peer :40002"});
  EXPECT_EQ(office_.last.received.unix_ns, 5 * kS);
  see(request("ACK", {.to = "2"}), 6);
  hang_up(7);
  EXPECT_EQ(office_.take(), Lines{"1#1 gone"});
  EXPECT_EQ(office_.last.received.unix_ns, 7 * kS);
}

TEST_F(CallDeskNews, WhatDescriptionsSayIsToldWithEachOfThem) {
  see(request("INVITE", {}, 40'000));
  EXPECT_EQ(office_.last.call->described.count, 1U);
  EXPECT_FALSE(office_.last.call->described.narrow) << "nobody has answered";
  see(answer(200, "INVITE", {.to = "2"}, 40'002));
  EXPECT_TRUE(office_.last.call->described.narrow);
  EXPECT_TRUE(office_.last.call->described.types.has(0));
  office_.take();
  const Leg again{.branch = "r", .to = "2", .number = 2};
  see(request("INVITE", again, 40'000));
  EXPECT_FALSE(office_.last.call->described.narrow);
  see(answer(200, "INVITE", again, 40'002));
  EXPECT_EQ(office_.take(), (Lines{"1#1 :40000 peer :40002", "1#1 :40002 :40000 peer"}));
  EXPECT_TRUE(office_.last.call->described.narrow);
  EXPECT_EQ(office_.last.call->described.count, 4U);
}

TEST_F(CallDeskNews, WhereTheOperatorDoesNotWantItNothingIsNarrowed) {
  make(false);
  see(request("INVITE", {}, 40'000));
  see(answer(200, "INVITE", {.to = "2"}, 40'002));
  EXPECT_EQ(office_.last.call->described.count, 2U);
  EXPECT_FALSE(office_.last.call->described.narrow);
}

TEST_F(CallDeskNews, OfAStrangersCallNobodyIsTold) {
  see(others(request("INVITE", {}, 40'000)));
  see(others(answer(200, "INVITE", {.to = "2"}, 40'002)));
  EXPECT_EQ(office_.take(), Lines{});
  EXPECT_EQ(all(), Lines{});
}

TEST_F(CallDeskNews, ThatOthersHaveAnEndpointTooIsToldWhenTheyBeginAndWhenTheyEnd) {
  see(request("INVITE", {}, 40'000));
  see(answer(200, "INVITE", {.to = "2"}, 6000));
  office_.take();
  const Leg leg{.branch = "o", .call = "c2", .from = "8", .to = "9"};
  see(others(request("INVITE", {.branch = "o", .call = "c2", .from = "8"}, 6000)), 4);
  EXPECT_EQ(office_.take(), Lines{"1#1 :40000 peer :6000 paired"});
  EXPECT_EQ(office_.last.received.unix_ns, 4 * kS);
  see(others(answer(486, "INVITE", leg)), 5);
  EXPECT_EQ(office_.take(), Lines{"1#1 :40000 peer :6000"});
}

TEST_F(CallDeskNews, EachTaskHasItsOwnAndWithoutContentNoMedia) {
  watch(2, "b@example.org", false);
  see(request("INVITE", {}, 40'000));
  EXPECT_EQ(office_.take(), (Lines{"1#1 :40000 peer", "2#2"}));
}

TEST_F(CallDeskNews, ATaskThatEndsHasNoCallsAndOneThatChangesTellsOfThem) {
  see(request("INVITE", {}, 40'000));
  office_.take();
  watch(1, "b@example.org", false);
  EXPECT_EQ(office_.take(), Lines{"1#1"});
  watch(1, "b@example.org");
  EXPECT_EQ(office_.take(), Lines{"1#1 :40000 peer"});
  unwatch(1);
  EXPECT_EQ(office_.take(), Lines{"1#1 gone"});
}

TEST_F(CallDeskNews, AllThatGoOnAreToldOneAfterTheOther) {
  watch(2, "b@example.org");
  see(request("INVITE", {}, 40'000));
  see(request("INVITE", {.branch = "b", .call = "c2", .from = "9"}, 41'000));
  EXPECT_EQ(all(), (Lines{"1#1 :40000 peer", "2#2 :40000 peer", "1#3 :41000 peer", "2#4 :41000 peer"}));
  see(answer(486, "INVITE", {.to = "2"}));
  EXPECT_EQ(all(), (Lines{"1#3 :41000 peer", "2#4 :41000 peer"})) << "what is over is remembered, and not told";
}

TEST_F(CallDeskNews, OfAnEndpointWhereOnesRulesGoThoseOfOthersComeBackOnBothSides) {
  see(request("INVITE", {}, 40'000));
  see(request("INVITE", {.branch = "b", .call = "c2", .from = "9"}, 40'000));
  office_.gone_at.clear();
  see(answer(486, "INVITE", {.to = "2"}));
  EXPECT_FALSE(office_.gone_at.empty());
  for (const std::string& place : office_.gone_at) EXPECT_EQ(place, "1 :40000");
  office_.changes.clear();
  const MediaPlace place{.host = *IpPrefix::parse("192.0.2.1"), .port = {40'000, 40'000}};
  desk_->bind_calls_at(TaskSlot{1}, place);
  ASSERT_EQ(office_.changes.size(), 1U);
  EXPECT_EQ(office_.changes[0].rule.cin, 2U);
  desk_->bind_calls_at(TaskSlot{2}, place);
  EXPECT_EQ(office_.changes.size(), 1U);
}

}  // namespace
}  // namespace lictor::sip

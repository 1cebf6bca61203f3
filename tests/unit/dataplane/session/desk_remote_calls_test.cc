// What the desk makes of calls that other dataplanes tell of, and how calls are among all that it tells of itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "desk_fixture.h"

namespace lictor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using Kind = SessionReport::Kind;
using Use = SessionAddress::Use;
using Lines = std::vector<std::string>;

constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;

// Follows as many calls of task 1 as it is told, with CINs from 500 on, every second one of which has ended.
class Follower : public CallFollower {
 public:
  void tasks_changed(std::shared_ptr<const sip::CallWatch> /*watch*/, std::span<const TaskSlot> /*removed*/,
                     std::span<const TaskSlot> /*added*/, PacketTime /*now*/) noexcept override {}
  std::optional<CallPlace> next_news(std::optional<CallPlace> last, PacketTime now,
                                     SessionReport& news) noexcept override {
    const uint32_t call = last ? last->call + 1 : 0;
    if (call == calls) return std::nullopt;
    news = {};
    if (call % 2 == 0)
      news = {.kind = Kind::kState,
              .source = SessionSource::kSip,
              .slot = TaskSlot{1},
              .cin = 500 + call,
              .received = now,
              .call = CallPart{}};
    return CallPlace{.call = call, .slot = TaskSlot{1}};
  }
  void bind_calls_at(TaskSlot slot, const MediaPlace& place) noexcept override { gone.emplace_back(slot, place); }

  uint32_t calls = 0;
  std::vector<std::pair<TaskSlot, MediaPlace>> gone;
};

class DeskRemoteCalls : public DeskFixture {
 protected:
  DeskRemoteCalls() {
    news_.bytes = *SpscByteRing::make(SpscByteRing::kBytesMin);
    desk_ = std::make_unique<SessionDesk>(
        SessionDeskPlan{.tasks_max = 8, .target_sessions_max = 16, .reports = {&ring_}, .news = &news_}, *book_);
    desk_->follow_calls_by(follower_);
    WatchedTask own = task(1, {"alice"});
    own.scope = {.ports = 0b10, .vni = 5000};
    watch({own});
  }

  static SessionAddress media(uint16_t port, bool of_peer = false, Use use = Use::kRtp, bool paired = false) {
    return {.prefix = *IpPrefix::parse(of_peer ? "203.0.113.5" : "192.0.2.7"),
            .ports = {port, port},
            .use = use,
            .of_peer = of_peer,
            .paired = paired};
  }
  void hear(uint32_t cin, std::vector<SessionAddress> addresses, int64_t second = 2) {
    WatchChange change;
    change.remotes.push_back({.slot = TaskSlot{1},
                              .cin = cin,
                              .since = at_second(1),
                              .changed = at_second(second),
                              .addresses = std::move(addresses),
                              .source = SessionSource::kSip,
                              .described = {.count = 3, .narrow = true}});
    desk_->change(std::move(change), at_second(second));
  }
  // As lictord says it: nothing but that.
  void hear_end(uint32_t cin) {
    WatchChange change;
    change.remotes.push_back({.slot = TaskSlot{1}, .cin = cin, .changed = at_second(3), .over = true});
    desk_->change(std::move(change), at_second(4));
  }
  void ask_for_all() {
    WatchChange change;
    change.tell_all = 77;
    desk_->change(std::move(change), at_second(3));
  }

  // Of endpoints: what is left of all changes until now.
  std::vector<TargetRule>& endpoints() {
    for (const BindingChange& change : desk_->bindings()) {
      if (change.kind == BindingChange::Kind::kAdd)
        held_.push_back(change.rule);
      else
        std::erase_if(held_, [&](const TargetRule& rule) {
          return rule.slot == change.rule.slot && rule.key == change.rule.key && rule.prefix == change.rule.prefix &&
                 rule.target_ports == change.rule.target_ports;
        });
    }
    desk_->bindings().clear();
    return held_;
  }
  Lines rules() {
    Lines words;
    for (const TargetRule& rule : endpoints()) {
      if (rule.key != RuleKey::kEndpoint) continue;
      words.push_back(fmt::format("#{} :{}{}", rule.cin, rule.target_ports.first, rule.is_peer ? " peer" : ""));
      if (rule.remote.bits != 0 && rule.remote_ports.all()) words.back() += " with " + text_of(rule.remote);
      if (rule.remote.bits != 0 && !rule.remote_ports.all())
        words.back() += fmt::format(" with :{}", rule.remote_ports.first);
    }
    std::ranges::sort(words);
    return words;
  }

  // CINs of what was told, 0 for the end of all.
  std::vector<uint32_t> news() {
    desk_->publish();
    std::vector<uint32_t> cins;
    const Bytes waiting = news_.bytes->readable();
    for (Bytes rest = waiting; !rest.empty();) {
      SessionReport report;
      SessionReportParts parts;
      rest = rest.subspan(read_session_report(rest, report, parts));
      cins.push_back(report.cin);
    }
    news_.bytes->release(waiting.size());
    return cins;
  }

  // What the encoder is told.
  std::vector<SessionReport> told() {
    desk_->publish();
    std::vector<SessionReport> all;
    const Bytes waiting = ring_.bytes->readable();
    for (Bytes rest = waiting; !rest.empty();) {
      rest = rest.subspan(read_session_report(rest, all.emplace_back(), parts_));
    }
    ring_.bytes->release(waiting.size());
    return all;
  }

  ReportRing news_;
  Follower follower_;
  std::vector<TargetRule> held_;
  SessionReportParts parts_;
};

TEST_F(DeskRemoteCalls, AnotherDataplanesCallIsItsEndpointsAndNotToldAsARecord) {
  hear(900, {media(6000), media(40'000, true, Use::kUdptl)});
  EXPECT_EQ(rules(), (Lines{"#900 :40000 peer", "#900 :6000"}));
  for (const TargetRule& rule : endpoints()) {
    EXPECT_EQ(rule.protocol, kUdp);
    EXPECT_EQ(rule.ports, 0b10U) << "this dataplane's part of the network";
    EXPECT_EQ(rule.vni, 5000U);
    EXPECT_EQ(rule.start.unix_ns, at_second(1).unix_ns);
  }
  const std::vector<SessionReport> reports = told();
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].kind, Kind::kState);
  EXPECT_EQ(reports[0].source, SessionSource::kSip);
  EXPECT_EQ(reports[0].received, at_second(2)) << "from the packet on that its owner saw";
  EXPECT_THAT(reports[0].addresses, SizeIs(2));
  EXPECT_EQ(reports[0].call->described, (CallDescriptions{.count = 3, .narrow = true}));
  EXPECT_THAT(news(), IsEmpty()) << "what was heard is not told on";
}

TEST_F(DeskRemoteCalls, WhatOthersCallsHaveTooCountsWithTheCallsOtherEndsAlone) {
  hear(900, {media(6000, false, Use::kRtp, true), media(40'000, true)});
  EXPECT_EQ(rules(), (Lines{"#900 :40000 peer", "#900 :6000 with :40000"}));
  hear(900, {media(6000), media(40'000, true)});
  EXPECT_EQ(rules(), (Lines{"#900 :40000 peer", "#900 :6000"})) << "the other call is over";
}

TEST_F(DeskRemoteCalls, WhatWouldBePairsWithoutEndIsCounted) {
  std::vector<SessionAddress> all = {media(6000, false, Use::kRtp, true)};
  for (uint16_t i = 0; i < 10; ++i) all.push_back(media(static_cast<uint16_t>(40'000 + 2 * i), true));
  hear(900, all);
  EXPECT_EQ(desk_->counters().remotes_pairs_over.get(), 2U);
  EXPECT_THAT(endpoints(), SizeIs(8 + 10));
}

TEST_F(DeskRemoteCalls, OfMsrpOnlyWhatTheCallsTwoEndsSayToEachOtherCounts) {
  hear(900, {media(2855, false, Use::kMsrp), media(2856, true, Use::kMsrp)});
  EXPECT_EQ(rules(), (Lines{"#900 :2855 with 203.0.113.5/32", "#900 :2856 peer with 192.0.2.7/32"}));
  for (const TargetRule& rule : endpoints()) EXPECT_EQ(rule.protocol, kTcp);
}

TEST_F(DeskRemoteCalls, ItsEndTakesThemAwayAndIsACallsEnd) {
  hear(900, {media(6000)});
  told();
  hear_end(900);
  EXPECT_THAT(rules(), IsEmpty());
  const std::vector<SessionReport> reports = told();
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].kind, Kind::kGone);
  EXPECT_EQ(reports[0].source, SessionSource::kSip) << "of what waits only media are handed over";
}

TEST_F(DeskRemoteCalls, WhatGoesOnWhileSomethingChangesIsNotInterruptedAndIsThereOnce) {
  hear(900, {media(6000)});
  hear(900, {media(6000), media(40'000, true)}, 9);
  EXPECT_EQ(rules(), (Lines{"#900 :40000 peer", "#900 :6000"}));
  for (const TargetRule& rule : endpoints()) EXPECT_EQ(rule.start.unix_ns, at_second(1).unix_ns);
}

TEST_F(DeskRemoteCalls, AnAddressThatASessionKeepsIsOneRule) {
  WatchChange change;
  for (int64_t second = 2; second < 4; ++second)
    change.remotes.push_back(
        {.slot = TaskSlot{1}, .cin = 900, .changed = at_second(second), .addresses = {address_of("192.0.2.7")}});
  desk_->change(std::move(change), at_second(4));
  EXPECT_THAT(endpoints(), SizeIs(1));
}

TEST_F(DeskRemoteCalls, WhoGoesLeavesTheOthersOfTheEndpointTheirRules) {
  hear(900, {media(6000)});
  hear(901, {media(6000)});
  hear_end(900);
  EXPECT_EQ(rules(), Lines{"#901 :6000"});
  ASSERT_THAT(follower_.gone, SizeIs(1)) << "calls that are heard here bind theirs again";
  EXPECT_EQ(follower_.gone[0].first, TaskSlot{1});
  EXPECT_EQ(follower_.gone[0].second, (MediaPlace{.host = *IpPrefix::parse("192.0.2.7"), .port = {6000, 6000}}));
}

TEST_F(DeskRemoteCalls, WhereACallThatIsHeardHereGoesTheyStay) {
  hear(900, {media(6000)});
  const MediaPlace place{.host = *IpPrefix::parse("192.0.2.7"), .port = {6000, 6000}};
  endpoints().clear();
  desk_->bind_remote_calls(TaskSlot{1}, place);
  EXPECT_EQ(rules(), Lines{"#900 :6000"});
  endpoints().clear();
  desk_->bind_remote_calls(TaskSlot{1}, {.host = place.host, .port = {6002, 6002}});
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(DeskRemoteCalls, ASessionsAddressAndACallsEndpointAreNotMistakenForEachOther) {
  hear(900, {media(6000)});
  accept("one", "alice", 1, {address_of("192.0.2.7")});
  end("one", 5);
  EXPECT_EQ(rules(), Lines{"#900 :6000"});
  accept("two", "alice", 6, {address_of("192.0.2.7")});
  hear_end(900);
  EXPECT_THAT(endpoints(), SizeIs(1));
  EXPECT_EQ(endpoints()[0].key, RuleKey::kAddress);
}

TEST_F(DeskRemoteCalls, ATaskThatIsOrderedNoContentHasNone) {
  hear(900, {media(6000)});
  WatchedTask iri = task(1, {"alice"});
  iri.cc = false;
  unwatch(1);
  watch({iri});
  hear(901, {media(6000)});
  EXPECT_THAT(rules(), IsEmpty());
}

TEST_F(DeskRemoteCalls, CallsHereAreAmongAllThatAreToldAFewARound) {
  follower_.calls = 200;
  accept("one", "alice", 1, {address_of("192.0.2.7")});
  news();
  ask_for_all();
  std::vector<uint32_t> all;
  size_t rounds = 0;
  while (desk_->tell_more_news(at_second(3))) {
    const std::vector<uint32_t> some = news();
    EXPECT_LE(some.size(), SessionDesk::kNewsPerRound + 1) << "and the end";
    all.insert(all.end(), some.begin(), some.end());
    ++rounds;
  }
  EXPECT_GE(rounds, 3U);
  ASSERT_THAT(all, SizeIs(1 + 100 + 1));
  EXPECT_EQ(all.front(), 100U);
  EXPECT_EQ(all[1], 500U);
  EXPECT_EQ(all[100], 698U);
  EXPECT_EQ(all.back(), 0U) << "that these were all";
}

TEST_F(DeskRemoteCalls, CallsThatFindNoRoomAreToldInALaterRoundAndTheEndBehindThem) {
  follower_.calls = 3;
  while (!news_.bytes->reserve(64).empty()) news_.bytes->commit(64);
  news_.bytes->publish();
  ask_for_all();
  EXPECT_FALSE(desk_->tell_more_news(at_second(3)));
  news_.bytes->release(news_.bytes->readable().size());
  EXPECT_TRUE(desk_->tell_more_news(at_second(4)));
  EXPECT_THAT(news(), ElementsAre(500, 502, 0));
  EXPECT_EQ(desk_->counters().news_lost.get(), 0U);
}

}  // namespace
}  // namespace lictor

// What the desk makes of sessions that other dataplanes tell of, and what it tells them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "desk_fixture.h"

namespace lictor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

using Kind = SessionReport::Kind;

class DeskRemotes : public DeskFixture {
 protected:
  DeskRemotes() {
    news_.bytes = *SpscByteRing::make(SpscByteRing::kBytesMin);
    desk_ = std::make_unique<SessionDesk>(SessionDeskPlan{.tasks_max = 8,
                                                          .target_sessions_max = 16,
                                                          .scopes = {BindingScope{.ports = 0b011, .vni = 5000}},
                                                          .reports = {&ring_},
                                                          .wishes = &wishes_,
                                                          .news = &news_},
                                          *book_);
  }

  void hear(uint32_t slot, uint32_t cin, std::vector<SessionAddress> addresses, bool over = false) {
    WatchChange change;
    change.remotes.push_back({.slot = TaskSlot{slot},
                              .cin = cin,
                              .since = at_second(1),
                              .changed = at_second(2),
                              .over = over,
                              .addresses = std::move(addresses)});
    desk_->change(std::move(change), at_second(3));
  }

  struct News {
    Kind kind;
    uint32_t cin;
    size_t addresses;
    friend bool operator==(const News&, const News&) = default;
  };
  std::vector<News> news() {
    desk_->publish();
    std::vector<News> all;
    const Bytes waiting = news_.bytes->readable();
    for (Bytes rest = waiting; !rest.empty();) {
      SessionReport report;
      SessionReportParts parts;
      rest = rest.subspan(read_session_report(rest, report, parts));
      EXPECT_TRUE(report.details.user_name.empty()) << "nobody's name leaves this dataplane so";
      matched_ = as_text(report.matched);
      session_ = report.session;
      all.push_back({report.kind, report.cin, report.addresses.size()});
    }
    news_.bytes->release(waiting.size());
    return all;
  }

  ReportRing news_;
  std::string matched_;   // of the last news
  uint64_t session_ = 0;  // the same
  SpscQueue<CinWish> wishes_{8};
};

TEST_F(DeskRemotes, NewsSayByWhichOfTheTasksNamesASessionIsItsTargets) {
  watch({task(1, {"bob", "alice"})});
  accept("one", "alice", 5, {a_});
  news();
  EXPECT_EQ(matched_, std::string("\0\5alice", 7)) << "a kind, a length, a name";
  EXPECT_NE(session_, 0U);
  const uint64_t first = session_;
  accept("two", "bob", 6, {b_});
  news();
  EXPECT_EQ(matched_, std::string("\0\3bob", 5));
  EXPECT_NE(session_, first);
  end("one", 7);
  news();
  EXPECT_EQ(matched_, "") << "it is over";
}

TEST_F(DeskRemotes, AnotherDataplanesSessionIsBoundAndNotToldAsARecord) {
  watch({task(1, {"alice"})});
  hear(1, 900, {a_});
  const std::vector<Told> told = reports();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].kind, Kind::kState);
  EXPECT_EQ(told[0].received, at_second(2)) << "from the packet on that its owner saw";
  EXPECT_THAT(rules(), ElementsAre(Rule{1, 900, "192.0.2.7/32"}));
  EXPECT_THAT(news(), IsEmpty()) << "what was heard is not told on";
}

TEST_F(DeskRemotes, ItsAddressesFollowAndItsEndTakesThemAway) {
  watch({task(1, {"alice"})});
  hear(1, 900, {a_});
  hear(1, 900, {b_});
  EXPECT_THAT(rules(), ElementsAre(Rule{1, 900, "192.0.2.8/32"}));
  hear(1, 900, {}, true);
  EXPECT_THAT(rules(), IsEmpty());
  EXPECT_EQ(reports().back().kind, Kind::kGone);
  hear(1, 900, {}, true);
  EXPECT_THAT(reports(), IsEmpty()) << "it is over already";
}

TEST_F(DeskRemotes, OfATaskThatIsNotWatchedNothingIsBound) {
  hear(1, 900, {a_});
  EXPECT_THAT(rules(), IsEmpty());
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(DeskRemotes, WhoGoesLeavesTheOthersOfTheAddressTheirRules) {
  watch({task(1, {"alice"})});
  accept("one", "alice", 1, {a_});
  hear(1, 900, {a_});
  EXPECT_THAT(rules(), UnorderedElementsAre(Rule{1, 100, "192.0.2.7/32"}, Rule{1, 900, "192.0.2.7/32"}));
  hear(1, 900, {}, true);
  EXPECT_THAT(rules(), ElementsAre(Rule{1, 100, "192.0.2.7/32"}));
  hear(1, 900, {a_});
  end("one", 5);
  EXPECT_THAT(rules(), ElementsAre(Rule{1, 900, "192.0.2.7/32"}));
}

TEST_F(DeskRemotes, AWindowThatIsShortenedHoldsForThemToo) {
  WatchedTask short_one = task(1, {"alice"});
  watch({short_one});
  accept("one", "alice", 1, {a_});
  hear(1, 900, {a_, b_});
  short_one.stop = {42};
  replace({short_one});
  ASSERT_THAT(table(), SizeIs(3));
  for (const TargetRule& rule : table()) EXPECT_EQ(rule.stop.unix_ns, 42);
}

TEST_F(DeskRemotes, ATaskThatEndsTakesThemAlong) {
  watch({task(1, {"alice"}), task(2, {"alice"}, 500)});
  hear(1, 900, {a_});
  hear(2, 901, {a_});
  unwatch(1);
  EXPECT_THAT(rules(), ElementsAre(Rule{2, 901, "192.0.2.7/32"}));
}

TEST_F(DeskRemotes, SessionsHereAreNewsWithoutNames) {
  watch({task(1, {"alice"})});
  accept("one", "alice", 1, {a_, net_});
  end("one", 2);
  EXPECT_THAT(news(), ElementsAre(News{Kind::kEvent, 100, 2}, News{Kind::kEvent, 100, 0}));
  accept("two", "bob", 3, {b_});
  EXPECT_THAT(news(), IsEmpty());
}

TEST_F(DeskRemotes, AllAreToldWhenTheyAreAskedForAndThenThatTheseWereAll) {
  watch({task(1, {"alice", "bob"})});
  accept("one", "alice", 1, {a_});
  accept("two", "bob", 1, {b_});
  end("two", 2);
  news();
  WatchChange change;
  change.tell_all = true;
  desk_->change(std::move(change), at_second(3));
  EXPECT_THAT(news(), ElementsAre(News{Kind::kState, 100, 1}, News{Kind::kState, 0, 0}));
  EXPECT_EQ(reports().size(), 3U) << "encoders are told nothing again";
}

TEST_F(DeskRemotes, NewsWithoutRoomAreCounted) {
  watch({task(1, {"alice"})});
  while (!news_.bytes->reserve(64).empty()) news_.bytes->commit(64);
  accept("one", "alice", 1, {a_});
  EXPECT_EQ(desk_->counters().news_lost.get(), 1U);
  EXPECT_THAT(reports(), SizeIs(1)) << "its encoder knows all the same";
}

TEST_F(DeskRemotes, MoreCinsAreWishedForOnceBeforeTheyRunOut) {
  WatchedTask few = task(1, {"alice"});
  few.cins = {.first = 100, .count = 4};
  watch({few});
  for (int i = 0; i < 4; ++i) attempt("alice", AccessEvent::kAttempt, i);
  const std::optional<CinWish> wish = wishes_.pop();
  ASSERT_TRUE(wish);
  EXPECT_EQ(wish->slot, TaskSlot{1});
  EXPECT_EQ(wish->first, 100U);
  EXPECT_FALSE(wishes_.pop());
  EXPECT_EQ(desk_->counters().cins_missing.get(), 0U);
  few.cins = {.first = 700, .count = 4};
  watch({few});
  reports();
  attempt("alice", AccessEvent::kAttempt, 9);
  EXPECT_EQ(reports()[0].cin, 700U);
}

}  // namespace
}  // namespace lictor

// What the desk makes of sessions that other dataplanes tell of, and what it tells them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

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

  void ask_for_all(uint64_t number) {
    WatchChange change;
    change.tell_all = number;
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

  void fill_news() {
    while (!news_.bytes->reserve(64).empty()) news_.bytes->commit(64);
    news_.bytes->publish();
  }
  void empty_news() { news_.bytes->release(news_.bytes->readable().size()); }

  // Sessions "s0", "s1" and so on of alice's, with an address each and CINs from 100 on, of which everything was read.
  void follow_many(uint32_t count) {
    desk_.reset();
    book_ = *SessionBook::make({.sessions_max = 1024, .cells_bytes_max = 1 << 20});
    desk_ = std::make_unique<SessionDesk>(SessionDeskPlan{.tasks_max = 8,
                                                          .target_sessions_max = 1024,
                                                          .scopes = {BindingScope{}},
                                                          .reports = {&ring_},
                                                          .wishes = &wishes_,
                                                          .news = &news_},
                                          *book_);
    WatchedTask wide = task(1, {"alice"});
    wide.cins = {.first = 100, .count = 2048};
    watch({wide});
    for (uint32_t i = 0; i < count; ++i) {
      accept(fmt::format("s{}", i), "alice", 1, {address_of(fmt::format("198.18.{}.{}", i / 256, i % 256))});
      news();
      reports();
    }
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
  ask_for_all(77);
  EXPECT_TRUE(desk_->tell_more_news(at_second(3)));
  EXPECT_THAT(news(), ElementsAre(News{Kind::kState, 100, 1}, News{Kind::kState, 0, 0}));
  EXPECT_EQ(session_, 77U) << "whose end it is";
  EXPECT_FALSE(desk_->tell_more_news(at_second(3))) << "it has ended";
  EXPECT_EQ(reports().size(), 3U) << "encoders are told nothing again";
}

TEST_F(DeskRemotes, NewsWithoutRoomAreCounted) {
  watch({task(1, {"alice"})});
  fill_news();
  accept("one", "alice", 1, {a_});
  EXPECT_EQ(desk_->counters().news_lost.get(), 1U);
  EXPECT_THAT(reports(), SizeIs(1)) << "its encoder knows all the same";
}

TEST_F(DeskRemotes, TheEndOfAllWaitsForRoomAndNothingIsCountedAsLost) {
  watch({task(1, {"alice"})});
  accept("one", "alice", 1, {a_});
  news();
  fill_news();
  ask_for_all(77);
  EXPECT_FALSE(desk_->tell_more_news(at_second(3)));
  empty_news();
  EXPECT_TRUE(desk_->tell_more_news(at_second(4)));
  EXPECT_THAT(news(), ElementsAre(News{Kind::kState, 100, 1}, News{Kind::kState, 0, 0}));
  ask_for_all(78);
  end("one", 5);
  news();
  fill_news();
  EXPECT_FALSE(desk_->tell_more_news(at_second(5)));
  empty_news();
  EXPECT_TRUE(desk_->tell_more_news(at_second(6)));
  EXPECT_THAT(news(), ElementsAre(News{Kind::kState, 0, 0}));
  EXPECT_EQ(session_, 78U);
  EXPECT_EQ(desk_->counters().news_lost.get(), 0U);
}

TEST_F(DeskRemotes, WhoAsksForAllAgainIsToldAllAgainAndOneEnd) {
  follow_many(200);
  ask_for_all(77);
  desk_->tell_more_news(at_second(3));
  ask_for_all(78);
  std::vector<News> told = news();
  while (desk_->tell_more_news(at_second(3)))
    for (const News& one : news()) told.push_back(one);
  EXPECT_EQ(session_, 78U);
  EXPECT_EQ(std::ranges::count(told, 0U, &News::cin), 1) << "of the former one nobody hears the end";
  EXPECT_EQ(std::ranges::count(told, 100U, &News::cin), 2) << "from the first one on";
  EXPECT_EQ(std::ranges::count(told, 299U, &News::cin), 1);
}

TEST_F(DeskRemotes, MoreSessionsThanARingHoldsAreAllToldBeforeTheirEnd) {
  constexpr uint32_t kMany = 1000;
  follow_many(kMany);
  ask_for_all(77);
  std::map<uint32_t, News> told;
  int rounds = 0;
  for (bool is_over = false; !is_over && rounds < 1000; ++rounds) {
    EXPECT_TRUE(desk_->tell_more_news(at_second(3)));
    if (rounds == 1) accept("s990", "alice", 4, {a_, net_});  // a change of one that was not told yet
    for (const News& one : news()) {
      EXPECT_FALSE(is_over);
      is_over = one.cin == 0;
      told.insert_or_assign(one.cin, one);
    }
  }
  EXPECT_EQ(told.size(), kMany + 1) << "all, and their end";
  EXPECT_EQ(told.at(100 + 990).addresses, 2U);
  EXPECT_GT(rounds, 10) << "a share a round";
  EXPECT_EQ(desk_->counters().news_lost.get(), 0U);
}

TEST_F(DeskRemotes, WhileAllAreToldHalfOfTheRingIsLeftForWhatHappens) {
  follow_many(1000);
  ask_for_all(77);
  while (desk_->tell_more_news(at_second(3))) continue;  // nobody reads
  EXPECT_GE(news_.bytes->room(), news_.bytes->capacity() / 2 - 1024);
  end("s999", 4);
  EXPECT_EQ(desk_->counters().news_lost.get(), 0U);
  EXPECT_EQ(news().back(), (News{Kind::kEvent, 100 + 999, 0}));
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

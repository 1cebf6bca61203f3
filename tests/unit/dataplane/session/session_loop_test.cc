// The order in which a session lcore shows what it found: reports before tables, tables before it says that it has
// heard.
#include "dataplane/session/session_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "desk_fixture.h"

namespace lictor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// A protocol of one letter: "+name" begins a session of that name on 192.0.2.7, "-name" ends it.
class LetterTracker : public Tracker {
 public:
  explicit LetterTracker(SessionBook& book) : book_(book) {}

  void on_message(const SignalRecord& record, SessionSink& sink) noexcept override {
    const Bytes name = record.message.subspan(1);
    const SessionKey key = book_.key(SessionSource::kRadius, record.header.source_set, name);
    const PacketTime time = record.header.arrival;
    SessionId session = book_.find(key);
    if (record.message[0] == '-') {
      if (session != kNoSession) book_.close(session, {.received = time, .effective = time}, sink);
      return;
    }
    if (session == kNoSession)
      session = book_.open(key, SessionSource::kRadius, record.header.source_set, SessionGroup(), time);
    const ShownIdentity shown{IdentityKind::kRadiusUser, name};
    const SessionAddress address = address_of("192.0.2.7");
    book_.apply(session,
                {.kind = AccessEvent::kAccept,
                 .received = time,
                 .effective = time,
                 .shown = {&shown, 1},
                 .addresses = std::span(&address, 1)},
                sink);
  }
  void on_tick(PacketTime /*now*/, SessionSink& /*sink*/) noexcept override { ++ticks; }

  int ticks = 0;

 private:
  SessionBook& book_;
};

class SessionLoopTest : public DeskFixture, protected BindingOutlet {
 protected:
  SessionLoopTest() : tracker_(*book_) {
    for (MatchRing& ring : signals_) ring.bytes = *SpscByteRing::make(SpscByteRing::kBytesMin);
    make(WrongSums::kRead);
  }

  void make(WrongSums wrong_sums) {
    SessionLoopPlan plan{.signals = {&signals_[0], &signals_[1]},
                         .changes = &changes_,
                         .book = book_.get(),
                         .desk = desk_.get(),
                         .outlet = this,
                         .wrong_sums = wrong_sums,
                         .watched = {*IpPrefix::parse("198.51.100.1")},
                         .messages_per_round_max = 4};
    plan.trackers[static_cast<size_t>(SignalKind::kRadius)] = &tracker_;
    loop_ = std::make_unique<SessionLoop>(std::move(plan));
  }

  void publish(std::unique_ptr<const TargetTable> table) noexcept override {
    published_ = std::move(table);
    // What a reader of the table could already know.
    for (const Told& told : reports()) told_before_.push_back(told);
    heard_at_publish_ = ring_.passed_until();
  }
  void tend() noexcept override { ++tended_; }

  // The message is behind `header_bytes`.
  void send(size_t ring, std::string_view frame, int64_t second, SignalKind kind = SignalKind::kRadius,
            uint32_t header_bytes = 0) {
    SpscByteRing& bytes = *signals_[ring].bytes;
    const size_t size = signal_record_bytes(frame.size());
    const MutableBytes room = bytes.reserve(size);
    ASSERT_FALSE(room.empty());
    const SignalRecordHeader header{.record_bytes = static_cast<uint32_t>(size),
                                    .frame_bytes = static_cast<uint32_t>(frame.size()),
                                    .message_offset = header_bytes,
                                    .message_bytes = static_cast<uint32_t>(frame.size()) - header_bytes,
                                    .arrival = at_second(second),
                                    .kind = kind};
    std::memcpy(room.data(), &header, sizeof header);
    std::memcpy(room.data() + sizeof header, frame.data(), frame.size());
    bytes.commit(size);
    bytes.publish();
    signals_[ring].passed({second});
  }
  void watch_alice() {
    auto table = std::make_unique<WatchTable>(IdentityForm{}, std::span<const WatchedIdentity>());
    table->add(TaskSlot{1}, {IdentityKind::kRadiusUser, "alice"});
    std::vector<WatchedTask> added;
    added.push_back(task(1, {"alice"}));
    ASSERT_TRUE(changes_.push({.table = std::move(table), .added = std::move(added)}));
  }
  [[nodiscard]] bool has_rule() const {
    const ExactKey key = prefix_key(Ipv4Key{0xc0000207}, 32);
    return published_->find(key).rules.size() == 1;
  }

  std::array<MatchRing, 2> signals_;
  SpscQueue<WatchChange> changes_{4};
  LetterTracker tracker_;
  std::unique_ptr<const TargetTable> published_;
  std::vector<Told> told_before_;
  LegalTime heard_at_publish_;
  int tended_ = 0;
  std::unique_ptr<SessionLoop> loop_;
};

TEST_F(SessionLoopTest, ServersAreLetThroughBeforeAnybodyIsTapped) {
  ASSERT_NE(published_, nullptr);
  EXPECT_TRUE(published_->may_hold_prefix_of(Ipv4Key{0xc6336401}) || published_->may_hold_host(Ipv4Key{0xc6336401}));
  EXPECT_FALSE(published_->empty());
}

TEST_F(SessionLoopTest, AnAgencyIsToldBeforePacketsAreFound) {
  watch_alice();
  send(0, "+alice", 1);
  EXPECT_TRUE(loop_->run_once(at_second(1)));
  EXPECT_TRUE(has_rule());
  ASSERT_THAT(told_before_, SizeIs(1)) << "the report was in its ring when the table was published";
  EXPECT_EQ(told_before_[0].cin, 100U);
  EXPECT_LT(heard_at_publish_, LegalTime{1}) << "and only behind the table it said that it had heard";
}

TEST_F(SessionLoopTest, WhatHostsDropIsCountedAndReadUnlessSumsAreChecked) {
  constexpr std::string_view kBegins("\0\1\0\2\0\16\0\0+alice", 14);  // without a checksum
  constexpr std::string_view kEnds("\0\1\0\2\0\16\0\1-alice", 14);    // with a wrong one
  for (const WrongSums wrong_sums : {WrongSums::kNotRead, WrongSums::kRead}) {
    make(wrong_sums);
    send(0, kBegins, 1, SignalKind::kRadius, 8);
    loop_->run_once(at_second(1));
    EXPECT_EQ(loop_->counters().wrong_sums.get(), 0U);
    send(0, kEnds, 2, SignalKind::kRadius, 8);
    loop_->run_once(at_second(2));
    EXPECT_EQ(loop_->counters().wrong_sums.get(), 1U);
    const SessionKey key = book_->key(SessionSource::kRadius, 0, as_bytes(std::string_view("alice")));
    EXPECT_EQ(book_->find(key) != kNoSession, wrong_sums == WrongSums::kNotRead);
  }
}

TEST_F(SessionLoopTest, ItHasHeardWhatTheSlowestRingHas) {
  send(0, "+bob", 5);
  send(1, "+carol", 3);
  loop_->run_once(at_second(5));
  EXPECT_EQ(ring_.passed_until(), LegalTime{3});
  signals_[1].passed({9});
  loop_->run_once(at_second(5));
  EXPECT_EQ(ring_.passed_until(), LegalTime{5});
}

TEST_F(SessionLoopTest, WhatWaitsInARingWasNotHeard) {
  for (int i = 0; i < 6; ++i) send(0, "+bob", 7);
  signals_[1].passed({9});
  loop_->run_once(at_second(7));
  EXPECT_LT(ring_.passed_until(), LegalTime{7}) << "two of six messages wait";
  send(0, "+bob", 8);  // always something new
  loop_->run_once(at_second(7));
  EXPECT_EQ(ring_.passed_until(), LegalTime{7}) << "what was there at the mark was read";
}

TEST_F(SessionLoopTest, NothingNewPublishesNothing) {
  published_ = nullptr;
  send(0, "+bob", 1);
  loop_->run_once(at_second(1));
  EXPECT_EQ(published_, nullptr) << "a stranger's session is no table's business";
  EXPECT_EQ(loop_->counters().tables.get(), 0U);
  EXPECT_EQ(tended_, 1);
}

TEST_F(SessionLoopTest, MessagesOfNobodysProtocolAreCounted) {
  send(0, "?", 1, SignalKind::kArp);
  loop_->run_once(at_second(1));
  EXPECT_EQ(loop_->counters().without_tracker.get(), 1U);
  EXPECT_TRUE(loop_->drained());
}

TEST_F(SessionLoopTest, ClocksTickAndMayStepBack) {
  loop_->run_once(at_second(10));
  loop_->run_once(at_second(10));
  EXPECT_EQ(tracker_.ticks, 1) << "10 ms have not gone";
  loop_->run_once(at_second(5));
  EXPECT_EQ(tracker_.ticks, 2);
  loop_->run_once(PacketTime{at_second(5).unix_ns + 10'000'000});
  EXPECT_EQ(tracker_.ticks, 3);
}

TEST_F(SessionLoopTest, AChangeIsDoneWhenItsTableIsOut) {
  send(0, "+alice", 1);
  loop_->run_once(at_second(1));
  EXPECT_FALSE(has_rule());
  watch_alice();
  EXPECT_FALSE(loop_->drained());
  loop_->run_once(at_second(2));
  EXPECT_EQ(loop_->counters().changes_done.get(), 1U);
  EXPECT_TRUE(has_rule()) << "of a session that was there before";
}

TEST_F(SessionLoopTest, ToTellAllIsWorkOfRoundsUntilItIsDone) {
  ReportRing news;
  news.bytes = *SpscByteRing::make(SpscByteRing::kBytesMin);
  SessionDesk desk({.tasks_max = 8, .target_sessions_max = 16, .reports = {&ring_}, .news = &news}, *book_);
  SessionLoop loop({.changes = &changes_, .book = book_.get(), .desk = &desk, .outlet = this});
  ASSERT_TRUE(changes_.push({.tell_all = 1}));
  EXPECT_TRUE(loop.run_once(at_second(1)));
  EXPECT_FALSE(news.bytes->readable().empty()) << "their end is there, and was shown";
  EXPECT_FALSE(loop.run_once(at_second(2)));
}

}  // namespace
}  // namespace lictor

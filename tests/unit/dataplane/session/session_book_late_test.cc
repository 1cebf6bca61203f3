// The rules of a SessionBook for what comes late, and for what there is no room for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataplane/session/session_book.h"
#include "recording_sink.h"

namespace lictor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SessionBookLate : public testing::Test {
 protected:
  explicit SessionBookLate(uint32_t addresses_max = 2)
      : book_(*SessionBook::make(
            {.sessions_max = 64, .cells_bytes_max = 65'536, .addresses_per_session_max = addresses_max})) {}

  SessionId open(std::string_view key) {
    return book_->open(book_->key(SessionSource::kRadius, 0, as_bytes(key)), SessionSource::kRadius, 0, SessionGroup(),
                       at_second(0));
  }
  void apply(SessionId session, int64_t second, std::vector<SessionAddress> addresses,
             std::vector<ShownIdentity> shown = {}) {
    book_->apply(session, change(second, addresses, shown), sink_);
  }
  static SessionChange change(int64_t second, const std::vector<SessionAddress>& addresses,
                              const std::vector<ShownIdentity>& shown = {}) {
    return {.received = at_second(second),
            .effective = at_second(second),
            .shown = shown,
            .addresses = std::span<const SessionAddress>(addresses)};
  }
  // Of a message that was kept back until `received`.
  void apply_late(SessionId session, int64_t second, int64_t received, std::vector<SessionAddress> addresses,
                  std::vector<ShownIdentity> shown = {}) {
    SessionChange kept_back = change(second, addresses, shown);
    kept_back.received = at_second(received);
    book_->apply(session, kept_back, sink_);
  }
  std::vector<SessionId> holders(const SessionAddress& address) {
    std::vector<SessionId> found;
    book_->for_each_holder(0, address.prefix, [&found](SessionId session, const SessionAddress&, PacketTime) {
      found.push_back(session);
    });
    return found;
  }

  std::unique_ptr<SessionBook> book_;
  RecordingSink sink_;
  const SessionAddress a_ = address_of("192.0.2.7");
  const SessionAddress b_ = address_of("192.0.2.8");
  const SessionAddress c_ = address_of("192.0.2.9");
};

TEST_F(SessionBookLate, WhatIsOlderThanWhoHadItLastBindsNothingThoughHeHasGone) {
  const SessionId first = open("one");
  apply(first, 10, {a_});
  apply(first, 20, {a_});
  book_->close(first, {.received = at_second(30), .effective = at_second(30)}, sink_);
  apply(open("two"), 15, {a_});
  EXPECT_THAT(holders(a_), IsEmpty());
  const SessionId third = open("three");
  apply(third, 21, {a_});
  EXPECT_THAT(holders(a_), ElementsAre(third));
}

TEST_F(SessionBookLate, WhatIsOlderThanTheHoldersLastWordDoesNotTakeIt) {
  const SessionId first = open("one");
  apply(first, 10, {a_});
  apply(first, 20, {a_});
  apply(open("two"), 15, {a_});
  EXPECT_THAT(holders(a_), ElementsAre(first));
}

TEST_F(SessionBookLate, LateChangeTakesFromOthersWhatItsSessionHadSince) {
  const SessionId first = open("one");
  const SessionId second = open("two");
  apply(first, 10, {a_});
  apply(second, 30, {b_});
  sink_.take();
  apply(second, 20, {a_});
  EXPECT_THAT(holders(a_), IsEmpty()) << "the second one had it from 20 on, and has another since";
  EXPECT_THAT(holders(b_), ElementsAre(second));
  ASSERT_THAT(sink_.events, SizeIs(2));
  EXPECT_EQ(sink_.events[0].end, SessionEnd::kReplaced);
}

TEST_F(SessionBookLate, LateNameIsAddedAndReplacesNone) {
  const SessionId session = open("one");
  apply(session, 20, {a_}, {{IdentityKind::kRadiusUser, as_bytes("new")}});
  apply(session, 10, {a_},
        {{IdentityKind::kRadiusUser, as_bytes("old")}, {IdentityKind::kCircuitId, as_bytes("line")}});
  std::vector<std::string> names;
  book_->for_each_identity(session, [&names](IdentityKind, Bytes shown) { names.emplace_back(as_text(shown)); });
  EXPECT_THAT(names, testing::UnorderedElementsAre("new", "line"));
}

TEST_F(SessionBookLate, WhatASessionHasNoRoomForIsNobodys) {
  const SessionId first = open("one");
  apply(first, 10, {c_});
  const SessionId second = open("two");
  apply(second, 20, {a_, b_, c_});
  EXPECT_THAT(holders(c_), IsEmpty()) << "rather nobody than the wrong one";
  EXPECT_EQ(book_->counters().addresses_over.get(), 1U);
}

TEST_F(SessionBookLate, WhatWasGivenToASessionThatIsNotThereIsNobodys) {
  apply(open("one"), 10, {a_});
  sink_.take();
  const std::vector<SessionAddress> given = {a_};
  book_->take_away(SessionSource::kRadius, 0, change(20, given), sink_);
  EXPECT_THAT(holders(a_), IsEmpty());
  ASSERT_THAT(sink_.events, SizeIs(1));
  EXPECT_EQ(sink_.events[0].end, SessionEnd::kReplaced);
  apply(open("two"), 15, {a_});
  EXPECT_THAT(holders(a_), IsEmpty());
}

TEST_F(SessionBookLate, WhatWasGivenToTheSameSubscriberByAnotherProtocolStays) {
  const std::vector<ShownIdentity> line = {{IdentityKind::kCircuitId, as_bytes("line")}};
  const SessionId session = open("one");
  apply(session, 10, {a_}, line);
  const std::vector<SessionAddress> given = {a_};
  book_->take_away(SessionSource::kDhcp4, 0, change(20, given, line), sink_);
  EXPECT_THAT(holders(a_), ElementsAre(session));
}

TEST_F(SessionBookLate, WhatWasBeforeARestartGivesNobodyAnAddress) {
  book_->restored(at_second(100));
  const SessionId session = open("one");
  apply_late(session, 99, 101, {a_});
  EXPECT_THAT(holders(a_), IsEmpty()) << "somebody may have been given it since, and no process here heard it";
  EXPECT_EQ(book_->counters().addresses_unsure.get(), 1U);
  apply(session, 102, {a_});
  EXPECT_THAT(holders(a_), ElementsAre(session));
}

TEST_F(SessionBookLate, WhatWasBeforeARestartStillTakesAway) {
  const SessionId first = open("one");
  const SessionId second = open("two");
  apply(first, 10, {a_});
  apply(second, 10, {b_, c_});
  book_->restored(at_second(100));
  sink_.take();
  apply_late(second, 50, 101, {a_, b_});
  EXPECT_THAT(holders(a_), IsEmpty());
  EXPECT_THAT(holders(b_), ElementsAre(second)) << "what it has is its own";
  EXPECT_THAT(holders(c_), IsEmpty());
  ASSERT_THAT(sink_.events, SizeIs(2));
  EXPECT_EQ(sink_.events[0].end, SessionEnd::kReplaced);
  apply_late(open("three"), 40, 102, {a_});
  EXPECT_THAT(holders(a_), IsEmpty());
}

TEST_F(SessionBookLate, NameOfBeforeARestartReplacesNone) {
  const SessionId session = open("one");
  apply(session, 10, {a_}, {{IdentityKind::kRadiusUser, as_bytes("new")}});
  book_->restored(at_second(100));
  apply_late(session, 50, 101, {a_}, {{IdentityKind::kRadiusUser, as_bytes("old")}});
  size_t found = 0;
  book_->for_each_of(IdentityKind::kRadiusUser, as_bytes("new"), [&found](SessionId) { ++found; });
  EXPECT_EQ(found, 1U);
}

TEST_F(SessionBookLate, ClockThatWasSetBackBehindARestartKeepsNobodyFromAnAddress) {
  book_->restored(at_second(100'000));
  const SessionId session = open("one");
  apply(session, 10, {a_});
  EXPECT_THAT(holders(a_), ElementsAre(session));
}

TEST_F(SessionBookLate, ClockThatWasSetBackKeepsNobodyFromAnAddress) {
  const SessionId first = open("one");
  apply(first, 100'000, {a_});
  book_->close(first, {.received = at_second(100'000), .effective = at_second(100'000)}, sink_);
  const SessionId second = open("two");
  apply(second, 10, {a_});
  EXPECT_THAT(holders(a_), ElementsAre(second));
}

}  // namespace
}  // namespace lictor

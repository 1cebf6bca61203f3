// The rules of a SessionBook: whose an address is, what is told, and what its bounds cost.
#include "dataplane/session/session_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "recording_sink.h"

namespace lictor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class SessionBookTest : public testing::Test {
 protected:
  SessionBookTest() : SessionBookTest(SessionBookPlan{.sessions_max = 64, .cells_bytes_max = 65'536}) {}
  explicit SessionBookTest(const SessionBookPlan& plan) : book_(*SessionBook::make(plan)) {}

  SessionId open(std::string_view key, SessionSource source = SessionSource::kRadius, uint32_t group = 0,
                 uint16_t source_set = 0) {
    return book_->open(book_->key(source, source_set, as_bytes(key)), source, source_set, SessionGroup(group),
                       at_second(0));
  }
  bool apply(SessionId session, int64_t second, std::vector<SessionAddress> addresses,
             std::vector<ShownIdentity> shown = {}) {
    return book_->apply(session,
                        {.kind = AccessEvent::kAccept,
                         .received = at_second(second),
                         .effective = at_second(second),
                         .shown = shown,
                         .addresses = std::span<const SessionAddress>(addresses)},
                        sink_);
  }
  std::vector<SessionAddress> addresses(SessionId session) {
    std::vector<SessionAddress> found;
    book_->for_each_address(session, [&](const SessionAddress& address, PacketTime) { found.push_back(address); });
    return found;
  }
  static ShownIdentity user(std::string_view name) { return {IdentityKind::kRadiusUser, as_bytes(name)}; }

  std::unique_ptr<SessionBook> book_;
  RecordingSink sink_;
  const SessionAddress a_ = address_of("192.0.2.7");
  const SessionAddress b_ = address_of("192.0.2.8");
};

TEST_F(SessionBookTest, ASessionIsFoundByItsKeyUntilItIsClosed) {
  const SessionKey key = book_->key(SessionSource::kRadius, 0, as_bytes("one"));
  EXPECT_EQ(book_->find(key), kNoSession);
  const SessionId session = open("one");
  EXPECT_EQ(book_->find(key), session);
  EXPECT_EQ(book_->find(book_->key(SessionSource::kRadius, 1, as_bytes("one"))), kNoSession)
      << "two sets of servers may use the same names";
  book_->close(session, {.received = at_second(1), .effective = at_second(1)}, sink_);
  EXPECT_EQ(book_->find(key), kNoSession);
  EXPECT_EQ(book_->cells_bytes(), 0U);
}

TEST_F(SessionBookTest, WhatASessionGetsAndLosesIsTold) {
  const SessionId session = open("one");
  EXPECT_TRUE(apply(session, 1, {a_}, {user("alice")}));
  EXPECT_TRUE(apply(session, 2, {a_, b_}));
  EXPECT_TRUE(apply(session, 3, {b_}));
  EXPECT_FALSE(apply(session, 4, {b_}, {user("alice")})) << "nothing changed";
  ASSERT_THAT(sink_.events, SizeIs(4));
  EXPECT_THAT(sink_.events[0].bound, ElementsAre(a_));
  EXPECT_TRUE(sink_.events[0].identities_changed);
  EXPECT_THAT(sink_.events[1].bound, ElementsAre(b_));
  EXPECT_THAT(sink_.events[1].unbound, IsEmpty());
  EXPECT_FALSE(sink_.events[1].identities_changed);
  EXPECT_THAT(sink_.events[2].bound, IsEmpty());
  EXPECT_THAT(sink_.events[2].unbound, ElementsAre(a_));
  EXPECT_THAT(sink_.events[3].bound, IsEmpty());
}

TEST_F(SessionBookTest, WhoeverIsGivenAnAddressLastHasItAndTheOtherIsToldFirst) {
  const SessionId first = open("one");
  const SessionId second = open("two");
  apply(first, 1, {a_, b_});
  sink_.take();
  apply(second, 2, {a_});
  ASSERT_THAT(sink_.events, SizeIs(2));
  EXPECT_EQ(sink_.events[0].session, first);
  EXPECT_EQ(sink_.events[0].kind, AccessEvent::kUpdate) << "it has another address";
  EXPECT_THAT(sink_.events[0].unbound, ElementsAre(a_));
  EXPECT_EQ(sink_.events[0].effective, at_second(2));
  EXPECT_EQ(sink_.events[1].session, second);
  EXPECT_THAT(addresses(first), ElementsAre(b_));
  EXPECT_THAT(addresses(second), ElementsAre(a_));
  EXPECT_EQ(book_->counters().addresses_taken.get(), 1U);
}

TEST_F(SessionBookTest, WhoLosesItsLastAddressIsGone) {
  const SessionId first = open("one");
  apply(first, 1, {a_});
  sink_.take();
  apply(open("two"), 2, {a_});
  ASSERT_THAT(sink_.events, SizeIs(2));
  EXPECT_EQ(sink_.events[0].kind, AccessEvent::kEnd);
  EXPECT_EQ(sink_.events[0].end, SessionEnd::kReplaced);
  EXPECT_EQ(book_->find(book_->key(SessionSource::kRadius, 0, as_bytes("one"))), kNoSession);
}

TEST_F(SessionBookTest, WhatIsOlderNeverTakesAnAddressBack) {
  const SessionId first = open("one");
  const SessionId second = open("two");
  apply(second, 10, {a_});
  sink_.take();
  apply(first, 9, {a_, b_});
  EXPECT_THAT(addresses(first), ElementsAre(b_));
  EXPECT_THAT(addresses(second), ElementsAre(a_));
  EXPECT_EQ(book_->counters().addresses_older.get(), 1U);
  EXPECT_THAT(sink_.events, SizeIs(1)) << "the second is told nothing: nothing of it changed";
}

TEST_F(SessionBookTest, ALateMessageLeavesTheAddressesOfItsOwnSession) {
  const SessionId session = open("one");
  apply(session, 10, {b_});
  apply(session, 9, {a_});
  EXPECT_THAT(addresses(session), ElementsAre(b_));
  EXPECT_EQ(book_->counters().late.get(), 1U);
}

TEST_F(SessionBookTest, TwoProtocolsThatTellOfOneSubscriberShareItsAddress) {
  const SessionId radius = open("one");
  const SessionId dhcp = open("two", SessionSource::kDhcp4);
  const ShownIdentity line{IdentityKind::kCircuitId, as_bytes("ge-0/0/1:100")};
  apply(radius, 1, {a_}, {user("alice"), line});
  apply(dhcp, 2, {a_}, {line});
  EXPECT_THAT(addresses(radius), ElementsAre(a_));
  EXPECT_THAT(addresses(dhcp), ElementsAre(a_));
}

TEST_F(SessionBookTest, TwoProtocolsThatTellOfTwoSubscribersDoNot) {
  const SessionId radius = open("one");
  const SessionId dhcp = open("two", SessionSource::kDhcp4);
  apply(radius, 1, {a_, b_}, {{IdentityKind::kCircuitId, as_bytes("ge-0/0/1:100")}});
  apply(dhcp, 2, {a_}, {{IdentityKind::kCircuitId, as_bytes("ge-0/0/1:101")}});
  EXPECT_THAT(addresses(radius), ElementsAre(b_));
  EXPECT_THAT(addresses(dhcp), ElementsAre(a_));
}

TEST_F(SessionBookTest, ANewSessionOfTheSameUserTakesTheAddressOfTheOldOne) {
  apply(open("one"), 1, {a_}, {user("alice")});
  sink_.take();
  apply(open("two"), 2, {a_}, {user("alice")});
  ASSERT_THAT(sink_.events, SizeIs(2));
  EXPECT_EQ(sink_.events[0].end, SessionEnd::kReplaced) << "its end was lost: it is not the user's second line";
}

TEST_F(SessionBookTest, PortBlocksOfOneAddressAreDifferentThings) {
  SessionAddress low = a_;
  low.ports = {.first = 1024, .last = 2047};
  SessionAddress high = a_;
  high.ports = {.first = 2048, .last = 3071};
  SessionAddress across = a_;
  across.ports = {.first = 2000, .last = 2100};
  const SessionId first = open("one");
  const SessionId second = open("two");
  apply(first, 1, {low, b_});
  apply(second, 2, {high});
  EXPECT_THAT(addresses(first), UnorderedElementsAre(low, b_));
  EXPECT_THAT(addresses(second), ElementsAre(high));
  apply(open("three"), 3, {across});
  EXPECT_THAT(addresses(first), ElementsAre(b_)) << "who overlaps has lost it";
}

TEST_F(SessionBookTest, NobodyOfMoreHoldersThanASessionHasAddressesKeepsOneThatIsGivenWhole) {
  constexpr uint16_t kBlock = 1024;
  constexpr size_t kBlocks = 63;
  std::vector<SessionAddress> blocks(kBlocks, a_);
  for (size_t i = 0; i < kBlocks; ++i) {
    const auto first = static_cast<uint16_t>((i + 1) * kBlock);
    blocks[i].ports = {.first = first, .last = static_cast<uint16_t>(first + kBlock - 1)};
    apply(open("block" + std::to_string(i)), 1, {blocks[i]});
  }
  const SessionId whole = open("whole");
  apply(whole, 2, {a_});
  std::vector<SessionId> holders;
  book_->for_each_holder(0, a_.prefix,
                         [&](SessionId holder, const SessionAddress&, PacketTime) { holders.push_back(holder); });
  EXPECT_THAT(holders, ElementsAre(whole));
  EXPECT_EQ(book_->counters().addresses_taken.get(), kBlocks);
}

TEST_F(SessionBookTest, AddressesOfTwoSetsNeverMeet) {
  const SessionId first = open("one", SessionSource::kRadius, 0, 0);
  const SessionId second = open("one", SessionSource::kRadius, 0, 1);
  apply(first, 1, {a_});
  apply(second, 2, {a_});
  EXPECT_THAT(addresses(first), ElementsAre(a_));
  EXPECT_THAT(addresses(second), ElementsAre(a_));
}

TEST_F(SessionBookTest, SessionsAreFoundByTheirNamesInAnyForm) {
  const SessionId session = open("one");
  apply(session, 1, {}, {{IdentityKind::kCallingStation, as_bytes("00-53-00-AA-BB-01")}, user("alice@EXAMPLE.org")});
  std::vector<SessionId> found;
  const auto collect = [&](SessionId id) { found.push_back(id); };
  book_->for_each_of(IdentityKind::kCallingStation, as_bytes("0053.00aa.bb01"), collect);
  book_->for_each_of(IdentityKind::kRadiusUser, as_bytes("alice@example.org"), collect);
  book_->for_each_of(IdentityKind::kRadiusUser, as_bytes("Alice@example.org"), collect);
  EXPECT_THAT(found, ElementsAre(session, session));
  apply(session, 2, {}, {user("bob")});
  found.clear();
  book_->for_each_of(IdentityKind::kRadiusUser, as_bytes("alice@example.org"), collect);
  EXPECT_THAT(found, IsEmpty()) << "a name that was replaced finds nobody";
}

TEST_F(SessionBookTest, NamesOfEveryLengthAreKeptWhole) {
  for (size_t bytes = 1; bytes <= kIdentityBytesMax; ++bytes) {
    const std::string name(bytes, 'x');
    const SessionId session = open("one");
    apply(session, 1, {}, {user(name)});
    book_->for_each_identity(session, [&](IdentityKind, Bytes shown) { EXPECT_EQ(as_text(shown), name); });
    size_t found = 0;
    book_->for_each_of(IdentityKind::kRadiusUser, as_bytes(name), [&](SessionId) { ++found; });
    EXPECT_EQ(found, 1U) << bytes;
    book_->close(session, {}, sink_);
  }
  EXPECT_EQ(book_->cells_bytes(), 0U);
}

TEST_F(SessionBookTest, AnIpv6AddressKeepsItsLowerHalf) {
  const SessionId session = open("one");
  const std::vector<SessionAddress> all = {address_of("2001:db8::1:2:3"), address_of("2001:db8:1::/56"),
                                           address_of("2001:db8:1:2::/65"), address_of("::/0")};
  apply(session, 1, all);
  EXPECT_THAT(addresses(session), testing::UnorderedElementsAreArray(all));
}

TEST_F(SessionBookTest, ASessionEndsAtItsDeadlineAndNotBefore) {
  const SessionId session = open("one");
  book_->apply(session,
               {.received = at_second(1),
                .effective = at_second(1),
                .addresses = std::span(&a_, 1),
                .deadline = at_second(10),
                .at_deadline = SessionEnd::kLeaseExpired},
               sink_);
  sink_.take();
  book_->expire(PacketTime{at_second(10).unix_ns - 1}, sink_);
  EXPECT_THAT(sink_.events, IsEmpty());
  book_->expire(at_second(10), sink_);
  EXPECT_EQ(book_->counters().unheard.get(), 0U) << "leases run out as a rule";
  ASSERT_THAT(sink_.events, SizeIs(1));
  EXPECT_EQ(sink_.events[0].kind, AccessEvent::kEnd);
  EXPECT_EQ(sink_.events[0].end, SessionEnd::kLeaseExpired);
  EXPECT_EQ(sink_.events[0].effective, at_second(10));
  EXPECT_THAT(sink_.events[0].unbound, ElementsAre(a_));
}

TEST_F(SessionBookTest, AGroupEndsTogetherButWhatBeganSince) {
  apply(open("one", SessionSource::kRadius, 7), 1, {a_});
  apply(open("two", SessionSource::kRadius, 8), 1, {b_});
  apply(open("three", SessionSource::kDhcp4, 7), 1, {});
  book_->open(book_->key(SessionSource::kRadius, 0, as_bytes("four")), SessionSource::kRadius, 0, SessionGroup(7),
              at_second(30));
  sink_.take();
  book_->close_group(SessionSource::kRadius, 0, SessionGroup(7),
                     {.received = at_second(20), .effective = at_second(20), .end = SessionEnd::kConnectionLost},
                     sink_);
  ASSERT_THAT(sink_.events, SizeIs(1));
  EXPECT_THAT(sink_.events[0].unbound, ElementsAre(a_));
  EXPECT_NE(book_->find(book_->key(SessionSource::kRadius, 0, as_bytes("four"))), kNoSession);
}

TEST_F(SessionBookTest, AFullBookRefusesAndCounts) {
  for (int i = 0; i < 64; ++i) ASSERT_NE(open(std::to_string(i)), kNoSession);
  EXPECT_EQ(open("one more"), kNoSession);
  EXPECT_EQ(book_->counters().refused_full.get(), 1U);
}

TEST_F(SessionBookTest, ASessionWithTooManyAddressesKeepsTheFirst) {
  std::vector<SessionAddress> many;
  for (int i = 0; i < 40; ++i) many.push_back(address_of("198.51.100." + std::to_string(i)));
  const SessionId session = open("one");
  apply(session, 1, many);
  EXPECT_THAT(addresses(session), SizeIs(32));
  EXPECT_EQ(book_->counters().addresses_over.get(), 8U);
}

class SmallBookTest : public SessionBookTest {
 protected:
  SmallBookTest() : SessionBookTest(SessionBookPlan{.sessions_max = 4096, .cells_bytes_max = 4096}) {}
};

TEST_F(SmallBookTest, WithoutRoomForANameASessionIsNobodys) {
  const SessionId first = open("first");
  apply(first, 1, {}, {user("alice")});
  for (int i = 0; book_->counters().cells_full.get() == 0 && i < 4096; ++i) {
    apply(open(std::to_string(i)), 1, {}, {user(std::string(200, 'x'))});
  }
  EXPECT_EQ(book_->counters().cells_full.get(), 1U);
  apply(first, 2, {}, {user(std::string(100, 'y'))});
  size_t names = 0;
  book_->for_each_identity(first, [&](IdentityKind, Bytes) { ++names; });
  EXPECT_EQ(names, 0U) << "rather nobody than the wrong one";
}

}  // namespace
}  // namespace lictor

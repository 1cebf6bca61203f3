// How the counters of all threads come together in the sums of a task's records.
#include "dataplane/agent/record_totals.h"

#include <gtest/gtest.h>

namespace lictor {
namespace {

TEST(RecordTotals, WhatIsUnderWayIsWhatTheOtherCountersLeaveOver) {
  std::vector<TaskAccount> accounts(2);
  RxAccount first(1, 2);
  RxAccount second(1, 2);
  const std::vector<RxAccount*> rx = {&first, &second};
  first.tasks[1].matched.add(10);
  first.tasks[1].dropped.add(RecordDrop::kRingFull, 2);
  second.tasks[1].matched.add(5);
  accounts[1].encoder.events.add(3);
  accounts[1].encoder.copies.add(9);
  accounts[1].encoder.appended.add(11);
  accounts[1].encoder.dropped.add(RecordDrop::kBacklogFull, 1);
  accounts[1].hi2.confirmed.add(2);
  accounts[1].hi3.confirmed.add(4);
  accounts[1].hi3.unconfirmed.add(1);
  accounts[1].hi3.given_up.add(GivenUp::kRevoked, 3);

  const RecordTotals totals = totals_of(1, accounts, rx);
  EXPECT_EQ(totals.matched, 15U);
  EXPECT_EQ(totals.events, 3U);
  EXPECT_EQ(totals.appended, 11U);
  EXPECT_EQ(totals.drops[static_cast<size_t>(RecordDrop::kRingFull)], 2U);
  EXPECT_EQ(totals.drops[static_cast<size_t>(RecordDrop::kBacklogFull)], 1U);
  EXPECT_EQ(totals.in_rings, 4U);
  EXPECT_EQ(totals.confirmed, 6U);
  EXPECT_EQ(totals.unconfirmed, 1U);
  EXPECT_EQ(totals.given_up[static_cast<size_t>(GivenUp::kRevoked)], 3U);
  EXPECT_EQ(totals.in_spool, 1U);

  const RecordTotals other = totals_of(0, accounts, rx);
  EXPECT_EQ(other.matched + other.appended + other.confirmed, 0U);
  RecordTotals sum = totals;
  sum += totals;
  EXPECT_EQ(sum.matched, 30U);
  EXPECT_EQ(sum.in_spool, 2U);
}

TEST(RecordTotals, UntoldLossesAreThoseThatNoCopyCarried) {
  RxAccount rx(1, 1);
  rx.tasks[0].dropped.add(RecordDrop::kRingFull, 7);
  rx.tasks[0].lost_told.add(5);
  EXPECT_EQ(untold_losses(0, std::vector<RxAccount*>{&rx}), 2U);
}

TEST(TaskAccount, ClearedAccountsCountFromZero) {
  TaskAccount account;
  account.encoder.copies.add(1);
  account.encoder.events.add(1);
  account.encoder.appended.add(1);
  account.encoder.dropped.add(RecordDrop::kEncodeFailed);
  account.hi2.confirmed.add(1);
  account.hi3.unconfirmed.add(1);
  account.hi3.given_up.add(GivenUp::kShutdown);
  clear(account);
  RxAccount rx(1, 1);
  rx.tasks[0].matched.add(1);
  rx.tasks[0].dropped.add(RecordDrop::kRingFull);
  rx.tasks[0].lost_told.add(1);
  clear(rx.tasks[0]);
  const RecordTotals totals = totals_of(0, std::vector<TaskAccount>(1), std::vector<RxAccount*>{&rx});
  EXPECT_EQ(totals.matched, 0U);
  EXPECT_EQ(untold_losses(0, std::vector<RxAccount*>{&rx}), 0U);
  EXPECT_EQ(account.encoder.copies.get() + account.encoder.events.get() + account.encoder.appended.get(), 0U);
  EXPECT_EQ(account.encoder.dropped.total() + account.hi2.confirmed.get() + account.hi3.unconfirmed.get(), 0U);
  EXPECT_EQ(account.hi3.given_up.total(), 0U);
}

}  // namespace
}  // namespace lictor

// A handover of records that tests make, towards TCP listeners of their own.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "encoders/handover/handover.h"
#include "tests/unit/encoders/handover/tcp_peer.h"
#include "tests/unit/encoders/handover/test_records.h"

namespace lictor {

class HandoverTest : public ::testing::Test {
 protected:
  HandoverTest() : accounts_(8), appended_(8) { make(1, 1); }

  void make(size_t encoders, size_t threads, size_t backlog_bytes = 8 << 20, uint32_t lanes_max = 64) {
    handover_.reset();
    handover_ = *Handover::make({.threads = threads,
                                 .encoders = encoders,
                                 .backlog_bytes = backlog_bytes,
                                 .connect_retry_min_ms = 1,
                                 .connect_retry_max_ms = 20,
                                 .lanes_max = lanes_max},
                                accounts_, alarms_);
  }

  static DestinationPlan plan(const std::string& id, const std::vector<uint16_t>& ports, uint32_t idle_ms = 60'000,
                              uint32_t wait_ms = 60'000) {
    DestinationPlan made{.id = id,
                         .side = HandoverSide::kHi3,
                         .keepalive = {true, idle_ms, wait_ms},
                         .confirm = {.level = ConfirmLevel::kTransported},
                         .codec = test_codec(),
                         .security = {.kind = HandoverSecurity::kPlainLab, .tls = {}}};
    for (const uint16_t port : ports) made.endpoints.push_back({.host = "127.0.0.1", .port = port});
    return made;
  }

  DestinationHandle open(const DestinationPlan& plan) { return *handover_->open(plan); }

  // Appends the next records of a task. Waits where the spool has no room.
  void add(Spool& spool, uint32_t slot, size_t count, size_t bytes) {
    for (size_t i = 0; i < count; ++i) {
      const TestRecord record{slot, static_cast<uint32_t>(appended_[slot])};
      ASSERT_TRUE(eventually([&] { return append(spool, record, bytes); }));
      ++appended_[slot];
      spool.publish();
    }
  }
  bool all_confirmed(uint32_t slot) { return accounts_[slot].hi3.confirmed.get() == appended_[slot]; }
  DestinationStatistics statistics(size_t index = 0) { return handover_->statistics().at(index); }

  // `records` has 0 … count - 1 of the slot, in order, each at least once.
  static void expect_complete(const std::vector<TestRecord>& records, uint32_t slot, uint64_t count) {
    uint64_t next = 0;
    for (const TestRecord& record : records) {
      if (record.slot != slot) continue;
      ASSERT_LE(record.number, next) << "a gap before " << record.number;
      next = std::max<uint64_t>(next, uint64_t{record.number} + 1);
    }
    EXPECT_EQ(next, count);
  }

  std::vector<TaskAccount> accounts_;
  AlarmQueue alarms_;
  std::vector<uint64_t> appended_;
  std::unique_ptr<Handover> handover_;
};

}  // namespace lictor

// SpoolDepot: the small spool beside each one, for what goes first; what a killed process left in both.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "tests/unit/encoders/spool/disk_rig.h"

namespace lictor {
namespace {

constexpr uint8_t kIri = 0;
constexpr uint8_t kHi1 = 2;
constexpr uint32_t kTask = 1;

class ExpressSpool : public testing::Test {
 protected:
  ExpressSpool() : directory_(scratch_directory()) {
    plan_.on_disk = true;
    plan_.directory = directory_;
    plan_.shape = {.segment_bytes = size_t{256} << 10, .series_max = 64};
    plan_.bytes_max = 8 * plan_.shape.segment_bytes;
    plan_.staging_bytes = 64 << 10;
    plan_.express_bytes = 64 << 10;
    plan_.age_max_ns = 0;
  }
  ~ExpressSpool() override {
    end();
    std::filesystem::remove_all(directory_);
  }

  void begin() {
    depot_ = *SpoolDepot::make(plan_, alarms_);
    depot_->keys().enter(xid_of(kTask), TaskSlot{kTask}, key_of(1));
    set_ = *depot_->open("agency/a", "hi2", 1, 0, Express::kBeside);
    for (Spool* const spool : {set_.live.front().get(), set_.express.front().get()}) {
      ASSERT_TRUE(eventually([spool = spool] { return spool->has_room(1); })) << "the keeper makes a segment";
      seals_.push_back(*TaskSeal::make(key_of(1), xid_of(kTask), 7));
      seals_.back()->set_next(left().next);
      spool->attach(*seals_.back());
    }
  }
  // As a kill would.
  void end() {
    set_ = {};
    seals_.clear();
    depot_.reset();
  }
  [[nodiscard]] LeftOfTask left() const { return depot_->left("agency/a", "hi2", xid_of(kTask), 7); }

  bool put(Spool& spool, uint8_t series, uint32_t number, size_t bytes = 100) {
    const bool express = &spool == set_.express.front().get();
    const MutableBytes room = spool.reserve(bytes);
    if (room.empty()) return false;
    std::ranges::fill(room, static_cast<uint8_t>(number));
    spool.append({.slot = TaskSlot{kTask},
                  .bytes = static_cast<uint32_t>(bytes),
                  .series = series,
                  .number = number,
                  .seal = seals_[express ? 1 : 0].get()});
    spool.publish();
    return true;
  }
  Spool& live() { return *set_.live.front(); }
  Spool& express() { return *set_.express.front(); }

  // Series and number of all that is there.
  static std::vector<std::pair<uint8_t, uint32_t>> read(Spool& spool) {
    std::vector<std::pair<uint8_t, uint32_t>> all;
    for (int64_t now = 1; spool.backlog_records() > 0 && now < 1000; ++now) {
      spool.tend({now}, legal_now());
      while (const std::optional<SpoolEntry> entry = spool.entry(0)) {
        all.emplace_back(entry->series, entry->detail);
        spool.release_one();
      }
    }
    spool.note_released();
    return all;
  }
  bool is_told(const std::string& code) {
    const std::deque<AlarmEvent> alarms = alarms_.take_all();
    return std::ranges::any_of(alarms, [&](const AlarmEvent& alarm) { return alarm.code == code; });
  }
  [[nodiscard]] std::set<std::string> folders() const {
    std::set<std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_)) {
      if (entry.is_directory()) all.insert(entry.path());
    }
    return all;
  }
  [[nodiscard]] size_t segments_of_live(const std::set<std::string>& older) const {
    size_t sum = 0;
    for (const std::string& folder : folders()) {
      if (older.contains(folder) || folder.ends_with("-x")) continue;
      for (const auto& entry : std::filesystem::directory_iterator(folder)) sum += entry.path().extension() == ".seg";
    }
    return sum;
  }
  [[nodiscard]] std::string folder_of_express() const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_)) {
      if (entry.is_directory() && entry.path().string().ends_with("-x")) return entry.path();
    }
    return {};
  }

  const std::string directory_;
  SpoolPlan plan_;
  AlarmQueue alarms_;
  std::unique_ptr<SpoolDepot> depot_;
  std::vector<std::unique_ptr<TaskSeal>> seals_;
  SpoolSet set_;
};

TEST_F(ExpressSpool, IsThereOnlyWhereItIsAskedFor) {
  begin();
  EXPECT_EQ(set_.express.size(), 1u);
  EXPECT_TRUE((*depot_->open("agency/a", "hi3", 1)).express.empty());
  AlarmQueue alarms;
  const std::unique_ptr<SpoolDepot> memory = *SpoolDepot::make({.on_disk = false, .memory_bytes = 1 << 16}, alarms);
  const SpoolSet set = *memory->open("agency/a", "hi2", 3, 0, Express::kBeside);
  EXPECT_EQ(set.live.size(), 3u);
  EXPECT_EQ(set.express.size(), 3u);
}

TEST_F(ExpressSpool, WhatAKilledProcessLeftInItIsReadFirstAndCountsWithTheRest) {
  begin();
  EXPECT_TRUE(put(express(), kHi1, 0));
  EXPECT_TRUE(put(live(), kIri, 0));
  EXPECT_TRUE(put(express(), kHi1, 1));
  EXPECT_TRUE(put(live(), kIri, 1));
  end();
  begin();
  ASSERT_EQ(set_.left.size(), 2u);
  EXPECT_EQ(left().records, 4u);
  EXPECT_TRUE(left().known);
  EXPECT_EQ(left().next[kIri], 2u);
  EXPECT_EQ(left().next[kHi1], 2u);
  EXPECT_EQ(read(*set_.left[0]), (std::vector<std::pair<uint8_t, uint32_t>>{{kHi1, 0}, {kHi1, 1}}));
  EXPECT_EQ(read(*set_.left[1]), (std::vector<std::pair<uint8_t, uint32_t>>{{kIri, 0}, {kIri, 1}}));
}

// Two processes, one after the other: what goes first of both goes before the rest of both.
TEST_F(ExpressSpool, OfSeveralProcessesTheOldestsComesFirst) {
  begin();
  EXPECT_TRUE(put(express(), kHi1, 0));
  EXPECT_TRUE(put(live(), kIri, 0));
  end();
  begin();
  EXPECT_TRUE(put(express(), kHi1, 1));
  EXPECT_TRUE(put(live(), kIri, 1));
  end();
  begin();
  std::vector<std::pair<uint8_t, uint32_t>> all;
  for (const std::unique_ptr<Spool>& spool : set_.left) {
    for (const auto& one : read(*spool)) all.push_back(one);
  }
  EXPECT_EQ(all, (std::vector<std::pair<uint8_t, uint32_t>>{{kHi1, 0}, {kHi1, 1}, {kIri, 0}, {kIri, 1}}));
}

// HI1's numbers are there alone: without them the series cannot go on, and with them alone neither.
TEST_F(ExpressSpool, NumbersGoOnOnlyWhereBothAreWhole) {
  begin();
  EXPECT_TRUE(put(express(), kHi1, 0));
  EXPECT_TRUE(put(live(), kIri, 0));
  end();
  std::filesystem::remove(folder_of_express() + "/head");
  begin();
  EXPECT_FALSE(left().known);
}

// Killed before it held anything, or its head found no room on the disk.
TEST_F(ExpressSpool, OneThatNeverHeldAnythingLeavesTheOthersNumbersKnown) {
  begin();
  EXPECT_TRUE(put(live(), kIri, 0));
  end();
  const std::string folder = folder_of_express();
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  begin();
  EXPECT_TRUE(left().known);
  EXPECT_EQ(left().next[kIri], 1u);
}

// The agency is away over two restarts: what the newer process gave away is not known, and the older one's is past.
TEST_F(ExpressSpool, WhereTheNewersNumbersDoNotHoldTheOldersAreNotTakenInstead) {
  begin();
  EXPECT_TRUE(put(express(), kHi1, 0));
  EXPECT_TRUE(put(live(), kIri, 0));
  end();
  const std::set<std::string> older = folders();
  begin();
  EXPECT_TRUE(left().known);
  EXPECT_TRUE(put(express(), kHi1, 1));
  EXPECT_TRUE(put(live(), kIri, 1));
  end();
  for (const std::string& folder : folders()) {
    if (!older.contains(folder) && folder.ends_with("-x")) std::filesystem::remove(folder + "/head");
  }
  begin();
  EXPECT_EQ(left().records, 4u);
  EXPECT_FALSE(left().known);
}

TEST_F(ExpressSpool, OfWhatIsLeftItTakesNothingOfTheOthersRoom) {
  plan_.bytes_max = 5 * plan_.shape.segment_bytes;
  begin();
  EXPECT_TRUE(put(express(), kHi1, 0));
  end();
  const std::set<std::string> older = folders();
  for (const std::string& folder : older) {
    if (!folder.ends_with("-x") && std::filesystem::exists(folder + "/head")) std::filesystem::remove_all(folder);
  }
  begin();
  ASSERT_EQ(set_.left.size(), 1u);
  EXPECT_EQ(set_.left_express, 1u);
  // Into the fourth segment: where the bound is five, one more is made; else somebody has to give room.
  int64_t now = 0;
  for (uint32_t number = 0; number < 50;) {
    if (put(live(), kIri, number, 15'000)) ++number;
    live().tend({++now}, legal_now());
    ASSERT_EQ(live().overdue(legal_now()).records, 0u);
  }
  ASSERT_TRUE(eventually([&] {
    live().tend({++now}, legal_now());
    return live().overdue(legal_now()).records > 0 || segments_of_live(older) >= 5;
  }));
  EXPECT_EQ(live().overdue(legal_now()).records, 0u);
}

TEST_F(ExpressSpool, ItsBoundIsReachedBeforeTheDisksAndSoNothingIsGivenUp) {
  begin();
  // The smallest that HI1 knows, each in a block of its own.
  uint32_t number = 0;
  for (int64_t now = 1; express().backlog_bytes() < depot_->express_bytes(); ++now) {
    if (put(express(), kHi1, number, 100)) {
      ++number;
    } else {
      std::this_thread::yield();
    }
    express().tend({now}, legal_now());
    EXPECT_EQ(express().overdue(legal_now()).records, 0u);
  }
  EXPECT_FALSE(is_told("spool_filling"));
  EXPECT_EQ(read(express()).size(), number);
}

}  // namespace
}  // namespace lictor

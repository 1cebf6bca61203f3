// A spool on disk in a directory of its own, a writer and a reader of it, and what is needed to come again as another
// process would.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "encoders/spool/recovery.h"
#include "encoders/spool/spool_depot.h"
#include "encoders/spool/task_seal.h"
#include "tests/unit/encoders/eventually.h"

namespace lictor {

inline std::string scratch_directory() {
  std::string path = std::filesystem::temp_directory_path() / "lictor-spool-XXXXXX";
  EXPECT_NE(mkdtemp(path.data()), nullptr);
  return path;
}

inline SharedKey key_of(uint8_t fill) { return *SecretKey::make(std::vector<uint8_t>(SecretKey::kBytes, fill)); }

inline Xid xid_of(uint32_t task) {
  Xid xid;
  xid.octets[0] = static_cast<uint8_t>(task);
  xid.octets[15] = 0x77;
  return xid;
}

// What a reader takes out: a record's octets, or why it is gone.
struct TakenRecord {
  TaskSlot slot{};
  std::vector<uint8_t> octets;
  GivenUp gone = GivenUp::kCount;
  uint32_t number = 0;
  uint8_t series = 0;
};

class DiskRig {
 public:
  static constexpr size_t kSegmentBytes = size_t{256} << 10;

  DiskRig() : directory_(scratch_directory()) {
    plan_.on_disk = true;
    plan_.directory = directory_;
    plan_.shape = {.segment_bytes = kSegmentBytes, .series_max = 64};
    plan_.bytes_max = 8 * kSegmentBytes;
    plan_.staging_bytes = 64 << 10;
    plan_.age_max_ns = 0;
  }
  ~DiskRig() {
    end();
    std::filesystem::remove_all(directory_);
  }
  DiskRig(const DiskRig&) = delete;
  DiskRig& operator=(const DiskRig&) = delete;

  SpoolPlan& plan() { return plan_; }
  [[nodiscard]] const std::string& directory() const { return directory_; }

  // Of the tasks of the next process.
  void set_cin(uint32_t cin) { cin_ = cin; }

  // A process begins: the depot, the spools of one destination, and whose keys are known.
  void begin(const std::vector<uint32_t>& tasks = {1, 2}) {
    depot_ = *SpoolDepot::make(plan_, alarms_);
    for (const uint32_t task : tasks) depot_->keys().enter(xid_of(task), TaskSlot{task}, key_of(uint8_t(task)));
    set_ = *depot_->open("agency/a", "hi3", 1);
    for (const uint32_t task : tasks) {
      seals_.push_back(*TaskSeal::make(key_of(uint8_t(task)), xid_of(task), cin_));
      if (writable_) wait_for_segment();
      live().attach(*seals_.back());
    }
  }
  // It ends, as a kill would: nothing is said to the spools.
  void end() {
    set_ = {};
    seals_.clear();
    depot_.reset();
  }

  Spool& live() { return *set_.live.front(); }
  SpoolSet& set() { return set_; }
  SpoolDepot& depot() { return *depot_; }
  AlarmQueue& alarms() { return alarms_; }
  void expect_no_disk() { writable_ = false; }

  // The keeper is a thread of its own: waits until it has a segment ready.
  void wait_for_segment() {
    ASSERT_TRUE(eventually([this] { return live().has_room(1); }));
  }

  static std::vector<uint8_t> octets_of(uint32_t task, uint32_t number, size_t bytes) {
    std::vector<uint8_t> made(bytes);
    for (size_t i = 0; i < bytes; ++i) made[i] = static_cast<uint8_t>(number * 31 + task * 7 + i);
    return made;
  }
  // False where there is no room. Not published.
  bool append(uint32_t task, uint32_t number, size_t bytes, uint8_t series = 1) {
    const MutableBytes room = live().reserve(bytes);
    if (room.empty()) return false;
    const std::vector<uint8_t> octets = octets_of(task, number, bytes);
    std::ranges::copy(octets, room.begin());
    TaskSeal* seal = nullptr;
    for (const auto& one : seals_) seal = one->xid() == xid_of(task) ? one.get() : seal;
    live().append({.slot = TaskSlot{task},
                   .bytes = static_cast<uint32_t>(bytes),
                   .series = series,
                   .number = number,
                   .seal = seal});
    return true;
  }
  // Appends and publishes, tending the reader's side while there is no room.
  void put(uint32_t task, uint32_t number, size_t bytes, uint8_t series = 1) {
    const bool appended = append(task, number, bytes, series) || eventually([&] {
                            live().publish();
                            tend(live());
                            return append(task, number, bytes, series);
                          });
    ASSERT_TRUE(appended);
    live().publish();
  }

  bool tend(Spool& spool) { return spool.tend({++now_}, legal_now()); }

  // Reads and releases at most `count` records.
  std::vector<TakenRecord> take(Spool& spool, size_t count = SIZE_MAX) {
    std::vector<TakenRecord> taken;
    while (taken.size() < count && spool.backlog_records() > 0) {
      const std::optional<SpoolEntry> entry = spool.entry(0);
      if (!entry) {
        if (!tend(spool) && !spool.entry(0)) break;
        continue;
      }
      const Bytes octets = spool.readable().first(entry->bytes);
      taken.push_back({.slot = entry->slot,
                       .octets = {octets.begin(), octets.end()},
                       .gone = entry->gone,
                       .number = entry->detail,
                       .series = entry->series});
      spool.release_one(entry->is_gone() ? given_up_for(entry->gone) : kConfirmedFate);
    }
    spool.note_released();
    return taken;
  }

  // Every file with this ending.
  [[nodiscard]] std::vector<std::string> files(const std::string& ending) const {
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_)) {
      if (entry.path().string().ends_with(ending)) paths.push_back(entry.path());
    }
    std::ranges::sort(paths);
    return paths;
  }

 private:
  const std::string directory_;
  SpoolPlan plan_;
  AlarmQueue alarms_;
  std::unique_ptr<SpoolDepot> depot_;
  std::vector<std::unique_ptr<TaskSeal>> seals_;
  SpoolSet set_;
  uint32_t cin_ = 7;
  bool writable_ = true;
  int64_t now_ = 0;
};

}  // namespace lictor

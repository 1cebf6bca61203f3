// Makes the spools of the process's destinations: in memory, or on disk, where it also finds what former processes left
// there. Owner of the keepers and of the book of keys. Control thread, but for keys(), which handover threads read.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/base/alarm.h"
#include "dataplane/base/result.h"
#include "encoders/spool/disk_spool.h"
#include "encoders/spool/key_book.h"
#include "encoders/spool/left_numbers.h"
#include "encoders/spool/segment_keeper.h"
#include "encoders/spool/segment_store.h"
#include "encoders/spool/spool.h"
#include "encoders/spool/spool_plan.h"

namespace lictor {

struct SpoolSet {
  std::vector<std::unique_ptr<Spool>> left;     // by former processes: what was to go first, then the oldest; read only
  size_t left_express = 0;                      // of these the first, what was to go first
  std::vector<std::vector<Xid>> left_tasks;     // whose records are in each of them
  std::vector<std::unique_ptr<Spool>> live;     // one an encoder lcore
  std::vector<std::unique_ptr<Spool>> express;  // as many, for what goes first; none where it was not asked for
};

// Whether there is to be a small spool beside each one, for what goes before it.
enum class Express : uint8_t { kNone, kBeside };

class SpoolDepot {
 public:
  // FailedPrecondition where another process has the directory.
  static Result<std::unique_ptr<SpoolDepot>> make(SpoolPlan plan, AlarmQueue& alarms);
  ~SpoolDepot();

  [[nodiscard]] bool is_on_disk() const { return plan_.on_disk; }
  KeyBook& keys() { return keys_; }

  // The spools of a destination's side ("hi2", "hi3" or "files"). `window_bytes`: so much may be read and not released,
  // where that is more than for others; 0: as for all. ResourceExhausted where memory is not to be had; a disk that
  // refuses is no error here, but an alarm.
  Result<SpoolSet> open(const std::string& destination_id, const std::string& side, size_t encoders,
                        size_t window_bytes = 0, Express express = Express::kNone);
  // Octets that may wait in one of those that go first: the writer sees to it.
  [[nodiscard]] uint64_t express_bytes() const { return plan_.express_bytes; }
  // One more for encoder lcore `encoder`, of a destination that is open.
  Result<std::unique_ptr<Spool>> open_lane(const std::string& destination_id, const std::string& side, size_t encoder);
  // Whether a former process left something there, that nobody has opened yet.
  [[nodiscard]] bool has_left(const std::string& destination_id, const std::string& side) const;
  // As it was when the destination was opened. `cin`: whose series are meant; nothing: those of the last CIN, where
  // numbers go on over CINs.
  [[nodiscard]] LeftOfTask left(const std::string& destination_id, const std::string& side, const Xid& xid,
                                std::optional<uint32_t> cin) const;
  // A task has counted its records as its own: once.
  void count_taken(const Xid& xid);

 private:
  struct Left {
    std::map<Xid, uint64_t> records;
    std::map<Xid, uint64_t> unchecked;
    std::set<Xid> alone;
    LeftNumbers numbers;
  };

  SpoolDepot(SpoolPlan plan, AlarmQueue& alarms) : plan_(std::move(plan)), alarms_(alarms) {}
  Status lock(const std::string& directory);
  [[nodiscard]] Result<SpoolSet> open_memory(size_t encoders, size_t window_bytes, Express express) const;
  [[nodiscard]] const std::string& root_of(const std::string& destination_id) const;
  Result<SegmentKeeper*> keeper_of(const std::string& root);
  std::vector<std::string> left_in(const std::string& folder, const std::string& destination_id);
  Status find_left(const std::string& path, const SegmentStorePlan& plan, const DiskSpoolPlan& disk,
                   SegmentKeeper& keeper, Left& left, SpoolSet& set,
                   std::vector<std::shared_ptr<SegmentStore>>& stores);
  SegmentStorePlan store_plan(const std::string& destination_id, SegmentKeeper& keeper) const;
  SegmentStorePlan express_store_plan(const std::string& destination_id, SegmentKeeper& keeper) const;
  Result<std::unique_ptr<Spool>> make_express(const std::string& destination_id, SegmentKeeper& keeper,
                                              const std::string& folder, size_t encoder);
  Result<std::unique_ptr<Spool>> make_live(SegmentStorePlan plan, const DiskSpoolPlan& disk, SegmentKeeper& keeper,
                                           const std::string& path);
  [[nodiscard]] std::string path_of(const std::string& folder, size_t encoder) const;
  [[nodiscard]] DiskSpoolPlan disk_plan(const std::string& destination_id, size_t window_bytes) const;

  const SpoolPlan plan_;
  AlarmQueue& alarms_;
  KeyBook keys_;
  uint32_t opened_ = 0;  // how many destinations, to name them apart
  std::string run_;      // names this process's spools, sorts behind those of former ones
  std::vector<int> locks_;
  std::map<std::string, std::unique_ptr<SegmentKeeper>> keepers_;  // by root directory
  std::map<std::pair<std::string, std::string>, Left> left_;       // by destination and side
};

}  // namespace lictor

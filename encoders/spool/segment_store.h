// The files of one spool: makes segments ready ahead of the encoder lcore, takes back what the handover thread has
// freed, keeps the bound, asks the disk to write. tend() belongs to the keeper thread and may wait for the disk; nobody
// else waits for it. A disk that refuses is told as an alarm and tried again; records that find no segment meanwhile
// are the encoder's counted drops.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/base/alarm.h"
#include "dataplane/base/clock.h"
#include "encoders/spool/segment_exchange.h"

namespace lictor {

struct SegmentStorePlan {
  std::string directory;  // of this spool alone; made when it is needed
  SegmentShape shape;
  size_t segments_max = 256;  // kSegmentsMin at least
  size_t ready_ahead = 2;
  SyncPolicy sync = SyncPolicy::kNone;
  int64_t sync_every_ns = 1'000'000'000;
  bool is_written = true;      // else a former process's
  std::string destination_id;  // for alarms
  AlarmQueue* alarms = nullptr;
  std::function<void()> ring_keeper = {};
  std::function<size_t()> segments_elsewhere = {};  // that former processes left: they count in the bound
};

class SegmentStore {
 public:
  static constexpr size_t kSegmentsMin = 4;
  static constexpr int64_t kRetryNs = 1'000'000'000;
  // Segments that were spare for so long go, and the disk gets their room back: to make one costs as much as to fill
  // it.
  static constexpr int64_t kSpareNs = 10'000'000'000;

  explicit SegmentStore(SegmentStorePlan plan);
  // A former process's files, as they were found.
  SegmentStore(SegmentStorePlan plan, std::unique_ptr<MappedFile> header,
               std::vector<std::unique_ptr<Segment>> segments);

  // --- keeper ---
  void tend(SocketTime now, LegalTime legal);
  // Whether there are files to be taken away yet.
  [[nodiscard]] bool is_leaving() const { return leaving_.load(std::memory_order_acquire) && !removed_; }

  // --- any thread ---
  SegmentExchange& exchange() { return exchange_; }
  [[nodiscard]] const SegmentShape& shape() const { return plan_.shape; }
  [[nodiscard]] size_t segments_bound() const { return plan_.segments_max; }
  [[nodiscard]] size_t ready_wanted() const { return plan_.ready_ahead; }
  void ring_keeper() const {
    if (plan_.ring_keeper) plan_.ring_keeper();
  }
  // Plain copies of this spool may reach the swap space.
  void tell_unlocked();
  // Nobody reads or writes the files any more: the keeper takes them away. Waits for no disk.
  void remove_all();
  [[nodiscard]] size_t segments() const { return segment_count_.load(std::memory_order_relaxed); }

 private:
  [[nodiscard]] size_t segments_max() const;
  Status make_header();
  Status make_segment();
  void take_back();
  void retire(Segment* segment);
  void refill(SocketTime now, LegalTime legal);
  void use_spare();
  void retire_spare(SocketTime now);
  void sync(SocketTime now, LegalTime legal);
  void tell_disk(const Status& status, LegalTime legal);
  void tell_level(LegalTime legal);
  void remove_files();
  void raise(const char* code, AlarmSeverity severity, std::string text, bool cleared, LegalTime legal);

  const SegmentStorePlan plan_;
  SegmentExchange exchange_;
  std::atomic<bool> leaving_{false};
  bool removed_ = false;  // this and all below is the keeper's
  std::unique_ptr<MappedFile> header_;
  std::vector<std::unique_ptr<Segment>> segments_;
  std::vector<Segment*> spare_;  // were used, will be used
  size_t spare_least_ = 0;       // since the last look
  SocketTime spare_at_;
  uint64_t names_ = 0;
  std::atomic<size_t> segment_count_{0};
  SocketTime retry_at_;
  SocketTime sync_at_;
  bool disk_failed_ = false;
  bool sync_failed_ = false;
  unsigned level_ = 0;  // percent that the standing alarm names
};

}  // namespace lictor

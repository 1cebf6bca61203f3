// A spool whose records are sealed into segments on disk before anybody reads them. The reader sends from the plain
// copies while they are there (`staging`); where a peer is away or slow they are let go, and what is sent then is
// opened from the segments into a second ring (`window`). Either way readable() and entry() begin at the oldest
// unreleased record. One that a former process left has no writer and no staging. Threads as for every spool.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/base/alarm.h"
#include "encoders/spool/record_ring.h"
#include "encoders/spool/segment_reader.h"
#include "encoders/spool/segment_store.h"
#include "encoders/spool/segment_writer.h"
#include "encoders/spool/spool.h"

namespace lictor {

struct DiskSpoolPlan {
  size_t staging_bytes = size_t{8} << 20;
  size_t window_bytes = 0;      // of what was read back; 0: as staging_bytes
  int64_t age_max_ns = 0;       // what is older is given up; 0: never
  bool waits_for_disk = false;  // records are not sent before the disk has them
  std::string destination_id;
  AlarmQueue* alarms = nullptr;
};

// What a former process left of a spool.
struct LeftSpool {
  std::vector<ReadSegment> segments;
  uint64_t released = 0;  // records
  uint64_t end = 0;       // records that were ever sealed
  uint64_t bytes_left = 0;
};

class DiskSpool final : public Spool {
 public:
  // ResourceExhausted where the rings' memory is not to be had. `store` is tended by its keeper until remove() or the
  // end.
  static Result<std::unique_ptr<DiskSpool>> make(const DiskSpoolPlan& plan, std::shared_ptr<SegmentStore> store,
                                                 const KeyBook& keys);
  static Result<std::unique_ptr<DiskSpool>> recover(const DiskSpoolPlan& plan, std::shared_ptr<SegmentStore> store,
                                                    const KeyBook& keys, LeftSpool left);
  ~DiskSpool() override;

  [[nodiscard]] size_t record_bytes_max() const override { return record_bytes_max_; }
  MutableBytes reserve(size_t bytes) override;
  [[nodiscard]] RecordDrop refusal() const override { return RecordDrop::kNoSegment; }
  void append(const SpoolRecord& record) override;
  using Spool::append;
  void publish() override;
  void attach(TaskSeal& seal) override { writer_->attach(seal); }
  void detach(TaskSeal& seal) override { writer_->detach(seal); }

  bool tend(SocketTime now, LegalTime legal) override;
  [[nodiscard]] Bytes readable() const override { return ring().readable(); }
  [[nodiscard]] std::optional<SpoolEntry> entry(size_t index) const override;
  void release_one(RecordFate fate) override;
  void note_released() override;
  [[nodiscard]] Overdue overdue(LegalTime legal) override;
  [[nodiscard]] Overdue oldest_part() override;
  void let_off() override;
  [[nodiscard]] bool keeps() const override { return true; }
  void remove() override;

  [[nodiscard]] uint64_t backlog_records() const override;
  [[nodiscard]] uint64_t backlog_bytes() const override;
  [[nodiscard]] uint64_t released_records() const override;

 protected:
  [[nodiscard]] BufferRoom room() const override;

 private:
  DiskSpool(const DiskSpoolPlan& plan, std::shared_ptr<SegmentStore> store, const KeyBook& keys,
            std::unique_ptr<RecordRing> staging, std::unique_ptr<RecordRing> window);

  [[nodiscard]] const RecordRing& ring() const { return is_live_ ? *staging_ : *window_; }
  [[nodiscard]] bool staging_fills() const;
  void spill();
  bool fill();
  bool take_staged();
  void drop_staged();
  void tell_given_up(LegalTime legal);
  std::optional<Overdue> wanted_by_keeper();

  const DiskSpoolPlan plan_;
  const std::shared_ptr<SegmentStore> store_;
  SegmentExchange& exchange_;
  const std::unique_ptr<RecordRing> staging_;  // encoder lcore → handover thread; null without a writer
  const std::unique_ptr<RecordRing> window_;   // the handover thread's own
  const std::unique_ptr<SegmentWriter> writer_;
  size_t record_bytes_max_ = 0;

  // --- handover thread ---
  SegmentReader reader_;
  bool is_live_ = true;         // staging begins at the oldest unreleased record
  uint64_t released_ = 0;       // records
  uint64_t loaded_ = 0;         // the end of the window
  uint64_t staging_first_ = 0;  // the first record in staging
  uint64_t giving_end_ = 0;     // the end of the segment that is being given up; 0: none
  ReleaseAccount account_{};
  bool account_changed_ = false;
  uint64_t given_up_told_ = 0;
  uint64_t unconfirmed_lost_ = 0;  // by this process
  SocketTime tell_due_;
  SocketTime keys_due_;
  LegalTime age_due_{INT64_MIN};
};

}  // namespace lictor

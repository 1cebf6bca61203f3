// From parsed frames to the tasks that they are for. Used by one rx lcore; no allocation, no lock, nothing shared.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "dataplane/base/match_record.h"
#include "dataplane/packet/packet_batch.h"
#include "dataplane/packet/target_table.h"

namespace lictor {

struct TaskMatch {
  TaskSlot slot{};
  Direction direction{};
  uint8_t level = 0;  // index of the IP level that matched: the outermost one
};

// The verdict on one burst: for each frame the tasks that it matched, each task once. Room for every task of the
// dataplane is made at the start, so nothing is cut off here; the limits of a record are its writer's business.
class MatchBatch {
 public:
  // Slots are below `tasks_max`.
  explicit MatchBatch(size_t tasks_max);

  // The tasks of frame `index` of the burst that was classified last.
  [[nodiscard]] std::span<const TaskMatch> tasks(size_t index) const {
    return {matches_.data() + first_[index], first_[index + 1] - first_[index]};
  }

 private:
  friend void classify_batch(const PacketBatch&, const TargetTable&, LegalInstant, MatchBatch&) noexcept;
  void clear();
  void end_frame(size_t index);
  void add(TaskSlot slot, Direction direction, uint8_t level);

  std::vector<TaskMatch> matches_;  // room for a burst in which every frame matches every task
  size_t count_ = 0;
  std::array<size_t, kBurst + 1> first_{};

  // For each slot the frame that it was last seen in, and where its match is: makes a repeated match cheap to find.
  struct Seen {
    uint64_t frame = 0;
    size_t match = 0;
  };
  std::vector<Seen> seen_;
  uint64_t frame_ = 1;
};

// Matches source and destination of every IP frame of `batch` (after parse_batch) against `table`: rules whose window
// holds `time`, whose ports hold the batch's and whose tags are the frame's. A task that matches on both sides is there
// once, with an indeterminate direction.
void classify_batch(const PacketBatch& batch, const TargetTable& table, LegalInstant time,
                    MatchBatch& matches) noexcept;

}  // namespace lictor

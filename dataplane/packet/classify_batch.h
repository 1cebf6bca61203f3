// From parsed frames to the tasks that they are for. Used by one rx lcore; no allocation, no lock, nothing shared.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "dataplane/base/match_record.h"
#include "dataplane/packet/packet_batch.h"
#include "dataplane/packet/target_table.h"

namespace lictor {

// Of a task that is given the frame as received, whatever its levels are.
constexpr uint8_t kWholeFrame = UINT8_MAX;

struct TaskMatch {
  TaskSlot slot{};
  Direction direction{};
  uint8_t level = 0;  // index of the IP level that matched: the outermost one; or kWholeFrame
  uint32_t cin = 0;   // of the session whose address it is; 0: of none
};

// Whether less was captured than the level claims that it matched at; of a whole frame the outermost one.
inline bool is_cut(const ParsedFrame& parsed, const TaskMatch& match) {
  const uint8_t at = match.level == kWholeFrame ? uint8_t{0} : match.level;
  return at < parsed.level_count && parsed.level[at].bytes < parsed.level[at].whole_bytes;
}

// The verdict on one burst: for each frame the tasks that it matched, each task once. Room for every task of the
// dataplane is made at the start, so nothing is cut off here; the limits of a record are its writer's business.
// Filled frame by frame, by one stage after the other: clear(), then for each frame add()s and end_frame().
class MatchBatch {
 public:
  // Slots are below `tasks_max`.
  explicit MatchBatch(size_t tasks_max);

  void clear();
  // The frame that is being filled matched for `slot` at `level`. Of several levels the outermost counts; on both sides
  // of it, the direction is indeterminate. Of several sessions the one that was added first counts, and a session
  // before none.
  void add(TaskSlot slot, Direction direction, uint8_t level, uint32_t cin = 0);
  // Frame `index` is complete: 0, then one after the other.
  void end_frame(size_t index);

  // The tasks of frame `index` of the burst that was classified last.
  [[nodiscard]] std::span<const TaskMatch> tasks(size_t index) const {
    return {matches_.data() + first_[index], first_[index + 1] - first_[index]};
  }

 private:
  std::vector<TaskMatch> matches_;  // room for a burst in which every frame matches every task, and one more
  size_t count_ = 0;
  std::array<size_t, kBurst + 1> first_{};
  size_t frame_in_burst_ = 0;  // that is being filled

  // Where the match of `slot` in this frame is; count_ where there is none. Remembers that it is there now.
  size_t match_of(TaskSlot slot);

  // For each slot the frame that it was last seen in, and where its match is: a repeated match is cheap to find among
  // many. Among few, which is nearly always, looking at each costs less than this memory.
  static constexpr size_t kFew = 8;
  struct Seen {
    uint64_t frame = 0;
    size_t match = 0;
  };
  std::vector<Seen> seen_;
  uint64_t frame_ = 1;
};

// Asks for the rules that classify_frame() will read for the hosts in `batch`, whose slots the prefilter asked for.
void prefetch_rules(const PacketBatch& batch, const TargetTable& table) noexcept;

// Adds the tasks of frame `index` of `batch` (after parse_batch) by `table`: of every IP level, the rules whose key is
// the level's, whose window holds `time`, whose ports hold the batch's, and whose scope and narrower parts hold. Rules
// for whole frames are none of them.
void classify_frame(const PacketBatch& batch, size_t index, const TargetTable& table, LegalInstant time,
                    MatchBatch& matches) noexcept;

// The whole batch by one table.
void classify_batch(const PacketBatch& batch, const TargetTable& table, LegalInstant time,
                    MatchBatch& matches) noexcept;

}  // namespace lictor

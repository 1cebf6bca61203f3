// What an rx lcore asks of a packet that matched, before it copies it: is it excluded, was it given already by another
// port of its group, do its tasks' patterns select it? In this order, and only where somebody ordered it. No
// allocation, no lock, no wait behind the start; one rx lcore each.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "dataplane/packet/classify_batch.h"
#include "dataplane/packet/deduplicator.h"
#include "dataplane/packet/exclusion_set.h"
#include "dataplane/pattern/pattern_matcher.h"
#include "dataplane/rx_account.h"
#include "dataplane/task_filters.h"

namespace lictor {

struct PortStages {
  std::shared_ptr<const ExclusionSet> exclusions;  // null: none
  uint16_t tap_group = 0;                          // equal for ports whose packets belong together
  bool deduplicate = false;                        // of every port of the group, or of none
};

struct MatchStagesPlan {
  std::vector<PortStages> ports;  // by index in the configuration; those that are not there have no stages
  int64_t deduplicate_window_ns = 0;
  size_t deduplicate_places = 0;
  std::optional<PatternMatcherPlan> patterns;  // without it no task may have patterns
};

enum class MatchFate : uint8_t {
  kMatched,    // it is copied for what is left of its tasks, or was lost to one of them
  kUnmatched,  // no pattern selects it
  kExcluded,
  kDuplicate,
};

struct NarrowedMatch {
  MatchFate fate = MatchFate::kMatched;
  std::span<const TaskMatch> tasks;  // that get a copy; valid until the next call
};

// A packet that matched. `frame` is contiguous.
struct MatchedPacket {
  const ParsedFrame& parsed;
  Bytes frame;
  uint16_t port;
  PacketTime arrival;
  std::span<const TaskMatch> tasks;
  bool ports_are_final = false;  // a later fragment whose first one has come: it is not judged again
};

// A task that is given whole conversations, and a later fragment of which nobody knows yet to which one it belongs.
struct UndecidedTask {
  const ParsedFrame* parsed;  // the fragment's
  TaskSlot slot;
  bool copied;  // for its own content
};

class MatchStages {
 public:
  // `account`: of this rx lcore; it outlives this.
  MatchStages(const MatchStagesPlan& plan, size_t tasks_max, RxAccount& account);

  // Whether any stage has anything to do at this port: else narrow() would leave everything as it is.
  [[nodiscard]] bool concern(uint16_t port, const TaskFilters* filters) const {
    return filters != nullptr || (port < plan_.ports.size() && concerned_[port]);
  }

  // Forgets what was undecided.
  void begin_burst() noexcept { undecided_count_ = 0; }

  // Counts for each task what is excluded, and what the pattern budget skips as matched and lost. The tasks that it
  // returns are counted by who writes their copies.
  NarrowedMatch narrow(const MatchedPacket& packet, const TaskFilters* filters) noexcept;

  // Of a burst that matched: what has to be judged again when the ports are known. At most kTasksPerPacketMax tasks a
  // packet; where a pattern selects nothing for the others, they count as matched and lost, because nobody knows.
  [[nodiscard]] std::span<const UndecidedTask> undecided() const { return {undecided_.data(), undecided_count_}; }

 private:
  void keep_admitted(const MatchedPacket& packet, const TaskFilters* filters) noexcept;
  [[nodiscard]] bool excludes(const IpLevel& level, const MatchedPacket& packet,
                              const TaskFilters* filters) const noexcept;
  [[nodiscard]] bool excludes_frame(const MatchedPacket& packet, const TaskFilters* filters) const noexcept;
  // Those to whom another port of the group gave it already.
  void drop_duplicates(const MatchedPacket& packet) noexcept;
  MatchFate keep_selected(const MatchedPacket& packet, const TaskFilters& filters) noexcept;
  PatternVerdict judge(const TaskMatch& task, const PatternSet& patterns, const MatchedPacket& packet) noexcept;
  // Where `verdict` may be another when the ports are known. False: there is no room to say so.
  bool note_undecided(const TaskMatch& task, const PatternSet& patterns, const MatchedPacket& packet,
                      PatternVerdict verdict) noexcept;
  void lose(TaskSlot slot, RecordDrop reason) noexcept;
  void exclude(TaskSlot slot) noexcept { account_.tasks[index_of(slot)].excluded.add(1); }
  [[nodiscard]] std::span<const TaskMatch> kept() const { return {kept_.data(), kept_count_}; }

  const MatchStagesPlan plan_;
  RxAccount& account_;
  const HashKey key_;                                // of this start: nobody can choose what collides
  std::vector<bool> concerned_;                      // by port
  std::vector<std::optional<Deduplicator>> groups_;  // by tap group
  std::optional<PatternMatcher> matcher_;
  std::vector<TaskMatch> kept_;  // of the packet at hand
  size_t kept_count_ = 0;
  std::vector<UndecidedTask> undecided_;  // of the burst at hand; room for all of it
  size_t undecided_count_ = 0;
  size_t undecided_of_packet_ = 0;
};

}  // namespace lictor

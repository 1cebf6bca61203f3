// Fragments on an rx lcore, where its tables ask for ports: a later fragment is classified with the ports of the first
// one of its datagram, at once where that one has come, else when it comes. Between the parser and the classifier for
// a burst, and behind the burst's copies for what waited. Whatever it keeps is accounted for when its fate is known.
// One rx lcore each; allocates in the constructor alone.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "dataplane/dpdk/arrival_stamps.h"
#include "dataplane/flow_lookup.h"
#include "dataplane/match_stages.h"
#include "dataplane/match_writer.h"
#include "dataplane/packet/fragment_tracker.h"
#include "dataplane/rx_loop.h"

struct rte_mbuf;

namespace lictor {

// Whether some verdict depends on ports: of flows, of media, and of conversations that a pattern selects.
inline bool ports_matter(const RxTables& tables) {
  const TaskFilters* const filters = tables.targets->filters();
  return !tables.flows->empty() || tables.targets->kinds().endpoints ||
         (filters != nullptr && filters->follow_conversations());
}

// A burst behind the classifier.
struct FragmentBurst {
  const PacketBatch& batch;
  std::span<const rte_mbuf* const> frames;  // the batch's
  size_t queue = 0;                         // index in the plan
  uint32_t missing = 0;                     // bit i: frame i lacks the ports of its first fragment
  uint32_t unmatched = 0;                   // bit i: frame i has no other fate so far
};

// Frames of a burst whose fate is not known yet: they are counted when it is, as received too.
struct HeldFrames {
  uint64_t frames = 0;
  uint64_t bytes = 0;
};

class FragmentStage {
 public:
  // `arrivals`: one a queue of the plan. All of them outlive this.
  FragmentStage(const RxPlan& plan, std::vector<ArrivalStamps>& arrivals, MatchWriter& writer, MatchStages& stages);

  // Before the burst is classified: gives later fragments their ports. The frames whose first fragment has not come.
  uint32_t see(PacketBatch& batch) noexcept;

  // Whether follow() has anything to do for a burst of which `missing` lack their first fragment.
  [[nodiscard]] bool has_work(uint32_t missing) const { return missing != 0 || tracker_.has_released(); }
  // When the burst is handed over: keeps copies of what is missing its first fragment, and hands over what waited for
  // the first fragments of this burst. Before MatchWriter::publish().
  HeldFrames follow(const FragmentBurst& burst, const RxTables& tables, LegalInstant time) noexcept;

  // Whether anything waits, or has not been counted.
  [[nodiscard]] bool busy() const { return busy_; }
  // While it is busy: after each burst of a queue, the arrival of its last frame. It is the clock by which what waits
  // is given up.
  void passed(size_t queue, PacketTime arrival) noexcept;
  // While it is busy: once a round, before the queues are polled. Copies are given up by the clock of their queue, or
  // when nothing at all has come for as long.
  void tend(const RxTables& tables, LegalInstant time) noexcept;
  // In replay: what has been released waits for room in the rings, so nothing more may be received.
  [[nodiscard]] bool is_held_up() const { return tracker_.has_released(); }

  // At the end, and when nothing is tapped: what was released is handed over, whether there is room or not; the rest is
  // given up.
  void end(const RxTables& tables, LegalInstant time) noexcept;

 private:
  [[nodiscard]] uint16_t domain_of(uint16_t port) const;
  void keep(const FragmentBurst& burst, HeldFrames& held) noexcept;
  [[nodiscard]] bool has_room() const { return !plan_.lossless || writer_.has_room_for_burst(burst_bytes_); }
  void hand_over_released(const RxTables& tables, LegalInstant time) noexcept;
  void hand_over(const ReleasedFragment& released, const RxTables& tables, LegalInstant time) noexcept;
  void classify(const RxTables& tables, LegalInstant arrival) noexcept;
  Bytes note_of(const ParsedFrame& parsed) noexcept;
  std::span<const TaskMatch> tasks_of(const ReleasedFragment& released) noexcept;
  std::span<const TaskMatch> without_copied(const ReleasedFragment& released,
                                            std::span<const TaskMatch> tasks) noexcept;
  MatchFate give(const ReleasedFragment& released, std::span<const TaskMatch> tasks,
                 const TaskFilters* filters) noexcept;
  void count(MatchFate fate, std::span<const TaskMatch> tasks) noexcept;
  void count_settled() noexcept;
  void count_received() noexcept;

  const RxPlan& plan_;
  const size_t burst_bytes_;  // that must find room in replay
  std::vector<ArrivalStamps>& arrivals_;
  MatchWriter& writer_;
  MatchStages& stages_;
  FragmentTracker tracker_;
  std::vector<SettledFragments> received_;  // by queue: what has a fate now and is to be counted
  std::vector<PacketTime> latest_;          // by queue, since the last round; the epoch: nothing came
  SocketTime traffic_;                      // when something came last
  bool busy_ = false;
  std::vector<uint8_t> linear_;  // room for one frame
  // A copy that is handed over: frame 0 is as it came, frame 1 has the ports of its first fragment.
  PacketBatch batch_;
  FlowLookup lookup_;
  MatchBatch matches_;
  // What the note of a parked copy says of an UndecidedTask.
  struct Noted {
    TaskSlot slot;
    uint32_t copied;  // 0: no
  };
  std::array<Noted, kTasksPerPacketMax> noted_;  // that is written
  std::vector<bool> had_;                        // by slot, all false between two calls
  std::vector<TaskMatch> only_now_;              // room for every task
};

}  // namespace lictor

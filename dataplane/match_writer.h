// Copies matched frames straight into the rings of the encoder lcores that own their tasks, and accounts for every
// copy: taken, or lost with a reason that the next copy carries. One rx lcore each; no allocation, no lock, no wait.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/base/match_ring.h"
#include "dataplane/packet/classify_batch.h"
#include "dataplane/packet/parse_frame.h"
#include "dataplane/rx_account.h"
#include "encoders/spool/fair_reserve.h"

struct rte_mbuf;

namespace lictor {

class MatchWriter {
 public:
  // What to do where a ring fills: replay never comes to that.
  enum class WhenFull : uint8_t { kShareOut, kLossless };

  // `rings`: one an encoder lcore, in order; they outlive this. `account`: of this rx lcore.
  MatchWriter(std::vector<MatchRing*> rings, RxAccount& account, WhenFull when_full = WhenFull::kShareOut)
      : rings_(std::move(rings)), account_(account), shares_(when_full == WhenFull::kLossless ? 0 : rings_.size()) {}

  // One record for each matching level and encoder lcore that owns a task of `tasks`, with a copy of the whole frame.
  // Who is given the frame itself shares that of the outermost level.
  // The first kTasksPerPacketMax tasks get it, the others count kFanoutLimit; where a ring is full its tasks count
  // kRingFull; while little of it is left, one that has had its share of that counts kFairShare. Not seen before
  // publish().
  void write(const rte_mbuf& frame, const ParsedFrame& parsed, PacketTime arrival, uint16_t port,
             std::span<const TaskMatch> tasks) noexcept;
  // The same of a frame that is no buffer any more.
  void write(Bytes frame, const ParsedFrame& parsed, PacketTime arrival, uint16_t port,
             std::span<const TaskMatch> tasks) noexcept;

  // Asks for the account of a task that a copy will be written for.
  void prefetch(TaskSlot slot) const noexcept;

  // Shows the encoders what was written. When the rx loop settles: each call costs a transfer of a cache line a ring.
  void publish() noexcept;
  // Everything that was received up to `now` is published.
  void passed(LegalTime now) noexcept;
  // Whether every ring would take a burst of which `burst_bytes` can be copied into one.
  [[nodiscard]] bool has_room_for_burst(size_t burst_bytes) noexcept;

 private:
  // What of the frame a record is about.
  struct View {
    uint32_t offset;
    uint32_t bytes;
    uint32_t whole_bytes;
    ViewKind kind;
  };
  static View view_of(const ParsedFrame& parsed, uint8_t level, uint32_t frame_bytes) noexcept;
  template <typename Frame>
  void write_frame(const Frame& frame, const ParsedFrame& parsed, PacketTime arrival, uint16_t port,
                   std::span<const TaskMatch> tasks) noexcept;
  template <typename Frame>
  void write_to_each(const Frame& frame, const ParsedFrame& parsed, PacketTime arrival, uint16_t port,
                     std::span<const TaskMatch> tasks) noexcept;
  // How a frame was met.
  struct Seen {
    View view;
    PacketTime arrival;
    uint16_t port;
  };
  template <typename Frame>
  void write_to(size_t encoder, const Frame& frame, const Seen& seen, std::span<const TaskMatch> tasks) noexcept;
  std::span<const TaskMatch> admitted(size_t encoder, size_t bytes, std::span<const TaskMatch> tasks) noexcept;
  void lose(TaskSlot slot, RecordDrop reason) noexcept;
  uint32_t take_lost(TaskSlot slot) noexcept;

  const std::vector<MatchRing*> rings_;
  RxAccount& account_;
  std::vector<FairReserve> shares_;                   // of what is left of each ring; empty: it is not shared out
  std::array<TaskMatch, kTasksPerPacketMax> chosen_;  // of the ring that is being written
};

// What a burst of frames with so many levels can take in one ring at most: a record for each level, the tasks spread
// over them. Each further record may need a line more than its part of the tasks does.
constexpr size_t burst_bytes_max(uint32_t frame_bytes_max, size_t levels) {
  const size_t further = match_record_bytes(0, frame_bytes_max) + 64;
  return kBurst * (match_record_bytes(kTasksPerPacketMax, frame_bytes_max) + (levels - 1) * further);
}
// The same of frames from any of `sources`, each of which has a `trust`.
template <typename Sources>
size_t burst_bytes_from(const Sources& sources, uint32_t frame_bytes_max) {
  size_t levels = 1;
  for (const auto& source : sources) levels = std::max(levels, levels_max(source.trust));
  return burst_bytes_max(frame_bytes_max, levels);
}

}  // namespace lictor

// Copies of fragments that came before the first one of their datagram, in a ring of octets: the newest behind the
// others, the oldest first to go. Each with a note, of which the park knows nothing but its length. A copy that is
// taken out of turn leaves its room when the older ones have gone. One rx lcore each; all memory is taken at the start.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/clock.h"

namespace lictor {

class FragmentPark {
 public:
  using Ticket = uint32_t;  // names a copy until it is taken out
  static constexpr Ticket kNone = UINT32_MAX;

  struct Copy {
    PacketTime arrival;
    uint32_t frame_bytes = 0;
    uint32_t owner = 0;    // the tracker's place that it waits at
    Ticket next = kNone;   // of the same datagram
    uint16_t queue = 0;    // that it came from: the rx lcore's own numbering
    bool counted = false;  // as matched, when it came
  };

  // Rounded up to a power of two; at most 2^31.
  explicit FragmentPark(size_t bytes);

  [[nodiscard]] size_t waiting() const { return waiting_; }
  // The one that has waited longest; kNone where none does.
  [[nodiscard]] Ticket oldest() noexcept;
  // For a frame and its note together.
  [[nodiscard]] bool has_room(size_t bytes) const;
  // Needs room; the note is shorter than 64 KiB.
  Ticket put(const Copy& copy, Bytes frame, Bytes note) noexcept;

  [[nodiscard]] Copy& at(Ticket ticket) noexcept { return slots_[ticket].copy; }
  [[nodiscard]] Bytes frame(Ticket ticket) const noexcept {
    return Bytes(octets_).subspan(ticket * kUnitBytes, slots_[ticket].copy.frame_bytes);
  }
  [[nodiscard]] Bytes note(Ticket ticket) const noexcept {
    const Slot& slot = slots_[ticket];
    return Bytes(octets_).subspan(ticket * kUnitBytes + slot.copy.frame_bytes, slot.note_bytes);
  }
  // Its octets stay where they are until put() needs their room.
  void take_out(Ticket ticket) noexcept;

 private:
  static constexpr size_t kUnitBytes = 128;

  // Of the unit in which a copy begins. One that does not wait is room that its frame took, or the end of the ring.
  struct Slot {
    Copy copy;
    uint32_t units = 0;
    uint16_t note_bytes = 0;
    bool waits = false;
  };
  static_assert(sizeof(Slot) == 32);

  static size_t units_for(size_t bytes) { return std::max<size_t>((bytes + kUnitBytes - 1) / kUnitBytes, 1); }
  [[nodiscard]] Slot& slot(uint64_t position) noexcept { return slots_[position & (slots_.size() - 1)]; }
  [[nodiscard]] size_t to_the_end() const { return slots_.size() - (head_ & (slots_.size() - 1)); }

  std::vector<Slot> slots_;
  std::vector<uint8_t> octets_;  // kUnitBytes a slot
  uint64_t head_ = 0;            // where the next copy begins, in units since the start
  uint64_t tail_ = 0;            // where the oldest does
  size_t waiting_ = 0;
};

}  // namespace lictor

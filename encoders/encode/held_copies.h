// Copies of sessions' packets that wait until everything is known that decides whose they are: in the order in which
// they were taken, each with the time behind which that is so. One encoder lcore; allocates only in make().
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "dataplane/base/clock.h"
#include "dataplane/base/ids.h"
#include "dataplane/base/spsc_byte_ring.h"
#include "encoders/encoder.h"

namespace lictor {

struct HeldCopy {
  TaskSlot slot{};
  uint32_t lost_before = 0;
  bool is_pinned = false;  // its session was there and counts it
  ContentRecord copy;      // what it points to lies here until pop()
};

class HeldCopies {
 public:
  // Room for at least `bytes`, out of core dumps. What the memory is refused for ends the process: it is at its start.
  explicit HeldCopies(size_t bytes);

  // At the beginning of each round, with its time: what was pushed before came before it. A clock that is set back
  // takes the times before with it: else everything would wait until it has caught up.
  void mark(LegalTime now);
  // False where there is no room.
  bool push(const HeldCopy& held);
  // The oldest, where it was taken before a mark not later than `passed`, and that mark is `settling_ns` old.
  [[nodiscard]] std::optional<HeldCopy> settled(LegalTime passed, LegalTime now, int64_t settling_ns);
  // The oldest.
  [[nodiscard]] std::optional<HeldCopy> oldest() const;
  // Forgets the oldest.
  void pop();

  [[nodiscard]] bool empty() const { return pushed_ == popped_; }
  // Whether a copy of that many octets finds room when everything else is gone.
  [[nodiscard]] bool can_hold(size_t octets) const { return held_bytes(octets) <= ring_->capacity(); }

 private:
  // Everything before `position` was taken before `time`.
  struct Mark {
    uint64_t position = 0;
    LegalTime time;
    LegalTime begun;
  };
  // Rounds that follow each other so closely share a mark: its time is the last one's.
  static constexpr int64_t kMarkNs = 100'000;
  static constexpr size_t kMarksMax = 512;

  struct Header {
    uint32_t bytes;  // of header and packet
    uint32_t packet_bytes;
    TaskSlot slot;
    uint32_t lost_before;
    uint32_t whole_bytes;
    uint32_t cin;
    PacketTime arrival;
    Direction direction;
    bool is_pinned;
    bool is_frame;
    uint16_t port;
    bool is_media;
    MediaFrame frame;
    MediaProtocol protocol;
    uint8_t stream_bytes;  // behind the packet
  };
  // `octets`: of packet and stream identifier.
  static constexpr size_t held_bytes(size_t octets) { return (sizeof(Header) + octets + 7) & ~size_t{7}; }
  void drop_passed_marks();
  Mark& at(size_t index) { return marks_[(first_ + index) % kMarksMax]; }

  std::unique_ptr<SpscByteRing> ring_;
  uint64_t pushed_ = 0;  // octets
  uint64_t popped_ = 0;
  std::array<Mark, kMarksMax> marks_;  // a queue
  size_t first_ = 0;
  size_t marks_count_ = 0;
  LegalTime marked_{INT64_MIN};  // the last mark's time
};

}  // namespace lictor

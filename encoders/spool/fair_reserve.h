// Who may use what is left of a buffer that several tasks share, once an eighth of it is left: the less there is, the
// less a task may take of it, so the one that floods is refused and the others go on until there is a quarter again.
// Where the oldest gives way to the newest there is always room: what a task took counts half as much each time that an
// eighth of the buffer was asked for, and one that asks for less than a sixteenth of what all ask for is not refused.
// The writer's alone; does not allocate.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace lictor {

// Octets that are free, of so many; nothing is known of a buffer without capacity.
struct BufferRoom {
  uint64_t free = 0;
  uint64_t capacity = 0;
  bool oldest_gives_way = false;

  // In 1024ths.
  [[nodiscard]] uint64_t part() const { return free / std::max<uint64_t>(1, capacity / 1024); }
  // The one that is nearer to its end.
  static BufferRoom scarcer(const BufferRoom& a, const BufferRoom& b) { return a.part() <= b.part() ? a : b; }
};

class FairReserve {
 public:
  static constexpr uint64_t kTightPart = 8;   // an eighth is left: it begins
  static constexpr uint64_t kRelaxPart = 4;   // a quarter is: it is over
  static constexpr uint64_t kFloorPart = 64;  // that a task may have where the oldest gives way
  // Of the tasks whose slots are apart by a multiple of kSets so many have an account: those that took most.
  static constexpr uint32_t kSets = 512;
  static constexpr size_t kWays = 4;

  // Once a burst.
  void look(const BufferRoom& room) {
    const bool tight = room.free < room.capacity / (tight_ ? kRelaxPart : kTightPart);
    if (tight && !tight_) epoch_ += kForgotten;
    tight_ = tight;
    zone_ = room.capacity / kTightPart;
    renews_ = room.oldest_gives_way;
    allowance_ = renews_ ? std::max(room.free / 2, room.capacity / kFloorPart) : room.free / 2;
  }
  [[nodiscard]] bool tight() const { return tight_; }

  // Whether this user may take `bytes`, where it is tight. Its first record is always let pass.
  bool admits(uint32_t user, size_t bytes) {
    asked_ += bytes;
    if (renews_ && asked_ >= zone_) {
      asked_ = 0;
      ++epoch_;
    }
    Use& use = use_of(user);
    use.bytes = left_of(use);
    use.epoch = epoch_;
    if (use.bytes > 0 && use.bytes + bytes > allowance_) return false;
    use.bytes += bytes;
    return true;
  }

 private:
  static constexpr uint32_t kForgotten = 64;  // halves: nothing is left
  struct Use {
    uint32_t user = UINT32_MAX;
    uint32_t epoch = 0;
    uint64_t bytes = 0;
  };
  using Set = std::array<Use, kWays>;

  [[nodiscard]] uint64_t left_of(const Use& use) const {
    const uint32_t age = epoch_ - use.epoch;
    return age >= kForgotten ? 0 : use.bytes >> age;
  }
  Use& use_of(uint32_t user) {
    Set& set = sets_[user % kSets];
    for (Use& use : set) {
      if (use.user == user) return use;
    }
    Use& least = *std::ranges::min_element(set, {}, [this](const Use& use) { return left_of(use); });
    least = {.user = user, .epoch = epoch_};
    return least;
  }

  bool tight_ = false;
  bool renews_ = false;
  uint32_t epoch_ = 0;
  uint64_t asked_ = 0;  // since the epoch began
  uint64_t zone_ = 0;
  uint64_t allowance_ = 0;
  std::array<Set, kSets> sets_{};
};

}  // namespace lictor

// Which keyed hashes were seen lately, and when: a bounded memory in which the oldest of four neighbours gives way. It
// forgets under load and never invents. One session lcore; allocates only when it is made.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "dataplane/base/clock.h"

namespace lictor {

class RecentSet {
 public:
  // Room for `entries` hashes, rounded up to a power of two.
  explicit RecentSet(size_t entries);

  [[nodiscard]] std::optional<PacketTime> find(uint64_t hash) const noexcept;
  // Takes the place of what was known of this hash.
  void put(uint64_t hash, PacketTime time) noexcept;
  // The same, unless what is known is later.
  void put_later(uint64_t hash, PacketTime time) noexcept {
    const std::optional<PacketTime> known = find(hash);
    if (!known || *known < time) put(hash, time);
  }
  void erase(uint64_t hash) noexcept;
  // Its memory will be asked for soon.
  void prefetch(uint64_t hash) const noexcept { __builtin_prefetch(&line_of(hash)); }

  [[nodiscard]] size_t bytes() const { return lines_.size() * sizeof(Line); }

 private:
  static constexpr size_t kWays = 4;
  struct alignas(64) Line {
    std::array<uint64_t, kWays> hashes{};  // 0: none
    std::array<int64_t, kWays> times{};
  };
  static_assert(sizeof(Line) == 64);

  static uint64_t stored(uint64_t hash) { return hash == 0 ? 1 : hash; }
  [[nodiscard]] const Line& line_of(uint64_t hash) const { return lines_[stored(hash) & (lines_.size() - 1)]; }
  [[nodiscard]] Line& line_of(uint64_t hash) { return lines_[stored(hash) & (lines_.size() - 1)]; }

  std::vector<Line> lines_;
};

}  // namespace lictor

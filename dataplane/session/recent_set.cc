#include "dataplane/session/recent_set.h"

#include <algorithm>
#include <bit>

namespace lictor {

RecentSet::RecentSet(size_t entries) : lines_(std::bit_ceil(std::max(entries, kWays)) / kWays) {}

std::optional<PacketTime> RecentSet::find(uint64_t hash) const noexcept {
  const Line& line = line_of(hash);
  for (size_t i = 0; i < kWays; ++i) {
    if (line.hashes[i] == stored(hash)) return PacketTime{line.times[i]};
  }
  return std::nullopt;
}

void RecentSet::put(uint64_t hash, PacketTime time) noexcept {
  Line& line = line_of(hash);
  size_t place = 0;
  for (size_t i = 0; i < kWays; ++i) {
    if (line.hashes[i] == stored(hash)) {
      place = i;
      break;
    }
    const bool is_free = line.hashes[i] == 0;
    const bool place_is_free = line.hashes[place] == 0;
    if (!place_is_free && (is_free || line.times[i] < line.times[place])) place = i;
  }
  line.hashes[place] = stored(hash);
  line.times[place] = time.unix_ns;
}

void RecentSet::erase(uint64_t hash) noexcept {
  Line& line = line_of(hash);
  for (size_t i = 0; i < kWays; ++i) {
    if (line.hashes[i] == stored(hash)) line.hashes[i] = 0;
  }
}

}  // namespace lictor

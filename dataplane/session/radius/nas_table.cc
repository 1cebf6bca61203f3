#include "dataplane/session/radius/nas_table.h"

#include <algorithm>
#include <bit>

namespace lictor::radius {

int64_t NasClock::lateness_s(PacketTime received, uint32_t event_unix_s) noexcept {
  const int64_t received_s = received.unix_ns / kNanosecondsPerSecond;
  const int64_t difference_s = received_s - int64_t{event_unix_s};
  const int64_t window_s = received_s - began_s_;
  if ((messages_ >= kWindowMessages && window_s >= kWindowSeconds) ||
      (messages_ >= kQuietMessages && window_s >= kQuietSeconds)) {
    before_s_ = now_s_;
    now_s_ = INT64_MAX;
    messages_ = 0;
  }
  if (messages_ == 0) began_s_ = received_s;
  ++messages_;
  now_s_ = std::min(now_s_, difference_s);
  const int64_t late_s = difference_s - std::min(now_s_, before_s_);
  return late_s <= kSlackS ? 0 : late_s;
}

NasTable::NasTable(uint32_t nas_max) : nas_max_(nas_max), places_(std::bit_ceil(std::max(nas_max, 1U)) * size_t{2}) {}

uint32_t NasTable::number_of(uint64_t hash) noexcept {
  const uint64_t wanted = hash == 0 ? 1 : hash;
  size_t at = wanted & (places_.size() - 1);
  while (places_[at].hash != 0 && places_[at].hash != wanted) at = (at + 1) & (places_.size() - 1);
  if (places_[at].hash == 0) {
    if (count_ >= nas_max_) return 0;
    ++count_;
    places_[at].hash = wanted;
  }
  return static_cast<uint32_t>(at) + 1;
}

}  // namespace lictor::radius

#include "control/admin/summed_entries.h"

namespace lictor::control {

bool SummedEntries::stands_alone(const Key& key, uint64_t alone, int64_t now_unix_ns) {
  const std::lock_guard lock(mutex_);
  const auto found = hours_.find(key);
  if (found == hours_.end()) {
    if (hours_.size() < kKindsMax) hours_[key] = {.began_unix_ns = now_unix_ns, .seen = 1};
    return true;
  }
  Hour& hour = found->second;
  if (++hour.seen <= alone) return true;
  ++hour.counted;
  return false;
}

std::vector<SummedEntries::Sum> SummedEntries::take_over(int64_t now_unix_ns) {
  const std::lock_guard lock(mutex_);
  std::vector<Sum> sums;
  for (auto hour = hours_.begin(); hour != hours_.end();) {
    const int64_t age = now_unix_ns - hour->second.began_unix_ns;
    if (age >= 0 && age < kSpanNs) {
      ++hour;
      continue;
    }
    if (hour->second.counted > 0) sums.push_back({.key = hour->first, .times = hour->second.counted});
    hour = hours_.erase(hour);
  }
  return sums;
}

std::vector<SummedEntries::Sum> SummedEntries::take_all() {
  const std::lock_guard lock(mutex_);
  std::vector<Sum> sums;
  for (const auto& [key, hour] : hours_)
    if (hour.counted > 0) sums.push_back({.key = key, .times = hour.counted});
  hours_.clear();
  return sums;
}

}  // namespace lictor::control

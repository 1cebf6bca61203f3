#include "encoders/spool/left_numbers.h"

#include <algorithm>
#include <iterator>

namespace lictor {
namespace {

void raise_to(LeftNumbers::Numbers& next, const LeftNumbers::Numbers& numbers) {
  for (size_t i = 0; i < next.size(); ++i) next[i] = std::max(next[i], numbers[i]);
}

// DIR/<opening>-<lcore>
std::string opening_of(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return name.substr(0, name.rfind('-'));
}

}  // namespace

LeftOfTask sum_of(LeftOfTask one, LeftOfTask other) {
  one.known = one.known && one.opening >= other.gap;
  other.known = other.known && other.opening >= one.gap;
  LeftOfTask sum = one;
  sum.records += other.records;
  sum.unchecked += other.unchecked;
  sum.alone = one.alone || other.alone;
  sum.gap = std::max(one.gap, other.gap);
  if (!other.known) return sum;
  if (!one.known || one.cin < other.cin) {
    sum.known = true;
    sum.cin = other.cin;
    sum.next = other.next;
    sum.opening = other.opening;
  } else if (one.cin == other.cin) {
    for (size_t i = 0; i < sum.next.size(); ++i) sum.next[i] = std::max(sum.next[i], other.next[i]);
    sum.opening = std::max(one.opening, other.opening);
  }
  return sum;
}

void LeftNumbers::note(const std::string& path, const FoundSpool& found) {
  const bool express = path.ends_with(kExpressEnding);
  const std::string base = express ? path.substr(0, path.size() - kExpressEnding.size()) : path;
  Pair& pair = pairs_[base];
  pair.opening = opening_of(base);
  pair.hold = pair.hold && found.numbers_hold;
  pair.complete = pair.complete && found.series_complete;
  if (found.nothing_there) {
    pair.nothing_there = true;
  } else {
    pair.this_boot = pair.this_boot && found.this_boot;
  }
  (express ? pair.express_series : pair.series) = found.series;
}

void LeftNumbers::raise(const Pair& pair) {
  for (const SeriesEntry& entry : pair.series) {
    Known& known = series_[{Xid{.octets = entry.xid}, entry.cin}];
    known.cin = entry.cin;
    raise_to(known.next, entry.next);
    known.opening = std::max(known.opening, pair.opening);
  }
  for (const SeriesEntry& entry : pair.express_series) {
    raise_to(express_series_[{Xid{.octets = entry.xid}, entry.cin}], entry.next);
  }
}

void LeftNumbers::settle() {
  // An empty directory held nothing where the machine has not stopped since; else a disk may have lost what was there.
  std::string empty;
  for (const auto& [path, pair] : pairs_) {
    if (!pair.hold || !pair.complete) gap_ = std::max(gap_, pair.opening);
    if (pair.nothing_there) empty = std::max(empty, pair.opening);
  }
  for (const auto& [path, pair] : pairs_) {
    const bool believed = pair.this_boot || pair.opening > empty;
    if (pair.hold && believed && pair.opening >= gap_) raise(pair);
  }
  pairs_.clear();
}

std::optional<LeftNumbers::Known> LeftNumbers::find(const Xid& xid, std::optional<uint32_t> cin) const {
  // The last one at or below it: CINs ascend from one incarnation to the next.
  const auto after = series_.upper_bound({xid, cin.value_or(UINT32_MAX)});
  if (after == series_.begin()) return std::nullopt;
  const auto& [key, last] = *std::prev(after);
  if (key.first != xid || (cin && key.second != *cin)) return std::nullopt;
  Known known = last;
  if (const auto express = express_series_.find(key); express != express_series_.end()) {
    raise_to(known.next, express->second);
  }
  return known;
}

}  // namespace lictor

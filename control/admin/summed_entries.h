// Entries of the account that would come too often: of one caller who is refused, or looks at the same, again and
// again. In each hour the first ones stand alone, the others are counted, and one entry says at the hour's end how many
// they were. Nobody fills the log (and so keeps others from acts that need an entry) by asking. Any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "control/audit/entry.h"

namespace lictor::control {

class SummedEntries {
 public:
  static constexpr int64_t kSpanNs = int64_t{3600} * 1'000'000'000;
  // Callers and what they do that are counted at a time; of one more each stands alone.
  static constexpr size_t kKindsMax = 4096;

  struct Key {
    AuditKind kind;
    std::string actor;
    std::string action;
    std::string object;   // of looks; refusals are summed over all objects
    std::string outcome;  // "ok", or a status' name
    auto operator<=>(const Key&) const = default;
  };
  struct Sum {
    Key key;
    uint64_t times = 0;  // beyond those that stand alone
  };

  // Whether this one has an entry of its own: one of the first `alone` in this hour.
  bool stands_alone(const Key& key, uint64_t alone, int64_t now_unix_ns);
  // Of hours that are over (a clock that was set back ends them, too), and what is to be said of them.
  std::vector<Sum> take_over(int64_t now_unix_ns);
  // Of all: nothing is counted afterwards.
  std::vector<Sum> take_all();

 private:
  struct Hour {
    int64_t began_unix_ns = 0;
    uint64_t seen = 0;
    uint64_t counted = 0;
  };
  std::mutex mutex_;
  std::map<Key, Hour> hours_;  // guarded by mutex_
};

}  // namespace lictor::control

// Where the series of a destination's tasks stand, by what former processes left in its spools. A spool whose numbers
// do not hold may have given away later ones than an older spool knows of: then the older one's count no more, or an
// agency got numbers twice. Control thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dataplane/base/ids.h"
#include "encoders/spool/recovery.h"

namespace lictor {

// An express spool lies beside the one that it goes before, under the same name and this.
constexpr std::string_view kExpressEnding = "-x";

// What former processes left of one task at one destination.
struct LeftOfTask {
  uint64_t records = 0;
  uint64_t unchecked = 0;  // records of the last process that no hash covers, at least
  bool known = false;      // its series are, and can go on from `next`
  uint32_t cin = 0;        // of these
  bool alone = false;      // some of it lies in a spool that holds nothing of others
  std::array<uint32_t, kSeriesKinds> next{};
  std::string opening;  // of the spool that says so; see LeftNumbers
  std::string gap;      // what spools of earlier openings say of its numbers does not count
};

// Of one task over two kinds of connection.
LeftOfTask sum_of(LeftOfTask one, LeftOfTask other);

class LeftNumbers {
 public:
  using Numbers = std::array<uint32_t, kSeriesKinds>;
  struct Known {
    uint32_t cin = 0;
    Numbers next{};
    std::string opening;  // of the spool that says so
  };

  // What was found in the spool of this path: DIR/<opening>-<lcore>[-x]. Openings are named in their order, over all
  // destinations and processes. Of one opening a task is in one lcore's spool.
  void note(const std::string& path, const FoundSpool& found);
  // All were noted: find() and gap() may be asked.
  void settle();

  // The task's numbers in the last CIN up to `cin`, in this one only; nothing: in its last one.
  [[nodiscard]] std::optional<Known> find(const Xid& xid, std::optional<uint32_t> cin) const;
  // What spools of openings before this one say does not count, here or elsewhere.
  [[nodiscard]] const std::string& gap() const { return gap_; }

 private:
  using Key = std::pair<Xid, uint32_t>;
  // A spool and the express one beside it: each counts only where the other does, as HI1's numbers are in both.
  struct Pair {
    std::string opening;
    bool hold = true;
    bool complete = true;        // no task is missing in its tables
    bool this_boot = true;       // where it has a head, that was written since the machine's last start
    bool nothing_there = false;  // one of the two is an empty directory
    std::vector<SeriesEntry> series;
    std::vector<SeriesEntry> express_series;
  };

  void raise(const Pair& pair);

  std::map<std::string, Pair> pairs_;  // by path, without the express one's ending; gone once settled
  std::map<Key, Known> series_;
  // Alone they make none known: they are of HI1 only.
  std::map<Key, Numbers> express_series_;
  std::string gap_;
};

}  // namespace lictor

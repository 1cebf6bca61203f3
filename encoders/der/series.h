// Numbering as a receiver checks it: for each series (LIID, operator, network element, CIN, kind), or without the CIN
// where numbers go on over CINs, which number is due, what is missing, what came again. Bounded in series and in the
// holes that it remembers. One owner, one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "encoders/der/record_view.h"

namespace lictor::der {

enum class Interface : uint8_t { kHi2, kHi3 };

enum class SeriesKind : uint8_t { kIri, kCc, kHi1 };

std::string_view name_of(SeriesKind kind);

// What a number is counted by, beside LIID, operator, network element and kind.
enum class SeriesScope : uint8_t { kCin, kLiid };

enum class Arrival : uint8_t {
  kUnnumbered,  // of a kind that has no series: keep-alives, integrity checks, …
  kDue,         // the number that was due
  kGap,         // above it: those between are missing
  kLate,        // one of the missing
  kRepeat,      // came before, as after a reconnect
  kConflict,    // the number came before with other octets: the sender counts anew and did not say so
  kUntracked,   // beyond the bounds on series
};

struct Series {
  std::string liid;
  std::string operator_id;
  std::string network_element;
  std::optional<uint32_t> cin;  // nothing too where CINs do not count
  SeriesKind kind = SeriesKind::kIri;

  uint32_t first = 0;  // the first and the highest number since the last cINReset
  uint32_t last = 0;
  uint64_t count = 0;    // records, without repeats
  uint64_t missing = 0;  // numbers that were skipped and did not come since
  uint64_t repeats = 0;
  uint64_t resets = 0;  // cINResets

  uint32_t due = 0;
  uint64_t reset_digest = 0;           // of the last cINReset's octets
  std::map<uint32_t, uint32_t> holes;  // missing numbers: first and last of each run
};

struct SeriesTotals {
  uint64_t gaps = 0;  // times that numbers were skipped
  uint64_t late = 0;  // numbers that came after higher ones
  uint64_t repeats = 0;
  uint64_t conflicts = 0;
  uint64_t untracked = 0;  // records of series beyond the bounds
};

class SeriesBook {
 public:
  static constexpr size_t kSeriesMax = 65536;
  // Octets of an LIID, operator or network element. Longer ones, which the standard does not know, have no series.
  static constexpr size_t kIdentifierBytesMax = 64;
  // Holes that one series remembers; a number of an older one that comes after all counts as a repeat.
  static constexpr size_t kHolesMax = 64;
  // Records whose octets are remembered, to tell a repeat from a number that was given twice.
  static constexpr size_t kRecentRecords = size_t{1} << 16;

  // `interface` says which series a cINReset restarts: iri and hi1 on HI2, where it counts in iri; cc on HI3.
  explicit SeriesBook(Interface interface, SeriesScope scope = SeriesScope::kCin)
      : interface_(interface), scope_(scope), recent_(kRecentRecords) {}

  // Takes note of the record. A series starts at 0: a first number above it is a gap.
  Arrival arrived(const RecordView& view);

  [[nodiscard]] const SeriesTotals& totals() const { return totals_; }
  // In the order of their first records.
  [[nodiscard]] const std::deque<Series>& all() const { return series_; }

 private:
  struct Recent {
    uint32_t series = UINT32_MAX;
    uint32_t number = 0;
    uint64_t digest = 0;
  };
  struct KeyHash {
    using is_transparent = void;
    size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
  };

  // Its place in series_, or kSeriesMax where it has none.
  size_t find(const RecordView& view, SeriesKind kind);
  Arrival count(size_t place, uint32_t number, uint64_t digest);
  Arrival above(Series& series, uint32_t number);
  Arrival below(Series& series, size_t place, uint32_t number, uint64_t digest);
  Arrival reset(const RecordView& view, uint64_t digest);
  Recent& recent(size_t place, uint32_t number);

  const Interface interface_;
  const SeriesScope scope_;
  std::deque<Series> series_;
  std::unordered_map<std::string, size_t, KeyHash, std::equal_to<>> places_;
  std::string key_;  // scratch
  std::vector<Recent> recent_;
  SeriesTotals totals_;
};

}  // namespace lictor::der

// Figures for a transparency report: how many warrants were in force in a period, of which kinds, about nobody. Small
// counts are suppressed, since one among few is somebody. Pure functions.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lictor/v1/warrant.pb.h"

namespace lictor::control::cli {

struct Period {
  int64_t from_unix_ns = 0;
  int64_t to_unix_ns = 0;  // the first instant that is not in it
};

// Tables of counts, each with a "total".
using Counts = std::map<std::string, uint64_t>;
using Transparency = std::map<std::string, Counts>;

// Of the warrants that were in force at some time of the period; those of test lines do not count.
class TransparencyCount {
 public:
  explicit TransparencyCount(Period period) : period_(period) {}

  void add(const v1::Warrant& warrant);
  [[nodiscard]] const Transparency& tables() const { return tables_; }

 private:
  Period period_;
  Transparency tables_{{"by_type", {}}, {"by_country", {}}, {"by_state", {}}, {"by_target", {}}};
};

// Each count below `below` becomes "<N". Where a table has one such count alone, which its total would give away, the
// next smallest becomes "suppressed".
nlohmann::ordered_json suppressed(const Transparency& tables, uint64_t below);

}  // namespace lictor::control::cli

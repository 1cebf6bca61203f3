// The patterns of one task, compiled by Hyperscan: once for packets by themselves, once for streams. Immutable, shared
// by all rx lcores; each has scratch of its own in it. Compiled by a thread of PatternCompiler, freed by the control
// thread when no rx lcore uses it any more.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/base/result.h"
#include "dataplane/pattern/pattern.h"

struct hs_database;
struct hs_scratch;

namespace lictor {

struct DatabaseFree {
  void operator()(hs_database* database) const;
};
struct ScratchFree {
  void operator()(hs_scratch* scratch) const;
};
using DatabaseOwner = std::unique_ptr<hs_database, DatabaseFree>;
using ScratchOwner = std::unique_ptr<hs_scratch, ScratchFree>;

class PatternSet {
 public:
  // For `lcores` rx lcores. InvalidArgument, ResourceExhausted: "patterns[2]: what is wrong", without an octet of the
  // pattern. Aborted where `given_up` was set meanwhile, which is looked at between two patterns: Hyperscan itself
  // cannot be interrupted.
  static Result<std::unique_ptr<const PatternSet>> compile(std::span<const Pattern> patterns,
                                                           const PatternLimits& limits, size_t lcores,
                                                           const std::atomic<bool>& given_up);
  // Whether this processor can do it at all.
  static Status supported();

  // Unique in the process: what a flow is followed for. Never 0.
  [[nodiscard]] uint64_t id() const { return id_; }
  [[nodiscard]] bool reaches_flow(unsigned pattern) const { return reaches_flow_[pattern]; }
  [[nodiscard]] bool any_reaches_flow() const { return any_reaches_flow_; }
  [[nodiscard]] const hs_database* packets() const { return packets_.get(); }
  [[nodiscard]] const hs_database* streams() const { return streams_.get(); }
  // Of this rx lcore alone.
  [[nodiscard]] hs_scratch* scratch(size_t lcore) const { return scratch_[lcore].get(); }

 private:
  PatternSet();
  Status add_databases(std::span<const Pattern> patterns, const PatternLimits& limits);
  Status add_scratch(size_t lcores);

  const uint64_t id_;
  std::vector<bool> reaches_flow_;
  bool any_reaches_flow_ = false;
  DatabaseOwner packets_;
  DatabaseOwner streams_;
  std::vector<ScratchOwner> scratch_;  // by rx lcore
};

}  // namespace lictor

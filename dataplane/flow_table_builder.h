// Makes one flow table after the other as tasks come and go, in microseconds: what changed is kept beside the large
// set, and walked, until a new large set has been built behind. Only where too much has changed for that it is built
// before the answer, within its limits; where that fails the change is refused and everything stays as it was. Control
// thread only; the tables may be read by others, and outlive this.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "dataplane/base/ids.h"
#include "dataplane/flow_build.h"
#include "dataplane/flow_table.h"

namespace lictor {

class FlowTableBuilder {
 public:
  // The large set is built anew, behind, when this many rules or a sixteenth of its own are beside it: a walk takes
  // about 2 ns a rule.
  static constexpr size_t kMergeAtMin = 64;
  // More than this, or than the large set has itself, are not kept beside it: then it is built before the answer.
  static constexpr size_t kBesideMaxMin = 1024;
  // After a build that failed: refused without trying for so many times the time that it may take.
  static constexpr int64_t kRetryAfterBuilds = 10;

  explicit FlowTableBuilder(const FlowLimits& limits);

  // From now on `rules` are the flows of `slot`, in place of those that it had. InvalidArgument as check_flow says.
  // ResourceExhausted, DeadlineExceeded, Unavailable: with them the flows are too many, too large or take too long;
  // nothing has changed. May take FlowLimits::build_ms_max twice.
  Status set(TaskSlot slot, std::vector<TargetRule> rules, SocketTime now);

  // The same, where nothing is checked and nothing can be refused: for no rules, or those that the slot had a moment
  // ago.
  void set_back(TaskSlot slot, std::vector<TargetRule> rules);

  // Begins and ends what is built behind; now and then.
  void follow(SocketTime now);

  // Whether the table is another one than was built last.
  [[nodiscard]] bool changed() const { return changed_; }
  [[nodiscard]] std::unique_ptr<const FlowTable> build();

  [[nodiscard]] size_t rules() const { return rules_; }
  [[nodiscard]] const FlowLimits& limits() const { return limits_; }
  // Rules that are kept beside the large set.
  [[nodiscard]] size_t rules_beside() const { return rules_beside_; }
  // Large sets that were built, and that could not be.
  [[nodiscard]] uint64_t builds() const { return builds_; }
  [[nodiscard]] uint64_t builds_failed() const { return builds_failed_; }
  // Why the last one could not be; OK where it could.
  [[nodiscard]] const Status& failure() const { return failure_; }
  // How the rules of crowded prefixes in the large set are found.
  [[nodiscard]] FlowMethod ipv4_method() const { return base_->ipv4.method(); }
  [[nodiscard]] FlowMethod ipv6_method() const { return base_->ipv6.method(); }

 private:
  struct Task {
    std::vector<TargetRule> rules;
    uint64_t version = 0;
  };

  [[nodiscard]] bool is_in_base(const Task& task) const { return task.version <= base_version_; }
  void put(TaskSlot slot, Task task);
  Task take(TaskSlot slot);
  void mark_removed(TaskSlot slot, bool removed);
  [[nodiscard]] size_t beside_max() const { return std::max(kBesideMaxMin, base_->rules.size()); }
  [[nodiscard]] bool should_merge(SocketTime now) const;
  Status make_room(SocketTime now);
  Status start_build();
  Status end_build(SocketTime now);
  void adopt(std::shared_ptr<const FlowRules> base);

  const FlowLimits limits_;
  std::map<TaskSlot, Task> tasks_;  // those that have flows
  size_t rules_ = 0;
  size_t rules_beside_ = 0;
  size_t rules_removed_ = 0;  // of the large set
  std::set<TaskSlot> beside_;
  uint64_t version_ = 0;  // of the latest change
  bool changed_ = false;

  // The large set has the rules of the tasks that were there at `base_version_`.
  std::shared_ptr<const FlowRules> base_ = std::make_shared<const FlowRules>();
  uint64_t base_version_ = 0;
  std::multimap<TaskSlot, uint32_t> base_rules_of_;
  std::vector<uint64_t> removed_;

  std::unique_ptr<FlowBuild> build_;
  uint64_t build_version_ = 0;
  Status failure_;            // of the last build
  SocketTime refused_until_;  // where it failed
  uint64_t failed_version_ = 0;
  uint64_t builds_ = 0;
  uint64_t builds_failed_ = 0;
};

// A table of `rules` alone, built within `limits`.
Result<std::unique_ptr<const FlowTable>> build_flow_table(std::vector<TargetRule> rules, const FlowLimits& limits);

}  // namespace lictor

// Counts for each task the frames of its MAC addresses and lines that carry no IP: its format says IP packets alone,
// and what it does not say must not be missed in silence. rx lcores; one instance each.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/base/task_account.h"
#include "dataplane/packet/packet_batch.h"
#include "dataplane/packet/target_table.h"

namespace lictor {

class NotIpCounter {
 public:
  // `tasks`: this lcore's accounts, by slot; they outlive this.
  explicit NotIpCounter(std::span<RxTaskAccount> tasks) : tasks_(tasks), counted_(tasks.size(), 0) {}

  // Whether any frame can be somebody's without IP.
  static bool concerns(const TargetTable& table) { return table.kinds().macs || table.kinds().vlans; }

  // Frame `index` of a parsed batch: nothing where it has IP levels or is dropped. Counts once a task, by the outermost
  // Ethernet header, inside its scope and window; not for tasks that are given frames as such.
  void count(const PacketBatch& batch, size_t index, const TargetTable& table, LegalInstant time) noexcept;

 private:
  const std::span<RxTaskAccount> tasks_;
  uint64_t frame_ = 0;
  std::vector<uint64_t> counted_;  // by slot: the last frame that was counted
};

}  // namespace lictor

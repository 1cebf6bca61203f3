// Target changes at a steady rate, one table after the other, while a loop receives: what a busy control thread does to
// an rx lcore. The changer has a thread on the other lcore; the loop tells it when to work.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "dataplane/dpdk/eal.h"
#include "dataplane/dpdk/live_table.h"
#include "dataplane/packet/target_table_builder.h"
#include "dataplane/rx_tables.h"
#include "perf/loop.h"
#include "perf/traffic.h"

namespace lictor::perf {

class TableChanger {
 public:
  static constexpr double kChangesPerSecond = 1000;

  // Changes `tables`, whose present targets `builder` has built, by hosts that `traffic` does not know. All outlive
  // this.
  TableChanger(LiveTable<RxTables>& tables, TargetTableBuilder& builder, const Traffic& traffic);

  // Main thread. The changer rests until it is told to work.
  Status start();

  // --- the loop's lcore ---
  // Returns when a change has been published since.
  void work() noexcept;
  void rest() noexcept;

  struct Done {
    uint64_t changes = 0;
    double per_second = 0;  // of the time in which it was to work
    double median_us = 0;   // from a change to the end of its grace period
  };
  // Main thread.
  Done stop();

 private:
  void run() noexcept;
  void change() noexcept;

  LiveTable<RxTables>& tables_;
  TargetTableBuilder& builder_;
  std::vector<TargetRule> rules_;  // put in and taken out in turn
  uint64_t next_ = 0;
  std::vector<double> took_us_;
  int64_t worked_ns_ = 0;
  std::atomic<bool> working_{false};    // written by the loop's lcore
  std::atomic<int64_t> rested_ns_{0};   // written by the loop's lcore: since when it is to rest
  std::atomic<bool> stop_{false};       // written by the main thread
  std::atomic<uint64_t> published_{0};  // written by the changer
  std::unique_ptr<LcoreThread> thread_;
};

// A loop during whose windows targets change.
class ChangedLoop : public Loop {
 public:
  ChangedLoop(Loop& loop, TableChanger& changer) : loop_(loop), changer_(changer) {}

  void enter() noexcept override {
    changer_.work();
    loop_.enter();
  }
  void leave() noexcept override {
    loop_.leave();
    changer_.rest();
  }
  bool round() noexcept override { return loop_.round(); }
  [[nodiscard]] uint64_t received() const noexcept override { return loop_.received(); }

 private:
  Loop& loop_;
  TableChanger& changer_;
};

}  // namespace lictor::perf

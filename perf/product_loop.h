// The product's own receive loop (dataplane/rx_loop.h) with all that it needs around it, so that its rounds can be
// called one by one: an account, tables, rings to the encoders. Made by the main thread, run on one lcore.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "dataplane/base/match_ring.h"
#include "dataplane/binding_table.h"
#include "dataplane/dpdk/live_table.h"
#include "dataplane/rx_loop.h"
#include "perf/loop.h"
#include "perf/test_port.h"

namespace lictor::perf {

class ProductLoop : public Loop {
 public:
  // Receives from queue 0 of `port`, which outlives it, by `tables`, into one encoder's ring of the product's default
  // size; beside a session lcore whose table is `bindings`, null: there is none. Nobody else may poll that queue.
  // ResourceExhausted or InvalidArgument where the ring or the quiescence cannot be had.
  static Result<std::unique_ptr<ProductLoop>> make(const TestPort& port, std::unique_ptr<const RxTables> tables,
                                                   std::unique_ptr<const TargetTable> bindings = nullptr);

  // Waits until whoever takes the copies has taken all: a window then begins with an empty ring, and a ring that holds
  // a window's copies never overflows in one.
  void enter() noexcept override;
  void leave() noexcept override;
  bool round() noexcept override;
  [[nodiscard]] uint64_t received() const noexcept override { return account_.by_port[0].received.get(); }

  [[nodiscard]] const RxAccount& account() const { return account_; }
  [[nodiscard]] MatchRing& ring() { return ring_; }
  [[nodiscard]] LiveTable<RxTables>& tables() { return *tables_; }
  // Copies that the ring had no room for, and packets that the parser refused.
  [[nodiscard]] uint64_t copies_lost() const;
  [[nodiscard]] uint64_t dropped() const { return account_.packets.drops.total(); }
  [[nodiscard]] uint64_t matched() const { return account_.packets.matched.get(); }
  [[nodiscard]] uint64_t unmatched() const { return account_.packets.unmatched.get(); }
  // (packet, task) pairs.
  [[nodiscard]] uint64_t copies() const;

 private:
  ProductLoop();

  RxAccount account_;
  MatchRing ring_;
  std::unique_ptr<Quiescence> quiescence_;
  std::unique_ptr<LiveTable<RxTables>> tables_;
  std::unique_ptr<BindingTable> bindings_;
  std::atomic<bool> open_{true};
  std::atomic<bool> stop_{false};
  RxPlan plan_;
  std::unique_ptr<RxLoop> loop_;
};

}  // namespace lictor::perf

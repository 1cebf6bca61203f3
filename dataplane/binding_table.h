// The rules of one session lcore as rx lcores read them: published thousands of times a second by a thread that must
// not wait, so old tables are kept until nobody reads them any more, and then freed.
#pragma once

#include <atomic>
#include <deque>
#include <memory>

#include "dataplane/base/counter.h"
#include "dataplane/dpdk/quiescence.h"
#include "dataplane/packet/target_table.h"
#include "dataplane/session/session_loop.h"

namespace lictor {

class BindingTable final : public BindingOutlet {
 public:
  // Old tables that may wait for their readers; who publishes one more waits with them.
  static constexpr size_t kOldMax = 1024;

  // `quiescence` counts the readers, who go on to exist as long as this.
  explicit BindingTable(Quiescence& quiescence);
  // No reader is online any more.
  ~BindingTable() override;
  BindingTable(const BindingTable&) = delete;
  BindingTable& operator=(const BindingTable&) = delete;

  // Any reader that is online; valid until it is next quiescent or offline. Once a burst.
  [[nodiscard]] const TargetTable& current() const noexcept { return *current_.load(std::memory_order_acquire); }

  // --- session lcore ---
  void publish(std::unique_ptr<const TargetTable> table) noexcept override;
  void tend() noexcept override;

  // --- any thread ---
  // Tables that were published. Every packet that is received from now on meets the one of this number that settled()
  // answers, or a later one.
  [[nodiscard]] uint64_t published() const noexcept { return published_.get(); }
  [[nodiscard]] uint64_t settled() const noexcept { return settled_.get(); }

 private:
  struct Old {
    std::unique_ptr<const TargetTable> table;
    uint64_t grace;
  };

  Quiescence& quiescence_;
  std::atomic<const TargetTable*> current_;  // written by the session lcore, read by rx lcores
  std::deque<Old> old_;                      // the oldest first
  Counter published_;                        // written by the session lcore
  Counter settled_;                          // the same
};

}  // namespace lictor

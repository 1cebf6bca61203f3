// Whether anybody is tapped at all. While nobody is, the lcores that receive sleep in the kernel, look after their
// queues now and then, and count what they throw away unlooked as idle. Before the first tap the control thread wakes
// all of them: when wake() returns, each has emptied its queues of what came before, and looks at whatever comes from
// now on.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/base/doorbell.h"

namespace lictor {

class IdleGate {
 public:
  // For lcores 0 to lcores - 1, asleep at first. ResourceExhausted as Doorbell.
  static Result<std::unique_ptr<IdleGate>> make(size_t lcores);

  // --- control thread ---
  // From their next round on, lcores may sleep.
  void sleep() noexcept;
  // Returns when every lcore is awake and has drained its queues, or has ended. Sleeps meanwhile.
  void wake() noexcept;
  [[nodiscard]] bool is_awake() const noexcept { return is_awake(epoch_.load(std::memory_order_relaxed)); }
  // Any thread: every lcore that sleeps looks around, at its reason to end for instance.
  void ring_all() noexcept;

 private:
  friend class IdleMember;
  struct alignas(64) Lcore {
    std::atomic<uint64_t> followed{0};  // the epoch that it acts by; written by the lcore
    std::unique_ptr<Doorbell> bell;
  };
  static constexpr uint64_t kEnded = UINT64_MAX;
  static constexpr bool is_awake(uint64_t epoch) { return epoch % 2 == 1; }

  IdleGate() = default;

  // Counts the changes: even ones are asleep. Written by the control thread.
  alignas(64) std::atomic<uint64_t> epoch_{0};
  std::vector<Lcore> lcores_;
};

// One lcore's side of the gate. Used in this order, once a round:
//   if (idle.is_untapped()) { drain; idle.sleep(); continue; }
//   if (idle.is_called()) { drain; idle.answer(); }
class IdleMember {
 public:
  // `gate` may be null: an lcore that never sleeps. `poll_ms`: after that long it looks after its queues again.
  IdleMember(IdleGate* gate, size_t lcore, uint32_t poll_ms);
  // It has ended and holds nothing up.
  ~IdleMember();
  IdleMember(const IdleMember&) = delete;
  IdleMember& operator=(const IdleMember&) = delete;

  [[nodiscard]] bool is_untapped() noexcept;
  // Until it is woken, or poll_ms have passed.
  void sleep() noexcept;
  // Whether wake() waits for this lcore to drain its queues.
  [[nodiscard]] bool is_called() const noexcept { return gate_ != nullptr && epoch_ != followed_; }
  void answer() noexcept;
  // Rung by the gate; null where there is none. For a lcore that sleeps for other reasons.
  [[nodiscard]] Doorbell* bell() const noexcept;

 private:
  IdleGate* const gate_;
  const size_t lcore_;
  const uint32_t poll_ms_;
  uint64_t epoch_ = 1;  // as is_untapped() saw it
  uint64_t followed_ = 1;
};

}  // namespace lictor

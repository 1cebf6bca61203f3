#include "dataplane/lcore_rest.h"

#include <rte_pause.h>

#include <ctime>
#include <utility>

namespace lictor {

LcoreRest::LcoreRest(const LcoreRestPlan& plan, std::unique_ptr<RxInterrupts> interrupts)
    : plan_(plan), interrupts_(std::move(interrupts)), backoff_(plan.sleep_us_max) {}

void LcoreRest::worked() noexcept {
  backoff_.worked();
  if (std::exchange(armed_, false)) interrupts_->disarm();
}

bool LcoreRest::is_armed_after_idle_round() noexcept {
  sleep_us_ = backoff_.next_sleep_us();
  if (interrupts_ == nullptr || !backoff_.is_deep()) return false;
  interrupts_->arm();
  armed_ = true;
  return true;
}

void LcoreRest::nap() noexcept {
  constexpr long kNanosecondsPerMicrosecond = 1000;
  if (sleep_us_ == 0) return rte_pause();
  offline();
  const timespec sleep{.tv_sec = 0, .tv_nsec = static_cast<long>(sleep_us_) * kNanosecondsPerMicrosecond};
  nanosleep(&sleep, nullptr);
  online();
}

// Who was woken looks around at full speed again: a driver may need a moment until it gives what it has received.
void LcoreRest::wait_for_interrupt() noexcept {
  plan_.interrupt_waits->add(1);
  offline();
  const bool woken = interrupts_->sleep(plan_.interrupt_wait_ms);
  online();
  armed_ = false;
  if (woken) backoff_.worked();
}

void LcoreRest::offline() noexcept {
  if (plan_.quiescence != nullptr) plan_.quiescence->offline(plan_.reader);
}

void LcoreRest::online() noexcept {
  if (plan_.quiescence != nullptr) plan_.quiescence->online(plan_.reader);
}

}  // namespace lictor

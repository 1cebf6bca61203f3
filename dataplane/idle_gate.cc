#include "dataplane/idle_gate.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace lictor {

Result<std::unique_ptr<IdleGate>> IdleGate::make(size_t lcores) {
  std::unique_ptr<IdleGate> gate(new IdleGate());
  gate->lcores_ = std::vector<Lcore>(lcores);
  for (Lcore& lcore : gate->lcores_) {
    Result<std::unique_ptr<Doorbell>> bell = Doorbell::make();
    if (!bell.ok()) return bell.status();
    lcore.bell = *std::move(bell);
  }
  return gate;
}

void IdleGate::sleep() noexcept {
  if (is_awake()) epoch_.fetch_add(1, std::memory_order_release);
}

void IdleGate::wake() noexcept {
  if (is_awake()) return;
  const uint64_t awake = epoch_.fetch_add(1, std::memory_order_release) + 1;
  ring_all();
  const auto has_followed = [awake](const Lcore& lcore) {
    return lcore.followed.load(std::memory_order_acquire) >= awake;
  };
  while (!std::ranges::all_of(lcores_, has_followed)) std::this_thread::sleep_for(std::chrono::microseconds(20));
}

void IdleGate::ring_all() noexcept {
  for (Lcore& lcore : lcores_) lcore.bell->ring();
}

IdleMember::IdleMember(IdleGate* gate, size_t lcore, uint32_t poll_ms)
    : gate_(gate), lcore_(lcore), poll_ms_(poll_ms), followed_(gate == nullptr ? 1 : 0) {}

IdleMember::~IdleMember() {
  if (gate_ != nullptr) gate_->lcores_[lcore_].followed.store(IdleGate::kEnded, std::memory_order_release);
}

bool IdleMember::is_untapped() noexcept {
  if (gate_ == nullptr) return false;
  epoch_ = gate_->epoch_.load(std::memory_order_acquire);
  return !IdleGate::is_awake(epoch_);
}

void IdleMember::sleep() noexcept {
  followed_ = epoch_;
  gate_->lcores_[lcore_].bell->wait(poll_ms_);
}

Doorbell* IdleMember::bell() const noexcept { return gate_ == nullptr ? nullptr : gate_->lcores_[lcore_].bell.get(); }

void IdleMember::answer() noexcept {
  followed_ = epoch_;
  gate_->lcores_[lcore_].followed.store(epoch_, std::memory_order_release);
}

}  // namespace lictor

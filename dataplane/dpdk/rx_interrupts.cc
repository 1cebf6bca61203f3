#include "dataplane/dpdk/rx_interrupts.h"

#include <rte_ethdev.h>
#include <rte_interrupts.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <utility>

namespace lictor {

std::unique_ptr<RxInterrupts> RxInterrupts::make(std::vector<InterruptQueue> queues, Doorbell* bell) {
  if (queues.empty()) return nullptr;
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) return nullptr;
  std::unique_ptr<RxInterrupts> interrupts(new RxInterrupts(epoll, std::move(queues), bell));
  return interrupts->add_queues() && interrupts->add_bell() ? std::move(interrupts) : nullptr;
}

RxInterrupts::RxInterrupts(int epoll, std::vector<InterruptQueue> queues, Doorbell* bell)
    : epoll_(epoll),
      queues_(std::move(queues)),
      bell_(bell),
      bell_event_(std::make_unique<rte_epoll_event>()),
      events_(queues_.size() + 1) {}

RxInterrupts::~RxInterrupts() {
  for (size_t i = 0; i < added_; ++i) {
    rte_eth_dev_rx_intr_ctl_q(queues_[i].port_id, queues_[i].queue, epoll_, RTE_INTR_EVENT_DEL, nullptr);
  }
  close(epoll_);
}

bool RxInterrupts::add_queues() noexcept {
  for (const InterruptQueue& queue : queues_) {
    if (rte_eth_dev_rx_intr_ctl_q(queue.port_id, queue.queue, epoll_, RTE_INTR_EVENT_ADD, nullptr) != 0) return false;
    ++added_;
  }
  return true;
}

bool RxInterrupts::add_bell() noexcept {
  if (bell_ == nullptr) return true;
  bell_event_->epdata.event = EPOLLIN;
  return rte_epoll_ctl(epoll_, EPOLL_CTL_ADD, bell_->descriptor(), bell_event_.get()) == 0;
}

// A driver whose queues are descriptors of the kernel (net_tap) has nothing to enable, and says so: it wakes anyway.
void RxInterrupts::arm() noexcept {
  for (const InterruptQueue& queue : queues_) rte_eth_dev_rx_intr_enable(queue.port_id, queue.queue);
}

void RxInterrupts::disarm() noexcept {
  for (const InterruptQueue& queue : queues_) rte_eth_dev_rx_intr_disable(queue.port_id, queue.queue);
}

bool RxInterrupts::sleep(uint32_t timeout_ms) noexcept {
  const int woken =
      rte_epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), static_cast<int>(timeout_ms));
  disarm();
  if (bell_ != nullptr) bell_->clear();
  return woken > 0;
}

}  // namespace lictor

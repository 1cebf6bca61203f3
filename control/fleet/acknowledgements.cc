// Counts the answers of dataplanes for those who wait for them. Under the administration's mutex.
#include "control/fleet/acknowledgements.h"

#include <algorithm>
#include <utility>

namespace lictor::control {

void Acknowledgements::expect(const Generations& issued, SocketTime deadline, Done done) {
  Waiter waiter{.open = issued,
                .gone = {},
                .refusals = {},
                .told = static_cast<uint32_t>(issued.size()),
                .deadline = deadline,
                .done = std::move(done)};
  if (waiter.open.empty())
    finish(waiter);
  else
    waiters_.push_back(std::move(waiter));
}

void Acknowledgements::applied(const std::string& network_element_id, uint64_t generation) {
  answered(network_element_id, generation, nullptr);
}

void Acknowledgements::refused(const std::string& network_element_id, uint64_t generation, const std::string& reason) {
  answered(network_element_id, generation, &reason);
}

void Acknowledgements::answered(const std::string& network_element_id, uint64_t generation,
                                const std::string* refusal) {
  for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
    const auto open = waiter->open.find(network_element_id);
    if (open == waiter->open.end() || open->second.erase(generation) == 0) {
      ++waiter;
      continue;
    }
    if (refusal != nullptr) waiter->refusals.emplace(network_element_id, *refusal);
    if (open->second.empty()) waiter->open.erase(open);
    if (!waiter->open.empty()) {
      ++waiter;
      continue;
    }
    finish(*waiter);
    waiter = waiters_.erase(waiter);
  }
}

void Acknowledgements::detached(const std::string& network_element_id) {
  for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
    if (waiter->open.erase(network_element_id) != 0) waiter->gone.insert(network_element_id);
    if (!waiter->open.empty()) {
      ++waiter;
      continue;
    }
    finish(*waiter);
    waiter = waiters_.erase(waiter);
  }
}

void Acknowledgements::expire(SocketTime now) {
  for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
    if (waiter->deadline > now) {
      ++waiter;
      continue;
    }
    finish(*waiter);
    waiter = waiters_.erase(waiter);
  }
}

void Acknowledgements::expire_all() { expire({INT64_MAX}); }

std::vector<std::function<void()>> Acknowledgements::take_ready() { return std::exchange(ready_, {}); }

SocketTime Acknowledgements::next_deadline() const {
  SocketTime next{INT64_MAX};
  for (const Waiter& waiter : waiters_) next = std::min(next, waiter.deadline);
  return next;
}

void Acknowledgements::finish(Waiter& waiter) {
  // Still open, refused or gone: not acknowledged. A dataplane that refused one directive and owes another counts once.
  std::set<std::string> missing = waiter.gone;
  for (const auto& [network_element_id, generations] : waiter.open) missing.insert(network_element_id);
  for (const auto& [network_element_id, reason] : waiter.refusals) missing.insert(network_element_id);
  Outcome outcome{.told = waiter.told,
                  .acknowledged = static_cast<uint32_t>(waiter.told - missing.size()),
                  .refusals = std::move(waiter.refusals)};
  ready_.push_back([done = std::move(waiter.done), outcome = std::move(outcome)] { done(outcome); });
}

}  // namespace lictor::control

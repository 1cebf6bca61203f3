#include "dataplane/fragment_stage.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <utility>

#include "dataplane/classify_flows.h"
#include "dataplane/dpdk/mbuf_pool.h"
#include "dataplane/packet/classify_batch.h"
#include "dataplane/packet/parse_frame.h"

namespace lictor {
namespace {

constexpr size_t kAsItCame = 0;
constexpr size_t kWithPorts = 1;

FragmentLimits limits_of(const RxPlan& plan) {
  FragmentLimits limits = plan.fragments;
  limits.queues = plan.queues.size();
  limits.clocks = plan.lossless ? QueueClocks::kOwn : QueueClocks::kShared;
  return limits;
}

// The values that were put into `octets` one behind the other.
template <typename Value, typename Each>
void for_each(Bytes octets, const Each& each) {
  for (; octets.size() >= sizeof(Value); octets = octets.subspan(sizeof(Value))) {
    Value value;
    std::memcpy(&value, octets.data(), sizeof(value));
    each(value);
  }
}

}  // namespace

FragmentStage::FragmentStage(const RxPlan& plan, std::vector<ArrivalStamps>& arrivals, MatchWriter& writer,
                             MatchStages& stages)
    : plan_(plan),
      burst_bytes_(plan.burst_bytes()),
      arrivals_(arrivals),
      writer_(writer),
      stages_(stages),
      tracker_(limits_of(plan), plan.account->stages.fragments, HashKey::random()),
      received_(plan.queues.size()),
      latest_(plan.queues.size()),
      linear_(plan.frame_bytes_max),
      matches_(plan.tasks_max),
      had_(plan.tasks_max),
      only_now_(plan.tasks_max) {}

// The ports of a tap group see one network. Where nobody said which those are, each is one by itself.
uint16_t FragmentStage::domain_of(uint16_t port) const {
  return port < plan_.stages.ports.size() ? plan_.stages.ports[port].tap_group : port;
}

uint32_t FragmentStage::see(PacketBatch& batch) noexcept {
  stages_.begin_burst();
  uint32_t later = 0;
  for (size_t i = 0; i < batch.count; ++i) {
    if (!has_fragment(batch.parsed[i])) continue;
    const FragmentPorts ports = tracker_.see(batch.header[i], batch.parsed[i], domain_of(batch.port), batch.arrival[i]);
    if (ports == FragmentPorts::kMissing) later |= uint32_t{1} << i;
  }
  uint32_t missing = 0;
  for (; later != 0; later &= later - 1) {
    const auto i = static_cast<size_t>(std::countr_zero(later));
    const FragmentPorts ports =
        tracker_.look_again(batch.header[i], batch.parsed[i], domain_of(batch.port), batch.arrival[i]);
    if (ports == FragmentPorts::kMissing) missing |= uint32_t{1} << i;
  }
  return missing;
}

HeldFrames FragmentStage::follow(const FragmentBurst& burst, const RxTables& tables, LegalInstant time) noexcept {
  HeldFrames held;
  if (!has_work(burst.missing)) return held;
  if (!busy_) traffic_ = socket_now();
  busy_ = true;
  hand_over_released(tables, time);
  keep(burst, held);
  return held;
}

void FragmentStage::keep(const FragmentBurst& burst, HeldFrames& held) noexcept {
  for (uint32_t missing = burst.missing; missing != 0; missing &= missing - 1) {
    const auto i = static_cast<size_t>(std::countr_zero(missing));
    const Bytes frame = whole_frame(*burst.frames[i], linear_);
    const bool counted = (burst.unmatched >> i & 1) == 0;
    tracker_.park(frame, burst.batch.parsed[i], domain_of(burst.batch.port), burst.batch.arrival[i],
                  static_cast<uint16_t>(burst.queue), {counted, note_of(burst.batch.parsed[i])});
    if (counted) continue;
    ++held.frames;
    held.bytes += frame.size();
  }
}

// What its tasks that follow conversations made of it without ports.
Bytes FragmentStage::note_of(const ParsedFrame& parsed) noexcept {
  size_t count = 0;
  for (const UndecidedTask& task : stages_.undecided()) {
    if (task.parsed == &parsed) noted_[count++] = {task.slot, task.copied ? 1U : 0U};
  }
  return {reinterpret_cast<const uint8_t*>(noted_.data()), count * sizeof(Noted)};
}

void FragmentStage::hand_over_released(const RxTables& tables, LegalInstant time) noexcept {
  while (has_room()) {
    const std::optional<ReleasedFragment> released = tracker_.next_released();
    if (!released) return;
    hand_over(*released, tables, time);
  }
}

void FragmentStage::hand_over(const ReleasedFragment& released, const RxTables& tables, LegalInstant time) noexcept {
  const RxQueue& queue = plan_.queues[released.queue];
  batch_.count = 2;
  batch_.port = queue.port_index;
  for (const size_t i : {kAsItCame, kWithPorts}) {
    batch_.header[i] = released.frame;
    batch_.frame_bytes[i] = static_cast<uint32_t>(released.frame.size());
    batch_.arrival[i] = released.arrival;
  }
  parse_batch(batch_, plan_.frame_bytes_max, queue.trust);
  tracker_.see(released.frame, batch_.parsed[kWithPorts], domain_of(queue.port_index), released.arrival);
  ArrivalStamps& stamps = arrivals_[released.queue];
  stamps.begin_burst(time.now);
  classify(tables, LegalInstant(stamps.legal_time_of(released.arrival), time.latest));
  const std::span<const TaskMatch> tasks = tasks_of(released);
  const MatchFate fate = give(released, tasks, tables.targets->filters());
  if (released.counted) return;
  count(fate, tasks);
  ++received_[released.queue].frames;
  received_[released.queue].bytes += released.frame.size();
}

void FragmentStage::classify(const RxTables& tables, LegalInstant arrival) noexcept {
  const bool has_flows = !tables.flows->empty();
  if (has_flows) ask_flows(batch_, *tables.flows, lookup_);
  matches_.clear();
  for (size_t i = 0; i < batch_.count; ++i) {
    classify_frame(batch_, i, *tables.targets, arrival, matches_);
    if (has_flows) classify_flows(batch_, i, *tables.flows, lookup_, arrival, matches_);
    matches_.end_frame(i);
  }
}

// Those that are asked again. Where nobody had it when it came, not for want of a match perhaps but of the conversation
// that a pattern selects, it is everybody's. Where somebody had it, those that match by its ports alone, and those
// whose patterns select conversations.
std::span<const TaskMatch> FragmentStage::tasks_of(const ReleasedFragment& released) noexcept {
  if (!released.counted) return matches_.tasks(kWithPorts);
  for (const TaskMatch& task : matches_.tasks(kAsItCame)) had_[index_of(task.slot)] = true;
  for_each<Noted>(released.note, [&](const Noted& noted) { had_[index_of(noted.slot)] = false; });
  size_t count = 0;
  for (const TaskMatch& task : matches_.tasks(kWithPorts)) {
    if (!had_[index_of(task.slot)]) only_now_[count++] = task;
  }
  for (const TaskMatch& task : matches_.tasks(kAsItCame)) had_[index_of(task.slot)] = false;
  return {only_now_.data(), count};
}

// A task that was asked again, and has it already for its own content, had its conversation selected by that.
std::span<const TaskMatch> FragmentStage::without_copied(const ReleasedFragment& released,
                                                         std::span<const TaskMatch> tasks) noexcept {
  if (released.note.empty()) return tasks;
  for_each<Noted>(released.note, [&](const Noted& noted) { had_[index_of(noted.slot)] = noted.copied != 0; });
  size_t count = 0;
  for (const TaskMatch& task : tasks) {
    if (!had_[index_of(task.slot)]) only_now_[count++] = task;
  }
  for_each<Noted>(released.note, [&](const Noted& noted) { had_[index_of(noted.slot)] = false; });
  return {only_now_.data(), count};
}

MatchFate FragmentStage::give(const ReleasedFragment& released, std::span<const TaskMatch> tasks,
                              const TaskFilters* filters) noexcept {
  if (tasks.empty()) return MatchFate::kUnmatched;
  const ParsedFrame& parsed = batch_.parsed[kWithPorts];
  std::span<const TaskMatch> left = tasks;
  if (stages_.concern(batch_.port, filters)) {
    const NarrowedMatch narrowed = stages_.narrow({.parsed = parsed,
                                                   .frame = released.frame,
                                                   .port = batch_.port,
                                                   .arrival = released.arrival,
                                                   .tasks = tasks,
                                                   .ports_are_final = true},
                                                  filters);
    if (narrowed.fate != MatchFate::kMatched) return narrowed.fate;
    left = narrowed.tasks;
  }
  left = without_copied(released, left);
  if (!left.empty()) writer_.write(released.frame, parsed, released.arrival, batch_.port, left);
  return MatchFate::kMatched;
}

void FragmentStage::count(MatchFate fate, std::span<const TaskMatch> tasks) noexcept {
  RxPacketAccount& account = plan_.account->packets;
  switch (fate) {
    case MatchFate::kMatched: {
      account.matched.add(1);
      if (is_cut(batch_.parsed[kWithPorts], tasks[0])) account.truncated.add(1);
      return;
    }
    case MatchFate::kUnmatched:
      return account.unmatched.add(1);
    case MatchFate::kExcluded:
      return account.drops.add(PacketDrop::kExcluded);
    case MatchFate::kDuplicate:
      return account.drops.add(PacketDrop::kDuplicate);
  }
}

void FragmentStage::passed(size_t queue, PacketTime arrival) noexcept {
  latest_[queue] = arrival;
  traffic_ = socket_now();
}

void FragmentStage::tend(const RxTables& tables, LegalInstant time) noexcept {
  hand_over_released(tables, time);
  writer_.publish();
  for (size_t queue = 0; queue < latest_.size(); ++queue) {
    const PacketTime latest = std::exchange(latest_[queue], {});
    if (latest != PacketTime{}) tracker_.expire(latest, static_cast<uint16_t>(queue));
  }
  const SocketTime now = socket_now();
  if (!has_room()) traffic_ = now;  // a full ring holds replay up: it is not the wire that is silent
  if (now.ns - traffic_.ns > plan_.fragments.age_ns) tracker_.give_up_all();
  count_settled();
  count_received();
  busy_ = tracker_.waiting() > 0;
}

void FragmentStage::end(const RxTables& tables, LegalInstant time) noexcept {
  if (!busy_) return;
  while (const std::optional<ReleasedFragment> released = tracker_.next_released()) {
    hand_over(*released, tables, time);
  }
  writer_.publish();
  tracker_.give_up_all();
  count_settled();
  count_received();
  busy_ = false;
}

void FragmentStage::count_settled() noexcept {
  for (size_t queue = 0; queue < received_.size(); ++queue) {
    const SettledFragments settled = tracker_.take_settled(static_cast<uint16_t>(queue));
    plan_.account->packets.unmatched.add(settled.frames);
    received_[queue].frames += settled.frames;
    received_[queue].bytes += settled.bytes;
  }
}

// Last, as the rx loop does: who sees that a packet was received finds what was copied of it in the rings.
void FragmentStage::count_received() noexcept {
  std::atomic_thread_fence(std::memory_order_release);
  for (size_t queue = 0; queue < received_.size(); ++queue) {
    RxPortAccount& account = plan_.account->by_port[plan_.queues[queue].port_index];
    const SettledFragments settled = std::exchange(received_[queue], {});
    account.received_bytes.add(settled.bytes);
    account.received.add(settled.frames);
  }
}

}  // namespace lictor

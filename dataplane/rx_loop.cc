#include "dataplane/rx_loop.h"

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <bit>

#include "dataplane/base/check.h"
#include "dataplane/candidates.h"
#include "dataplane/classify_flows.h"
#include "dataplane/dpdk/burst_clock.h"
#include "dataplane/dpdk/mbuf_pool.h"
#include "dataplane/fragment_stage.h"
#include "dataplane/lcore_rest.h"
#include "dataplane/match_writer.h"
#include "dataplane/packet/classify_batch.h"
#include "dataplane/packet/classify_whole_frame.h"
#include "dataplane/packet/not_ip_counter.h"
#include "dataplane/packet/parse_frame.h"
#include "dataplane/packet/prefilter.h"
#include "dataplane/replay_pace.h"

namespace lictor {
namespace {

// Bursts, of all queues, until what was copied of them is shown to the encoders and counted: each time costs the
// transfer of a cache line from core to core, some 200 ns where they share no cache, and a clock read. Under load 8
// bursts are some 10 µs; without it the next round finds nothing and shows it.
constexpr uint32_t kBurstsUnsettledMax = 8;

}  // namespace

size_t RxPlan::burst_bytes() const { return burst_bytes_from(queues, frame_bytes_max); }

class RxLoop::Impl {
 public:
  explicit Impl(const RxPlan& plan)
      : plan_(plan),
        writer_(plan.rings, *plan.account,
                plan.lossless ? MatchWriter::WhenFull::kLossless : MatchWriter::WhenFull::kShareOut),
        matches_(plan.tasks_max),
        stages_(plan.stages, plan.tasks_max, *plan.account),
        fragments_(plan, arrivals_, writer_, stages_),
        not_ip_(plan.account->tasks),
        signals_(plan.signals, plan.account->signals),
        linear_(plan.frame_bytes_max),
        unsettled_(plan.queues.size()),
        candidates_(plan.queues.size()) {
    for (const RxQueue& queue : plan.queues) {
      prefilters_.emplace_back(queue.trust, plan.frame_bytes_max, signals_.links_at(queue.port_index));
      ages_.emplace_back(queue.waiting_max, legal_now());
      arrivals_.emplace_back(queue.arrival, plan.account->by_port[queue.port_index].stamps_refused);
    }
  }

  bool run_round() noexcept {
    bool worked = false;
    if (fragments_.busy()) [[unlikely]]
      fragments_.tend(plan_.tables->current(), instant());
    if (plan_.open->load(std::memory_order_acquire)) {
      for (size_t i = 0; i < plan_.queues.size(); ++i) worked |= poll(i);
    }
    if (!worked || bursts_unsettled_ >= kBurstsUnsettledMax) settle();
    return worked;
  }

  void drain() noexcept {
    end();
    for (const RxQueue& queue : plan_.queues) drain(queue);
    settle();
  }

  void end() noexcept {
    look_into_all();
    fragments_.end(plan_.tables->current(), instant());
    settle();
  }

  [[nodiscard]] bool is_settled() const noexcept { return bursts_unsettled_ == 0; }

 private:
  void drain(const RxQueue& queue) noexcept {
    for (uint64_t thrown = 0; thrown < queue.waiting_max;) {
      const size_t count = receive(queue);
      if (count == 0) return;
      free_burst(mbufs_.data(), count);
      plan_.account->by_port[queue.port_index].idle.add(count);
      thrown += count;
    }
  }

  size_t receive(const RxQueue& queue) noexcept {
    // Replay: what a message means holds for the very next frame.
    const uint16_t count = plan_.lossless && signals_.concerns() ? 1 : kBurst;
    if (queue.ring != nullptr) return queue.ring->take(mbufs_.data(), count);
    return rte_eth_rx_burst(queue.port_id, queue.queue, mbufs_.data(), count);
  }

  bool poll(size_t index) noexcept {
    const RxQueue& queue = plan_.queues[index];
    if (plan_.lossless && (is_held_up() || pace_.holds_up(clock_.now(), received_))) return false;
    const LegalTime asked = plan_.bindings.empty() ? LegalTime() : clock_.now();
    size_t count = receive(queue);
    const LegalTime emptied = ages_[index].emptied();
    ages_[index].took(asked, count);
    if (count == 0) return false;
    if (!queue.in_caches) prefetch(count);
    const auto [candidates, bytes] = prefilter(index, count);
    received_ += count;
    unsettled_[index].frames += count;
    unsettled_[index].bytes += bytes;
    ++bursts_unsettled_;
    if (candidates != 0) set_aside(index, candidates, emptied);
    const bool follows_time = fragments_.busy();
    const PacketTime last = follows_time ? arrival_of_last(index, candidates, count) : PacketTime();
    count = leave_others(mbufs_, count, candidates);
    if (count != 0) free_burst(mbufs_.data(), count);
    plan_.account->packets.unmatched.add(count);
    // Replay has room for one burst; and what waits for fragments is given up by the time of what was looked into.
    if (plan_.lossless || follows_time) [[unlikely]]
      look_into(index);
    if (follows_time) [[unlikely]]
      fragments_.passed(index, last);
    return true;
  }

  // What concerns anybody's target, or a session lcore.
  Prefiltered prefilter(size_t index, size_t count) noexcept {
    const auto frame_at = [mbufs = mbufs_.data()](size_t i) {
      const rte_mbuf& frame = *mbufs[i];
      return FrameView{rte_pktmbuf_mtod(&frame, const uint8_t*), frame.data_len, frame.pkt_len};
    };
    const TargetTable& targets = *plan_.tables->current().targets;
    Prefiltered filtered = prefilter_burst(count, prefilters_[index], targets, frame_at);
    for (const BindingTable* const table : plan_.bindings)
      filtered.candidates |= prefilter_burst(count, prefilters_[index], table->current(), frame_at).candidates;
    return filtered;
  }

  void set_aside(size_t index, uint32_t candidates, LegalTime emptied) noexcept {
    // Everybody's: of a conversation by two queues, neither is looked into long before the other.
    if (!candidates_[index].has_room_for(candidates)) look_into_all();
    candidates_[index].add(mbufs_, candidates, arrivals_[index], instant(), emptied);
  }

  // Of a burst whose candidates were set aside. Theirs were asked for, and a stamp that is refused counts once.
  PacketTime arrival_of_last(size_t index, uint32_t candidates, size_t count) noexcept {
    const Candidates& kept = candidates_[index];
    if ((candidates >> (count - 1) & 1) != 0) return kept.arrival[kept.count - 1];
    arrivals_[index].begin_burst(instant().now);
    return arrivals_[index].of(*mbufs_[count - 1], count - 1);
  }

  // Replay: what is received must find room.
  bool is_held_up() noexcept {
    return fragments_.is_held_up() || !writer_.has_room_for_burst(burst_bytes_) ||
           !signals_.has_room_for_burst(plan_.frame_bytes_max) || !signals_.is_in_force();
  }

  // Shows the encoders what was copied, and then everybody what was received: who sees that a packet was received finds
  // what was copied of it in the rings.
  void settle() noexcept {
    look_into_all();
    const LegalTime latest = instant().latest;
    writer_.publish();
    writer_.passed(latest);
    signals_.publish();
    signals_.passed(latest);
    std::atomic_thread_fence(std::memory_order_release);
    for (size_t i = 0; i < unsettled_.size(); ++i) {
      RxPortAccount& account = plan_.account->by_port[plan_.queues[i].port_index];
      account.received_bytes.add(unsettled_[i].bytes);
      account.received.add(unsettled_[i].frames);
      unsettled_[i] = {};
    }
    bursts_unsettled_ = 0;
  }

  LegalInstant instant() noexcept {
    const LegalTime now = clock_.now();
    return {now, window_time(now)};
  }

  // The host's clock may be set back; by that a window must not last longer, nor open again when it has ended.
  LegalTime window_time(LegalTime now) noexcept {
    return window_ = std::max(window_, LegalTime{now.unix_ns + clock_.set_back_ns()});
  }

  void prefetch(size_t count) noexcept {
    for (size_t i = 0; i < count; ++i) rte_prefetch0(rte_pktmbuf_mtod(mbufs_[i], const void*));
  }

  void look_into_all() noexcept {
    for (size_t index = 0; index < candidates_.size(); ++index) look_into(index);
  }

  // Parses and classifies the candidates of a queue, hands over what matched, and frees them. By the tables that are
  // current now: of what the filter of older ones let through, the newer ones judge.
  void look_into(size_t index) noexcept {
    Candidates& candidates = candidates_[index];
    if (candidates.count == 0) return;
    const RxQueue& queue = plan_.queues[index];
    const RxTables& tables = plan_.tables->current();
    batch_.count = 0;
    batch_.port = queue.port_index;
    for (size_t i = 0; i < candidates.count; ++i) add_candidate(*candidates.frames[i], candidates.arrival[i]);
    parse_batch(batch_, plan_.frame_bytes_max, queue.trust);
    if (signals_.concerns()) signals_.see(batch_, frames_);
    const bool follows_fragments = ports_matter(tables);
    const uint32_t missing = follows_fragments ? fragments_.see(batch_) : 0;
    const bool has_flows = !tables.flows->empty();
    if (has_flows) ask_flows(batch_, *tables.flows, lookup_);
    prefetch_rules(batch_, *tables.targets);
    matches_.clear();
    for (size_t i = 0; i < batch_.count; ++i) {
      const LegalInstant arrival(arrivals_[index].legal_time_of(batch_.arrival[i]), candidates.latest[i]);
      classify_frame(batch_, i, *tables.targets, arrival, matches_);
      // A frame that may have waited since before its address was bound is not its new holder's.
      const LegalInstant surely(std::min(arrival.now, candidates.earliest[i]), candidates.latest[i]);
      for (const BindingTable* const table : plan_.bindings)
        classify_frame(batch_, i, table->current(), surely, matches_);
      if (has_flows) classify_flows(batch_, i, *tables.flows, lookup_, arrival, matches_);
      if (tables.targets->kinds().frames) classify_whole_frame(batch_, i, *tables.targets, arrival, matches_);
      if (NotIpCounter::concerns(*tables.targets)) not_ip_.count(batch_, i, *tables.targets, arrival);
      matches_.end_frame(i);
      for (const TaskMatch& task : matches_.tasks(i)) writer_.prefetch(task.slot);
    }
    const uint32_t unmatched = hand_over(queue, tables.targets->filters());
    HeldFrames held;  // nobody knows yet
    if (fragments_.has_work(missing)) [[unlikely]] {
      held = fragments_.follow(
          {.batch = batch_, .frames = frames_, .queue = index, .missing = missing, .unmatched = unmatched}, tables,
          instant());
    }
    plan_.account->packets.unmatched.add(static_cast<uint64_t>(std::popcount(unmatched)) - held.frames);
    unsettled_[index].frames -= held.frames;
    unsettled_[index].bytes -= held.bytes;
    free_burst(candidates.frames.data(), candidates.count);
    candidates.count = 0;
  }

  void add_candidate(const rte_mbuf& frame, PacketTime arrival) noexcept {
    const size_t at = batch_.count++;
    frames_[at] = &frame;
    batch_.header[at] = header_of(frame, at);
    batch_.frame_bytes[at] = frame.pkt_len;
    batch_.arrival[at] = arrival;
  }

  // The first segment, or the frame's first octets gathered where a driver cut them.
  Bytes header_of(const rte_mbuf& frame, size_t index) noexcept {
    if (frame.nb_segs == 1 || frame.data_len >= kHeaderBytesMax) {
      return {rte_pktmbuf_mtod(&frame, const uint8_t*), frame.data_len};
    }
    const uint32_t length = std::min<uint32_t>(frame.pkt_len, kHeaderBytesMax);
    const void* const gathered = rte_pktmbuf_read(&frame, 0, length, gathered_[index].data());
    return {static_cast<const uint8_t*>(gathered), length};
  }

  // Copies what matched, which may be a frame that is no packet; a bit for each frame that did not.
  uint32_t hand_over(const RxQueue& queue, const TaskFilters* filters) noexcept {
    uint32_t unmatched = 0;
    for (size_t i = 0; i < batch_.count; ++i) {
      const ParsedFrame& parsed = batch_.parsed[i];
      const std::span<const TaskMatch> tasks = matches_.tasks(i);
      if (parsed.inner_damaged) plan_.account->packets.inner_damaged.add(1);
      if (parsed.too_deep) plan_.account->packets.too_deep.add(1);
      if (tasks.empty() && parsed.result == ParseResult::kDropped) {
        plan_.account->packets.drops.add(parsed.drop);
      } else if (tasks.empty()) {
        unmatched |= uint32_t{1} << i;
      } else if (stages_.concern(queue.port_index, filters)) {
        unmatched |= uint32_t{hand_over_narrowed(i, queue.port_index, tasks, filters) ? 0U : 1U} << i;
      } else {
        copy(i, queue.port_index, tasks, tasks);
      }
    }
    return unmatched;
  }

  // Whether it still counts as matched, or has another fate that is counted here.
  bool hand_over_narrowed(size_t i, uint16_t port, std::span<const TaskMatch> tasks,
                          const TaskFilters* filters) noexcept {
    const NarrowedMatch left = stages_.narrow({.parsed = batch_.parsed[i],
                                               .frame = whole_frame(*frames_[i], linear_),
                                               .port = port,
                                               .arrival = batch_.arrival[i],
                                               .tasks = tasks},
                                              filters);
    switch (left.fate) {
      case MatchFate::kMatched:
        copy(i, port, tasks, left.tasks);
        return true;
      case MatchFate::kExcluded:
        plan_.account->packets.drops.add(PacketDrop::kExcluded);
        return true;
      case MatchFate::kDuplicate:
        plan_.account->packets.drops.add(PacketDrop::kDuplicate);
        return true;
      case MatchFate::kUnmatched:
        break;
    }
    return false;
  }

  // The packet matched `tasks`; `left` get a copy.
  void copy(size_t i, uint16_t port, std::span<const TaskMatch> tasks, std::span<const TaskMatch> left) noexcept {
    RxPacketAccount& account = plan_.account->packets;
    account.matched.add(1);
    if (is_cut(batch_.parsed[i], tasks[0])) account.truncated.add(1);
    if (!left.empty()) writer_.write(*frames_[i], batch_.parsed[i], batch_.arrival[i], port, left);
  }

  const RxPlan& plan_;
  const size_t burst_bytes_ = plan_.burst_bytes();
  MatchWriter writer_;
  FlowLookup lookup_;
  MatchBatch matches_;
  MatchStages stages_;
  FragmentStage fragments_;
  NotIpCounter not_ip_;
  SignalStage signals_;
  std::vector<uint8_t> linear_;            // room for one frame
  std::vector<PrefilterPlan> prefilters_;  // one a queue
  std::vector<ArrivalStamps> arrivals_;    // one a queue
  struct Received {
    uint64_t frames = 0;
    uint64_t bytes = 0;
  };
  std::vector<Received> unsettled_;  // one a queue: since settle()
  uint32_t bursts_unsettled_ = 0;
  BurstClock clock_;
  ReplayPace pace_{plan_.replay_packets_per_s};
  uint64_t received_ = 0;
  LegalTime window_;  // the latest legal time that windows were held against
  std::array<rte_mbuf*, kBurst> mbufs_{};
  std::vector<Candidates> candidates_;            // one a queue
  std::vector<QueueAge> ages_;                    // one a queue; kept where there are bindings
  PacketBatch batch_;                             // of what must be looked into
  std::array<const rte_mbuf*, kBurst> frames_{};  // the batch's
  std::array<std::array<uint8_t, kHeaderBytesMax>, kBurst> gathered_;
};

RxLoop::RxLoop(const RxPlan& plan) : impl_(std::make_unique<Impl>(plan)) {}

RxLoop::~RxLoop() { LICTOR_CHECK(impl_->is_settled()); }

bool RxLoop::run_round() noexcept { return impl_->run_round(); }

bool RxLoop::is_settled() const noexcept { return impl_->is_settled(); }

void RxLoop::drain() noexcept { impl_->drain(); }

void RxLoop::end() noexcept { impl_->end(); }

namespace {

void sleep_untapped(const RxPlan& plan, RxLoop& loop, IdleMember& idle) noexcept {
  loop.drain();
  plan.quiescence->offline(plan.reader);
  idle.sleep();
  plan.quiescence->online(plan.reader);
}

}  // namespace

void run_rx_loop(const RxPlan& plan) noexcept {
  RxLoop loop(plan);
  IdleMember idle(plan.idle, plan.reader, plan.untapped_poll_ms);
  LcoreRest resting({.sleep_us_max = plan.idle_sleep_us_max,
                     .interrupt_wait_ms = plan.interrupt_wait_ms,
                     .interrupt_waits = &plan.account->interrupt_waits,
                     .quiescence = plan.quiescence,
                     .reader = plan.reader},
                    interrupts_of(plan.queues, idle.bell()));
  plan.quiescence->online(plan.reader);
  while (!plan.stop->load(std::memory_order_relaxed)) {
    if (idle.is_untapped()) {
      sleep_untapped(plan, loop, idle);
      continue;
    }
    if (idle.is_called()) {
      loop.drain();
      idle.answer();
    }
    const bool worked = loop.run_round();
    if (loop.is_settled()) plan.quiescence->quiescent(plan.reader);
    if (worked) {
      resting.worked();
    } else {
      rest_after_idle_round(loop, resting);
    }
  }
  loop.end();
  plan.quiescence->offline(plan.reader);
}

}  // namespace lictor

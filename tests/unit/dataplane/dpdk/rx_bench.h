// An rx lcore on a bench: a port that receives what a test puts into a ring, the loop in a thread of its own, and a
// consumer that reads the match rings as an encoder would.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "dataplane/base/check.h"
#include "dataplane/dpdk/port.h"
#include "dataplane/match_writer.h"
#include "dataplane/packet/target_table_builder.h"
#include "dataplane/rx_loop.h"
#include "tests/unit/dataplane/dpdk/ring_port.h"

namespace lictor {

constexpr uint32_t kFrameBytesMax = 9728;

struct TakenRecord {
  MatchRecordHeader header;
  std::vector<MatchedTask> tasks;
  Octets frame;
};

// As a session lcore would take it.
struct TakenSignal {
  SignalRecordHeader header;
  Octets frame;
  Octets message;
};

struct RxBenchPlan {
  size_t encoders = 1;
  size_t ring_bytes = 1 << 20;
  uint32_t tasks_max = 512;
  bool lossless = false;
  bool open = true;
  ArrivalPlan arrival;
  FrameRing* ring = nullptr;  // received from instead of the port
  bool sleeps_untapped = false;
  uint32_t untapped_poll_ms = 0;
  uint32_t waiting_max = 4096;
  MatchStagesPlan stages;
  FragmentLimits fragments;
  EncapsulationTrust trust;
  std::optional<uint16_t> live_port;  // DPDK's, with receive interrupts: received from instead of the bench's own
  uint32_t interrupt_wait_ms = 0;
  std::shared_ptr<const SignalSources> signals;
  size_t signal_ring_bytes = 1 << 20;
};

class RxBench {
 public:
  explicit RxBench(RxBenchPlan plan = {});
  ~RxBench() { stop(); }
  RxBench(const RxBench&) = delete;
  RxBench& operator=(const RxBench&) = delete;

  void publish(const std::vector<TargetRule>& rules) { tables_->publish(*RxTables::build(rules, {})); }

  void publish(const std::vector<TargetRule>& rules, std::shared_ptr<const TaskFilters> filters) {
    TargetTableBuilder builder;
    for (const TargetRule& rule : rules) builder.add(rule);
    builder.attach(std::move(filters));
    tables_->publish(std::make_unique<const RxTables>(RxTables{builder.build(), std::make_shared<const FlowTable>()}));
  }

  // For a loop that a test turns by hand.
  [[nodiscard]] const RxPlan& plan() const { return plan_; }

  void start() {
    thread_ = std::thread([this] { run_rx_loop(plan_); });
  }
  void stop() {
    stop_.store(true);
    gate_->ring_all();
    if (thread_.joinable()) thread_.join();
  }
  void open() { open_.store(true); }
  IdleGate& gate() { return *gate_; }
  [[nodiscard]] const RingPort& port() const { return port_; }

  // As RingPort::send.
  void send(const Octets& frame, size_t segment_bytes = 2000) { port_.send(frame, segment_bytes); }
  void send_stamped(const Octets& frame, uint64_t stamp) { port_.send(frame, 2000, stamp); }

  // Returns when `count` frames have been received in all and handed over.
  void wait_received(uint64_t count) {
    while (received() < count) std::this_thread::yield();
    std::atomic_thread_fence(std::memory_order_acquire);
  }

  // What a session lcore publishes.
  BindingTable& bindings() { return *bindings_; }
  std::vector<TakenSignal> take_signals();
  [[nodiscard]] const RxSignalAccount& signals() const { return account_.signals; }
  [[nodiscard]] LegalTime signals_passed() const { return signal_ring_.passed_until(); }

  // Takes all records that are there out of a ring.
  std::vector<TakenRecord> take(size_t encoder = 0) {
    std::vector<TakenRecord> records;
    Bytes bytes = rings_[encoder]->bytes->readable();
    const size_t all = bytes.size();
    while (!bytes.empty()) {
      TakenRecord record{};
      std::memcpy(&record.header, bytes.data(), sizeof(record.header));
      record.tasks.resize(record.header.task_count);
      const uint8_t* const tasks = bytes.data() + sizeof(record.header);
      std::memcpy(record.tasks.data(), tasks, record.tasks.size() * sizeof(MatchedTask));
      const uint8_t* const frame = tasks + record.tasks.size() * sizeof(MatchedTask);
      record.frame.assign(frame, frame + record.header.frame_bytes);
      EXPECT_EQ(record.header.record_bytes, match_record_bytes(record.tasks.size(), record.frame.size()));
      bytes = bytes.subspan(record.header.record_bytes);
      records.push_back(std::move(record));
    }
    rings_[encoder]->bytes->release(all);
    return records;
  }

  [[nodiscard]] uint64_t received() const { return account_.by_port[0].received.get(); }
  [[nodiscard]] uint64_t received_bytes() const { return account_.by_port[0].received_bytes.get(); }
  [[nodiscard]] uint64_t idle() const { return account_.by_port[0].idle.get(); }
  [[nodiscard]] uint64_t stamps_refused() const { return account_.by_port[0].stamps_refused.get(); }
  [[nodiscard]] const RxPacketAccount& packets() const { return account_.packets; }
  [[nodiscard]] uint64_t interrupt_waits() const { return account_.interrupt_waits.get(); }
  [[nodiscard]] const FragmentAccount& fragments() const { return account_.stages.fragments; }
  [[nodiscard]] const RxTaskAccount& task(uint32_t slot) const { return account_.tasks[slot]; }
  [[nodiscard]] LegalTime passed(size_t encoder = 0) const { return rings_[encoder]->passed_until(); }
  [[nodiscard]] unsigned buffers_in_use() const { return port_.buffers_in_use(); }

  // Every packet has exactly one fate, every (packet, task) pair too.
  void expect_sums(uint64_t copies) const {
    EXPECT_EQ(received(), packets().unmatched.get() + packets().matched.get() + packets().drops.total());
    uint64_t matched = 0;
    uint64_t dropped = 0;
    for (const RxTaskAccount& task : account_.tasks) {
      matched += task.matched.get();
      dropped += task.dropped.total();
    }
    EXPECT_EQ(matched, copies + dropped);
  }

 private:
  RingPort port_;
  std::unique_ptr<Quiescence> quiescence_;
  std::unique_ptr<LiveTable<RxTables>> tables_;
  std::unique_ptr<BindingTable> bindings_;
  MatchRing signal_ring_;
  Nap session_nap_;
  std::unique_ptr<IdleGate> gate_;
  std::vector<std::unique_ptr<MatchRing>> rings_;
  RxAccount account_;
  std::atomic<bool> open_;
  std::atomic<bool> stop_{false};
  RxPlan plan_;
  std::thread thread_;
};

// A rule for one host, at all times and everywhere.
inline TargetRule host_rule(uint32_t slot, const Octets& address = Ipv4Fields{}.source) {
  return {.prefix = *IpPrefix::make(address, static_cast<uint32_t>(address.size() * 8)),
          .slot = TaskSlot{slot},
          .start = {0},
          .stop = {INT64_MAX}};
}

// A frame of the target, whose payload is `number` and `bytes` octets in all.
inline Octets target_frame(uint8_t number, size_t bytes = 32) {
  Octets payload = udp(bytes);
  payload.back() = number;
  return ethernet(kIpv4Type, ipv4({}, payload));
}

inline Octets foreign_frame() { return ethernet(kIpv4Type, ipv4({.source = {203, 0, 113, 1}}, udp())); }

}  // namespace lictor

// One run of the receive path, from a stage to all of it, until it is told to end: a port, tables, one lcore that
// receives and one for what follows. What interactive and batch mode start and stop. Main thread.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/dpdk/eal.h"
#include "perf/loop.h"
#include "perf/product_loop.h"
#include "perf/rule_sets.h"
#include "perf/stage_loop.h"
#include "perf/tail.h"
#include "perf/tail_thread.h"
#include "perf/test_port.h"

namespace lictor::perf {

// How far a packet goes.
enum class Mode : uint8_t {
  kReference,  // received and freed one by one, as testpmd's rxonly does
  kReceive,    // received and freed by the burst
  kPrefilter,  // and looked at for who may be concerned
  kParse,      // and parsed, all of them
  kClassify,   // and classified, all of them
  kCopy,       // the product's receive loop; copies are read and forgotten
  kEncode,     // records are encoded and forgotten
  kFull,       // records are delivered over TCP on the loopback interface
};
constexpr std::string_view kModeNames[] = {"reference", "receive", "prefilter", "parse",
                                           "classify",  "copy",    "encode",    "full"};
std::optional<Mode> mode_of(std::string_view name);
constexpr std::string_view name_of(Mode mode) { return kModeNames[static_cast<size_t>(mode)]; }

enum class Source : uint8_t { kRing, kCapture };

struct SessionPlan {
  Mode mode = Mode::kFull;
  Source source = Source::kRing;
  std::string capture;           // a file whose frames are offered; empty: `traffic` is made
  uint32_t capture_targets = 0;  // how many of the capture's sources match
  TrafficPlan traffic;
  RuleSetPlan rules;
  uint32_t idle_sleep_us_max = 200;
};

struct SessionTotals {
  int64_t wall_ns = 0;  // since the start
  PortTotals port;
  uint64_t received = 0;  // by the loop
  uint64_t dropped = 0;   // by the parser
  uint64_t matched = 0;
  uint64_t unmatched = 0;
  uint64_t copies = 0;       // (packet, task) pairs
  uint64_t copies_lost = 0;  // of these: the ring was full
  TailTotals tail;
  int64_t buffers_missing = 0;
};

// Each sum of DESIGN 6.2 that does not hold, in words. Of a session that has ended.
std::vector<std::string> broken_sums(Mode mode, const SessionTotals& totals);

class Session {
 public:
  // Opens the port and starts the lcores. InvalidArgument names what the plan lacks.
  static Result<std::unique_ptr<Session>> start(const SessionPlan& plan);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] SessionTotals totals() const;
  // Ends receiving, lets what was copied go its way, and says what became of everything.
  SessionTotals stop();

 private:
  explicit Session(const SessionPlan& plan) : plan_(plan) {}
  Status open();
  Status make_loop(const Traffic& traffic);
  Status make_tail(const Traffic& traffic);
  Status launch();
  void run_loop() noexcept;
  void end();

  const SessionPlan plan_;
  std::unique_ptr<TestPort> port_;
  std::unique_ptr<const TargetTable> table_;  // of kClassify
  std::unique_ptr<Loop> loop_;
  const StageLoop* stages_ = nullptr;  // loop_, where it is one
  ProductLoop* product_ = nullptr;     // loop_, where it is one
  std::unique_ptr<Tail> tail_;         // from kCopy on
  std::atomic<bool> stop_receiving_{false};
  int64_t started_ns_ = 0;
  bool ended_ = false;
  std::unique_ptr<TailThread> tail_thread_;
  std::unique_ptr<LcoreThread> loop_thread_;
};

}  // namespace lictor::perf

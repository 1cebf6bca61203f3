#include "perf/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "dataplane/base/clock.h"
#include "perf/capture_traffic.h"
#include "perf/copy_tail.h"
#include "perf/encode_tail.h"
#include "perf/environment.h"
#include "perf/reference_loop.h"
#include "perf/rest.h"

namespace lictor::perf {
namespace {

LastStage stage_of(Mode mode) {
  switch (mode) {
    case Mode::kReceive:
      return LastStage::kReceive;
    case Mode::kPrefilter:
      return LastStage::kPrefilter;
    case Mode::kParse:
      return LastStage::kParse;
    default:
      return LastStage::kClassify;
  }
}

std::vector<TaskSlot> slots_of(const std::vector<TargetRule>& rules) {
  std::vector<TaskSlot> slots;
  for (const TargetRule& rule : rules) slots.push_back(rule.slot);
  std::ranges::sort(slots);
  slots.erase(std::ranges::unique(slots).begin(), slots.end());
  return slots;
}

}  // namespace

std::optional<Mode> mode_of(std::string_view name) {
  const auto* const found = std::ranges::find(kModeNames, name);
  if (found == std::end(kModeNames)) return std::nullopt;
  return static_cast<Mode>(found - std::begin(kModeNames));
}

std::vector<std::string> broken_sums(Mode mode, const SessionTotals& totals) {
  std::vector<std::string> broken;
  const auto expect = [&broken](std::string_view what, uint64_t left, uint64_t right) {
    if (left != right) broken.push_back(fmt::format("{}: {} and {}", what, left, right));
  };
  expect("offered == received + lost", totals.port.offered(), totals.received + totals.port.lost());
  if (totals.buffers_missing != 0) broken.push_back(fmt::format("{} buffers were not freed", totals.buffers_missing));
  if (mode >= Mode::kClassify) {
    expect("received == unmatched + matched + dropped", totals.received,
           totals.unmatched + totals.matched + totals.dropped);
  }
  if (mode >= Mode::kCopy) {
    const TailTotals& tail = totals.tail;
    expect("copies == taken + lost", totals.copies, tail.copies + totals.copies_lost);
    expect("taken + events == appended + record drops", tail.copies + tail.events, tail.appended + tail.record_drops);
    expect("appended == delivered + given up + waiting", tail.appended, tail.delivered + tail.given_up + tail.waiting);
  }
  return broken;
}

Result<std::unique_ptr<Session>> Session::start(const SessionPlan& plan) {
  std::unique_ptr<Session> session(new Session(plan));
  if (Status status = session->open(); !status.ok()) return status;
  if (Status status = session->launch(); !status.ok()) return status;
  return session;
}

Session::~Session() { end(); }

Status Session::open() {
  if (Status status = check(plan_.traffic); !status.ok()) return status;
  const Result<Traffic> traffic = plan_.capture.empty() ? Result<Traffic>(Traffic(plan_.traffic))
                                                        : load_capture(plan_.capture, plan_.capture_targets);
  if (!traffic.ok()) return traffic.status();
  Result<std::unique_ptr<TestPort>> port =
      plan_.source == Source::kRing ? TestPort::open_ring(*traffic) : TestPort::open_capture(*traffic);
  if (!port.ok()) return port.status();
  port_ = *std::move(port);
  if (Status status = make_loop(*traffic); !status.ok()) return status;
  return plan_.mode >= Mode::kCopy ? make_tail(*traffic) : absl::OkStatus();
}

Status Session::make_loop(const Traffic& traffic) {
  std::vector<TargetRule> rules = make_rules(plan_.rules, traffic);
  append_matching(traffic, rules);
  if (plan_.mode == Mode::kReference) {
    loop_ = std::make_unique<ReferenceLoop>(port_->id());
  } else if (plan_.mode <= Mode::kClassify) {
    table_ = TargetTable::build(rules);
    auto loop = std::make_unique<StageLoop>(StagePlan{.port = port_->id(),
                                                      .frame_bytes_max = port_->frame_bytes_max(),
                                                      .last = stage_of(plan_.mode),
                                                      .targets = table_.get()});
    stages_ = loop.get();
    loop_ = std::move(loop);
  } else {
    Result<std::unique_ptr<ProductLoop>> loop = ProductLoop::make(*port_, tables_of(rules));
    if (!loop.ok()) return loop.status();
    product_ = loop->get();
    loop_ = *std::move(loop);
  }
  return absl::OkStatus();
}

Status Session::make_tail(const Traffic& traffic) {
  if (plan_.mode == Mode::kCopy) {
    tail_ = std::make_unique<CopyTail>(product_->ring());
    return absl::OkStatus();
  }
  std::vector<TargetRule> rules;
  append_matching(traffic, rules);
  Result<std::unique_ptr<EncodeTail>> tail = EncodeTail::make(
      product_->ring(), slots_of(rules), plan_.mode == Mode::kFull ? Delivery::kOverTcp : Delivery::kForgotten);
  if (!tail.ok()) return tail.status();
  tail_ = *std::move(tail);
  return absl::OkStatus();
}

Status Session::launch() {
  started_ns_ = socket_now().ns;
  if (tail_ != nullptr) {
    tail_thread_ = std::make_unique<TailThread>(*tail_, plan_.idle_sleep_us_max);
    if (Status status = tail_thread_->start(); !status.ok()) return status;
  }
  Result<std::unique_ptr<LcoreThread>> loop = LcoreThread::launch(kRxLcore, [this] { run_loop(); });
  if (!loop.ok()) return loop.status();
  loop_thread_ = *std::move(loop);
  return absl::OkStatus();
}

void Session::run_loop() noexcept {
  IdleBackoff backoff(plan_.idle_sleep_us_max);
  loop_->enter();
  while (!stop_receiving_.load(std::memory_order_relaxed)) {
    if (loop_->round()) {
      backoff.worked();
    } else {
      rest(backoff);
    }
  }
  loop_->leave();
}

SessionTotals Session::totals() const {
  SessionTotals totals{.wall_ns = socket_now().ns - started_ns_,
                       .port = port_->totals(),
                       .received = loop_->received(),
                       .buffers_missing = port_->buffers_missing()};
  if (stages_ != nullptr) {
    totals.dropped = stages_->dropped();
    totals.matched = stages_->matched();
    totals.unmatched = stages_->unmatched();
  }
  if (product_ != nullptr) {
    totals.dropped = product_->dropped();
    totals.matched = product_->matched();
    totals.unmatched = product_->unmatched();
    totals.copies = product_->copies();
    totals.copies_lost = product_->copies_lost();
    totals.tail = tail_->totals();
  }
  return totals;
}

void Session::end() {
  if (std::exchange(ended_, true)) return;
  stop_receiving_.store(true, std::memory_order_release);
  loop_thread_.reset();
  tail_thread_.reset();
  if (tail_ != nullptr) tail_->close();
}

SessionTotals Session::stop() {
  end();
  return totals();
}

}  // namespace lictor::perf

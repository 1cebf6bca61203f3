#include "perf/changed_loop.h"

#include <rte_pause.h>

#include <algorithm>
#include <ctime>

#include "dataplane/base/clock.h"
#include "perf/environment.h"
#include "perf/rule_sets.h"
#include "perf/windows.h"

namespace lictor::perf {
namespace {

constexpr uint32_t kRules = 4096;  // that come and go
constexpr auto kPeriodNs = static_cast<int64_t>(1e9 / TableChanger::kChangesPerSecond);

void sleep_until(int64_t socket_ns) {
  const timespec until{.tv_sec = socket_ns / kNanosecondsPerSecond, .tv_nsec = socket_ns % kNanosecondsPerSecond};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

}  // namespace

TableChanger::TableChanger(LiveTable<RxTables>& tables, TargetTableBuilder& builder, const Traffic& traffic)
    : tables_(tables),
      builder_(builder),
      rules_(
          make_rules({.ipv4_hosts = kRules, .ipv6_hosts = 0, .prefixes = 0, .five_tuples = 0, .seed = 11}, traffic)) {}

Status TableChanger::start() {
  Result<std::unique_ptr<LcoreThread>> thread = LcoreThread::launch(kOtherLcore, [this] { run(); });
  if (!thread.ok()) return thread.status();
  thread_ = *std::move(thread);
  return absl::OkStatus();
}

void TableChanger::work() noexcept {
  const uint64_t published = published_.load(std::memory_order_acquire);
  working_.store(true, std::memory_order_release);
  while (published_.load(std::memory_order_acquire) == published) rte_pause();
}

void TableChanger::rest() noexcept {
  rested_ns_.store(socket_now().ns, std::memory_order_relaxed);
  working_.store(false, std::memory_order_release);
}

void TableChanger::run() noexcept {
  int64_t next_ns = 0;
  int64_t since_ns = 0;
  while (!stop_.load(std::memory_order_acquire)) {
    const int64_t now_ns = socket_now().ns;
    if (!working_.load(std::memory_order_acquire)) {
      if (since_ns != 0) worked_ns_ += rested_ns_.load(std::memory_order_relaxed) - since_ns;
      since_ns = next_ns = 0;
      sleep_until(now_ns + kPeriodNs / 4);
      continue;
    }
    if (since_ns == 0) since_ns = next_ns = now_ns;
    if (now_ns < next_ns) {
      sleep_until(next_ns);
      continue;
    }
    change();
    // What was missed while others had this core is made up for: the rate is what counts.
    next_ns += kPeriodNs;
  }
}

// A rule goes in, 64 changes later it goes out again.
void TableChanger::change() noexcept {
  constexpr uint64_t kStay = 64;
  const int64_t before_ns = socket_now().ns;
  const uint64_t turn = next_++;
  if (turn % 2 == 0 || turn < kStay) {
    builder_.add(rules_[turn % rules_.size()]);
  } else {
    const TargetRule& rule = rules_[(turn - kStay + 1) % rules_.size()];
    builder_.remove(rule.slot, std::span(&rule, 1));
  }
  tables_.publish(std::make_unique<const RxTables>(RxTables{builder_.build(), tables_.current().flows}));
  took_us_.push_back(static_cast<double>(socket_now().ns - before_ns) / 1e3);
  published_.fetch_add(1, std::memory_order_release);
}

TableChanger::Done TableChanger::stop() {
  stop_.store(true, std::memory_order_release);
  thread_.reset();
  if (took_us_.empty() || worked_ns_ == 0) return {};
  return {.changes = took_us_.size(),
          .per_second = static_cast<double>(took_us_.size()) * 1e9 / static_cast<double>(worked_ns_),
          .median_us = spread_of(took_us_).median};
}

}  // namespace lictor::perf

// The sessions' share of a round: reports of the session lcores on their way to their tasks, and copies that have
// waited long enough for them.
#include <algorithm>

#include "dataplane/base/check.h"
#include "encoders/encode/encode_loop.h"

namespace lictor {

// All that was reported before a session lcore's *passed* time is taken then.
bool EncodeLoop::take_reports(LegalTime now) {
  bool busy = false;
  reported_until_ = {INT64_MAX};
  for (ReportRing* const ring : plan_.reports) {
    const LegalTime passed = ring->passed_until();  // before readable(): see ReportRing
    const Bytes octets = ring->bytes->readable();
    reported_until_ = std::min(reported_until_, passed);
    for (Bytes rest = octets; !rest.empty();) {
      SessionReport report;
      SessionReportParts parts;
      const size_t bytes = read_session_report(rest, report, parts);
      rest = rest.subspan(bytes);
      if (report.call) report.heard = ring->clocks.at(report.call->clock);
      statistics_.reports.add(1);
      const uint32_t slot = index_of(report.slot);
      TaskRunner* const runner = slot < runners_.size() ? runners_[slot].get() : nullptr;
      if (runner == nullptr || !runner->report(report, now)) {
        statistics_.reports_refused.add(1);
        continue;
      }
      due_ = std::min(due_, runner->due());
    }
    ring->bytes->release(octets.size());
    busy = busy || !octets.empty();
  }
  return busy;
}

bool EncodeLoop::settle_copies(LegalTime now) {
  bool busy = false;
  size_t unpublished = 0;
  while (held_ != nullptr) {
    const std::optional<HeldCopy> held = held_->settled(reported_until_, now, plan_.settling_ns);
    if (!held) break;
    TaskRunner& runner = *runners_[index_of(held->slot)];
    const bool done = runner.settle(*held, mode_, now);
    due_ = std::min(due_, runner.due());
    mark_dirty(runner.hi3());
    mark_dirty(runner.hi2());
    if (!done) {
      statistics_.holds.add(1);
      break;
    }
    held_->pop();
    busy = true;
    if (++unpublished % kPublishEvery == 0) publish();
  }
  return busy;
}

}  // namespace lictor

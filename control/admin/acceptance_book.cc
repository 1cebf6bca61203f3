#include "control/admin/acceptance_book.h"

#include <algorithm>
#include <utility>

#include "control/registry/time_text.h"

namespace lictor::control {

AcceptanceBook::Run* AcceptanceBook::find(const std::string& id) {
  const auto found = std::find_if(runs_.begin(), runs_.end(), [&](const Run& run) { return run.protocol.id() == id; });
  return found == runs_.end() ? nullptr : &*found;
}

AcceptanceBook::Run* AcceptanceBook::running_towards(const std::string& agency_id) {
  const auto found = std::find_if(runs_.begin(), runs_.end(), [&](const Run& run) {
    return run.is_running() && run.protocol.agency_id() == agency_id;
  });
  return found == runs_.end() ? nullptr : &*found;
}

bool AcceptanceBook::add(Run run) {
  if (runs_.size() >= kRunsMax) {
    const auto ended = std::find_if(runs_.begin(), runs_.end(), [](const Run& known) { return !known.is_running(); });
    if (ended == runs_.end()) return false;
    runs_.erase(ended);
  }
  runs_.push_back(std::move(run));
  return true;
}

void AcceptanceBook::report(const std::string& network_element_id, v1::AcceptanceReport report, LegalTime now,
                            SocketTime socket) {
  report.DiscardUnknownFields();
  Run* const run = find(report.id());
  if (run == nullptr || !run->is_running() || run->protocol.network_element_id() != network_element_id) return;
  if (report.ByteSizeLong() > kReportBytesMax || !v1::AcceptanceState_IsValid(report.state()) ||
      report.state() == v1::ACCEPTANCE_STATE_UNSPECIFIED)
    return;
  v1::AcceptanceProtocol& protocol = run->protocol;
  protocol.set_state(report.state());
  protocol.set_reason(report.reason());
  protocol.mutable_steps()->Swap(report.mutable_steps());
  protocol.mutable_interfaces()->Swap(report.mutable_interfaces());
  run->silent_until = {socket.ns + run->silence_ns};
  if (!run->is_running()) protocol.set_ended(format_time(now));
}

void AcceptanceBook::stop(Run& run, const std::string& reason, LegalTime now) {
  run.protocol.set_state(v1::ACCEPTANCE_STATE_STOPPED);
  run.protocol.set_reason(reason);
  run.protocol.set_ended(format_time(now));
}

void AcceptanceBook::dataplane_left(const std::string& network_element_id, LegalTime now) {
  for (Run& run : runs_)
    if (run.is_running() && run.protocol.network_element_id() == network_element_id)
      stop(run, "the dataplane is not attached any more", now);
}

void AcceptanceBook::expire(LegalTime now, SocketTime socket) {
  for (Run& run : runs_)
    if (run.is_running() && socket >= run.silent_until) stop(run, "the dataplane does not report", now);
}

}  // namespace lictor::control

// What happens by time alone: windows end, waits end, dataplanes stay away, alarms are written.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "control/admin/act.h"
#include "control/admin/administration.h"

namespace lictor::control {
namespace {

// The legal clock may be stepped: it is looked at this often at least.
constexpr int64_t kTickNsMax = kNanosecondsPerSecond;

}  // namespace

int64_t Administration::tick() {
  account_.tick();
  Act act(*this);
  const LegalTime now = options_.legal_clock();
  const SocketTime socket_now = options_.socket_clock();
  acknowledgements_.expire(socket_now);
  acceptances_.expire(now, socket_now);
  watch_clock(now, socket_now);
  expire_warrants(act, now);
  tell_withheld(act, now);
  report_missing(socket_now);
  sweep_keys(now, socket_now);
  sweep_personal(act, now, socket_now);
  watch_certificates(now);
  watch_approvers(now);
  watch_system_calls(now);
  watch_room(socket_now);
  write_alarms();
  return until_next_due(now);
}

// Once: who goes later is reported when it goes.
void Administration::report_missing(SocketTime socket_now) {
  if (missing_reported_ || socket_now.ns - started_.ns <= kReattachGraceNs) return;
  missing_reported_ = true;
  for (const auto& [id, element] : book_->elements())
    if (!element.attached) report_absence(id, true);
}

// A store that cannot be written (a full disk) is tried again once in kTickNsMax. Only the first failure is logged.
void Administration::expire_warrants(Act& act, LegalTime now) {
  const SocketTime socket_now = options_.socket_clock();
  const bool failed_before = expiry_retry_.ns != 0;
  if (failed_before && socket_now.ns < expiry_retry_.ns) return;
  const Status status = expire_due(act, now);
  expiry_retry_ = {status.ok() ? 0 : socket_now.ns + kTickNsMax};
  if (!status.ok() && !failed_before)
    spdlog::error("warrants that are over cannot be closed yet: {}", std::string(status.message()));
  if (status.ok() && failed_before) spdlog::info("warrants that are over can be closed again");
}

// The first failure, after all were tried.
Status Administration::expire_due(Act& act, LegalTime now) {
  std::vector<std::string> due;
  for (const auto& [end, id] : registry_->ends()) {
    if (end + kExpiryGraceNs > now.unix_ns) break;
    due.push_back(id);
  }
  Status first;
  for (const std::string& id : due) {
    act.deed() = {.action = "warrant.expire", .object = id, .room = Room::kKeptBack};
    first.Update(close(act, id, v1::WARRANT_STATE_EXPIRED, nullptr));
  }
  return first;
}

void Administration::write_alarms() {
  enter_alarms();
  if (options_.reserve != nullptr && options_.reserve->is_given_up()) return;  // what room there is has another use
  const std::vector<Write> writes = alarms_->writes();
  if (writes.empty()) return;
  const Result<uint64_t> revision = store_.commit(writes);
  if (revision.ok()) alarms_->written();
  if (!revision.ok() && !alarms_unwritten_)
    spdlog::error("alarms cannot be stored yet: {}", std::string(revision.status().message()));
  if (revision.ok() && alarms_unwritten_) spdlog::info("alarms can be stored again");
  alarms_unwritten_ = !revision.ok();
}

int64_t Administration::until_next_due(LegalTime now) const {
  int64_t next = kTickNsMax;
  if (expiry_retry_.ns == 0 && !registry_->ends().empty())  // else what is due is tried again with the next tick
    next = std::min(next, registry_->ends().begin()->first + kExpiryGraceNs - now.unix_ns);
  const SocketTime deadline = acknowledgements_.next_deadline();
  if (deadline.ns != INT64_MAX) next = std::min(next, deadline.ns - options_.socket_clock().ns);
  // What could not be done is not tried in a tight loop.
  return std::max<int64_t>(next, kNanosecondsPerSecond / 100);
}

void Administration::stop() {
  Act act(*this);
  stopped_ = true;
  acknowledgements_.expire_all();
  while (!sessions_.empty()) leave(act, sessions_.begin()->first);
  write_alarms();
}

}  // namespace lictor::control

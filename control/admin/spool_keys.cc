// The life of the spools' keys: made when a task is told (fleet/book), erased when nothing of it is left anywhere, when
// its order is annulled, or when it is too old.
#include <spdlog/spdlog.h>

#include "control/admin/administration.h"
#include "control/registry/uuid.h"

namespace lictor::control {
namespace {

constexpr int64_t kSweepEveryNs = 3600 * kNanosecondsPerSecond;

v1::Alarm key_alarm(const std::string& xid) {
  v1::Alarm alarm;
  alarm.set_code("spool_key");
  alarm.set_severity(v1::ALARM_SEVERITY_CRITICAL);
  if (const Result<Xid> parsed = parse_uuid(xid); parsed.ok())
    alarm.set_xid(parsed->octets.data(), parsed->octets.size());
  return alarm;
}

}  // namespace

void Administration::erase_key(const std::string& xid) {
  if (options_.keys == nullptr || !options_.keys->has(xid)) return;
  if (const Status status = options_.keys->erase(xid); !status.ok()) {
    spdlog::error("the key of task {} could not be erased: {}", xid, std::string(status.message()));
    report_key(xid, "its key could not be erased; it is tried again within the hour");
    return;
  }
  spdlog::info("the key of task {} was erased", xid);
  account_.event({.action = "key.erase", .object = xid}, "ok");
  v1::Alarm alarm = key_alarm(xid);
  alarm.set_cleared_unix_ns(options_.legal_clock().unix_ns);
  if (alarms_->stands(alarm)) alarms_->report(std::move(alarm));
}

void Administration::erase_unused_keys(const std::set<std::string>& xids) {
  if (options_.keys == nullptr) return;
  std::set<std::string> live;
  for (const auto& [id, stored] : registry_->live_warrants())
    live.insert(stored.warrant().xids().begin(), stored.warrant().xids().end());
  for (const std::string& xid : xids)
    if (live.count(xid) == 0 && !book_->is_held(xid)) erase_key(xid);
}

// What no event told of: a crash between an act and its erasure, a dataplane that never came back.
void Administration::sweep_keys(LegalTime now, SocketTime socket_now) {
  if (socket_now < keys_due_ || !may_erase(socket_now)) return;
  keys_due_ = {socket_now.ns + kSweepEveryNs};
  sweep_payload_keys(now);
  if (options_.keys == nullptr) return;
  erase_unused_keys(std::set<std::string>(options_.keys->xids()));
  std::set<std::string> old;
  for (const auto& [id, element] : book_->elements()) {
    for (const auto& [xid, hold] : element.holds) {
      if (!options_.keys->has(xid)) continue;
      const Result<StoredWarrant> warrant = registry_->warrant(hold.warrant_id());
      if (!warrant.ok() || warrant->closed_unix_ns() == 0) continue;
      const bool revoked = warrant->warrant().state() == v1::WARRANT_STATE_REVOKED;
      if (revoked || warrant->closed_unix_ns() + options_.key_age_max_ns < now.unix_ns) old.insert(xid);
    }
  }
  for (const std::string& xid : old) erase_key(xid);
}

// After a store was restored from its backup, or the keys were lost.
void Administration::report_missing_keys() {
  if (options_.keys == nullptr) return;
  for (const auto& [id, element] : book_->elements())
    for (const auto& [xid, hold] : element.holds)
      if (hold.mediation().generation() != 0 && !options_.keys->has(xid))
        report_key(xid,
                   "its key is not here, no backup brings one back: a new one is made, and what a dataplane "
                   "spooled under the old one cannot be delivered after a restart of that dataplane");
}

void Administration::report_key(const std::string& xid, const std::string& text) {
  spdlog::warn("task {}: {}", xid, text);
  v1::Alarm alarm = key_alarm(xid);
  alarm.set_raised_unix_ns(options_.legal_clock().unix_ns);
  alarm.set_text(text);
  alarms_->report(std::move(alarm));
}

}  // namespace lictor::control

// What is kept of a closed warrant, and for how long: when its time is over, what names persons, targets and the order
// is made unreadable for ever, and a tombstone is left. Under the administration's mutex.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <vector>

#include "control/admin/act.h"
#include "control/admin/administration.h"

namespace lictor::control {
namespace {

constexpr int64_t kSweepEveryNs = 3600 * kNanosecondsPerSecond;
// Each is a synced commit: a tick does not keep others waiting for longer than these take.
constexpr size_t kErasedPerTick = 16;

// When, and no more: who it was says the audit log.
v1::WarrantDeed time_of(const v1::WarrantDeed& deed) {
  v1::WarrantDeed left;
  left.set_time_unix_ns(deed.time_unix_ns());
  return left;
}

// What was done to it when, in which state it ended; the hash of the order's document. Nobody's name, and nothing about
// whom it was: what is kept is named here, so that a field that is new is erased.
StoredWarrant tombstone_of(const StoredWarrant& full, LegalTime now) {
  StoredWarrant left;
  left.set_filed_unix_ns(full.filed_unix_ns());
  left.set_activated_unix_ns(full.activated_unix_ns());
  left.set_closed_unix_ns(full.closed_unix_ns());
  left.set_erased_unix_ns(now.unix_ns);
  const v1::Warrant& of = full.warrant();
  v1::Warrant& warrant = *left.mutable_warrant();
  warrant.set_id(of.id());
  warrant.set_agency_id(of.agency_id());
  warrant.set_state(of.state());
  warrant.set_start(of.start());
  warrant.set_end(of.end());
  if (of.has_window()) *warrant.mutable_window() = of.window();
  warrant.set_desk(of.desk());
  warrant.set_purpose(of.purpose());
  warrant.set_order_sha256(of.order_sha256());
  warrant.set_version(of.version());
  *warrant.mutable_xids() = of.xids();
  if (of.has_filed()) *warrant.mutable_filed() = time_of(of.filed());
  if (of.has_submitted()) *warrant.mutable_submitted() = time_of(of.submitted());
  if (of.has_approved()) *warrant.mutable_approved() = time_of(of.approved());
  if (of.has_reduced()) *warrant.mutable_reduced() = time_of(of.reduced());
  if (of.has_reviewed()) *warrant.mutable_reviewed() = time_of(of.reviewed());
  warrant.set_revision(of.revision());
  return left;
}

}  // namespace

std::map<std::string, std::set<std::string>> Administration::tellings_of(const std::string& warrant_id,
                                                                         bool attached_only) const {
  std::map<std::string, std::set<std::string>> xids;
  for (const auto& [id, element] : book_->elements())
    for (const auto& [xid, hold] : element.holds)
      if (hold.warrant_id() == warrant_id && (element.attached || !attached_only)) xids[id].insert(xid);
  return xids;
}

// What is erased never comes back: an age that only a clock in disorder has is none. Windows end all the same.
bool Administration::may_erase(SocketTime socket_now) {
  const bool stepped = stepped_ && socket_now.ns - stepped_->ns < kStepSettleNs;
  const bool trusted = !stepped && (!options_.time.required || options_.time.is_disciplined());
  v1::Alarm alarm;
  alarm.set_code("erasure_waits");
  alarm.set_severity(v1::ALARM_SEVERITY_WARNING);
  report_standing(std::move(alarm), trusted   ? ""
                                    : stepped ? "nothing is erased by its age yet: the daemon's clock was set"
                                              : "nothing is erased by its age: the daemon's clock is not synchronised");
  return trusted;
}

// A warrant that a dataplane was told of, and has not left, is not forgotten: what is delivered needs it. Its turn
// comes when the dataplane is done, an hour later at most. One that is away and does not come back counts only until
// the warrant's keys are too old: nothing of it can be delivered without them.
void Administration::sweep_personal(Act& act, LegalTime now, SocketTime socket_now) {
  if (options_.personal_age_max_ns == 0 || socket_now < personal_due_ || !may_erase(socket_now)) return;
  personal_due_ = {socket_now.ns + kSweepEveryNs};
  std::vector<std::string> due;
  size_t waiting = 0;
  for (const auto& [id, closed_unix_ns] : registry_->closed()) {
    if (closed_unix_ns + options_.personal_age_max_ns > now.unix_ns) continue;
    const bool keys_are_gone = closed_unix_ns + options_.key_age_max_ns < now.unix_ns;
    if (!tellings_of(id, keys_are_gone).empty()) {
      ++waiting;
      continue;
    }
    if (due.size() == kErasedPerTick) {
      personal_due_ = socket_now;
      break;
    }
    due.push_back(id);
  }
  if (due.size() < kErasedPerTick) report_retention(waiting);  // else not all were looked at
  Status status;
  for (const std::string& id : due) status.Update(erase_personal(act, id, now));
  // What a crash or an error leaves in the log goes with the next start at the latest.
  if (!due.empty()) status.Update(store_.purge(Store::Purge::kLog));
  if (!status.ok())
    spdlog::error("personal fields whose time is over are not erased yet: {}", std::string(status.message()));
}

void Administration::report_retention(size_t waiting) {
  v1::Alarm alarm;
  alarm.set_code("retention_waits");
  alarm.set_severity(v1::ALARM_SEVERITY_WARNING);
  report_standing(std::move(alarm),
                  waiting == 0
                      ? ""
                      : fmt::format("{} closed warrants whose time is over are not erased: dataplanes have not "
                                    "said that all of them was delivered",
                                    waiting));
}

Status Administration::erase_personal(Act& act, const std::string& id, LegalTime now) {
  const Result<StoredWarrant> stored = registry_->warrant(id);
  if (!stored.ok()) return stored.status();
  const StoredWarrant left = tombstone_of(*stored, now);
  act.deed() = {.action = "warrant.erase_personal", .object = id, .fields = {{"agency", left.warrant().agency_id()}}};
  Result<std::vector<Write>> writes = forget_history(id);
  if (!writes.ok()) return writes.status();
  writes->push_back(Registry::write_of(left));
  writes->push_back(Registry::erasure_of(id));
  FleetPlan plan = book_->begin();
  std::set<std::string> xids;
  for (const auto& [element, told] : tellings_of(id, false)) {
    book_->plan_removal(plan, element, told);
    xids.insert(told.begin(), told.end());
  }
  const Result<uint64_t> revision = commit(act, *std::move(writes), plan);
  if (!revision.ok()) return revision.status();
  registry_->committed(left, *revision);
  report_warrant(left);
  erase_payload_key(id);
  erase_unused_keys(xids);
  spdlog::info("warrant {}: its personal fields are erased", id);
  return absl::OkStatus();
}

}  // namespace lictor::control

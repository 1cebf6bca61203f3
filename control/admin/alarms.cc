// The acts on alarms: people acknowledge them; and what the daemon itself raises about its certificates.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "control/access/certificate_expiry.h"
#include "control/admin/act.h"
#include "control/admin/administration.h"
#include "control/registry/time_text.h"

namespace lictor::control {
namespace {

constexpr int64_t kCertificatesLookNs = 3600 * kNanosecondsPerSecond;

}  // namespace

Result<v1::AcknowledgeAlarmReply> Administration::acknowledge_alarm(uint64_t id, const std::string& person,
                                                                    AlarmsShown shown, const Caller& caller) {
  Act act(*this, {.action = "alarm.acknowledge", .object = std::to_string(id), .caller = caller});
  const std::vector<v1::Alarm> visible = alarms_for(false, AlarmLog::kAlarmsMax, caller, shown);
  const auto known = std::ranges::find(visible, id, &v1::Alarm::id);
  if (known == visible.end()) return absl::NotFoundError("id: no such alarm");
  act.deed().fields.push_back({"code", known->code()});
  v1::AcknowledgeAlarmReply reply;
  v1::Alarm& alarm = *reply.mutable_alarm() = *known;
  if (alarm.acknowledged_unix_ns() != 0) return reply;
  alarm.set_acknowledged_by(person);
  alarm.set_acknowledged_unix_ns(options_.legal_clock().unix_ns);
  const v1::Alarm acknowledged = alarm;
  if (ends_acknowledged(alarm)) alarm.set_cleared_unix_ns(alarm.acknowledged_unix_ns());
  const Result<uint64_t> revision = commit(act, {alarms_->write_of(alarm)}, book_->begin());
  if (!revision.ok()) return revision.status();
  alarms_->committed(acknowledged);
  if (ends_acknowledged(alarm)) alarms_->report(alarm);
  return reply;
}

void Administration::watch_system_calls(LegalTime now) {
  if (options_.refused_system_calls == nullptr) return;
  const RefusedSystemCalls refused = options_.refused_system_calls();
  if (refused.count == system_calls_told_) return;
  v1::Alarm alarm;
  alarm.set_code("system_call_refused");
  alarm.set_severity(v1::ALARM_SEVERITY_CRITICAL);
  alarm.set_text(fmt::format("a system call that lictord does not need was refused: {}", refused.newest));
  spdlog::error(alarm.text());
  alarm.set_raised_unix_ns(now.unix_ns);
  alarm.set_count(refused.count - system_calls_told_);
  system_calls_told_ = refused.count;
  alarms_->report(std::move(alarm));
}

// A tick wakes for more than time: files are looked at once a second.
void Administration::watch_approvers(LegalTime now) {
  const SocketTime socket_now = options_.socket_clock();
  if (options_.orders == nullptr || socket_now < approvers_due_) return;
  approvers_due_ = {socket_now.ns + kNanosecondsPerSecond};
  const Status status = options_.orders->refresh(now);
  v1::Alarm alarm;
  alarm.set_code("approver_list");
  alarm.set_severity(v1::ALARM_SEVERITY_CRITICAL);
  report_standing(std::move(alarm), std::string(status.message()));
}

void Administration::watch_room(SocketTime socket_now) {
  if (options_.reserve == nullptr || socket_now < room_due_) return;
  room_due_ = {socket_now.ns + kNanosecondsPerSecond};
  const bool was_given_up = options_.reserve->is_given_up();
  const RoomReserve::Room room = options_.reserve->look();
  const bool is_given_up = room == RoomReserve::Room::kGivenUp;
  if (was_given_up && !is_given_up) account_.room_is_back();
  v1::Alarm low;
  low.set_code("disk_low");
  low.set_severity(v1::ALARM_SEVERITY_WARNING);
  report_standing(std::move(low),
                  room == RoomReserve::Room::kLow ? "the disk of the store or the audit log is nearly full" : "");
  v1::Alarm full;
  full.set_code("disk_full");
  full.set_severity(v1::ALARM_SEVERITY_CRITICAL);
  report_standing(std::move(full), is_given_up ? "the disk is full: interceptions are only ended and reduced" : "");
}

void Administration::watch_certificates(LegalTime now) {
  // Also after the clock was set back.
  if (now < certificates_due_ && certificates_due_.unix_ns - now.unix_ns <= kCertificatesLookNs) return;
  certificates_due_ = {now.unix_ns + kCertificatesLookNs};
  for (const auto& [name, path] : options_.certificates.files) report_certificate(name, expiry_of(path), now);
}

void Administration::report_certificate(const std::string& name, const Result<int64_t>& end_unix_ns, LegalTime now) {
  v1::Alarm alarm;
  alarm.set_code("certificate_expires");
  alarm.set_destination_id("certificate/" + name);
  alarm.set_raised_unix_ns(now.unix_ns);
  const int64_t left = end_unix_ns.ok() ? *end_unix_ns - now.unix_ns : 0;
  if (end_unix_ns.ok()) certificate_ends_[name] = *end_unix_ns;
  if (left > options_.certificates.warning_ns) {
    alarm.set_cleared_unix_ns(now.unix_ns);
    return alarms_->report(std::move(alarm));
  }
  alarm.set_severity(left <= options_.certificates.critical_ns ? v1::ALARM_SEVERITY_CRITICAL
                                                               : v1::ALARM_SEVERITY_WARNING);
  alarm.set_text(end_unix_ns.ok() ? fmt::format("valid until {}", format_time(LegalTime{*end_unix_ns}))
                                  : std::string(end_unix_ns.status().message()));
  alarms_->report(std::move(alarm));
}

}  // namespace lictor::control

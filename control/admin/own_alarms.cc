// Alarms of the daemon itself, and what the account says of alarms and of the clock.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cstdlib>

#include "control/admin/act.h"
#include "control/admin/administration.h"
#include "dataplane/base/ids.h"

namespace lictor::control {
namespace {

// So many alarms have an entry each between two ticks; more are one entry that counts them.
constexpr size_t kAlarmEntriesMax = 16;

Deed deed_of(const AlarmLog::Change& change) {
  const v1::Alarm& alarm = change.alarm;
  Deed deed{.action = change.raised ? "alarm.raise" : "alarm.clear",
            .object = alarm.network_element_id(),
            .fields = {{"code", alarm.code()}, {"severity", v1::AlarmSeverity_Name(alarm.severity())}}};
  if (const Result<Xid> xid = Xid::from_octets(as_bytes(alarm.xid())); xid.ok())
    deed.fields.push_back({"xid", xid->to_string()});
  if (!alarm.destination_id().empty()) deed.fields.push_back({"destination", alarm.destination_id()});
  if (alarm.count() != 0) deed.fields.push_back({"count", std::to_string(alarm.count())});
  return deed;
}

}  // namespace

void Administration::report_own(const std::string& code, v1::AlarmSeverity severity, const std::string& text) {
  const Act act(*this);
  v1::Alarm alarm;
  alarm.set_code(code);
  alarm.set_severity(severity);
  report_standing(std::move(alarm), text);
}

void Administration::report_standing(v1::Alarm alarm, const std::string& text) {
  if (text.empty() && !alarms_->stands(alarm)) return;
  const int64_t now = options_.legal_clock().unix_ns;
  alarm.set_text(text);
  alarm.set_raised_unix_ns(now);
  if (text.empty()) alarm.set_cleared_unix_ns(now);
  alarms_->report(std::move(alarm));
}

// A dataplane in trouble raises and clears by the thousand: what exceeds the bound is counted, and told once.
void Administration::enter_alarms() {
  const AlarmLog::Changes changes = alarms_->take_changes();
  for (size_t i = 0; i < changes.kept.size() && i < kAlarmEntriesMax; ++i)
    account_.event(deed_of(changes.kept[i]), "ok");
  if (changes.evicted != 0)
    account_.event({.action = "alarm.evict", .object = {}, .fields = {{"count", std::to_string(changes.evicted)}}},
                   "ok");
  std::map<std::string, uint64_t> flood;  // raised or cleared, by code
  for (size_t i = kAlarmEntriesMax; i < changes.kept.size(); ++i) ++flood[changes.kept[i].alarm.code()];
  if (flood.empty() && changes.more == 0) return;
  Deed deed{.action = "alarm.flood", .object = {}};
  constexpr size_t kFieldsMax = AuditEntry::kFieldsMax - 1;
  uint64_t more = changes.more;
  for (const auto& [code, count] : flood) {
    if (deed.fields.size() < kFieldsMax)
      deed.fields.push_back({code, std::to_string(count)});
    else
      more += count;
  }
  deed.fields.push_back({"others", std::to_string(more)});
  account_.event(deed, "ok");
}

void Administration::watch_clock(LegalTime now, SocketTime socket_now) {
  const std::optional<int64_t> step = clock_watch_.look(now, socket_now);
  if (!step) return;
  stepped_ = socket_now;
  const std::string by = fmt::format("{} ms {}", std::abs(*step) / 1'000'000, *step < 0 ? "back" : "ahead");
  spdlog::warn("this host's clock was set {}", by);
  account_.event({.action = "clock.step", .object = {}, .fields = {{"by", by}}}, "ok");
}

}  // namespace lictor::control

// Keeps alarms in memory, ordered by when they were first raised, and hands out what has to be written. Under the
// administration's mutex.
#include "control/fleet/alarm_log.h"

#include <fmt/format.h>

#include <charconv>

#include "control/registry/keys.h"
#include "control/registry/text_rules.h"

namespace lictor::control {
namespace {

std::string key_of(uint64_t id) { return fmt::format("{}{:016x}", kAlarmPrefix, id); }

// Text of a dataplane, for a terminal: cut, and replaced where it is not plain text.
void clean(std::string& text, size_t bytes_max) {
  if (text.size() > bytes_max) text.resize(bytes_max);
  while (!text.empty() && !characters_of(text).has_value() && (static_cast<uint8_t>(text.back()) & 0x80) != 0)
    text.pop_back();  // a character that was cut in half
  if (!characters_of(text).has_value()) text = "(unprintable)";
}

}  // namespace

Result<std::unique_ptr<AlarmLog>> AlarmLog::load(Store& store) {
  auto log = std::make_unique<AlarmLog>();
  const Result<std::vector<Entry>> entries = store.list(kAlarmPrefix, "", 2 * kAlarmsMax);
  if (!entries.ok()) return entries.status();
  for (const Entry& entry : *entries) {
    v1::Alarm alarm;
    uint64_t id = 0;
    const char* digits = entry.key.data() + kAlarmPrefix.size();
    std::from_chars(digits, entry.key.data() + entry.key.size(), id, 16);
    if (id == 0 || !alarm.ParseFromString(entry.value)) return absl::DataLossError("store: an alarm cannot be read");
    log->add(id, std::move(alarm));
    log->next_id_ = id + 1;
  }
  return log;
}

void AlarmLog::report(v1::Alarm alarm) {
  clean(*alarm.mutable_code(), kCodeBytesMax);
  clean(*alarm.mutable_text(), kTextBytesMax);
  clean(*alarm.mutable_destination_id(), kDestinationBytesMax);
  const auto standing = standing_.find(name_of(alarm));
  if (standing == standing_.end()) {
    if (alarm.cleared_unix_ns() != 0) return;
    remember(true, alarm);
    make_room();
    dirty_.insert(next_id_);
    add(next_id_++, std::move(alarm));
    return;
  }
  const uint64_t id = standing->second;
  v1::Alarm& known = alarms_.at(id);
  dirty_.insert(id);
  if (!alarm.text().empty()) known.set_text(alarm.text());
  known.set_count(known.count() + alarm.count());
  if (alarm.cleared_unix_ns() == 0) {
    known.set_severity(std::max(known.severity(), alarm.severity()));
    return;
  }
  known.set_cleared_unix_ns(alarm.cleared_unix_ns());
  remember(false, known);
  standing_.erase(standing);
  cleared_.insert(id);
}

std::vector<v1::Alarm> AlarmLog::list(bool standing_only, size_t limit) const {
  std::vector<v1::Alarm> found;
  for (auto alarm = alarms_.rbegin(); alarm != alarms_.rend() && found.size() < limit; ++alarm)
    if (!standing_only || alarm->second.cleared_unix_ns() == 0) found.push_back(alarm->second);
  return found;
}

std::vector<Write> AlarmLog::writes() const {
  std::vector<Write> writes;
  for (const uint64_t id : dirty_) {
    const auto alarm = alarms_.find(id);
    writes.push_back(
        {.key = key_of(id),
         .value = alarm == alarms_.end() ? std::nullopt : std::optional(alarm->second.SerializeAsString())});
  }
  return writes;
}

std::string AlarmLog::name_of(const v1::Alarm& alarm) {
  // Each part with its length in front: no two alarms share a name.
  std::string name;
  for (const std::string* part : {&alarm.network_element_id(), &alarm.code(), &alarm.xid(), &alarm.destination_id()})
    name += fmt::format("{}:", part->size()) + *part;
  return name;
}

void AlarmLog::add(uint64_t id, v1::Alarm alarm) {
  if (alarm.cleared_unix_ns() == 0)
    standing_[name_of(alarm)] = id;
  else
    cleared_.insert(id);
  alarms_[id] = std::move(alarm);
}

void AlarmLog::remember(bool raised, const v1::Alarm& alarm) {
  if (changes_.kept.size() < kChangesMax)
    changes_.kept.push_back({.raised = raised, .alarm = alarm});
  else
    ++changes_.more;
}

void AlarmLog::make_room() {
  if (alarms_.size() < kAlarmsMax) return;
  const uint64_t id = cleared_.empty() ? alarms_.begin()->first : *cleared_.begin();
  standing_.erase(cleared_.empty() ? name_of(alarms_.at(id)) : std::string());
  cleared_.erase(id);
  alarms_.erase(id);
  dirty_.insert(id);
}

}  // namespace lictor::control

// Keeps alarms in memory, ordered by when they were first raised, and hands out what has to be written. Under the
// administration's mutex.
#include "control/fleet/alarm_log.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/random.h>

#include <algorithm>
#include <charconv>

#include "control/registry/keys.h"
#include "control/registry/text_rules.h"
#include "dataplane/base/check.h"

namespace lictor::control {
namespace {

std::string key_of(uint64_t place) { return fmt::format("{}{:016x}", kAlarmPrefix, place); }

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
  size_t loaded = 0;
  std::string after;
  for (bool is_more = true; is_more;) {
    const Result<std::vector<Entry>> entries = store.list(kAlarmPrefix, after, kLoadedAtOnce);
    if (!entries.ok()) return entries.status();
    for (const Entry& entry : *entries)
      if (const Status status = log->load_one(entry); !status.ok()) return status;
    loaded += entries->size();
    is_more = entries->size() == kLoadedAtOnce;
    if (is_more) after = entries->back().key;
  }
  if (const size_t gone = loaded - log->alarms_.size(); gone != 0)
    spdlog::warn("store: {} alarms, {} more than are kept: the oldest go", loaded, gone);
  return log;
}

Status AlarmLog::load_one(const Entry& entry) {
  v1::Alarm alarm;
  uint64_t place = 0;
  const char* digits = entry.key.data() + kAlarmPrefix.size();
  std::from_chars(digits, entry.key.data() + entry.key.size(), place, 16);
  if (place == 0 || !alarm.ParseFromString(entry.value)) return absl::DataLossError("store: an alarm cannot be read");
  make_room();
  if (alarm.id() == 0) dirty_.insert(place);  // of a version whose alarms had none
  add(place, std::move(alarm));
  next_place_ = place + 1;
  return absl::OkStatus();
}

void AlarmLog::report(v1::Alarm alarm) {
  clean(*alarm.mutable_code(), kCodeBytesMax);
  clean(*alarm.mutable_text(), kTextBytesMax);
  clean(*alarm.mutable_destination_id(), kDestinationBytesMax);
  alarm.clear_id();
  alarm.clear_acknowledged_by();  // people do that, not who raises it
  alarm.clear_acknowledged_unix_ns();
  const auto standing = standing_.find(name_of(alarm));
  if (standing == standing_.end()) {
    if (alarm.cleared_unix_ns() != 0) return;
    remember(true, alarm);
    make_room();
    dirty_.insert(next_place_);
    add(next_place_++, std::move(alarm));
    return;
  }
  const uint64_t place = standing->second;
  v1::Alarm& known = alarms_.at(place);
  dirty_.insert(place);
  if (!alarm.text().empty()) known.set_text(alarm.text());
  known.set_count(known.count() + alarm.count());
  if (alarm.cleared_unix_ns() == 0) {
    if (alarm.severity() > known.severity()) {
      known.set_severity(alarm.severity());
      known.clear_acknowledged_by();
      known.clear_acknowledged_unix_ns();
    }
    return;
  }
  known.set_cleared_unix_ns(alarm.cleared_unix_ns());
  remember(false, known);
  forget_standing(place);
  cleared_.insert(place);
}

std::vector<v1::Alarm> AlarmLog::list(bool standing_only, size_t limit, AlarmsShown shown) const {
  std::vector<v1::Alarm> found;
  for (auto alarm = alarms_.rbegin(); alarm != alarms_.rend() && found.size() < limit; ++alarm)
    if ((!standing_only || alarm->second.cleared_unix_ns() == 0) &&
        (shown == AlarmsShown::kAll || is_platform_alarm(alarm->second)))
      found.push_back(alarm->second);
  return found;
}

std::string AlarmLog::subject_of(const v1::Alarm& alarm) {
  if (!alarm.xid().empty()) return task_subject(alarm.xid());
  return alarm.destination_id().empty() ? kNoSubject : place_subject(alarm.destination_id());
}

std::vector<v1::Alarm> AlarmLog::list_about(const std::vector<std::string>& subjects) const {
  std::set<uint64_t> places;
  for (const std::string& subject : subjects)
    for (auto about = by_subject_.lower_bound(subject); about != by_subject_.end() && about->first.starts_with(subject);
         ++about)
      places.insert(about->second.begin(), about->second.end());
  std::vector<v1::Alarm> found;
  for (auto place = places.rbegin(); place != places.rend(); ++place) found.push_back(alarms_.at(*place));
  return found;
}

const v1::Alarm* AlarmLog::find(uint64_t id) const {
  const auto alarm = alarms_.find(place_of(id));
  return alarm == alarms_.end() ? nullptr : &alarm->second;
}

Write AlarmLog::write_of(const v1::Alarm& alarm) const {
  return {.key = key_of(place_of(alarm.id())), .value = alarm.SerializeAsString()};
}

// Only people ask for an id, one at a time: looking at all of them is quick enough.
uint64_t AlarmLog::place_of(uint64_t id) const {
  for (const auto& [place, alarm] : alarms_)
    if (alarm.id() == id) return place;
  return 0;
}

// Short enough to be typed.
uint64_t AlarmLog::new_id() const {
  for (;;) {
    uint32_t id = 0;
    // So few octets are never cut short, and once the pool is up this cannot fail (getrandom(2)).
    LICTOR_CHECK(getrandom(&id, sizeof id, 0) == static_cast<ssize_t>(sizeof id));
    if (id != 0 && place_of(id) == 0) return id;
  }
}

std::vector<Write> AlarmLog::writes() const {
  std::vector<Write> writes;
  for (const uint64_t place : dirty_) {
    const auto alarm = alarms_.find(place);
    writes.push_back(
        {.key = key_of(place),
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

void AlarmLog::add(uint64_t place, v1::Alarm alarm) {
  if (alarm.id() == 0) alarm.set_id(new_id());
  if (alarm.cleared_unix_ns() != 0) {
    cleared_.insert(place);
  } else {
    standing_[name_of(alarm)] = place;
    if (!waits_for_person(alarm)) evictable_[alarm.network_element_id()].insert(place);
  }
  by_subject_[subject_of(alarm)].insert(place);
  alarms_[place] = std::move(alarm);
}

void AlarmLog::remember(bool raised, const v1::Alarm& alarm) {
  if (changes_.kept.size() < kChangesMax)
    changes_.kept.push_back({.raised = raised, .alarm = alarm});
  else
    ++changes_.more;
}

void AlarmLog::make_room() {
  if (alarms_.size() < kAlarmsMax) return;
  const uint64_t place = cleared_.empty() ? oldest_evictable() : *cleared_.begin();
  if (place == 0) return;
  if (cleared_.erase(place) == 0) {
    forget_standing(place);
    ++changes_.evicted;
  }
  const auto about = by_subject_.find(subject_of(alarms_.at(place)));
  about->second.erase(place);
  if (about->second.empty()) by_subject_.erase(about);
  alarms_.erase(place);
  dirty_.insert(place);
}

// Whoever raises most loses his own.
uint64_t AlarmLog::oldest_evictable() const {
  const auto most = std::ranges::max_element(evictable_, {}, [](const auto& entry) { return entry.second.size(); });
  return most == evictable_.end() || most->second.empty() ? 0 : *most->second.begin();
}

void AlarmLog::forget_standing(uint64_t place) {
  const v1::Alarm& alarm = alarms_.at(place);
  standing_.erase(name_of(alarm));
  const auto source = evictable_.find(alarm.network_element_id());
  if (source == evictable_.end()) return;
  source->second.erase(place);
  if (source->second.empty()) evictable_.erase(source);
}

}  // namespace lictor::control

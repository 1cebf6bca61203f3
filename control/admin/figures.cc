// The administration in numbers. Reads only.
#include "control/admin/figures.h"

#include <algorithm>
#include <string_view>

#include "control/admin/act.h"
#include "control/admin/administration.h"
#include "control/fleet/alarm_classes.h"

namespace lictor::control {
namespace {

// "active" of TAP_STATE_ACTIVE.
std::string word_of(std::string_view name, std::string_view prefix) {
  std::string word(name.substr(name.starts_with(prefix) ? prefix.size() : 0));
  std::ranges::transform(word, word.begin(), [](char letter) { return static_cast<char>(std::tolower(letter)); });
  return word;
}

std::string word_of(v1::TapState state) { return word_of(v1::TapState_Name(state), "TAP_STATE_"); }
std::string word_of(v1::WarrantState state) { return word_of(v1::WarrantState_Name(state), "WARRANT_STATE_"); }
std::string word_of(v1::AlarmSeverity severity) { return word_of(v1::AlarmSeverity_Name(severity), "ALARM_SEVERITY_"); }

// Everything that is not one a task or a destination.
v1::Statistics sums_of(const v1::Statistics& statistics) {
  v1::Statistics sums;
  sums.set_taken_unix_ns(statistics.taken_unix_ns());
  *sums.mutable_ports() = statistics.ports();
  *sums.mutable_packets() = statistics.packets();
  *sums.mutable_records() = statistics.records();
  *sums.mutable_flows() = statistics.flows();
  *sums.mutable_stages() = statistics.stages();
  *sums.mutable_clock() = statistics.clock();
  return sums;
}

const char* class_of(const v1::DestinationStatistics& destination) {
  if (destination.kind() == v1::DESTINATION_KIND_PCAPNG) return "files";
  return destination.interface() == v1::HANDOVER_INTERFACE_HI2 ? "hi2" : "hi3";
}

void add(DestinationFigures& sum, const v1::DestinationStatistics& destination) {
  sum.destinations += 1;
  sum.connected += destination.connected() ? 1 : 0;
  sum.holding += destination.holding() ? 1 : 0;
  sum.confirmed_records += destination.confirmed_records();
  sum.sent_bytes += destination.sent_bytes();
  sum.resent_records += destination.resent_records();
  sum.backlog_records += destination.backlog_records();
  sum.backlog_bytes += destination.backlog_bytes();
}

void add(AlarmFigures& sum, const v1::Alarm& alarm) {
  sum.standing += 1;
  sum.acknowledged += alarm.acknowledged_unix_ns() != 0 ? 1 : 0;
}

ElementFigures figures_of(const NetworkElement& element) {
  ElementFigures figures{.id = element.stored.network_element_id(),
                         .software_version = element.stored.software_version(),
                         .attached = element.attached,
                         .lab = element.stored.lab(),
                         .statistics = sums_of(element.statistics),
                         .tasks = {},
                         .destinations = {{"hi2", {}}, {"hi3", {}}, {"files", {}}}};
  for (int state = v1::TapState_MIN + 1; state <= v1::TapState_MAX; ++state)
    if (v1::TapState_IsValid(state)) figures.tasks[word_of(static_cast<v1::TapState>(state))] = 0;
  for (const v1::TaskStatistics& task : element.statistics.tasks())
    if (const auto sum = figures.tasks.find(word_of(task.state())); sum != figures.tasks.end()) sum->second += 1;
  for (const v1::DestinationStatistics& destination : element.statistics.destinations())
    add(figures.destinations[class_of(destination)], destination);
  return figures;
}

}  // namespace

Figures Administration::figures() {
  const Act act(*this);
  Figures figures;
  for (const auto& [id, element] : book_->elements()) figures.elements.push_back(figures_of(element));
  figures.certificate_ends = certificate_ends_;
  for (const v1::Alarm& alarm : alarms_->list(true, AlarmLog::kAlarmsMax)) {
    const std::pair name(code_of(alarm), word_of(alarm.severity()));
    add(figures.alarms[name], alarm);
    if (is_platform_alarm(alarm)) add(figures.platform_alarms[name], alarm);
  }
  for (int state = v1::WarrantState_MIN + 1; state <= v1::WarrantState_MAX; ++state)
    if (v1::WarrantState_IsValid(state) && is_live(static_cast<v1::WarrantState>(state)))
      figures.warrants[word_of(static_cast<v1::WarrantState>(state))] = 0;
  for (const auto& [id, stored] : registry_->live_warrants()) figures.warrants[word_of(stored.warrant().state())] += 1;
  return figures;
}

}  // namespace lictor::control

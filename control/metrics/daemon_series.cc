#include "control/metrics/daemon_series.h"

namespace lictor::control {
namespace {

constexpr double kSecondsOfNs = 1e-9;

double seconds_of(int64_t unix_ns) { return static_cast<double>(unix_ns) * kSecondsOfNs; }

void add_element(SeriesBook& book, const ElementFigures& element) {
  const Labels labels = {{"network_element", element.id}};
  Labels info = labels;
  info.push_back({"version", label_text(element.software_version)});
  info.push_back({"lab", element.lab ? "yes" : "no"});
  book.gauge("lictor_dataplane_info", "Dataplanes that were ever attached", info, 1);
  book.gauge("lictor_dataplane_attached", "Whether the dataplane is connected to lictord", labels,
             element.attached ? 1 : 0);
  if (element.statistics.taken_unix_ns() == 0) return;
  const v1::ClockStatistics& clock = element.statistics.clock();
  book.gauge("lictor_dataplane_clock_untrusted", "Whether the dataplane's clock cannot be trusted", labels,
             clock.untrusted() ? 1 : 0);
  book.counter("lictor_dataplane_clock_steps_total", "Steps of the dataplane's clock", labels, clock.steps());
}

}  // namespace

void add_daemon(SeriesBook& book, const DaemonFigures& daemon, const Figures& figures) {
  book.gauge("lictor_build_info", "The version that runs", {{"version", daemon.version}}, 1);
  book.gauge("lictor_start_time_seconds", "When lictord was started", {}, seconds_of(daemon.started_unix_ns));
  for (const auto& [name, end] : figures.certificate_ends)
    book.gauge("lictor_certificate_end_seconds", "Until when a certificate of lictord is valid",
               {{"certificate", name}}, seconds_of(end));
  for (const ElementFigures& element : figures.elements) add_element(book, element);
}

void add_alarms(SeriesBook& book, const std::map<std::pair<std::string, std::string>, AlarmFigures>& alarms) {
  for (const auto& [name, sum] : alarms) {
    const auto& [code, severity] = name;
    const Labels labels = {{"code", code}, {"severity", severity}};
    book.gauge("lictor_alarms_standing", "Alarms that are not cleared", labels, static_cast<double>(sum.standing));
    book.gauge("lictor_alarms_acknowledged", "Those of them that a person has acknowledged", labels,
               static_cast<double>(sum.acknowledged));
  }
}

}  // namespace lictor::control

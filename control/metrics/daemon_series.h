// The series that both pages have. Any thread, each on a book of its own.
#pragma once

#include "control/metrics/pages.h"
#include "control/metrics/series_book.h"

namespace lictor::control {

// The daemon and its dataplanes: versions, attached or not, clocks.
void add_daemon(SeriesBook& book, const DaemonFigures& daemon, const Figures& figures);
void add_alarms(SeriesBook& book, const std::map<std::pair<std::string, std::string>, AlarmFigures>& alarms);

}  // namespace lictor::control

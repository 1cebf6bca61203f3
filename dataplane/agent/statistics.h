// The dataplane's account of itself, as lictord and the statistics file get it. Control thread; at the end the main
// thread; what is a pure function of its arguments, any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dataplane/agent/port_watch.h"
#include "dataplane/agent/task_registry.h"
#include "dataplane/config.h"
#include "dataplane/engine.h"
#include "lictor/v1/fleet.pb.h"

namespace lictor {

// Everything counted until now, of one moment as far as the counters go; the tasks not yet as a message, which costs
// 100 times what reading their counters does.
struct StatisticsReading {
  v1::Statistics whole;  // without tasks
  std::vector<TaskView> tasks;
};

// Exact when all threads rest; else what is under way shows as in_rings and in_spool. In three steps, of which the
// second, the views of the tasks, may take its time: begin_statistics, `tasks`, end_statistics.
StatisticsReading begin_statistics(Engine& engine, const DataplaneConfig& config, LegalTime now);
void end_statistics(StatisticsReading& reading, Engine& engine, const TaskRegistry& registry,
                    const DataplaneConfig& config);
// All of them at once.
StatisticsReading read_statistics(Engine& engine, const TaskRegistry& registry, const DataplaneConfig& config,
                                  LegalTime now);

// The reading as one message. Of a task, reasons that count nothing are left out. Any thread.
v1::Statistics to_message(StatisticsReading reading);

// Takes the first tasks out of a message that has more than these; nothing where it has not. Any thread.
constexpr int kTasksPerPart = 512;
std::optional<v1::TaskStatisticsPart> take_part(v1::Statistics& statistics);

// What the port watch looks at, beside the statistics that were just taken.
std::vector<PortReading> read_ports(const Engine& engine, const DataplaneConfig& config,
                                    const v1::Statistics& statistics);
DamageReading read_damage(const v1::Statistics& statistics);

// The same as JSON: the field names of fleet.proto, every field there, XIDs as UUIDs, numbers as numbers. Any thread.
std::string to_json(const v1::Statistics& statistics);

// Writes `text` to `path` so that a reader sees the old file or the new one, never a part. One thread a path.
Status write_atomically(const std::string& path, const std::string& text);

}  // namespace lictor

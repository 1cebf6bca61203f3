// The dataplane's account of itself, as lictord and the statistics file get it. Control thread; at the end the main
// thread.
#pragma once

#include <string>

#include "dataplane/agent/port_watch.h"
#include "dataplane/agent/task_registry.h"
#include "dataplane/config.h"
#include "dataplane/engine.h"
#include "lictor/v1/fleet.pb.h"

namespace lictor {

// Everything counted until now. Exact when all threads rest; else what is under way shows as in_rings and in_spool.
v1::Statistics collect_statistics(Engine& engine, const TaskRegistry& registry, const DataplaneConfig& config,
                                  LegalTime now);

// What the port watch looks at, beside the statistics that were just taken.
std::vector<PortReading> read_ports(const Engine& engine, const DataplaneConfig& config,
                                    const v1::Statistics& statistics);
DamageReading read_damage(const v1::Statistics& statistics);

// The same as JSON: the field names of fleet.proto, every field there, XIDs as UUIDs, numbers as numbers.
std::string to_json(const v1::Statistics& statistics);

// Writes `text` to `path` so that a reader sees the old file or the new one, never a part.
Status write_atomically(const std::string& path, const std::string& text);

}  // namespace lictor

#include "dataplane/spool_config.h"

#include <fmt/format.h>

namespace lictor {
namespace {

constexpr int64_t kSegmentBytesMin = 64 << 10;
constexpr int64_t kSegmentBytesMax = 1 << 30;
constexpr uint64_t kSegmentsMin = 4;
constexpr uint64_t kSegmentsMax = 1 << 20;

void read_directories(ConfigGroup& group, SpoolPlan& plan) {
  plan.directory = group.text("directory", {.max = 4096, .fallback = ""});
  for (ConfigGroup& own : group.groups("directories")) {
    const std::string destination = own.text("destination", {.min = 1, .max = 128});
    const std::string directory = own.text("directory", {.min = 1, .max = 4096});
    if (!plan.directories.emplace(destination, directory).second) own.refuse("destination", "has a directory already");
  }
}

SyncPolicy read_sync(ConfigGroup& group) {
  const std::string sync = group.text("sync", {.max = 16, .fallback = "none"});
  if (sync == "interval") return SyncPolicy::kInterval;
  if (sync == "each_seal") return SyncPolicy::kEachSeal;
  if (sync != "none") group.refuse("sync", "must be none, interval or each_seal");
  return SyncPolicy::kNone;
}

void check(ConfigGroup& group, const SpoolPlan& plan, uint32_t record_bytes_max) {
  if (plan.directory.empty()) group.refuse("directory", "is needed where the spool is on disk");
  if (plan.shape.blocks_at() + 2 * uint64_t{record_bytes_max} > plan.shape.segment_bytes) {
    group.refuse("segment_bytes", fmt::format("cannot hold series_max and a record of frame_bytes_max: {} at least",
                                              plan.shape.blocks_at() + 2 * uint64_t{record_bytes_max}));
  }
  if (plan.bytes_max < kSegmentsMin * plan.shape.segment_bytes) {
    group.refuse("bytes_max", fmt::format("must be {} segments at least", kSegmentsMin));
  }
  if (plan.bytes_max / plan.shape.segment_bytes > kSegmentsMax) {
    group.refuse("segment_bytes", fmt::format("bytes_max would be more than {} segments", kSegmentsMax));
  }
  if (plan.staging_bytes < 4 * uint64_t{record_bytes_max}) {
    group.refuse("staging_bytes", "must hold some records of frame_bytes_max");
  }
}

}  // namespace

SpoolPlan read_spool(ConfigGroup group, uint64_t memory_bytes, uint32_t record_bytes_max) {
  SpoolPlan plan;
  plan.memory_bytes = memory_bytes;
  const auto number = [&](std::string_view key, int64_t min, int64_t max, uint64_t fallback) {
    return static_cast<uint64_t>(
        group.integer(key, {.min = min, .max = max, .fallback = static_cast<int64_t>(fallback)}));
  };
  read_directories(group, plan);
  const std::string kind = group.text("kind", {.max = 8, .fallback = plan.directory.empty() ? "memory" : "disk"});
  if (kind != "memory" && kind != "disk") group.refuse("kind", "must be memory or disk");
  plan.on_disk = kind == "disk";
  plan.shape.segment_bytes = number("segment_bytes", kSegmentBytesMin, kSegmentBytesMax, plan.shape.segment_bytes);
  plan.shape.series_max = static_cast<uint32_t>(number("series_max", 16, 65536, plan.shape.series_max));
  plan.bytes_max = number("bytes_max", kSegmentBytesMin, int64_t{1} << 46, plan.bytes_max);
  plan.staging_bytes = number("staging_bytes", int64_t{64} << 10, int64_t{1} << 32, plan.staging_bytes);
  plan.express_bytes = number("express_bytes", int64_t{64} << 10, int64_t{1} << 30, plan.express_bytes);
  plan.age_max_ns =
      static_cast<int64_t>(number("age_max_s", 1, int64_t{366} * 86'400, int64_t{7} * 86'400)) * kNanosecondsPerSecond;
  plan.sync = read_sync(group);
  plan.sync_interval_ms = static_cast<uint32_t>(number("sync_interval_ms", 10, 60'000, plan.sync_interval_ms));
  if (plan.on_disk) check(group, plan, record_bytes_max);
  return plan;
}

}  // namespace lictor

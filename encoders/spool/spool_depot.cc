#include "encoders/spool/spool_depot.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/sha.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "encoders/spool/memory_spool.h"
#include "encoders/spool/recovery.h"

namespace lictor {
namespace {

// Of so many octets that wait one segment takes the first; at the worst each record has a block of its own, and the
// disk takes three times as much: so half of its bound, which is told, is not reached.
constexpr uint64_t kExpressPart = 4;
constexpr size_t kExpressSegments = 32;
constexpr size_t kPage = 4096;

bool is_express(const std::string& path) { return path.ends_with(kExpressEnding); }

// A destination's id may be anything, and names an agency: its digest names the directory.
std::string folder_of(const std::string& destination_id, const std::string& side) {
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const uint8_t*>(destination_id.data()), destination_id.size(), digest.data());
  std::string name;
  for (size_t i = 0; i < 12; ++i) name += fmt::format("{:02x}", digest[i]);
  return name + "-" + side;
}

// No folder has no runs; what cannot be read is an error, as long as it cannot.
Result<std::vector<std::string>> runs_in(const std::string& folder) {
  std::vector<std::string> runs;
  std::error_code error;
  std::filesystem::directory_iterator at(folder, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    std::error_code ignored;
    if (at->is_directory(ignored)) runs.push_back(at->path().string());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return absl::UnavailableError("spool: the list of what is left: " + error.message());
  }
  // What was to go first is read first; within that, the oldest.
  std::ranges::sort(runs, {}, [](const std::string& run) { return std::pair(!is_express(run), run); });
  return runs;
}

}  // namespace

Result<std::unique_ptr<SpoolDepot>> SpoolDepot::make(SpoolPlan plan, AlarmQueue& alarms) {
  std::unique_ptr<SpoolDepot> depot(new SpoolDepot(std::move(plan), alarms));
  depot->run_ = fmt::format("{:016x}", static_cast<uint64_t>(legal_now().unix_ns));
  if (!depot->plan_.on_disk) return depot;
  if (Status status = depot->lock(depot->plan_.directory); !status.ok()) return status;
  for (const auto& [id, directory] : depot->plan_.directories) {
    if (Status status = depot->lock(directory); !status.ok()) return status;
  }
  return depot;
}

SpoolDepot::~SpoolDepot() {
  for (const int fd : locks_) close(fd);
}

// A directory that is not there yet, or not any more, is the keeper's to tell; what is no directory never becomes one.
Status SpoolDepot::lock(const std::string& directory) {
  const std::filesystem::path path(directory);
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  static_cast<void>(::mkdir(directory.c_str(), 0700));  // one that is there keeps its mode
  if (std::filesystem::exists(path, error) && !std::filesystem::is_directory(path, error)) {
    return absl::FailedPreconditionError("spool.directory: " + directory + " is no directory");
  }
  const int fd = ::open((directory + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return absl::OkStatus();
  if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    close(fd);
    return absl::FailedPreconditionError("spool.directory: " + directory + " is in use by another process");
  }
  locks_.push_back(fd);
  return absl::OkStatus();
}

const std::string& SpoolDepot::root_of(const std::string& destination_id) const {
  const auto own = plan_.directories.find(destination_id);
  return own == plan_.directories.end() ? plan_.directory : own->second;
}

Result<SegmentKeeper*> SpoolDepot::keeper_of(const std::string& root) {
  std::unique_ptr<SegmentKeeper>& keeper = keepers_[root];
  if (keeper != nullptr) return keeper.get();
  const uint32_t interval = plan_.sync == SyncPolicy::kInterval ? plan_.sync_interval_ms : SegmentKeeper::kLookAroundMs;
  Result<std::unique_ptr<SegmentKeeper>> made = SegmentKeeper::make(std::min(interval, SegmentKeeper::kLookAroundMs));
  if (!made.ok()) return made.status();
  keeper = *std::move(made);
  return keeper.get();
}

DiskSpoolPlan SpoolDepot::disk_plan(const std::string& destination_id, size_t window_bytes) const {
  return {.staging_bytes = plan_.staging_bytes,
          .window_bytes = window_bytes,
          .age_max_ns = plan_.age_max_ns,
          .waits_for_disk = plan_.sync == SyncPolicy::kEachSeal,
          .destination_id = destination_id,
          .alarms = &alarms_};
}

Status SpoolDepot::find_left(const std::string& path, const SegmentStorePlan& plan, const DiskSpoolPlan& disk,
                             SegmentKeeper& keeper, Left& left, SpoolSet& set,
                             std::vector<std::shared_ptr<SegmentStore>>& stores) {
  Result<FoundSpool> found = find_spool(path);
  if (!found.ok()) return found.status();
  std::vector<Xid> tasks;
  for (const auto& [xid, records] : found->records_left) {
    left.records[xid] += records;
    tasks.push_back(xid);
  }
  if (tasks.size() == 1) left.alone.insert(tasks.front());
  for (const auto& [xid, records] : found->unchecked) left.unchecked[xid] = records;  // the newest run's
  left.numbers.note(path, *found);
  SegmentStorePlan own = plan;
  own.directory = path;
  own.is_written = false;
  auto store = std::make_shared<SegmentStore>(own, std::move(found->header), std::move(found->segments));
  Result<std::unique_ptr<DiskSpool>> spool = DiskSpool::recover(disk, store, keys_,
                                                                {.segments = std::move(found->read),
                                                                 .released = found->released,
                                                                 .end = found->end,
                                                                 .bytes_left = found->bytes_left});
  if (!spool.ok()) return spool.status();
  keeper.add(store);
  // What was to go first has a bound of its own, and is not given up for the others' room.
  if (is_express(path)) {
    ++set.left_express;
  } else {
    stores.push_back(store);
  }
  set.left.push_back(*std::move(spool));
  set.left_tasks.push_back(std::move(tasks));
  return absl::OkStatus();
}

SegmentStorePlan SpoolDepot::store_plan(const std::string& destination_id, SegmentKeeper& keeper) const {
  return {.directory = {},
          .shape = plan_.shape,
          .segments_max = std::max<size_t>(SegmentStore::kSegmentsMin, plan_.bytes_max / plan_.shape.segment_bytes),
          .sync = plan_.sync,
          .sync_every_ns = int64_t{plan_.sync_interval_ms} * 1'000'000,
          .destination_id = destination_id,
          .alarms = &alarms_,
          .ring_keeper = [keeper = &keeper] { keeper->ring(); }};
}

SegmentStorePlan SpoolDepot::express_store_plan(const std::string& destination_id, SegmentKeeper& keeper) const {
  SegmentStorePlan plan = store_plan(destination_id, keeper);
  plan.shape.segment_bytes = plan.shape.blocks_at() + (plan_.express_bytes / kExpressPart + kPage - 1) / kPage * kPage;
  plan.segments_max = kExpressSegments;
  plan.ready_ahead = 1;
  return plan;
}

Result<std::unique_ptr<Spool>> SpoolDepot::make_express(const std::string& destination_id, SegmentKeeper& keeper,
                                                        const std::string& folder, size_t encoder) {
  DiskSpoolPlan disk = disk_plan(destination_id, 0);
  disk.staging_bytes = plan_.express_bytes;
  return make_live(express_store_plan(destination_id, keeper), disk, keeper,
                   path_of(folder, encoder).append(kExpressEnding));
}

std::string SpoolDepot::path_of(const std::string& folder, size_t encoder) const {
  return fmt::format("{}/{}-{:08x}-{:03}", folder, run_, opened_, encoder);
}

Result<std::unique_ptr<Spool>> SpoolDepot::make_live(SegmentStorePlan plan, const DiskSpoolPlan& disk,
                                                     SegmentKeeper& keeper, const std::string& path) {
  plan.directory = path;
  auto store = std::make_shared<SegmentStore>(std::move(plan));
  Result<std::unique_ptr<DiskSpool>> spool = DiskSpool::make(disk, store, keys_);
  if (!spool.ok()) return spool.status();
  keeper.add(store);
  return std::unique_ptr<Spool>(*std::move(spool));
}

// What cannot be listed stays where it is: interception goes on without, and the operator hears of it.
std::vector<std::string> SpoolDepot::left_in(const std::string& folder, const std::string& destination_id) {
  Result<std::vector<std::string>> runs = runs_in(folder);
  if (runs.ok()) return *std::move(runs);
  alarms_.raise({.code = "spool_left_unread",
                 .severity = AlarmSeverity::kCritical,
                 .xid = {},
                 .destination_id = destination_id,
                 .text = std::string(runs.status().message()) + "; it is not delivered before the next start",
                 .raised = legal_now(),
                 .cleared = false,
                 .count = 0});
  return {};
}

Result<SpoolSet> SpoolDepot::open_memory(size_t encoders, size_t window_bytes, Express express) const {
  SpoolSet set;
  for (size_t i = 0; i < encoders; ++i) {
    Result<std::unique_ptr<Spool>> spool = MemorySpool::make(std::max<size_t>(plan_.memory_bytes, window_bytes));
    if (!spool.ok()) return spool.status();
    set.live.push_back(*std::move(spool));
    if (express == Express::kNone) continue;
    spool = MemorySpool::make(plan_.express_bytes);
    if (!spool.ok()) return spool.status();
    set.express.push_back(*std::move(spool));
  }
  return set;
}

Result<SpoolSet> SpoolDepot::open(const std::string& destination_id, const std::string& side, size_t encoders,
                                  size_t window_bytes, Express express) {
  if (!plan_.on_disk) return open_memory(encoders, window_bytes, express);
  SpoolSet set;
  const std::string& root = root_of(destination_id);
  const Result<SegmentKeeper*> keeper = keeper_of(root);
  if (!keeper.ok()) return keeper.status();
  SegmentStorePlan plan = store_plan(destination_id, **keeper);
  const DiskSpoolPlan disk = disk_plan(destination_id, window_bytes);
  const std::string folder = root + "/" + folder_of(destination_id, side);
  Left& left = left_[{destination_id, side}];
  left = {};
  std::vector<std::shared_ptr<SegmentStore>> former;
  for (const std::string& path : left_in(folder, destination_id)) {
    // A spool of this process that was closed lies there until it is removed; it holds nothing.
    if (path.substr(path.rfind('/') + 1).starts_with(run_)) continue;
    if (Status status = find_left(path, plan, disk, **keeper, left, set, former); !status.ok()) return status;
  }
  left.numbers.settle();
  plan.segments_elsewhere = [former, encoders] {
    size_t sum = 0;
    for (const auto& store : former) sum += store->segments();
    return (sum + encoders - 1) / encoders;
  };
  for (size_t i = 0; i < encoders; ++i) {
    Result<std::unique_ptr<Spool>> spool = make_live(plan, disk, **keeper, path_of(folder, i));
    if (!spool.ok()) return spool.status();
    set.live.push_back(*std::move(spool));
    if (express == Express::kNone) continue;
    spool = make_express(destination_id, **keeper, folder, i);
    if (!spool.ok()) return spool.status();
    set.express.push_back(*std::move(spool));
  }
  ++opened_;
  return set;
}

Result<std::unique_ptr<Spool>> SpoolDepot::open_lane(const std::string& destination_id, const std::string& side,
                                                     size_t encoder) {
  if (!plan_.on_disk) return MemorySpool::make(plan_.memory_bytes);
  const std::string& root = root_of(destination_id);
  const Result<SegmentKeeper*> keeper = keeper_of(root);
  if (!keeper.ok()) return keeper.status();
  Result<std::unique_ptr<Spool>> spool =
      make_live(store_plan(destination_id, **keeper), disk_plan(destination_id, 0), **keeper,
                path_of(root + "/" + folder_of(destination_id, side), encoder));
  ++opened_;
  return spool;
}

bool SpoolDepot::has_left(const std::string& destination_id, const std::string& side) const {
  if (!plan_.on_disk || left_.contains({destination_id, side})) return false;
  const auto runs = runs_in(root_of(destination_id) + "/" + folder_of(destination_id, side));
  return !runs.ok() || !runs->empty();
}

LeftOfTask SpoolDepot::left(const std::string& destination_id, const std::string& side, const Xid& xid,
                            std::optional<uint32_t> cin) const {
  LeftOfTask answer;
  const auto found = left_.find({destination_id, side});
  if (found == left_.end()) return answer;
  if (const auto records = found->second.records.find(xid); records != found->second.records.end()) {
    answer.records = records->second;
  }
  if (const auto unchecked = found->second.unchecked.find(xid); unchecked != found->second.unchecked.end()) {
    answer.unchecked = unchecked->second;
  }
  answer.alone = found->second.alone.contains(xid);
  answer.gap = found->second.numbers.gap();
  if (std::optional<LeftNumbers::Known> known = found->second.numbers.find(xid, cin)) {
    answer.known = true;
    answer.cin = known->cin;
    answer.next = known->next;
    answer.opening = std::move(known->opening);
  }
  return answer;
}

void SpoolDepot::count_taken(const Xid& xid) {
  for (auto& [where, left] : left_) left.records.erase(xid);
}

}  // namespace lictor

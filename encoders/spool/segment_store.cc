#include "encoders/spool/segment_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <utility>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

// Fill levels that are told, in percent of the bound; a level is over when it is undercut by kLevelSlack.
constexpr std::array<unsigned, 3> kLevels = {50, 75, 90};
constexpr unsigned kLevelSlack = 5;

}  // namespace

SegmentStore::SegmentStore(SegmentStorePlan plan) : plan_(std::move(plan)), exchange_(plan_.segments_max) {
  exchange_.segments_free.store(plan_.segments_max, std::memory_order_relaxed);
  LICTOR_CHECK(plan_.segments_max >= kSegmentsMin);
}

SegmentStore::SegmentStore(SegmentStorePlan plan, std::unique_ptr<MappedFile> header,
                           std::vector<std::unique_ptr<Segment>> segments)
    : plan_(std::move(plan)),
      exchange_(std::max(segments.size(), kSegmentsMin)),
      header_(std::move(header)),
      segments_(std::move(segments)),
      segment_count_(segments_.size()) {
  if (header_) exchange_.header.store(reinterpret_cast<SpoolHeader*>(header_->memory()));
}

size_t SegmentStore::segments_max() const {
  const size_t elsewhere = plan_.segments_elsewhere ? plan_.segments_elsewhere() : 0;
  return std::max(kSegmentsMin, plan_.segments_max - std::min(plan_.segments_max, elsewhere));
}

void SegmentStore::tend(SocketTime now, LegalTime legal) {
  if (removed_) return;
  if (is_leaving()) {
    remove_files();
    return;
  }
  take_back();
  if (plan_.is_written) {
    refill(now, legal);
    tell_level(legal);
    sync(now, legal);
  }
}

void SegmentStore::refill(SocketTime now, LegalTime legal) {
  // A request is open until the handover thread says otherwise; what it freed was pushed before that.
  const bool asked =
      exchange_.wanted.load(std::memory_order_relaxed) != exchange_.given.load(std::memory_order_acquire);
  take_back();
  use_spare();
  if (now >= retry_at_) {
    Status status = header_ ? absl::OkStatus() : make_header();
    while (status.ok() && exchange_.ready_count() < plan_.ready_ahead && segments_.size() < segments_max()) {
      status = make_segment();
      take_back();  // a new one takes its time: others came back meanwhile
      use_spare();
    }
    if (!status.ok()) retry_at_ = {now.ns + kRetryNs};
    tell_disk(status, legal);
  }
  retire_spare(now);
  if (!asked && exchange_.ready_count() == 0 && segments_.size() >= segments_max()) {
    exchange_.wanted.store(exchange_.wanted.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }
}

Status SegmentStore::make_header() {
  std::error_code error;
  std::filesystem::create_directories(plan_.directory, error);
  if (error) return absl::UnavailableError("spool: its directory: " + error.message());
  std::filesystem::permissions(plan_.directory, std::filesystem::perms::owner_all, error);
  Result<std::unique_ptr<MappedFile>> file = MappedFile::create(plan_.directory + "/head", kSpoolHeaderBytes);
  if (!file.ok()) return file.status();
  header_ = *std::move(file);
  auto* const header = reinterpret_cast<SpoolHeader*>(header_->memory());
  header->version = kSpoolVersion;
  header->synced_always = plan_.sync == SyncPolicy::kEachSeal ? 1 : 0;
  header->boot_id = boot_id();
  header->magic = kHeadMagic;
  exchange_.header.store(header, std::memory_order_release);
  return absl::OkStatus();
}

Status SegmentStore::make_segment() {
  std::error_code error;
  if (!std::filesystem::is_directory(plan_.directory, error)) {
    // Somebody took it away: begin it anew, what was sealed before lives on only in what is mapped.
    std::filesystem::create_directories(plan_.directory, error);
    if (error) return absl::UnavailableError("spool: its directory: " + error.message());
  }
  Result<std::unique_ptr<Segment>> segment =
      Segment::create(fmt::format("{}/{:08x}.seg", plan_.directory, names_++), plan_.shape);
  if (!segment.ok()) return segment.status();
  segments_.push_back(*std::move(segment));
  segment_count_.store(segments_.size(), std::memory_order_relaxed);
  LICTOR_CHECK(give(exchange_.ready, segments_.back().get()));
  exchange_.made_ready.fetch_add(1, std::memory_order_relaxed);
  return absl::OkStatus();
}

void SegmentStore::take_back() {
  while (const std::optional<Segment*> freed = exchange_.freed.pop()) {
    const bool usable = plan_.is_written && !(*freed)->file().is_damaged() && segments_.size() <= segments_max();
    if (usable) {
      spare_.push_back(*freed);
    } else {
      retire(*freed);
    }
  }
}

// What was used already asks nothing of the disk, which may be full.
void SegmentStore::use_spare() {
  while (exchange_.ready_count() < plan_.ready_ahead && !spare_.empty()) {
    Segment* const spare = spare_.back();
    spare_.pop_back();
    spare_least_ = std::min(spare_least_, spare_.size());
    if (!spare->prepare().ok()) {
      retire(spare);
      continue;
    }
    LICTOR_CHECK(give(exchange_.ready, spare));
    exchange_.made_ready.fetch_add(1, std::memory_order_relaxed);
  }
}

void SegmentStore::retire_spare(SocketTime now) {
  if (now < spare_at_) return;
  spare_at_ = {now.ns + kSpareNs};
  for (; spare_least_ > 0; --spare_least_) {
    retire(spare_.back());
    spare_.pop_back();
  }
  spare_least_ = spare_.size();
}

void SegmentStore::retire(Segment* segment) {
  segment->file().remove();
  std::erase_if(segments_, [segment](const auto& own) { return own.get() == segment; });
  segment_count_.store(segments_.size(), std::memory_order_relaxed);
}

void SegmentStore::sync(SocketTime now, LegalTime legal) {
  if (plan_.sync == SyncPolicy::kNone) return;
  if (plan_.sync == SyncPolicy::kInterval && now < sync_at_) return;
  sync_at_ = {now.ns + plan_.sync_every_ns};
  const uint64_t records = exchange_.records.load(std::memory_order_acquire);
  if (records == exchange_.durable.load(std::memory_order_relaxed)) return;
  bool synced = true;
  for (const std::unique_ptr<Segment>& segment : segments_) {
    const SegmentHeader& header = segment->header();
    const bool in_use = header.state.load(std::memory_order_acquire) == SegmentState::kInUse;
    const uint64_t end = header.records_before + records_of_head(segment->head());
    if (in_use && end > exchange_.durable.load(std::memory_order_relaxed)) synced = segment->file().sync() && synced;
  }
  if (header_) synced = header_->sync() && synced;
  if (synced) exchange_.durable.store(records, std::memory_order_release);
  if (synced != sync_failed_) return;
  sync_failed_ = !synced;
  raise("spool_sync", synced ? AlarmSeverity::kInformation : AlarmSeverity::kCritical,
        synced ? "the disk takes what is written again" : "the disk does not take what was written", synced, legal);
}

void SegmentStore::tell_disk(const Status& status, LegalTime legal) {
  const bool failed = !status.ok();
  if (failed == disk_failed_) return;
  disk_failed_ = failed;
  raise("spool_disk", failed ? AlarmSeverity::kCritical : AlarmSeverity::kInformation,
        failed ? std::string(status.message()) : "the disk takes segments again", !failed, legal);
}

void SegmentStore::tell_level(LegalTime legal) {
  const size_t ready = std::min<size_t>(exchange_.ready_count() + spare_.size(), segments_.size());
  const size_t used = segments_.size() - ready;
  exchange_.segments_free.store(segments_max() - std::min(used, segments_max()), std::memory_order_relaxed);
  const auto percent = static_cast<unsigned>(used * 100 / segments_max());
  unsigned level = 0;
  for (const unsigned one : kLevels) {
    if (percent >= (one <= level_ ? one - kLevelSlack : one)) level = one;
  }
  if (level == level_) return;
  level_ = level;
  raise("spool_filling", level >= 90 ? AlarmSeverity::kCritical : AlarmSeverity::kWarning,
        fmt::format("the backlog takes {} % of its bound", level == 0 ? percent : level), level == 0, legal);
}

void SegmentStore::tell_unlocked() {
  raise("spool_memory_not_locked", AlarmSeverity::kWarning,
        "plain copies of records may reach the swap space: raise the limit of locked memory", false, legal_now());
}

void SegmentStore::remove_all() {
  leaving_.store(true, std::memory_order_release);
  ring_keeper();
}

void SegmentStore::remove_files() {
  removed_ = true;
  exchange_.header.store(nullptr);
  spare_.clear();
  for (const std::unique_ptr<Segment>& segment : segments_) segment->file().remove();
  segment_count_.store(0, std::memory_order_relaxed);
  std::error_code error;
  std::filesystem::remove(plan_.directory + "/head", error);
  std::filesystem::remove(plan_.directory, error);
}

void SegmentStore::raise(const char* code, AlarmSeverity severity, std::string text, bool cleared, LegalTime legal) {
  if (plan_.alarms == nullptr) return;
  plan_.alarms->raise({.code = code,
                       .severity = severity,
                       .xid = {},
                       .destination_id = plan_.destination_id,
                       .text = std::move(text),
                       .raised = legal,
                       .cleared = cleared,
                       .count = 0});
}

}  // namespace lictor

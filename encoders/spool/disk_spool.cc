#include "encoders/spool/disk_spool.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

// Octets that are opened in one round of a handover thread: its other destinations have their turn.
constexpr size_t kFillBytesMax = size_t{1} << 20;
constexpr int64_t kTellEveryNs = kNanosecondsPerSecond;
constexpr int64_t kLookAtAgeEveryNs = kNanosecondsPerSecond;

uint64_t given_up(const ReleaseAccount& account) {
  return std::accumulate(account.given_up.begin(), account.given_up.end(), uint64_t{0});
}

// Sent once, and not kept until they were confirmed.
bool is_lost(RecordFate fate) {
  return fate.kind == RecordFate::Kind::kUnconfirmed && fate.reason != GivenUp::kRevoked;
}

}  // namespace

DiskSpool::DiskSpool(const DiskSpoolPlan& plan, std::shared_ptr<SegmentStore> store, const KeyBook& keys,
                     std::unique_ptr<RecordRing> staging, std::unique_ptr<RecordRing> window)
    : plan_(plan),
      store_(std::move(store)),
      exchange_(store_->exchange()),
      staging_(std::move(staging)),
      window_(std::move(window)),
      writer_(staging_ == nullptr ? nullptr : std::make_unique<SegmentWriter>(exchange_, store_->shape())),
      reader_(exchange_, keys),
      is_live_(staging_ != nullptr) {
  // A record alone in its block has to fit the rings with its table.
  if (writer_) record_bytes_max_ = std::min(writer_->record_bytes_max(), staging_->capacity() - kBlockBytesMax);
}

DiskSpool::~DiskSpool() = default;

Result<std::unique_ptr<DiskSpool>> DiskSpool::make(const DiskSpoolPlan& plan, std::shared_ptr<SegmentStore> store,
                                                   const KeyBook& keys) {
  Result<std::unique_ptr<RecordRing>> staging = RecordRing::make(plan.staging_bytes);
  if (!staging.ok()) return staging.status();
  Result<std::unique_ptr<RecordRing>> window = RecordRing::make(std::max(plan.staging_bytes, plan.window_bytes));
  if (!window.ok()) return window.status();
  const bool locked = (*staging)->lock() && (*window)->lock();
  std::unique_ptr<DiskSpool> made(new DiskSpool(plan, std::move(store), keys, *std::move(staging), *std::move(window)));
  if (!locked) made->store_->tell_unlocked();
  return made;
}

Result<std::unique_ptr<DiskSpool>> DiskSpool::recover(const DiskSpoolPlan& plan, std::shared_ptr<SegmentStore> store,
                                                      const KeyBook& keys, LeftSpool left) {
  size_t bytes = std::max(plan.staging_bytes, plan.window_bytes);
  for (const ReadSegment& segment : left.segments) bytes = std::max(bytes, size_t{segment.segment->capacity()});
  Result<std::unique_ptr<RecordRing>> window = RecordRing::make(bytes);
  if (!window.ok()) return window.status();
  (*window)->lock();
  std::unique_ptr<DiskSpool> made(new DiskSpool(plan, std::move(store), keys, nullptr, *std::move(window)));
  made->released_ = made->loaded_ = left.released;
  SegmentExchange& exchange = made->exchange_;
  exchange.records.store(left.end);
  exchange.durable.store(left.end);
  exchange.released.store(left.released);
  exchange.bytes.store(left.bytes_left);
  if (const SpoolHeader* const header = exchange.header.load()) {
    made->account_ = header->accounts[header->current.load() & 1];
  }
  made->account_.released = left.released;
  made->given_up_told_ = given_up(made->account_);
  made->reader_.adopt(std::move(left.segments));
  return made;
}

// --- writer ---

MutableBytes DiskSpool::reserve(size_t bytes) {
  if (bytes > record_bytes_max_) return {};
  const MutableBytes room = staging_->reserve(bytes);
  // No plain copy without a place on disk.
  if (room.empty() || !writer_->make_room(bytes)) return {};
  return room;
}

void DiskSpool::append(const SpoolRecord& record) {
  writer_->add(record, staging_->reserve(record.bytes).data());
  staging_->append(record.entry());
}

void DiskSpool::publish() {
  writer_->seal();  // before anybody sees a record
  staging_->publish();
}

// Of the plain copies' room, or of the bound on the disk.
BufferRoom DiskSpool::room() const {
  const BufferRoom disk{
      .free = exchange_.segments_free.load(std::memory_order_relaxed) * store_->shape().blocks_bytes(),
      .capacity = store_->segments_bound() * store_->shape().blocks_bytes(),
      .oldest_gives_way = true};
  return BufferRoom::scarcer(staging_->room(), disk);
}

// --- reader ---

bool DiskSpool::staging_fills() const {
  return staging_->bytes() > staging_->capacity() / 4 * 3 || staging_->records() * 128 > staging_->capacity() / 4 * 3;
}

bool DiskSpool::tend(SocketTime now, LegalTime legal) {
  reader_.take_new();
  bool busy = false;
  if (is_live_ && staging_fills()) spill();
  if (!is_live_) busy = fill();
  const bool waits = plan_.waits_for_disk && exchange_.durable.load(std::memory_order_relaxed) <
                                                 exchange_.records.load(std::memory_order_relaxed);
  if (waits || (writer_ != nullptr && exchange_.ready_count() < store_->ready_wanted())) store_->ring_keeper();
  if (now >= keys_due_) {
    keys_due_ = {now.ns + kTellEveryNs / 4};
    reader_.forget_keys();
  }
  if (now >= tell_due_) {
    tell_due_ = {now.ns + kTellEveryNs};
    tell_given_up(legal);
  }
  return busy;
}

// The peer does not take them as fast as they come: the plain copies move over, and make room for the writer.
void DiskSpool::spill() {
  is_live_ = false;
  staging_first_ = loaded_ = released_;
  take_staged();
  window_->publish();
}

// Plain copies that follow the window's end. Answers whether any found room.
bool DiskSpool::take_staged() {
  bool took = false;
  while (const std::optional<SpoolEntry> entry = staging_->entry(0)) {
    const MutableBytes room = window_->reserve(entry->bytes);
    if (room.empty()) break;
    std::memcpy(room.data(), staging_->readable().data(), entry->bytes);
    window_->append(*entry);
    staging_->release_one();
    ++staging_first_;
    ++loaded_;
    took = true;
  }
  return took;
}

// What the window has already, and what would keep the writer from going on: it is on disk.
void DiskSpool::drop_staged() {
  while (staging_->entry(0) && (staging_first_ < loaded_ || staging_->bytes() > staging_->capacity() / 2 ||
                                staging_->records() * 128 > staging_->capacity() / 2)) {
    staging_->release_one();
    ++staging_first_;
  }
}

bool DiskSpool::fill() {
  bool busy = false;
  const size_t bytes_before = window_->bytes();
  while (window_->bytes() < bytes_before + kFillBytesMax) {
    if (staging_ != nullptr) drop_staged();
    if (staging_ != nullptr && staging_->entry(0) && staging_first_ == loaded_) {
      if (!take_staged()) break;
      busy = true;
      continue;
    }
    uint64_t count = 0;
    if (loaded_ >= exchange_.records.load(std::memory_order_acquire)) break;
    // Nothing plain is there, or not yet: what was sealed before the last publish() is read when it is published.
    if (staging_ != nullptr && loaded_ >= staging_first_) break;
    if (reader_.load(loaded_, *window_, count) != SegmentReader::Load::kLoaded) break;
    loaded_ += count;
    busy = true;
  }
  window_->publish();
  if (staging_ != nullptr && window_->entries() == 0 && staging_first_ == loaded_) is_live_ = true;
  return busy;
}

std::optional<SpoolEntry> DiskSpool::entry(size_t index) const {
  if (plan_.waits_for_disk && released_ + index >= exchange_.durable.load(std::memory_order_acquire)) {
    return std::nullopt;
  }
  return ring().entry(index);
}

void DiskSpool::release_one(RecordFate fate) {
  RecordRing& from = is_live_ ? *staging_ : *window_;
  const std::optional<SpoolEntry> oldest = from.entry(0);
  if (!oldest) return;
  from.release_one();
  ++released_;
  if (is_live_) staging_first_ = released_;
  ++account_.released;
  if (fate.kind == RecordFate::Kind::kConfirmed) ++account_.confirmed;
  if (fate.kind == RecordFate::Kind::kUnconfirmed) ++account_.unconfirmed;
  if (is_lost(fate)) ++unconfirmed_lost_;
  if (fate.kind == RecordFate::Kind::kGivenUp) ++account_.given_up[static_cast<size_t>(fate.reason)];
  account_changed_ = true;
  exchange_.released_bytes.store(exchange_.released_bytes.load(std::memory_order_relaxed) + oldest->spooled_bytes(),
                                 std::memory_order_relaxed);
  exchange_.released.store(released_, std::memory_order_release);
}

// One of two accounts is whole at every instruction.
void DiskSpool::note_released() {
  SpoolHeader* const header = exchange_.header.load(std::memory_order_acquire);
  if (header != nullptr && std::exchange(account_changed_, false)) {
    const uint32_t next = 1 - (header->current.load(std::memory_order_relaxed) & 1);
    header->accounts[next] = account_;
    header->current.store(next, std::memory_order_release);
  }
  reader_.release_below(released_);
}

// One segment a request: the keeper asks again when it has made use of it.
std::optional<Overdue> DiskSpool::wanted_by_keeper() {
  const uint64_t wanted = exchange_.wanted.load(std::memory_order_acquire);
  if (wanted == exchange_.given.load(std::memory_order_relaxed)) return std::nullopt;
  reader_.release_below(released_);
  if (giving_end_ == 0 && exchange_.ready_count() == 0 && reader_.can_give_segment()) {
    giving_end_ = reader_.segment_end();
  }
  if (released_ < giving_end_) return Overdue{.records = giving_end_ - released_, .reason = GivenUp::kBacklogMax};
  giving_end_ = 0;
  exchange_.given.store(wanted, std::memory_order_release);
  return std::nullopt;
}

Overdue DiskSpool::overdue(LegalTime legal) {
  if (const std::optional<Overdue> due = wanted_by_keeper()) return *due;
  if (plan_.age_max_ns == 0 || legal < age_due_) return {};
  const std::optional<LegalTime> sealed = reader_.sealed_at(released_);
  if (sealed && legal.unix_ns - sealed->unix_ns > plan_.age_max_ns) {
    return {.records = reader_.block_end(released_) - released_, .reason = GivenUp::kTooOld};
  }
  age_due_ = {legal.unix_ns + kLookAtAgeEveryNs};
  return {};
}

Overdue DiskSpool::oldest_part() {
  reader_.release_below(released_);
  const uint64_t end = reader_.can_give_segment() ? reader_.segment_end() : 0;
  return {.records = end > released_ ? end - released_ : 0, .reason = GivenUp::kBacklogMax};
}

void DiskSpool::let_off() {
  giving_end_ = 0;
  exchange_.given.store(exchange_.wanted.load(std::memory_order_acquire), std::memory_order_release);
}

void DiskSpool::tell_given_up(LegalTime legal) {
  const uint64_t now = given_up(account_) + unconfirmed_lost_;
  if (now == given_up_told_ || plan_.alarms == nullptr) return;
  std::string text = "records given up so far:";
  for (size_t i = 0; i < kReasons<GivenUp>; ++i) {
    if (account_.given_up[i] > 0) text += fmt::format(" {} {}", account_.given_up[i], kGivenUpNames[i]);
  }
  if (unconfirmed_lost_ > 0) text += fmt::format(" {} sent and never confirmed", unconfirmed_lost_);
  plan_.alarms->raise({.code = "records_given_up",
                       .severity = AlarmSeverity::kCritical,
                       .xid = {},
                       .destination_id = plan_.destination_id,
                       .text = std::move(text),
                       .raised = legal,
                       .cleared = false,
                       .count = now - std::exchange(given_up_told_, now)});
}

void DiskSpool::remove() { store_->remove_all(); }

uint64_t DiskSpool::backlog_records() const {
  const uint64_t released = exchange_.released.load(std::memory_order_acquire);
  const uint64_t sealed = exchange_.records.load(std::memory_order_acquire);
  return sealed > released ? sealed - released : 0;
}

uint64_t DiskSpool::released_records() const { return exchange_.released.load(std::memory_order_acquire); }

uint64_t DiskSpool::backlog_bytes() const {
  const uint64_t released = exchange_.released_bytes.load(std::memory_order_relaxed);
  const uint64_t sealed = exchange_.bytes.load(std::memory_order_relaxed);
  return sealed > released ? sealed - released : 0;
}

}  // namespace lictor

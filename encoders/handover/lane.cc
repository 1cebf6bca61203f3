#include "encoders/handover/lane.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

// Revoked records that one call of next() steps over: a long revoked backlog must not keep other destinations waiting.
constexpr size_t kSkipsMax = 4096;

}  // namespace

const Lane::Skipped* Lane::skipped(uint64_t number) const {
  if (skipped_.empty()) return nullptr;
  const auto behind = skipped_.upper_bound(number);
  if (behind == skipped_.begin() || number >= std::prev(behind)->second.end) return nullptr;
  return &std::prev(behind)->second;
}

// Accounts for a record that will not be sent (again).
RecordFate Lane::account(uint64_t number, const SpoolEntry& record, GivenUp why) {
  HandoverTaskAccount& account = accounts_.of(record.slot);
  if (number < handed_over_) {
    account.unconfirmed.add_shared(1);
    if (why != GivenUp::kRevoked) account.unconfirmed_lost.add_shared(1);
    return unconfirmed_for(why);
  }
  account.given_up.add_shared(why, 1);
  note_gone(record.slot, record.spooled_bytes());
  return given_up_for(why);
}

void Lane::note_gone(TaskSlot slot, uint64_t octets) {
  if (octets > 0 && !is_former_) accounts_.of(slot).gone_octets.add_shared(octets);
}

void Lane::skip(uint64_t number, const SpoolEntry& record, GivenUp why) {
  const RecordFate fate = account(number, record, why);
  auto behind = skipped_.upper_bound(number);
  uint64_t end = number + 1;
  if (behind != skipped_.end() && behind->first == end && behind->second.fate == fate) {
    end = behind->second.end;
    behind = skipped_.erase(behind);
  }
  if (behind != skipped_.begin() && std::prev(behind)->second.end == number && std::prev(behind)->second.fate == fate) {
    std::prev(behind)->second.end = end;
  } else {
    skipped_.emplace(number, Skipped{.end = end, .fate = fate});
  }
}

bool Lane::sendable(uint64_t number, const SpoolEntry& record) {
  if (skipped(number) != nullptr) return false;
  if (record.is_gone()) {
    skip(number, record, record.gone);
    return false;
  }
  if (revocations_.none() || !revocations_.contains(record.slot)) return true;
  skip(number, record, GivenUp::kRevoked);
  return false;
}

void Lane::tend(SocketTime now, LegalTime legal, bool& busy, Bounds bounds) {
  now_ = now;
  busy = spool_.tend(now, legal) || busy;
  if (bounds == Bounds::kWait) return;
  const Overdue overdue = spool_.overdue(legal);
  if (overdue.records > 0) give_up_below(released_ + overdue.records, overdue.reason);
}

bool Lane::give_up_part() {
  const Overdue part = spool_.oldest_part();
  if (part.records == 0) return false;
  give_up_below(released_ + part.records, part.reason);
  return true;
}

// It counts as handed over: nobody will know how much of it arrived.
void Lane::keep_rest(const SpoolEntry& record) {
  const Bytes rest = spool_.readable().subspan(cursor_offset_ + partial_, record.bytes - partial_);
  forget_rest();
  rest_.assign(rest.begin(), rest.end());
  forgiven_ += record.bytes;
  partial_ = 0;
  if (cursor_ >= handed_over_) note_gone(record.slot, record.bytes);
  handed_over_ = std::max(handed_over_, cursor_ + 1);
}

// It is plain text, outside of what is locked in memory and kept out of core dumps.
void Lane::forget_rest() {
  OPENSSL_cleanse(rest_.data(), rest_.size());
  rest_.clear();
  rest_sent_ = 0;
}

void Lane::give_up_below(uint64_t end, GivenUp why) {
  while (released_ < end) {
    const std::optional<SpoolEntry> oldest = entry(released_);
    if (!oldest) {
      if (!spool_.tend({INT64_MIN}, {INT64_MIN})) break;  // the next ones are read in
      continue;
    }
    if (partial_ > 0 && cursor_ == released_) keep_rest(*oldest);
    const Skipped* const known = skipped(released_);
    const RecordFate fate =
        known != nullptr ? known->fate : account(released_, *oldest, oldest->is_gone() ? oldest->gone : why);
    if (released_ < cursor_ && known == nullptr) forgiven_ += oldest->bytes;
    release_oldest(oldest->bytes, fate);
  }
  while (!skipped_.empty() && skipped_.begin()->first < released_) {
    const auto [first, range] = *skipped_.begin();
    skipped_.erase(skipped_.begin());
    if (range.end > released_) skipped_.emplace(released_, range);
  }
  forgiven_ -= std::min(forgiven_, acknowledged_);
  acknowledged_ = 0;
  spool_.note_released();
}

void Lane::skip_to_sendable() {
  for (size_t skips = 0; skips < kSkipsMax; ++skips) {
    const std::optional<SpoolEntry> next_one = entry(cursor_);
    if (!next_one || sendable(cursor_, *next_one)) break;
    ++cursor_;
    cursor_offset_ += next_one->bytes;
  }
  release_skipped();
}

Bytes Lane::next(size_t bytes_max, uint64_t end) {
  if (rest_sent_ < rest_.size()) return Bytes(rest_).subspan(rest_sent_);
  if (partial_ == 0) skip_to_sendable();
  if (pace_ != nullptr) {
    bytes_max = std::min(bytes_max, pace_->available(now_));
    if (bytes_max == 0 && partial_ == 0) return {};
  }
  std::optional<SpoolEntry> record = entry(cursor_);
  if (!record || (partial_ == 0 && (cursor_ >= end || !sendable(cursor_, *record)))) return {};
  size_t bytes = record->bytes - partial_;
  for (uint64_t number = cursor_ + 1; bytes < bytes_max && number < end; ++number) {
    record = entry(number);
    if (!record || bytes + record->bytes > bytes_max || !sendable(number, *record)) break;
    bytes += record->bytes;
  }
  return spool_.readable().subspan(cursor_offset_ + partial_, bytes);
}

void Lane::sent(size_t bytes) {
  if (pace_ != nullptr) pace_->take(bytes);
  if (rest_sent_ < rest_.size()) {
    rest_sent_ += bytes;
    LICTOR_CHECK(rest_sent_ <= rest_.size());
    if (rest_sent_ == rest_.size()) forget_rest();
    return;
  }
  TaskSlot slot{};
  uint64_t first_octets = 0;  // of records of `slot` that went for the first time
  while (bytes > 0) {
    const std::optional<SpoolEntry> record = entry(cursor_);
    LICTOR_CHECK(record.has_value());
    const size_t rest = record->bytes - partial_;
    if (bytes < rest) {
      partial_ += bytes;
      break;
    }
    bytes -= rest;
    partial_ = 0;
    if (record->slot != slot) note_gone(slot, std::exchange(first_octets, 0));
    slot = record->slot;
    if (cursor_ < handed_over_) ++resent_;
    if (cursor_ >= handed_over_) first_octets += record->bytes;
    ++cursor_;
    cursor_offset_ += record->bytes;
    handed_over_ = std::max(handed_over_, cursor_);
  }
  note_gone(slot, first_octets);
}

size_t Lane::front_bytes() const {
  const std::optional<SpoolEntry> front = entry(cursor_);
  return front ? front->bytes : 0;
}

void Lane::give_up_front(GivenUp why) {
  const std::optional<SpoolEntry> front = entry(cursor_);
  LICTOR_CHECK(front.has_value() && !inside_record());
  skip(cursor_, *front, why);
  ++cursor_;
  cursor_offset_ += front->bytes;
}

bool Lane::has_sent_revoked() const {
  if (revocations_.none()) return false;
  for (uint64_t number = released_; number < cursor_; ++number) {
    const std::optional<SpoolEntry> sent = entry(number);
    if (!sent || skipped(number) != nullptr) continue;
    if (sent->is_gone() || revocations_.contains(sent->slot)) return true;
  }
  return false;
}

void Lane::release_oldest(uint32_t bytes, RecordFate fate) {
  spool_.release_one(fate);
  ++released_;
  if (cursor_ < released_) {  // only where a record is given up before it was sent
    cursor_ = released_;
    cursor_offset_ = 0;
  } else {
    cursor_offset_ -= bytes;
  }
}

void Lane::release_skipped() {
  while (!skipped_.empty() && skipped_.begin()->first == released_ && cursor_ > released_) {
    const auto range = skipped_.begin();
    const Skipped whole = range->second;
    const uint64_t end = std::min(whole.end, cursor_);
    skipped_.erase(range);
    if (end < whole.end) skipped_.emplace(end, whole);
    while (released_ < end) release_oldest(entry(released_)->bytes, whole.fate);
  }
}

void Lane::confirm(size_t bytes) {
  const size_t forgiven = std::min(forgiven_, bytes);
  forgiven_ -= forgiven;
  acknowledged_ += bytes - forgiven;
  SpoolEntry last;
  uint64_t count = 0;
  const auto tell = [&] {
    if (count > 0) accounts_.confirmed(last, count);
    confirmed_ += std::exchange(count, 0);
  };
  while (true) {
    release_skipped();
    if (released_ == cursor_) break;
    const std::optional<SpoolEntry> oldest = entry(released_);
    LICTOR_CHECK(oldest.has_value());
    if (acknowledged_ < oldest->bytes) break;
    acknowledged_ -= oldest->bytes;
    if (oldest->slot != last.slot || oldest->series != last.series) tell();
    last = *oldest;
    ++count;
    release_oldest(oldest->bytes, kConfirmedFate);
  }
  tell();
  spool_.note_released();
}

void Lane::rewind() {
  cursor_ = released_;
  cursor_offset_ = 0;
  partial_ = 0;
  forget_rest();
  acknowledged_ = 0;
  forgiven_ = 0;
  // What was sent becomes unsent: revoked records among it are found again.
  scanned_ = released_;
}

void Lane::take_back() {
  handed_over_ = released_;
  rewind();
}

bool Lane::purge(size_t entries_max) {
  const uint64_t unsent = cursor_ + (partial_ > 0 ? 1 : 0);
  if (const uint64_t changes = revocations_.changes(); changes != changes_seen_) {
    changes_seen_ = changes;
    scanned_ = unsent;
  }
  if (revocations_.none()) return false;
  scanned_ = std::max(scanned_, unsent);
  bool found = false;
  for (size_t seen = 0; seen < entries_max; ++seen, ++scanned_) {
    const std::optional<SpoolEntry> record = entry(scanned_);
    if (!record) break;
    if (skipped(scanned_) == nullptr && !sendable(scanned_, *record)) found = true;
  }
  if (partial_ == 0) skip_to_sendable();
  return found;
}

void Lane::give_up() {
  rewind();
  if (spool_.keeps()) {
    release_skipped();
    spool_.note_released();
    return;
  }
  while (const std::optional<SpoolEntry> oldest = spool_.entry(0)) {
    const Skipped* const known = skipped(released_);
    const GivenUp why = revocations_.contains(oldest->slot) ? GivenUp::kRevoked : GivenUp::kShutdown;
    release_oldest(oldest->bytes, known != nullptr ? known->fate : account(released_, *oldest, why));
  }
  skipped_.clear();
}

}  // namespace lictor

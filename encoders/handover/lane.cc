#include "encoders/handover/lane.h"

#include <algorithm>
#include <iterator>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

// Revoked records that one call of next() steps over: a long revoked backlog must not keep other destinations waiting.
constexpr size_t kSkipsMax = 4096;

}  // namespace

bool Lane::skipped(uint64_t number) const {
  if (skipped_.empty()) return false;
  const auto behind = skipped_.upper_bound(number);
  return behind != skipped_.begin() && number < std::prev(behind)->second;
}

// Accounts for a record that will not be sent (again).
void Lane::skip(uint64_t number, TaskSlot slot) {
  HandoverTaskAccount& account = accounts_.of(slot);
  if (number < handed_over_) {
    account.unconfirmed.add_shared(1);
  } else {
    account.given_up.add_shared(GivenUp::kRevoked, 1);
  }
  auto behind = skipped_.upper_bound(number);
  uint64_t end = number + 1;
  if (behind != skipped_.end() && behind->first == end) {
    end = behind->second;
    behind = skipped_.erase(behind);
  }
  if (behind != skipped_.begin() && std::prev(behind)->second == number) {
    std::prev(behind)->second = end;
  } else {
    skipped_.emplace(number, end);
  }
}

bool Lane::sendable(uint64_t number, TaskSlot slot) {
  if (skipped(number)) return false;
  if (revocations_.none() || !revocations_.contains(slot)) return true;
  skip(number, slot);
  return false;
}

void Lane::skip_to_sendable() {
  for (size_t skips = 0; skips < kSkipsMax; ++skips) {
    const std::optional<SpoolEntry> next_one = entry(cursor_);
    if (!next_one || sendable(cursor_, next_one->slot)) break;
    ++cursor_;
    cursor_offset_ += next_one->bytes;
  }
  release_skipped();
}

Bytes Lane::next(size_t bytes_max) {
  if (partial_ == 0) skip_to_sendable();
  std::optional<SpoolEntry> record = entry(cursor_);
  if (!record || (partial_ == 0 && !sendable(cursor_, record->slot))) return {};
  size_t bytes = record->bytes - partial_;
  for (uint64_t number = cursor_ + 1; bytes < bytes_max; ++number) {
    record = entry(number);
    if (!record || bytes + record->bytes > bytes_max || !sendable(number, record->slot)) break;
    bytes += record->bytes;
  }
  return spool_.readable().subspan(cursor_offset_ + partial_, bytes);
}

void Lane::sent(size_t bytes) {
  while (bytes > 0) {
    const std::optional<SpoolEntry> record = entry(cursor_);
    LICTOR_CHECK(record.has_value());
    const size_t rest = record->bytes - partial_;
    if (bytes < rest) {
      partial_ += bytes;
      return;
    }
    bytes -= rest;
    partial_ = 0;
    if (cursor_ < handed_over_) ++resent_;
    ++cursor_;
    cursor_offset_ += record->bytes;
    handed_over_ = std::max(handed_over_, cursor_);
  }
}

void Lane::release_oldest(uint32_t bytes) {
  spool_.release_one();
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
    const uint64_t end = std::min(range->second, cursor_);
    const uint64_t whole_end = range->second;
    skipped_.erase(range);
    if (end < whole_end) skipped_.emplace(end, whole_end);
    while (released_ < end) release_oldest(entry(released_)->bytes);
  }
}

void Lane::confirm(size_t bytes) {
  acknowledged_ += bytes;
  TaskSlot slot{};
  uint64_t count = 0;
  const auto account = [&] {
    if (count > 0) accounts_.of(slot).confirmed.add_shared(count);
    count = 0;
  };
  while (true) {
    release_skipped();
    if (released_ == cursor_) break;
    const std::optional<SpoolEntry> oldest = entry(released_);
    LICTOR_CHECK(oldest.has_value());
    if (acknowledged_ < oldest->bytes) break;
    acknowledged_ -= oldest->bytes;
    if (oldest->slot != slot) account();
    slot = oldest->slot;
    ++count;
    release_oldest(oldest->bytes);
  }
  account();
}

void Lane::rewind() {
  cursor_ = released_;
  cursor_offset_ = 0;
  partial_ = 0;
  acknowledged_ = 0;
  // What was sent becomes unsent: revoked records among it are found again.
  scanned_ = released_;
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
    if (!skipped(scanned_) && !sendable(scanned_, record->slot)) found = true;
  }
  if (partial_ == 0) skip_to_sendable();
  return found;
}

void Lane::give_up() {
  rewind();
  while (const std::optional<SpoolEntry> oldest = spool_.entry(0)) {
    if (!skipped(released_)) {
      HandoverTaskAccount& account = accounts_.of(oldest->slot);
      if (released_ < handed_over_) {
        account.unconfirmed.add_shared(1);
      } else {
        account.given_up.add_shared(revocations_.contains(oldest->slot) ? GivenUp::kRevoked : GivenUp::kShutdown, 1);
      }
    }
    release_oldest(oldest->bytes);
  }
  skipped_.clear();
}

}  // namespace lictor

#include "dataplane/session/session_loop.h"

#include <algorithm>
#include <cstring>

#include "dataplane/base/check.h"
#include "dataplane/session/transport_checksum.h"

namespace lictor {
namespace {

constexpr int64_t kTickNs = 10'000'000;

// The producer is our own rx lcore: a record that contradicts itself is a wrong program, not bad input.
SignalRecord oldest_record(Bytes bytes) {
  SignalRecord record;
  LICTOR_CHECK(bytes.size() >= sizeof record.header);
  std::memcpy(&record.header, bytes.data(), sizeof record.header);
  const SignalRecordHeader& header = record.header;
  LICTOR_CHECK(header.record_bytes == signal_record_bytes(header.frame_bytes) && header.record_bytes <= bytes.size());
  LICTOR_CHECK(uint64_t{header.message_offset} + header.message_bytes <= header.frame_bytes);
  LICTOR_CHECK(header.kind < SignalKind::kCount);
  record.frame = bytes.subspan(sizeof header, header.frame_bytes);
  record.message = record.frame.subspan(header.message_offset, header.message_bytes);
  return record;
}

}  // namespace

SessionLoop::SessionLoop(SessionLoopPlan plan) : plan_(std::move(plan)) {
  LICTOR_CHECK(plan_.changes != nullptr && plan_.book != nullptr && plan_.desk != nullptr && plan_.outlet != nullptr);
  for (MatchRing* const ring : plan_.signals) sources_.push_back({.ring = ring});
  for (const IpPrefix& prefix : plan_.watched) builder_.watch(prefix);
  plan_.outlet->publish(builder_.build());
}

SessionLoop::~SessionLoop() = default;

bool SessionLoop::run_once(PacketTime now) noexcept {
  bool busy = take_changes(now);
  LegalTime heard{INT64_MAX};
  for (Source& source : sources_) {
    busy = take_messages(source) || busy;
    heard = std::min(heard, source.heard_until);
  }
  tick(now);
  plan_.desk->tell_again(now);
  busy = plan_.desk->tell_more_news(now) || busy;
  plan_.desk->publish();  // before the table: who copies a packet by it has told of its session
  publish_bindings();
  for (const Source& source : sources_) source.ring->in_force(source.taken);
  plan_.desk->passed(heard);
  plan_.outlet->tend();
  if (plan_.keeper != nullptr) busy = plan_.keeper->turn(*plan_.desk) || busy;
  if (counters_.changes_done.get() != changes_taken_) {
    counters_.changes_done.add(changes_taken_ - counters_.changes_done.get());
  }
  return busy;
}

bool SessionLoop::drained() const {
  return plan_.changes->empty() &&
         std::ranges::all_of(plan_.signals, [](const MatchRing* ring) { return ring->bytes->readable().empty(); });
}

bool SessionLoop::take_changes(PacketTime now) noexcept {
  const uint64_t before = changes_taken_;
  while (std::optional<WatchChange> change = plan_.changes->pop()) {
    plan_.desk->change(*std::move(change), now);
    ++changes_taken_;
  }
  return changes_taken_ != before;
}

bool SessionLoop::take_messages(Source& source) noexcept {
  SpscByteRing& ring = *source.ring->bytes;
  const LegalTime passed = source.ring->passed_until();  // before readable(): see MatchRing
  Bytes waiting = ring.readable();
  if (source.taken >= source.mark) {  // else the last mark was not reached yet, and must not move ahead for ever
    source.mark = source.taken + waiting.size();
    source.mark_passed = passed;
  }
  size_t taken = 0;
  for (size_t count = 0; count < plan_.messages_per_round_max && !waiting.empty(); ++count) {
    const SignalRecord record = oldest_record(waiting);
    take_record(record);
    taken += record.header.record_bytes;
    waiting = waiting.subspan(record.header.record_bytes);
  }
  if (taken > 0) ring.release(taken);
  source.taken += taken;
  if (source.taken >= source.mark) source.heard_until = std::max(source.heard_until, source.mark_passed);
  return taken > 0;
}

// What belongs together comes from one rx lcore, whose hash spares the ports of fragments.
void SessionLoop::take_record(const SignalRecord& record) noexcept {
  if (record.header.kind != SignalKind::kFragment) return take_message(record);
  counters_.messages[static_cast<size_t>(SignalKind::kFragment)].add(1);
  heard_ = record.header.arrival;
  if (plan_.assembly == nullptr) return counters_.without_tracker.add(1);
  std::optional<SignalRecord> whole = plan_.assembly->put(record);
  if (!whole) return;
  const std::optional<SignalSources::Found> found = plan_.sources->find(whole->header);
  if (!found || session_lcore_of(found->source_set, plan_.lcores) != plan_.lcore) return counters_.elsewhere.add(1);
  whole->header.kind = found->kind;
  whole->header.source_set = found->source_set;
  take_message(*whole);
}

void SessionLoop::take_message(const SignalRecord& record) noexcept {
  const auto kind = static_cast<size_t>(record.header.kind);
  counters_.messages[kind].add(1);
  heard_ = record.header.arrival;
  if (plan_.trackers[kind] == nullptr) {
    counters_.without_tracker.add(1);
    return;
  }
  if (check_transport_sum(record) == TransportSum::kWrong) {
    counters_.wrong_sums.add(1);
    if (plan_.wrong_sums == WrongSums::kNotRead) return;
  }
  plan_.trackers[kind]->on_message(record, *plan_.desk);
}

// The clock may step back: then ticks go on from there.
void SessionLoop::tick(PacketTime now) noexcept {
  if (now.unix_ns < ticked_.unix_ns + kTickNs && now >= ticked_) return;
  ticked_ = now;
  plan_.book->expire(now, *plan_.desk);
  std::array<Tracker*, kSignalKinds> ticked{};
  for (size_t kind = 0; kind < kSignalKinds; ++kind) {  // one tracker may read several kinds
    Tracker* const tracker = plan_.trackers[kind];
    if (tracker == nullptr || std::ranges::find(ticked, tracker) != ticked.end()) continue;
    ticked[kind] = tracker;
    tracker->on_tick(now, *plan_.desk);
  }
}

void SessionLoop::publish_bindings() noexcept {
  std::vector<BindingChange>& bindings = plan_.desk->bindings();
  if (bindings.empty()) return;
  for (const BindingChange& change : bindings) {
    if (change.kind == BindingChange::Kind::kRemove) {
      builder_.remove(change.rule.slot, {&change.rule, 1});
    } else if (builder_.rules() < plan_.rules_max) {
      builder_.add(change.rule);
    } else {
      counters_.rules_over.add(1);
    }
  }
  bindings.clear();
  plan_.outlet->publish(builder_.build());
  counters_.tables.add(1);
}

}  // namespace lictor

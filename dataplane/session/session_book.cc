#include "dataplane/session/session_book.h"

#include <algorithm>

#include "absl/status/status.h"
#include "dataplane/base/check.h"
#include "dataplane/packet/session_report.h"

namespace lictor {
namespace {

// expire() looks at this share of the table each time.
constexpr uint32_t kExpireCalls = 100;
constexpr uint32_t kExpireMin = 64;  // sessions a call: all of a small table are seen in each
// Two octets of memory for each that a session has.
constexpr size_t kVacatedShare = 2;

// Rounded up: nothing ends before its time.
uint32_t deadline_seconds(PacketTime time) {
  const int64_t seconds = (time.unix_ns + kNanosecondsPerSecond - 1) / kNanosecondsPerSecond;
  return static_cast<uint32_t>(std::clamp<int64_t>(seconds, 1, UINT32_MAX));
}

bool overlap(const PortRange& one, const PortRange& other) {
  return one.first <= other.last && other.first <= one.last;
}

bool is_among(const SessionAddress& address, std::span<const SessionAddress> others) {
  return std::ranges::find(others, address) != others.end();
}

}  // namespace

Result<std::unique_ptr<SessionBook>> SessionBook::make(const SessionBookPlan& plan) {
  if (plan.addresses_per_session_max == 0 || plan.addresses_per_session_max > kReportAddressesMax) {
    return absl::InvalidArgumentError("addresses_per_session_max must be 1 to 64");
  }
  Result<SessionStore> store = SessionStore::make(
      {.sessions_max = plan.sessions_max, .cells_bytes_max = plan.cells_bytes_max, .form = plan.form, .key = plan.key});
  if (!store.ok()) return store.status();
  return std::unique_ptr<SessionBook>(new SessionBook(plan, *std::move(store)));
}

SessionBook::SessionBook(const SessionBookPlan& plan, SessionStore store)
    : plan_(plan), store_(std::move(store)), vacated_(plan.sessions_max / kVacatedShare) {
  bound_.reserve(plan.addresses_per_session_max);
  unbound_.reserve(plan.addresses_per_session_max);
  losers_.reserve(plan.addresses_per_session_max);
}

SessionKey SessionBook::key(SessionSource source, uint16_t source_set, Bytes octets) const noexcept {
  const std::array<uint64_t, 1> words = {uint64_t{source_set} << 8 | static_cast<uint64_t>(source)};
  const Hash128 hash = sip_hash(plan_.key, words, octets);
  return {.low = hash.low, .high = static_cast<uint32_t>(hash.high)};
}

SessionId SessionBook::open(const SessionKey& key, SessionSource source, uint16_t source_set, SessionGroup group,
                            PacketTime started) noexcept {
  const SessionId session = store_.insert(key);
  if (session == kNoSession) {
    counters_.refused_full.add(1);
    return kNoSession;
  }
  SessionStore::Session& opened = store_.at(session);
  opened.source = source;
  opened.source_set = source_set;
  opened.group = group;
  opened.started = CompactTime(started);
  counters_.opened.add(1);
  return session;
}

SessionImage SessionBook::image(SessionId session) const noexcept {
  const SessionStore::Session& of = store_.at(session);
  return {.key = {.low = of.key_low, .high = of.key_high},
          .source = of.source,
          .source_set = of.source_set,
          .group = of.group,
          .started = of.started.time(),
          .updated = of.updated.time(),
          .deadline_s = store_.deadline(session),
          .at_deadline = of.at_deadline,
          .tracker_data = of.tracker_data};
}

SessionId SessionBook::restore(const SessionImage& image, std::span<const ShownIdentity> names,
                               std::span<const HeldAddress> addresses) noexcept {
  if (find(image.key) != kNoSession) return kNoSession;
  const SessionId session = open(image.key, image.source, image.source_set, image.group, image.started);
  if (session == kNoSession) return kNoSession;
  SessionStore::Session& opened = store_.at(session);
  opened.updated = CompactTime(image.updated);
  opened.at_deadline = image.at_deadline;
  opened.tracker_data = image.tracker_data;
  store_.set_deadline(session, image.deadline_s);
  take_names(session, names, Age::kNew);
  size_t count = 0;
  for (const HeldAddress& held : addresses) {
    if (++count > plan_.addresses_per_session_max || has(session, held.address)) continue;
    if (!store_.add_address(session, held.address, held.since)) counters_.cells_full.add(1);
  }
  return session;
}

SessionEvent SessionBook::event_of(SessionId session) const noexcept {
  const SessionStore::Session& of = store_.at(session);
  return {.source = of.source, .source_set = of.source_set, .session = session, .started = of.started.time()};
}

SessionBook::NamesTaken SessionBook::take_names(SessionId session, std::span<const ShownIdentity> shown,
                                                Age age) noexcept {
  NamesTaken taken;
  for (const ShownIdentity& identity : shown) {
    if (identity.shown.empty() || identity.shown.size() > kIdentityBytesMax) continue;
    if (age == Age::kLate && has_name(session, identity.kind)) continue;
    const SessionStore::Stored stored = store_.set_name(session, identity.kind, identity.shown);
    if (stored == SessionStore::Stored::kFull) counters_.cells_full.add(1);
    taken.changed = taken.changed || stored != SessionStore::Stored::kSame;
    taken.lost = taken.lost || stored == SessionStore::Stored::kReplaced || stored == SessionStore::Stored::kFull;
  }
  return taken;
}

bool SessionBook::has_name(SessionId session, IdentityKind kind) const noexcept {
  bool found = false;
  store_.for_each_identity(session, [&found, kind](IdentityKind held, Bytes) { found = found || held == kind; });
  return found;
}

bool SessionBook::apply(SessionId session, const SessionChange& change, SessionSink& sink) noexcept {
  const CompactTime effective(change.effective);
  const SessionStore::Session& known = store_.at(session);
  const bool is_late = effective < known.updated;
  const bool is_old = is_late || is_before_restore(change.effective, change.received);
  const NamesTaken names = take_names(session, change.shown, is_old ? Age::kLate : Age::kNew);
  bound_.clear();
  unbound_.clear();
  if (is_late) {
    counters_.late.add(1);
    take_from_others({session, known.source, known.source_set, change.shown}, change, sink);
  } else if (change.addresses) {
    find_lost(session, *change.addresses);
    for (const SessionAddress& address : *change.addresses) take_address(session, address, change, sink);
  }
  for (const SessionAddress& address : unbound_) {
    store_.remove_address(session, address);
    vacate(known.source_set, address, known.updated.time());
  }
  SessionStore::Session& changed = store_.at(session);
  if (!is_late) changed.updated = effective;
  if (change.deadline && !is_late) {
    store_.set_deadline(session, deadline_seconds(*change.deadline));
    changed.at_deadline = change.at_deadline;
  }
  SessionEvent event = event_of(session);
  event.kind = change.kind;
  event.received = change.received;
  event.effective = change.effective;
  event.identities_changed = names.changed;
  event.identities_lost = names.lost;
  event.deadline = is_late ? std::nullopt : change.deadline;
  event.shown = change.shown;
  event.bound = bound_;
  event.unbound = unbound_;
  event.details = change.details;
  event.message = change.message;
  event.shown_as = change.shown_as;
  sink.on_event(event);
  return names.changed || !bound_.empty() || !unbound_.empty();
}

void SessionBook::find_lost(SessionId session, std::span<const SessionAddress> now) noexcept {
  store_.for_each_address(session, [&](const SessionAddress& held, PacketTime /*since*/) {
    if (!is_among(held, now)) unbound_.push_back(held);  // as many as it may have, at most
  });
}

bool SessionBook::has(SessionId session, const SessionAddress& address) const noexcept {
  bool found = false;
  store_.for_each_address(session,
                          [&](const SessionAddress& held, PacketTime /*since*/) { found = found || held == address; });
  return found;
}

void SessionBook::take_address(SessionId session, const SessionAddress& address, const SessionChange& change,
                               SessionSink& sink) noexcept {
  if (has(session, address)) return;
  const SessionStore::Session& taker = store_.at(session);
  // Whether there is room or not: it is theirs no more.
  if (!take_from_holders({session, taker.source, taker.source_set, change.shown}, address, change, sink)) {
    counters_.addresses_older.add(1);
    return;
  }
  if (is_before_restore(change.effective, change.received)) {
    counters_.addresses_unsure.add(1);
    return vacate(taker.source_set, address, change.effective);
  }
  size_t held = 0;
  store_.for_each_address(session, [&](const SessionAddress& /*address*/, PacketTime /*since*/) { ++held; });
  if (held - unbound_.size() >= plan_.addresses_per_session_max) {
    counters_.addresses_over.add(1);
    return vacate(taker.source_set, address, change.effective);
  }
  if (!store_.add_address(session, address, change.effective)) {
    counters_.cells_full.add(1);
    return vacate(taker.source_set, address, change.effective);
  }
  bound_.push_back(address);
}

// All of them: an address that is shared by ports may have more holders than a session has addresses. False, and nobody
// loses it, where find_losers() says so.
bool SessionBook::take_from_holders(const Taker& taker, const SessionAddress& address, const SessionChange& change,
                                    SessionSink& sink) noexcept {
  while (find_losers(taker, address, change)) {
    if (losers_.empty()) return true;
    for (const Holder& loser : losers_) lose(loser, change, sink);
  }
  return false;
}

// What the taker cannot have, of a change that is late, without room or of a session that is over.
void SessionBook::take_from_others(const Taker& taker, const SessionChange& change, SessionSink& sink) noexcept {
  if (!change.addresses) return;
  for (const SessionAddress& address : *change.addresses) {
    if (taker.session != kNoSession && has(taker.session, address)) continue;
    if (!take_from_holders(taker, address, change, sink)) continue;
    vacate(taker.source_set, address, change.effective);
  }
}

void SessionBook::take_away(SessionSource source, uint16_t source_set, const SessionChange& change,
                            SessionSink& sink) noexcept {
  take_from_others({kNoSession, source, source_set, change.shown}, change, sink);
}

// Ports that share an address are not remembered: blocks are many, and seldom the same again.
void SessionBook::vacate(uint16_t source_set, const SessionAddress& address, PacketTime when) noexcept {
  if (address.ports.all()) vacated_.put_later(address_hash(source_set, address.prefix), when);
}

uint64_t SessionBook::address_hash(uint16_t source_set, const IpPrefix& prefix) const noexcept {
  const std::array<uint64_t, 1> words = {uint64_t{source_set} << 16 | static_cast<uint64_t>(prefix.ipv6) << 8 |
                                         prefix.bits};
  return sip_hash(plan_.key, words, prefix.octets).low;
}

bool SessionBook::is_same_subscriber(const Taker& taker, SessionId holder) const noexcept {
  if (store_.at(holder).source == taker.source) return false;
  if (taker.session != kNoSession) return store_.share_name(holder, taker.session);
  bool shared = false;
  for (const ShownIdentity& identity : taker.shown)
    store_.for_each_of(identity.kind, identity.shown, [&](SessionId other) { shared = shared || other == holder; });
  return shared;
}

// As many as there is room for. False where one of all was given it later, or has said since that he has it.
bool SessionBook::find_losers(const Taker& taker, const SessionAddress& address, const SessionChange& change) noexcept {
  losers_.clear();
  const CompactTime effective(change.effective);
  const std::optional<PacketTime> vacated = vacated_.find(address_hash(taker.source_set, address.prefix));
  const bool was_since = vacated && address.ports.all() && effective < CompactTime(*vacated) &&
                         vacated->unix_ns - change.received.unix_ns < kAheadNs;
  bool is_older = was_since;
  store_.for_each_holder(taker.source_set, address.prefix,
                         [&](SessionId holder, const SessionAddress& held, PacketTime since) {
                           if (holder == taker.session || !overlap(held.ports, address.ports)) return;
                           if (is_same_subscriber(taker, holder)) return;
                           if (effective < store_.at(holder).updated || effective < CompactTime(since)) {
                             is_older = true;
                           } else if (losers_.size() < losers_.capacity()) {
                             losers_.push_back({holder, held, since});
                           }
                         });
  return !is_older;
}

void SessionBook::lose(const Holder& loser, const SessionChange& change, SessionSink& sink) noexcept {
  counters_.addresses_taken.add(1);
  store_.remove_address(loser.session, loser.address);
  const bool has_others = store_.at(loser.session).addresses != 0;
  SessionEvent event = event_of(loser.session);
  event.kind = has_others ? AccessEvent::kUpdate : AccessEvent::kEnd;
  event.end = has_others ? SessionEnd::kNone : SessionEnd::kReplaced;
  event.received = change.received;
  event.effective = change.effective;
  event.unbound = {&loser.address, 1};
  sink.on_event(event);
  if (has_others) return;
  store_.erase(loser.session);
  counters_.closed.add(1);
}

void SessionBook::close(SessionId session, const SessionClosing& closing, SessionSink& sink) noexcept {
  bound_.clear();
  unbound_.clear();
  const SessionStore::Session& closed = store_.at(session);
  take_names(session, closing.shown, CompactTime(closing.effective) < closed.updated ? Age::kLate : Age::kNew);
  find_lost(session, {});
  for (const SessionAddress& address : unbound_) vacate(closed.source_set, address, closed.updated.time());
  SessionEvent event = event_of(session);
  event.kind = AccessEvent::kEnd;
  event.end = closing.end;
  event.received = closing.received;
  event.effective = closing.effective;
  event.shown = closing.shown;
  event.unbound = unbound_;
  event.details = closing.details;
  event.message = closing.message;
  event.shown_as = closing.shown_as;
  if (event.is_unheard()) counters_.unheard.add(1);
  sink.on_event(event);
  store_.erase(session);
  counters_.closed.add(1);
}

void SessionBook::close_group(SessionSource source, uint16_t source_set, SessionGroup group,
                              const SessionClosing& closing, SessionSink& sink) noexcept {
  for (uint32_t i = 0; i < store_.used(); ++i) {
    const SessionStore::Session& session = store_.at(SessionId{i});
    if (!session.open || session.source != source || session.source_set != source_set || session.group != group)
      continue;
    if (CompactTime(closing.effective) < session.started) continue;
    close(SessionId{i}, closing, sink);
  }
}

void SessionBook::expire(PacketTime now, SessionSink& sink) noexcept {
  const int64_t seconds = now.unix_ns / kNanosecondsPerSecond;
  const uint32_t share = std::min(store_.used(), store_.used() / kExpireCalls + kExpireMin);
  for (uint32_t i = 0; i < share; ++i) {
    if (next_to_expire_ >= store_.used()) next_to_expire_ = 0;
    const SessionId session{next_to_expire_++};
    const uint32_t deadline = store_.deadline(session);
    if (deadline == 0 || deadline > seconds) continue;
    counters_.expired.add(1);
    const PacketTime ended{int64_t{deadline} * kNanosecondsPerSecond};
    close(session, {.received = now, .effective = ended, .end = store_.at(session).at_deadline}, sink);
  }
}

}  // namespace lictor

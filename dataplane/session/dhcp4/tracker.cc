// What each type of message means. Whom to believe, and which exchange and session a message is of, is in
// tracker_lookup.cc.

#include "dataplane/session/dhcp4/tracker.h"

#include <algorithm>

#include "dataplane/session/dhcp4/host_prefix.h"

namespace lictor::dhcp4 {
namespace {

// The last deadline that a book knows: in 2106.
constexpr PacketTime kForever{int64_t{UINT32_MAX} * kNanosecondsPerSecond};
constexpr uint32_t kInfiniteLease = UINT32_MAX;

// Multicast, loopback and 0/8 are no host's, whoever says so.
bool is_host(uint32_t address) {
  const uint32_t network = address >> 24;
  return network != 0 && network != 127 && network < 224;
}

uint32_t ipv4_of(const SignalEnd& end) { return ByteReader(end.address).u32(); }

TrackerPlan sorted(TrackerPlan plan) {
  for (SourceSet& set : plan.sets) {
    std::ranges::sort(set.servers);
    std::ranges::sort(set.relays);
  }
  return plan;
}

// What no session is asked for.
bool is_question(MessageType type) { return type == MessageType::kDiscover || type == MessageType::kRequest; }

bool is_from_client(MessageType type) {
  return type != MessageType::kOffer && type != MessageType::kAck && type != MessageType::kNak;
}

}  // namespace

LeaseTracker::LeaseTracker(TrackerPlan plan, SessionBook& book)
    : plan_(sorted(std::move(plan))), book_(book), exchanges_(plan_.exchanges_max) {}

// Deadlines are the book's, and an exchange that nobody answers is no event.
void LeaseTracker::on_tick(PacketTime /*now*/, SessionSink& /*sink*/) noexcept {}

void LeaseTracker::on_message(const SignalRecord& record, SessionSink& sink) noexcept {
  if (record.header.kind != SignalKind::kDhcp4) return;
  Message message;
  const Reading reading = parser_.read(record.message, message);
  if (!count(reading, message)) return;
  if (record.header.source_set >= plan_.sets.size()) return counters_.unknown_set.add(1);
  if (is_from_client(message.type) != (message.op == Op::kRequest)) return counters_.wrong_way.add(1);
  const Case at{.record = record,
                .message = message,
                .set = plan_.sets[record.header.source_set],
                .sink = sink,
                .source = ipv4_of(record.header.source),
                .now = record.header.arrival,
                .source_set = record.header.source_set,
                .client = is_question(message.type) ? 0 : client_hash(message)};
  switch (message.type) {
    case MessageType::kDiscover:
      return on_discover(at);
    case MessageType::kRequest:
      return on_request(at);
    case MessageType::kAck:
      return on_ack(at);
    case MessageType::kNak:
      return on_nak(at);
    case MessageType::kRelease:
      return on_release(at);
    case MessageType::kDecline:
      return on_decline(at);
    case MessageType::kOffer:
    case MessageType::kInform:
      return;
  }
}

// False where there is no message.
bool LeaseTracker::count(Reading reading, const Message& message) noexcept {
  counters_.readings[static_cast<size_t>(reading)].add(1);
  if (reading != Reading::kMessage) return false;
  counters_.split_options.add(message.split_options);
  for (size_t i = 0; message.damage != 0 && i < counters_.damages.size(); ++i)
    if (message.has(static_cast<Damage>(i))) counters_.damages[i].add(1);
  return true;
}

// One attempt an exchange; where the relay's copy comes behind the client's, a second that shows the line alone.
void LeaseTracker::on_discover(const Case& at) noexcept {
  Exchange& exchange = exchange_of(at);
  exchange.asked = at.now;
  const Line line = asked_from(at);
  note_client(at, exchange);
  note_line(line, exchange);
  exchange.is_rapid = exchange.is_rapid || at.message.rapid_commit;
  const bool shows_line = line.has_ids() && !exchange.attempted_line;
  if (exchange.attempted && !shows_line) return counters_.repeated.add(1);
  Names names = names_of(at, exchange, line);
  if (exchange.attempted) {
    names.count = 0;
    names.add(IdentityKind::kCircuitId, line.circuit_id);
    names.add(IdentityKind::kRemoteId, line.remote_id);
  }
  exchange.attempted = true;
  exchange.attempted_line = line.has_ids();
  tell(at, AccessEvent::kAttempt, names);
}

void LeaseTracker::on_request(const Case& at) noexcept {
  Exchange& exchange = exchange_of(at);
  const bool renews = at.message.ciaddr != 0;
  const uint32_t requested = renews ? at.message.ciaddr : at.message.requested_address.value_or(0);
  // Clients may use an xid again; another question with it is no repetition, however soon.
  const bool is_another = renews != exchange.renews || requested != exchange.requested;
  const bool is_new_round =
      exchange.answer != Answer::kNone && (is_another || apart(at.now, exchange.answered) > plan_.repetition_ns);
  if (is_new_round) exchange = Exchange{};
  if (exchange.has_request) counters_.repeated.add(1);
  exchange.has_request = true;
  exchange.asked = at.now;
  exchange.renews = renews;
  exchange.requested = requested;
  const Line line = asked_from(at);
  if (at.message.giaddr != 0 && !line.known()) exchange.has_forged_line = true;
  note_client(at, exchange);
  note_line(line, exchange);
}

void LeaseTracker::on_ack(const Case& at) noexcept {
  if (!is_trusted(at)) return counters_.not_trusted.add(1);
  if (!is_host(at.message.yiaddr)) return counters_.informed.add(1);
  Exchange* const exchange = asked_exchange(at);
  if (exchange == nullptr) return counters_.unasked.add(1);
  note_client(at, *exchange);
  const Line line = hashed(answered_to(at, *exchange));
  const bool is_repeated = exchange->answer == Answer::kAck && exchange->bound == at.message.yiaddr &&
                           apart(at.now, exchange->answered) <= plan_.repetition_ns;
  if (is_repeated) return complete(at, *exchange, line);
  bind(at, *exchange, line);
}

void LeaseTracker::bind(const Case& at, Exchange& exchange, const Line& line) noexcept {
  exchange.answer = Answer::kAck;
  exchange.answered = at.now;
  exchange.bound = at.message.yiaddr;
  exchange.bound_with_line = line.has_ids();
  if (!at.message.lease_s) counters_.no_lease_time.add(1);
  const uint32_t lease_s = at.message.lease_s.value_or(plan_.lease_default_s);
  const PacketTime end{at.now.unix_ns + int64_t{lease_s} * kNanosecondsPerSecond};
  Names names = names_of(at, exchange, line);
  if (lease_s != kInfiniteLease) names.details.expected_end = end;
  note_line(line, exchange);
  const std::array<SessionAddress, 1> addresses = {SessionAddress{.prefix = host_prefix(at.message.yiaddr)}};
  SessionChange change{.received = at.now,
                       .effective = at.now,
                       .shown = names.shown(),
                       .addresses = addresses,
                       .deadline = lease_s == kInfiniteLease ? kForever : end,
                       .at_deadline = SessionEnd::kLeaseExpired,
                       .details = &names.details,
                       .message = &at.record,
                       .shown_as = &kWholeMessage};
  const SessionId holder = holder_of(at, at.message.yiaddr);
  const bool is_own = holder != kNoSession && is_same_client(at, exchange, holder);
  if (!is_own && book_.was_given_since(SessionSource::kDhcp4, at.source_set, addresses[0], change))
    return counters_.after_end.add(1);
  const Found found = session_for(at, exchange, line);
  change.kind = found.kind;
  // The book is full, and has counted it.
  if (found.session == kNoSession) return book_.take_away(SessionSource::kDhcp4, at.source_set, change, at.sink);
  if (at.now >= book_.updated(found.session)) mark(at, found.session, line);
  (found.kind == AccessEvent::kAccept ? counters_.begun : counters_.renewed).add(1);
  book_.apply(found.session, change, at.sink);
}

// An ACK once more. What was bound from the client's side lacks the line that the server's side shows.
void LeaseTracker::complete(const Case& at, Exchange& exchange, const Line& line) noexcept {
  counters_.repeated.add(1);
  if (!line.has_ids() || exchange.bound_with_line) return;
  const SessionId session = holder_of(at, at.message.yiaddr);
  if (session == kNoSession || !is_client_of(at, session)) return;
  exchange.bound_with_line = true;
  note_line(line, exchange);
  mark(at, session, line);
  const Names names = names_of(at, exchange, line);
  book_.apply(session,
              {.kind = AccessEvent::kUpdate,
               .received = at.now,
               .effective = at.now,
               .shown = names.shown(),
               .details = &names.details,
               .message = &at.record,
               .shown_as = &kWholeMessage},
              at.sink);
}

// RFC 2131 section 4.3.2: the client must not use what it asked for. A client of the same hardware address elsewhere
// may have been told so; only who renews by ciaddr need not show his line.
void LeaseTracker::on_nak(const Case& at) noexcept {
  if (!is_trusted(at)) return counters_.not_trusted.add(1);
  Exchange* const exchange = asked_exchange(at);
  if (exchange == nullptr) return counters_.unasked.add(1);
  const bool is_repeated =
      exchange->answer != Answer::kNone && apart(at.now, exchange->answered) <= plan_.repetition_ns;
  if (is_repeated) return counters_.repeated.add(1);
  exchange->answer = Answer::kNak;
  exchange->answered = at.now;
  const Line line = hashed(answered_to(at, *exchange));
  const LineRule rule = exchange->renews ? LineRule::kMayBeUnknown : LineRule::kMustAgree;
  counters_.rejected.add(1);
  const bool is_held = holder_of(at, exchange->requested) != kNoSession;
  if (is_held || exchange->renews)
    end_lease(at, exchange->requested, line, rule, counters_.revoked, SessionEnd::kOther);
  tell(at, AccessEvent::kReject, names_of(at, *exchange, line));
}

// Unicast by the client from the address that it gives back (RFC 2131 section 4.4.6), or by a relay that stands in for
// the server (RFC 5107).
void LeaseTracker::on_release(const Case& at) noexcept {
  const Line line = hashed(asked_from(at));
  const bool is_own = at.message.ciaddr != 0 && (at.source == at.message.ciaddr || line.known());
  if (!is_own) return counters_.foreign_end.add(1);
  end_lease(at, at.message.ciaddr, line, LineRule::kMayBeUnknown, counters_.released, SessionEnd::kLogoff);
}

void LeaseTracker::on_decline(const Case& at) noexcept {
  const Line line = hashed(asked_from(at));
  end_lease(at, at.message.requested_address.value_or(0), line, LineRule::kMustAgree, counters_.declined,
            SessionEnd::kOther);
}

// The lease of `address`, if it is this client's at this line. Where it is nobody's, the ACK that gave it may be on its
// way from another port.
void LeaseTracker::end_lease(const Case& at, uint32_t address, const Line& line, LineRule rule, Counter& counter,
                             SessionEnd end) noexcept {
  const SessionId session = holder_of(at, address);
  if (session == kNoSession) {
    counters_.repeated.add(1);
    return book_.vacate(at.source_set, {.prefix = host_prefix(address)}, at.now);
  }
  const auto bound_line = static_cast<uint32_t>(book_.tracker_data(session));
  const bool agrees = bound_line == 0 || (line.known() ? line.hash == bound_line : rule == LineRule::kMayBeUnknown);
  if (!agrees || !is_client_of(at, session)) return counters_.foreign_end.add(1);
  if (at.now < book_.updated(session)) return counters_.repeated.add(1);  // it was leased again since
  counter.add(1);
  book_.vacate(at.source_set, {.prefix = host_prefix(address)}, at.now);
  const Exchange none;
  const Names names = names_of(at, none, line);
  book_.close(session,
              {.received = at.now,
               .effective = at.now,
               .end = end,
               .shown = names.shown(),
               .details = &names.details,
               .message = &at.record,
               .shown_as = &kWholeMessage},
              at.sink);
}

void LeaseTracker::tell(const Case& at, AccessEvent kind, const Names& names) noexcept {
  at.sink.on_event({.kind = kind,
                    .source = SessionSource::kDhcp4,
                    .source_set = at.source_set,
                    .received = at.now,
                    .effective = at.now,
                    .started = at.now,
                    .shown = names.shown(),
                    .details = &names.details,
                    .message = &at.record,
                    .shown_as = &kWholeMessage});
}

}  // namespace lictor::dhcp4

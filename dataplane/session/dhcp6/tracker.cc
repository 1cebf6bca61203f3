// What each type of message means. What follows for leases is in tracker_leases.cc; whom to believe, and which exchange
// and session a message is of, in tracker_lookup.cc.

#include "dataplane/session/dhcp6/tracker.h"

#include <algorithm>

namespace lictor::dhcp6 {
namespace {

// Of a walk each tick; a hundredth of the table is walked where that is more.
constexpr uint32_t kWalkedMin = 16;

TrackerPlan sorted(TrackerPlan plan) {
  for (SourceSet& set : plan.sets) {
    std::ranges::sort(set.servers);
    std::ranges::sort(set.relays);
  }
  return plan;
}

// What no session is asked for.
bool is_question(MessageType type) {
  return type == MessageType::kSolicit || type == MessageType::kRequest || type == MessageType::kRenew ||
         type == MessageType::kRebind;
}

bool is_from_server(MessageType type) {
  return type == MessageType::kAdvertise || type == MessageType::kReply || type == MessageType::kReconfigure;
}

}  // namespace

LeaseTracker::LeaseTracker(TrackerPlan plan, SessionBook& book)
    : plan_(sorted(std::move(plan))), book_(book), exchanges_(plan_.exchanges_max), leases_(plan_.leases_max) {}

void LeaseTracker::on_tick(PacketTime now, SessionSink& sink) noexcept {
  leases_.walk(kWalkedMin, [&](const LeaseEntry& entry) { return expire(entry, now, sink); });
}

void LeaseTracker::on_message(const SignalRecord& record, SessionSink& sink) noexcept {
  if (record.header.kind != SignalKind::kDhcp6) return;
  Message message;
  const Reading reading = parser_.read(record.message, message);
  if (!count(reading, message)) return;
  if (record.header.source_set >= plan_.sets.size()) return counters_.unknown_set.add(1);
  if (is_from_server(message.type) != message.from_server) return counters_.wrong_way.add(1);
  if (message.client_duid.empty()) return counters_.no_client.add(1);
  const Case at{.record = record,
                .message = message,
                .set = plan_.sets[record.header.source_set],
                .sink = sink,
                .now = record.header.arrival,
                .source_set = record.header.source_set,
                .client = is_question(message.type) ? 0 : client_hash(message)};
  switch (message.type) {
    case MessageType::kSolicit:
      return on_solicit(at);
    case MessageType::kRequest:
    case MessageType::kRenew:
    case MessageType::kRebind:
      return on_request(at);
    case MessageType::kReply:
      return on_reply(at);
    case MessageType::kRelease:
      return on_end(at, counters_.released, SessionEnd::kLogoff);
    case MessageType::kDecline:
      return on_end(at, counters_.declined, SessionEnd::kOther);
    case MessageType::kAdvertise:
    case MessageType::kConfirm:
    case MessageType::kReconfigure:
    case MessageType::kInformationRequest:
      return;
  }
}

// False where there is no message.
bool LeaseTracker::count(Reading reading, const Message& message) noexcept {
  counters_.readings[static_cast<size_t>(reading)].add(1);
  if (reading != Reading::kMessage) return false;
  for (size_t i = 0; message.damage != 0 && i < counters_.damages.size(); ++i)
    if (message.has(static_cast<Damage>(i))) counters_.damages[i].add(1);
  return true;
}

// One attempt an exchange; where the relay's copy comes behind the client's, a second that shows the line alone.
void LeaseTracker::on_solicit(const Case& at) noexcept {
  Exchange& exchange = exchange_of(at);
  exchange.asked = at.now;
  exchange.is_rapid = exchange.is_rapid || at.message.rapid_commit;
  const Line line = line_in(at);
  note_client(at, exchange);
  note_line(line, exchange);
  const bool shows_line = line.has_ids() && !exchange.attempted_line;
  if (exchange.attempted && !shows_line) return counters_.repeated.add(1);
  Names names = names_of(at, exchange, line);
  if (exchange.attempted) {
    names.count = 0;
    names.add(IdentityKind::kCircuitId, line.interface_id);
    names.add(IdentityKind::kRemoteId, line.remote_id);
  }
  exchange.attempted = true;
  exchange.attempted_line = line.has_ids();
  tell(at, AccessEvent::kAttempt, names);
}

void LeaseTracker::on_request(const Case& at) noexcept {
  Exchange& exchange = exchange_of(at);
  const bool is_new_round = exchange.is_answered && apart(at.now, exchange.answered) > plan_.repetition_ns;
  if (is_new_round) exchange = Exchange{};
  if (exchange.has_request) counters_.repeated.add(1);
  exchange.has_request = true;
  exchange.asked = at.now;
  exchange.renews = at.message.type != MessageType::kRequest;
  exchange.asked_count = 0;
  for (const Lease& lease : at.message.leases) {
    const auto address = address_of(lease, at.message.associations[lease.association].kind);
    if (address && exchange.asked_count < exchange.asked_for.size())
      exchange.asked_for[exchange.asked_count++] = *address;
  }
  note_client(at, exchange);
  note_line(line_in(at), exchange);
}

void LeaseTracker::on_reply(const Case& at) noexcept {
  if (!is_trusted(at)) return counters_.not_trusted.add(1);
  Exchange* const exchange = asked_exchange(at);
  if (exchange == nullptr) return counters_.unasked.add(1);
  const Line own = line_in(at);
  const Line asked = line_of(*exchange);
  // Servers echo Interface-Id and nothing else; the question's relay has said all of it.
  const Line line = hashed(asked.has_ids() || !own.known ? asked : own);
  // Of two servers that answer a REBIND one may know nothing of it.
  const bool gives = granted(at.message) > 0;
  const bool is_repeated = exchange->is_answered && apart(at.now, exchange->answered) <= plan_.repetition_ns;
  if (is_repeated && (exchange->has_lease || !gives)) return complete(at, *exchange, line);
  exchange->is_answered = true;
  exchange->answered = at.now;
  exchange->has_lease = gives;
  if (gives && are_all_older(at)) return counters_.after_end.add(1);
  if (gives) return give(at, *exchange, line);
  refuse(at, *exchange, line);
}

// A REPLY once more. What was bound from the client's side lacks the line that the server's side shows.
void LeaseTracker::complete(const Case& at, Exchange& exchange, const Line& line) noexcept {
  counters_.repeated.add(1);
  if (!line.has_ids() || exchange.bound_with_line) return;
  const SessionId session = session_of(at, exchange, line);
  if (session == kNoSession || !agrees(session, line)) return;
  exchange.bound_with_line = true;
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

// RELEASE and DECLINE: what the message lists, of sessions that are this client's at this line. Whose line is not shown
// may be anybody; the relay's copy shows it.
void LeaseTracker::on_end(const Case& at, Counter& counter, SessionEnd end) noexcept {
  const Line line = hashed(line_in(at));
  const Exchange none;
  const Names names = names_of(at, none, line);
  bool found = false;
  for (size_t i = 0; i < at.message.leases.size(); ++i) {
    const Lease& lease = at.message.leases[i];
    const auto address = address_of(lease, at.message.associations[lease.association].kind);
    const SessionId session = address ? holder_of(at, address->prefix) : kNoSession;
    if (session ==
        kNoSession) {  // another tap's copy, or of a lease that another of the list was of, or the REPLY waits
      if (address) book_.vacate(at.source_set, *address, at.now);
      continue;
    }
    found = true;
    // By unicast (RFC 8415 section 21.12) it comes from the address itself.
    const bool is_there = agrees(session, line) || at.record.header.source.address == address->prefix.octets;
    const bool is_own = is_client_of(at, session) && is_there && at.now >= book_.updated(session);
    if (!is_own) {
      counters_.foreign_end.add(1);
      continue;
    }
    Bindings& rest = bindings_of(session);
    for (const Lease& other : at.message.leases) {
      const auto listed = address_of(other, at.message.associations[other.association].kind);
      if (listed) rest.remove(*listed);
      if (listed) book_.vacate(at.source_set, *listed, at.now);
    }
    counter.add(1);
    let_go(at, session, rest, names, end);
  }
  if (!found) counters_.repeated.add(1);
}

void LeaseTracker::tell(const Case& at, AccessEvent kind, const Names& names) noexcept {
  at.sink.on_event({.kind = kind,
                    .source = SessionSource::kDhcp6,
                    .source_set = at.source_set,
                    .received = at.now,
                    .effective = at.now,
                    .started = at.now,
                    .shown = names.shown(),
                    .details = &names.details,
                    .message = &at.record,
                    .shown_as = &kWholeMessage});
}

}  // namespace lictor::dhcp6

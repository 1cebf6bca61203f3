// What PPP says in a session that is known: its end, who authenticated, and which address was acknowledged.
//
// A name is taken where one name alone can be meant by the concentrator's answer. RFC 1334, 2.2.1 has it acknowledge
// whatever else is asked once it has acknowledged: so only the first answer counts, until LCP begins anew. RFC 1994
// has it challenge first: so only a response behind the challenge counts.

#include <algorithm>

#include "dataplane/session/pppoe/tracker.h"

namespace lictor {
namespace {

constexpr int64_t kNanosecondsPerMillisecond = 1'000'000;

bool is_host(const std::array<uint8_t, 4>& address) { return address[0] != 0 && address[0] != 127 && address[0] < 224; }

IpPrefix prefix_of(const std::array<uint8_t, 4>& address) {
  IpPrefix prefix{.ipv6 = false, .bits = 32};
  std::ranges::copy(address, prefix.octets.begin());
  return prefix;
}

uint32_t ms_of(PacketTime time) { return static_cast<uint32_t>(time.unix_ns / kNanosecondsPerMillisecond); }

}  // namespace

void PppoeTracker::on_session(const Case& at) noexcept {
  PppMessage message;
  const PppoeReading reading = parse_pppoe_session(at.record.message, message);
  counters_.readings.add(reading);
  if (reading != PppoeReading::kRead || message.kind == PppKind::kOther) return;
  const SessionId session = book_.find(session_key(at, message.session_id));
  if (session == kNoSession) return adopt(at, message);
  if (at.now < book_.started(session)) return counters_.late.add(1);
  if (at.side == Side::kConcentrator) extend(at, message.session_id, session);
  switch (message.kind) {
    case PppKind::kLcp:
      return on_lcp(at, message, session);
    case PppKind::kPap:
      return on_pap(at, message, session);
    case PppKind::kChap:
      return on_chap(at, message, session);
    case PppKind::kIpcp:
      return on_ipcp(at, message, session);
    case PppKind::kIpv6cp:
      return on_ipv6cp(at, message, session);
    case PppKind::kOther:
      return;
  }
}

// A client's Terminate-Request is a wish, and the concentrator's Ack to it the end (RFC 1661, 3.7): who sends the first
// alone goes on to be intercepted.
void PppoeTracker::on_lcp(const Case& at, const PppMessage& message, SessionId session) noexcept {
  if (at.side != Side::kConcentrator) return;
  const auto code = static_cast<PppCode>(message.code);
  const bool is_end = code == PppCode::kTerminateRequest || code == PppCode::kTerminateAck;
  if (is_end && at.now < book_.updated(session)) return counters_.late.add(1);
  switch (code) {
    case PppCode::kConfigureRequest:
      return on_restart(at, message, session);
    case PppCode::kTerminateRequest:
      return end(at, message.session_id, session, SessionEnd::kConnectionLost);
    case PppCode::kTerminateAck:
      return end(at, message.session_id, session, SessionEnd::kLogoff);
    default:
      return;
  }
}

// The concentrator negotiates: whoever was authenticated before, and what he was given, is no more (RFC 1661, 4.3).
// Its session ends and another begins, at the same line.
void PppoeTracker::on_restart(const Case& at, const PppMessage& message, SessionId session) noexcept {
  State state = State::unpack(book_.tracker_data(session));
  const uint32_t ago_ms = ms_of(at.now) - state.lcp_ms;
  const auto repetition_ms = static_cast<uint32_t>(plan_.repetition_ns / kNanosecondsPerMillisecond);
  const bool is_near = std::min(ago_ms, 0U - ago_ms) <= repetition_ms;
  if (state.has_lcp && state.lcp_identifier == message.identifier && is_near) return counters_.repeated.add(1);
  const State fresh{.has_lcp = true, .lcp_identifier = message.identifier, .lcp_ms = ms_of(at.now)};
  const uint16_t number = message.session_id;
  if (!state.is_authenticated && !state.has_ipv6 && !address_of(session)) {
    book_.tracker_data(session) = fresh.pack();
    if (Authentication* const stale = find_authentication(at, number)) *stale = Authentication{};
    return;
  }
  counters_.restarted.add(1);
  ShortText<255> circuit_id;
  ShortText<255> remote_id;
  book_.for_each_identity(session, [&circuit_id, &remote_id](IdentityKind kind, Bytes shown) {
    if (kind == IdentityKind::kCircuitId) circuit_id.set(shown);
    if (kind == IdentityKind::kRemoteId) remote_id.set(shown);
  });
  end(at, number, session, SessionEnd::kOther);
  Names names(at, number);
  names.add_line(circuit_id.view(), remote_id.view());
  begin(at, number, names);
  const SessionId again = book_.find(session_key(at, number));
  if (again != kNoSession) book_.tracker_data(again) = fresh.pack();
}

void PppoeTracker::on_pap(const Case& at, const PppMessage& message, SessionId session) noexcept {
  const bool from_client = at.side == Side::kClient;
  const bool is_request = is_code(message, PapCode::kRequest);
  if (is_request != from_client) return;  // who authenticates the concentrator is nobody's name
  if (State::unpack(book_.tracker_data(session)).is_authenticated) return counters_.repeated.add(1);
  const uint16_t number = message.session_id;
  if (is_request) {
    Authentication& authentication = authentication_of(at, number);
    if (authentication.has_challenge) return;  // it is CHAP that this concentrator asks for
    if (authentication.is_early) authentication = Authentication{};
    return note_name(at, message.name, authentication);
  }
  Authentication* const found = find_authentication(at, number);
  if (is_code(message, PapCode::kAck)) take_name(at, number, session, found);
  if (is_code(message, PapCode::kNak)) reject(at, number, session, found);
}

void PppoeTracker::on_chap(const Case& at, const PppMessage& message, SessionId session) noexcept {
  const uint16_t number = message.session_id;
  const bool is_response = is_code(message, ChapCode::kResponse);
  if (is_response != (at.side == Side::kClient)) return;
  if (is_response) {
    Authentication& authentication = authentication_of(at, number);
    if (authentication.has_challenge) {
      if (message.identifier != authentication.identifier) return counters_.name_unasked.add(1);
      return note_name(at, message.name, authentication);
    }
    if (authentication.has_name && !authentication.is_early) return;  // it is PAP
    authentication = Authentication{};
    authentication.is_early = true;
    authentication.identifier = message.identifier;
    return note_name(at, message.name, authentication);
  }
  if (is_code(message, ChapCode::kChallenge)) {
    Authentication& authentication = authentication_of(at, number);
    const bool is_same = authentication.identifier == message.identifier;
    const bool is_repeated =
        authentication.has_challenge && is_same && apart(at.now, authentication.challenged) <= plan_.repetition_ns;
    if (is_repeated) return counters_.repeated.add(1);
    // By their stamps the response came behind it, whatever order two ports gave them in.
    const bool has_response = authentication.is_early && is_same && authentication.named >= at.now;
    if (!has_response) authentication = Authentication{};
    authentication.is_early = false;
    authentication.has_challenge = true;
    authentication.challenged = at.now;
    authentication.identifier = message.identifier;
    return;
  }
  Authentication* found = find_authentication(at, number);
  const bool is_answer = found != nullptr && found->has_challenge && found->identifier == message.identifier;
  if (!is_answer) found = nullptr;
  if (is_code(message, ChapCode::kSuccess)) take_name(at, number, session, found);
  if (is_code(message, ChapCode::kFailure)) reject(at, number, session, found);
}

void PppoeTracker::note_name(const Case& at, Bytes name, Authentication& authentication) noexcept {
  if (authentication.has_name) {
    if (std::ranges::equal(authentication.name.view(), name)) return;
    if (!authentication.is_ambiguous) counters_.name_conflicts.add(1);
    authentication.is_ambiguous = true;
    return;
  }
  authentication.has_name = true;
  authentication.named = at.now;
  authentication.name.set(name);
}

void PppoeTracker::take_name(const Case& at, uint16_t number, SessionId session, Authentication* found) noexcept {
  State state = State::unpack(book_.tracker_data(session));
  const bool is_first = !state.is_authenticated;
  state.is_authenticated = true;
  book_.tracker_data(session) = state.pack();
  if (found == nullptr || !found->has_name) {
    (is_first ? counters_.name_unasked : counters_.repeated).add(1);
    return;
  }
  const Authentication taken = *found;
  *found = Authentication{};
  if (taken.is_ambiguous || taken.name.empty()) return;
  if (has_name(session, taken.name.view())) return counters_.repeated.add(1);
  counters_.authenticated.add(1);
  Names names(at, number);
  names.add(IdentityKind::kRadiusUser, taken.name.view());
  names.details.user_name = taken.name.view();
  update(at, session, AccessEvent::kUpdate, names, std::nullopt);
}

// What was tried is shown to whoever follows this line, and is nobody's name.
void PppoeTracker::reject(const Case& at, uint16_t number, SessionId session, Authentication* found) noexcept {
  if (found == nullptr || !found->has_name) return counters_.name_unasked.add(1);
  counters_.authentication_failed.add(1);
  const Authentication refused = *found;
  // Which of two names is meant stays open: the other's answer may be on its way.
  if (!refused.is_ambiguous) *found = Authentication{};
  Names names(at, number);
  if (!refused.is_ambiguous) names.details.user_name = refused.name.view();
  ShortText<255> circuit_id;
  ShortText<255> remote_id;
  book_.for_each_identity(session, [&circuit_id, &remote_id](IdentityKind kind, Bytes shown) {
    if (kind == IdentityKind::kCircuitId) circuit_id.set(shown);
    if (kind == IdentityKind::kRemoteId) remote_id.set(shown);
  });
  names.add_line(circuit_id.view(), remote_id.view());
  tell(at, AccessEvent::kReject, names);
}

PppoeTracker::Authentication* PppoeTracker::find_authentication(const Case& at, uint16_t number) noexcept {
  return authentications_.find(exchange_key(at, number, {}));
}

PppoeTracker::Authentication& PppoeTracker::authentication_of(const Case& at, uint16_t number) noexcept {
  const Hash128 key = exchange_key(at, number, {});
  if (Authentication* const found = authentications_.find(key)) return *found;
  return authentications_.add(key, [this, &at](const Authentication& oldest) {
    if (oldest.has_name && apart(at.now, oldest.named) <= plan_.request_ns) counters_.names_lost.add(1);
  });
}

// RFC 1332: what the concentrator acknowledges is the client's address; what the client does, the concentrator's.
void PppoeTracker::on_ipcp(const Case& at, const PppMessage& message, SessionId session) noexcept {
  if (at.side != Side::kConcentrator) return;
  const auto code = static_cast<PppCode>(message.code);
  if (code == PppCode::kConfigureAck) return bind(at, message, session);
  if (code != PppCode::kTerminateRequest && code != PppCode::kTerminateAck) return;
  if (!address_of(session)) return;
  update(at, session, AccessEvent::kUpdate, Names(at, message.session_id), std::span<const SessionAddress>());
}

void PppoeTracker::bind(const Case& at, const PppMessage& message, SessionId session) noexcept {
  if (!message.address) return;
  if (!is_host(*message.address)) return counters_.address_refused.add(1);
  const std::array<SessionAddress, 1> addresses = {SessionAddress{.prefix = prefix_of(*message.address)}};
  if (address_of(session) == addresses[0].prefix) return counters_.repeated.add(1);
  counters_.bound.add(1);
  update(at, session, AccessEvent::kUpdate, Names(at, message.session_id), addresses);
}

// RFC 5072: the link-local address is of no use to know a subscriber by, since others may have the same on their links.
// What is told is that the session has IPv6.
void PppoeTracker::on_ipv6cp(const Case& at, const PppMessage& message, SessionId session) noexcept {
  if (!is_code(message, PppKind::kIpv6cp, PppCode::kConfigureAck)) return;
  if (at.side != Side::kConcentrator || !message.interface_id) return;
  State state = State::unpack(book_.tracker_data(session));
  if (state.has_ipv6) return counters_.repeated.add(1);
  state.has_ipv6 = true;
  book_.tracker_data(session) = state.pack();
  counters_.interface_ids.add(1);
  update(at, session, AccessEvent::kUpdate, Names(at, message.session_id), std::nullopt);
}

// A session that began before anybody looked, or whose PADS was lost: what its concentrator acknowledges is as good.
// Only where concentrators are known by their MAC addresses: a port alone does not tell whom an Ack goes to.
void PppoeTracker::adopt(const Case& at, const PppMessage& message) noexcept {
  const bool is_ack = at.side == Side::kConcentrator && is_code(message, PppKind::kIpcp, PppCode::kConfigureAck) &&
                      message.address && is_host(*message.address) && !at.set.concentrators.empty();
  const auto code = static_cast<PppCode>(message.code);
  const bool is_end = at.side == Side::kConcentrator && message.kind == PppKind::kLcp &&
                      (code == PppCode::kTerminateRequest || code == PppCode::kTerminateAck);
  if (is_end) note_end(at, message.session_id);
  if (!is_ack) return counters_.unknown_session.add(1);
  const uint16_t set = at.record.header.source_set;
  const std::array<SessionAddress, 1> addresses = {SessionAddress{.prefix = prefix_of(*message.address)}};
  const Names names(at, message.session_id);
  const SessionChange change{.received = at.now, .effective = at.now, .shown = names.shown(), .addresses = addresses};
  const bool is_late =
      is_over(at, message.session_id) || book_.was_given_since(SessionSource::kPppoe, set, addresses[0], change);
  if (is_late) counters_.late.add(1);
  const SessionId session =
      is_late ? kNoSession
              : book_.open(session_key(at, message.session_id), SessionSource::kPppoe, set, SessionGroup(), at.now);
  if (session == kNoSession) return book_.take_away(SessionSource::kPppoe, set, change, at.sink);
  counters_.adopted.add(1);
  counters_.bound.add(1);
  update(at, session, AccessEvent::kAccept, Names(at, message.session_id), addresses);
}

bool PppoeTracker::has_name(SessionId session, Bytes name) const noexcept {
  bool found = false;
  book_.for_each_identity(session, [&found, name](IdentityKind kind, Bytes shown) {
    found = found || (kind == IdentityKind::kRadiusUser && std::ranges::equal(shown, name));
  });
  return found;
}

std::optional<IpPrefix> PppoeTracker::address_of(SessionId session) const noexcept {
  std::optional<IpPrefix> found;
  book_.for_each_address(session,
                         [&found](const SessionAddress& address, PacketTime /*since*/) { found = address.prefix; });
  return found;
}

}  // namespace lictor

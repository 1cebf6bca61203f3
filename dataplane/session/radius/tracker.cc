#include "dataplane/session/radius/tracker.h"

#include <algorithm>
#include <cstring>

namespace lictor::radius {
namespace {

PacketTime later(PacketTime time, int64_t seconds) { return {time.unix_ns + seconds * kNanosecondsPerSecond}; }

Fate fate_of_error(MessageError error) {
  switch (error) {
    case MessageError::kTruncated:
      return Fate::kTruncated;
    case MessageError::kBadLength:
      return Fate::kBadLength;
    default:
      return Fate::kBadAttribute;
  }
}

// The request that a message is, or answers.
Code request_of(uint8_t code) {
  switch (static_cast<Code>(code)) {
    case Code::kAccessAccept:
    case Code::kAccessReject:
    case Code::kAccessChallenge:
      return Code::kAccessRequest;
    case Code::kAccountingResponse:
      return Code::kAccountingRequest;
    case Code::kDisconnectAck:
    case Code::kDisconnectNak:
      return Code::kDisconnectRequest;
    case Code::kCoaAck:
    case Code::kCoaNak:
      return Code::kCoaRequest;
    default:
      return static_cast<Code>(code);
  }
}

// A user's name as it is at each leg: proxies take realms off and put them on.
Bytes without_realm(Bytes user) {
  const size_t at = as_text(user).rfind('@');
  return at == std::string_view::npos ? user : user.first(at);
}

// Of a message that is no more: its octets are kept without credentials, and its frame is gone.
SignalRecord kept_record(const PendingRequest& request) {
  return {.header = request.header, .frame = {}, .message = request.message()};
}

}  // namespace

Result<std::unique_ptr<RadiusTracker>> RadiusTracker::make(TrackerPlan plan, SessionBook& book) {
  Result<Peers> peers = Peers::make(plan.peers);
  if (!peers.ok()) return peers.status();
  return std::unique_ptr<RadiusTracker>(new RadiusTracker(std::move(plan), std::move(*peers), book));
}

RadiusTracker::RadiusTracker(TrackerPlan plan, Peers peers, SessionBook& book)
    : plan_(std::move(plan)),
      shown_(plan_.attributes),
      peers_(std::move(peers)),
      book_(book),
      pending_(plan_.pending_max),
      nases_(plan_.nas_max),
      starts_(plan_.starts_remembered),
      interims_(plan_.interims_remembered),
      contents_(plan_.contents_remembered),
      logins_(plan_.pending_max),
      ended_(plan_.ends_remembered) {}

void RadiusTracker::on_message(const SignalRecord& record, SessionSink& sink) noexcept {
  counters_.fates.add(fate_of(record, sink));
}

Fate RadiusTracker::fate_of(const SignalRecord& record, SessionSink& sink) noexcept {
  const MessageError error = parse_message(record.message, plan_.attributes, message_);
  if (error != MessageError::kNone) return fate_of_error(error);
  counters_.odd_attributes.add(message_.odd_attributes);
  counters_.beyond_bounds.add(uint64_t{message_.framed_ipv6_prefixes.beyond} + message_.delegated_ipv6_prefixes.beyond +
                              message_.framed_ipv6_addresses.beyond + message_.framed_routes.beyond +
                              message_.framed_ipv6_routes.beyond + message_.port_blocks.beyond);
  const SignalRecordHeader& header = record.header;
  switch (static_cast<Code>(message_.code)) {
    case Code::kAccessRequest:
    case Code::kAccountingRequest:
      return on_request(record, header.source, header.destination, sink);
    case Code::kDisconnectRequest:
    case Code::kCoaRequest:
      return on_request(record, header.destination, header.source, sink);
    case Code::kAccessAccept:
    case Code::kAccessReject:
    case Code::kAccountingResponse:
    case Code::kAccessChallenge:
    case Code::kDisconnectAck:
    case Code::kDisconnectNak:
    case Code::kCoaAck:
    case Code::kCoaNak:
      return on_answer(record, sink);
  }
  return Fate::kUnknownCode;
}

Fate RadiusTracker::on_request(const SignalRecord& record, const SignalEnd& client_end, const SignalEnd& server,
                               SessionSink& sink) noexcept {
  const SignalRecordHeader& header = record.header;
  const ClientPlan* const client = peers_.client(header.source_set, header.ipv6, client_end);
  if (client == nullptr || !peers_.is_server(header.source_set, header.ipv6, server)) return Fate::kForeign;
  if (client->secret == nullptr) {
    counters_.unverified.add(1);
  } else {
    const Proof proof = check_request(message_, *client->secret);
    if (proof == Proof::kWrong) return Fate::kWrongProof;
    if (proof == Proof::kUnprovable && plan_.need_message_authenticator) return Fate::kUnproven;
  }
  if (message_.is(Code::kAccessRequest)) return on_access_request(record, *client, sink);
  if (message_.is(Code::kAccountingRequest) && plan_.accounting == AccountingPolicy::kOnRequest)
    return on_accounting(record, message_, header.arrival, sink);
  await(record, *client, 0, false);
  return Fate::kUsed;
}

void RadiusTracker::await(const SignalRecord& record, const ClientPlan& client, uint64_t content,
                          bool is_copy) noexcept {
  const auto [request, pushed_out] = pending_.add(hash_of_exchange(record, false), record.header.arrival);
  if (pushed_out) counters_.pending_pushed_out.add(1);
  request->content = content;
  request->header = record.header;
  request->client = &client;
  request->is_copy = is_copy;
  request->keep(message_);
}

Fate RadiusTracker::on_access_request(const SignalRecord& record, const ClientPlan& client,
                                      SessionSink& sink) noexcept {
  const PacketTime received = record.header.arrival;
  const uint64_t exact = hash_of_message(record, message_);
  if (const std::optional<PacketTime> before = interims_.find(exact))
    return received < later(*before, plan_.repeat_s) ? Fate::kRepeated : Fate::kReplayed;
  interims_.put(exact, received);
  const uint64_t content = hash_of_login(record, message_);
  const std::optional<PacketTime> open_since = logins_.find(content);
  const bool is_copy = open_since && received < later(*open_since, plan_.answer_s);
  await(record, client, content, is_copy);
  if (is_copy) return Fate::kCopied;
  logins_.put(content, received);
  if (message_.state.empty()) tell_login(AccessEvent::kAttempt, record, &record, received, message_, nullptr, sink);
  return Fate::kUsed;
}

Fate RadiusTracker::on_answer(const SignalRecord& record, SessionSink& sink) noexcept {
  PendingRequest* const request = pending_.find(hash_of_exchange(record, true));
  if (request == nullptr) return Fate::kNotAwaited;
  if (request->client->secret == nullptr) {
    counters_.unverified.add(1);
  } else if (check_response(message_, request->authenticator, *request->client->secret) != Proof::kProven) {
    return Fate::kWrongProof;
  }
  // Its octets stay until another takes its place.
  PendingRequests::release(*request);
  if (parse_message(request->message(), plan_.attributes, request_) != MessageError::kNone) return Fate::kNotAwaited;
  if (message_.is(Code::kAccountingResponse))
    return on_accounting(kept_record(*request), request_, request->received, sink);
  return request_.is(Code::kAccessRequest) ? on_login_answer(record, *request, sink)
                                           : on_order_answer(record, *request, sink);
}

Fate RadiusTracker::on_login_answer(const SignalRecord& record, PendingRequest& request, SessionSink& sink) noexcept {
  if (request.is_copy) return Fate::kCopied;
  logins_.erase(request.content);
  if (message_.is(Code::kAccessAccept)) return on_accept(record, request, sink);
  if (message_.is(Code::kAccessReject)) {
    tell_login(AccessEvent::kReject, kept_record(request), &record, record.header.arrival, request_, &message_, sink);
  }
  return Fate::kUsed;
}

// Without a name for the session to come nothing is told: its Start tells it.
Fate RadiusTracker::on_accept(const SignalRecord& record, const PendingRequest& request, SessionSink& sink) noexcept {
  if (request_.session_id.empty()) return Fate::kUsed;
  const PacketTime received = record.header.arrival;
  Case of{.record = record, .message = message_, .received = received, .effective = received, .sink = sink};
  of.nas = nas_of(request_, request.header.ipv6, request.header.source);
  find_nas(of, request.header.source_set);
  of.key = key_of(request.header.source_set, of.nas, request_.session_id);
  SessionId session = book_.find(of.key);
  if (session != kNoSession) return Fate::kUsed;  // it was accounted for already, or logs in once more
  session = open(of, received);
  if (session == kNoSession) return Fate::kNoRoom;
  const uint32_t interval_s = std::min<uint32_t>(message_.interim_s.value_or(0), UINT16_MAX);
  set_pulse(session, {.heard_s = static_cast<uint32_t>(received.unix_ns / kNanosecondsPerSecond),
                      .interval_s = static_cast<uint16_t>(interval_s),
                      .is_sure = interval_s > 0});
  Names names;
  names.add(request_, of.nas, plan_.subscriber);
  names.add(message_, of.nas, plan_.subscriber);
  Details details;
  details.add(request_, request.received);
  details.add(message_, received);
  book_.apply(session,
              {.kind = AccessEvent::kAccept,
               .received = received,
               .effective = received,
               .shown = names.all(),
               .deadline = later(received, plan_.start_wait_s),
               .at_deadline = SessionEnd::kOther,
               .details = &details.details,
               .message = &record,
               .shown_as = &shown_},
              sink);
  return Fate::kUsed;
}

// Disconnect and CoA (RFC 5176): the NAS has done as it was told, or has not. What is disconnected waits a moment for
// its Stop, which tells more.
Fate RadiusTracker::on_order_answer(const SignalRecord& record, const PendingRequest& request,
                                    SessionSink& sink) noexcept {
  if (!message_.is(Code::kDisconnectAck) && !message_.is(Code::kCoaAck)) return Fate::kUsed;
  const uint16_t source_set = request.header.source_set;
  const NasName nas = nas_of(request_, request.header.ipv6, request.header.destination);
  SessionId session = kNoSession;
  size_t found = 0;
  const auto take = [&](SessionId one) {
    if (book_.source(one) != SessionSource::kRadius || book_.source_set(one) != source_set) return;
    session = one;
    ++found;
  };
  if (!request_.session_id.empty()) {
    session = book_.find(key_of(source_set, nas, request_.session_id));
    found = session == kNoSession ? 0 : 1;
  } else if (request_.framed_ipv4) {
    IpPrefix host{.ipv6 = false, .bits = 32};
    std::copy(request_.framed_ipv4->begin(), request_.framed_ipv4->end(), host.octets.begin());
    book_.for_each_holder(source_set, host, [&](SessionId one, const SessionAddress& held, PacketTime /*since*/) {
      if (held.ports.all()) take(one);
    });
  } else if (!request_.user_name.empty()) {
    book_.for_each_of(IdentityKind::kRadiusUser, request_.user_name, take);
  }
  // Of several nobody says which one is meant.
  if (found != 1) return Fate::kUnknownSession;
  Details details;
  details.add(request_, request.received);
  SessionChange change{.kind = AccessEvent::kUpdate,
                       .received = record.header.arrival,
                       .effective = record.header.arrival,
                       .details = &details.details,
                       .message = &record,
                       .shown_as = &shown_};
  if (message_.is(Code::kDisconnectAck)) {
    change.deadline = later(record.header.arrival, plan_.stop_wait_s);
    change.at_deadline = SessionEnd::kOther;
  }
  book_.apply(session, change, sink);
  return Fate::kUsed;
}

// No session comes of it, or none yet.
void RadiusTracker::tell_login(AccessEvent kind, const SignalRecord& record, const SignalRecord* message,
                               PacketTime received, const Message& request, const Message* answer,
                               SessionSink& sink) noexcept {
  const NasName nas = nas_of(request, record.header.ipv6, record.header.source);
  Names names;
  names.add(request, nas, plan_.subscriber);
  Details details;
  details.add(request, received);
  if (answer != nullptr) details.add(*answer, received);
  SessionEvent event;
  event.kind = kind;
  event.source = SessionSource::kRadius;
  event.source_set = record.header.source_set;
  event.received = received;
  event.effective = received;
  event.started = received;
  event.shown = names.all();
  event.details = &details.details;
  event.message = message;
  event.shown_as = &shown_;
  sink.on_event(event);
}

void RadiusTracker::on_tick(PacketTime now, SessionSink& sink) noexcept {
  pending_.expire(later(now, -plan_.answer_s), [&](PendingRequest& request) {
    if (request.is_copy || parse_message(request.message(), plan_.attributes, request_) != MessageError::kNone) return;
    if (!request_.is(Code::kAccessRequest)) return;
    logins_.erase(request.content);
    tell_login(AccessEvent::kFailed, kept_record(request), nullptr, later(request.received, plan_.answer_s), request_,
               nullptr, sink);
  });
  end_waiting(now, sink);
}

SessionKey RadiusTracker::key_of(uint16_t source_set, const NasName& nas, Bytes session_id) const noexcept {
  std::array<uint8_t, 2 + NasName::kBytesMax + 255> octets;
  const Bytes name = nas.key();
  octets[0] = static_cast<uint8_t>(name.size() >> 8);
  octets[1] = static_cast<uint8_t>(name.size());
  const auto end = std::copy(name.begin(), name.end(), octets.begin() + 2);
  const auto last = std::copy(session_id.begin(), session_id.end(), end);
  return book_.key(SessionSource::kRadius, source_set, Bytes(octets).first(static_cast<size_t>(last - octets.begin())));
}

void RadiusTracker::find_nas(Case& of, uint16_t source_set) noexcept {
  const std::array<uint64_t, 1> words = {source_set};
  of.nas_hash = sip_hash(plan_.key, words, of.nas.key()).low;
  of.nas_number = nases_.number_of(of.nas_hash);
  if (of.nas_number == 0) {
    counters_.nas_unknown.add(1);
  } else {
    nases_.at(of.nas_number).source_set = source_set;
  }
}

std::optional<SourceClock> RadiusTracker::clock(uint32_t number) const noexcept {
  if (number == 0) return std::nullopt;
  const Nas& nas = nases_.at(number);
  const std::optional<int64_t> behind_s = nas.clock.behind_s();
  if (nas.hash == 0 || !behind_s) return std::nullopt;
  return SourceClock{.source_set = nas.source_set, .source = nas.hash, .behind_s = *behind_s};
}

void RadiusTracker::restore_clock(const SourceClock& clock) noexcept {
  const uint32_t number = nases_.number_of(clock.source);
  if (number == 0) return;
  nases_.at(number).source_set = clock.source_set;
  nases_.at(number).clock.restore(clock.behind_s);
}

// Who asks whom, by which id, for what. An answer goes the other way.
uint64_t RadiusTracker::hash_of_exchange(const SignalRecord& record, bool is_answer) const noexcept {
  const SignalRecordHeader& header = record.header;
  const SignalEnd& asks = is_answer ? header.destination : header.source;
  const SignalEnd& asked = is_answer ? header.source : header.destination;
  const std::array<uint64_t, 2> words = {
      uint64_t{header.source_set} << 32 | uint64_t{asks.port} << 16 | asked.port,
      uint64_t{static_cast<uint8_t>(request_of(message_.code))} << 16 | uint64_t{message_.id} << 1 | header.ipv6};
  std::array<uint8_t, 32> octets;
  std::copy(asked.address.begin(), asked.address.end(),
            std::copy(asks.address.begin(), asks.address.end(), octets.begin()));
  return sip_hash(plan_.key, words, octets).low;
}

// The authenticator of accounting is a digest of the whole message; that of a login is random.
uint64_t RadiusTracker::hash_of_message(const SignalRecord& record, const Message& message) const noexcept {
  const SignalEnd& source = record.header.source;
  const std::array<uint64_t, 3> words = {
      uint64_t{record.header.source_set} << 16 | uint64_t{message.code} << 8 | message.id,
      ByteReader(source.address).u64(), ByteReader(Bytes(source.address).subspan(8)).u64()};
  return sip_hash(plan_.key, words, message.authenticator).low;
}

uint64_t RadiusTracker::hash_of_login(const SignalRecord& record, const Message& message) const noexcept {
  const NasName nas = nas_of(message, record.header.ipv6, record.header.source);
  const std::array<uint64_t, 6> words = {
      record.header.source_set,
      sip_hash(plan_.key, {}, nas.key()).low,
      sip_hash(plan_.key, {}, message.calling_station).low,
      sip_hash(plan_.key, {}, message.nas_port_id).low ^ message.nas_port.value_or(0),
      sip_hash(plan_.key, {}, message.session_id).low,
      sip_hash(plan_.key, {}, message.state).low,
  };
  return sip_hash(plan_.key, words, without_realm(message.user_name)).low;
}

}  // namespace lictor::radius

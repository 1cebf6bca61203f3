// Who sent a message, discovery, and what a session's messages share. PPP's own are in tracker_ppp.cc.

#include "dataplane/session/pppoe/tracker.h"

#include <algorithm>
#include <charconv>

namespace lictor {
namespace {

// No message is read later than this: an end that is further ahead is of a clock that was set back since.
constexpr int64_t kLateNs = 900 * kNanosecondsPerSecond;

bool is_among(const MacOctets& mac, const std::vector<MacOctets>& sorted) {
  return std::ranges::binary_search(sorted, mac);
}

// An address that a host can send from.
bool is_host(const MacOctets& mac) { return (mac[0] & 1) == 0 && mac != MacOctets{}; }

PppoePlan sorted(PppoePlan plan) {
  for (PppoeSet& set : plan.sets) std::ranges::sort(set.concentrators);
  return plan;
}

// The parts of a key in a row, each of one length.
class KeyOctets {
 public:
  void add(Bytes part) {
    std::ranges::copy(part, octets_.begin() + static_cast<ptrdiff_t>(used_));
    used_ += part.size();
  }
  void add16(uint16_t value) {
    const std::array<uint8_t, 2> octets = {static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
    add(octets);
  }
  [[nodiscard]] Bytes all() const { return Bytes(octets_).first(used_); }

 private:
  std::array<uint8_t, 6 + 6 + 2 + 2 + 2 * 4> octets_{};
  size_t used_ = 0;
};

}  // namespace

PppoeTracker::PppoeTracker(PppoePlan plan, SessionBook& book)
    : plan_(sorted(std::move(plan))),
      book_(book),
      requests_(plan_.requests_max),
      authentications_(plan_.authentications_max),
      ended_(plan_.ends_max) {}

uint64_t PppoeTracker::State::pack() const {
  return uint64_t{lcp_ms} << 32 | uint64_t{lcp_identifier} << 8 | (has_lcp ? 4U : 0U) | (has_ipv6 ? 2U : 0U) |
         (is_authenticated ? 1U : 0U);
}

PppoeTracker::State PppoeTracker::State::unpack(uint64_t data) {
  return {.is_authenticated = (data & 1) != 0,
          .has_ipv6 = (data & 2) != 0,
          .has_lcp = (data & 4) != 0,
          .lcp_identifier = static_cast<uint8_t>(data >> 8),
          .lcp_ms = static_cast<uint32_t>(data >> 32)};
}

PppoeTracker::Names::Names(const Case& at, uint16_t number) {
  add(IdentityKind::kMac, at.client);
  if (number == 0) return;
  const auto written = std::to_chars(session_text_.data(), session_text_.data() + session_text_.size(), number);
  details.session_name = as_bytes({session_text_.data(), written.ptr});
}

void PppoeTracker::Names::add(IdentityKind kind, Bytes shown) {
  if (!shown.empty()) identities_[count_++] = {kind, shown};
}

void PppoeTracker::Names::add_line(Bytes circuit_id, Bytes remote_id) {
  add(IdentityKind::kCircuitId, circuit_id);
  add(IdentityKind::kRemoteId, remote_id);
  details.circuit_id = circuit_id;
  details.remote_id = remote_id;
}

void PppoeTracker::on_message(const SignalRecord& record, SessionSink& sink) noexcept {
  const bool is_discovery = record.header.kind == SignalKind::kPppoeDiscovery;
  if (!is_discovery && record.header.kind != SignalKind::kPppoeSession) return;
  if (record.header.source_set >= plan_.sets.size()) return counters_.unknown_set.add(1);
  const PppoeSet& set = plan_.sets[record.header.source_set];
  const Side side = side_of(record.header, set);
  if (side == Side::kNobody) return;
  const bool from_client = side == Side::kClient;
  const Case at{.record = record,
                .sink = sink,
                .set = set,
                .now = record.header.arrival,
                .side = side,
                .client = from_client ? record.header.source_mac : record.header.destination_mac,
                .concentrator = from_client ? record.header.destination_mac : record.header.source_mac};
  if (is_discovery) return on_discovery(at);
  on_session(at);
}

PppoeTracker::Side PppoeTracker::side_of(const SignalRecordHeader& header, const PppoeSet& set) noexcept {
  const bool by_mac = !set.concentrators.empty();
  const bool by_port = set.concentrator_ports != 0;
  const bool from_mac = is_among(header.source_mac, set.concentrators);
  const bool from_port = header.port < kPortsMax && (set.concentrator_ports >> header.port & 1) != 0;
  if ((by_mac || by_port) && (!by_mac || from_mac) && (!by_port || from_port)) return Side::kConcentrator;
  if (by_mac && from_mac) {
    counters_.forged.add(1);
    return Side::kNobody;
  }
  // A PADI goes to everybody, and is not followed.
  if (!is_host(header.source_mac) || (by_mac && !is_among(header.destination_mac, set.concentrators))) {
    counters_.not_trusted.add(1);
    return Side::kNobody;
  }
  return Side::kClient;
}

void PppoeTracker::on_discovery(const Case& at) noexcept {
  PppoeDiscovery message;
  const PppoeReading reading = parse_pppoe_discovery(at.record.message, message);
  counters_.readings.add(reading);
  if (reading != PppoeReading::kRead) return;
  switch (message.code) {
    case PppoeCode::kPadr:
      return on_request(at, message);
    case PppoeCode::kPads:
      return on_confirmation(at, message);
    case PppoeCode::kPadt:
      return on_terminate(at, message.session_id);
    case PppoeCode::kPadi:
    case PppoeCode::kPado:
    case PppoeCode::kSession:
      return;
  }
}

void PppoeTracker::on_request(const Case& at, const PppoeDiscovery& message) noexcept {
  if (at.side != Side::kClient) return counters_.not_trusted.add(1);
  const Hash128 key = exchange_key(at, 0, message.host_uniq);
  Request* request = requests_.find(key);
  const bool waits = request != nullptr && !request->is_answered && apart(at.now, request->asked) <= plan_.request_ns;
  if (waits) return counters_.repeated.add(1);
  if (request == nullptr) {
    request = &requests_.add(key, [this, &at](const Request& oldest) {
      if (!oldest.is_answered && apart(at.now, oldest.asked) <= plan_.request_ns) counters_.requests_lost.add(1);
    });
  }
  counters_.asked.add(1);
  *request = Request{};
  request->asked = at.now;
  if (message.line_tags > 1) counters_.line_ambiguous.add(1);
  if (at.set.trusts_access_nodes && message.line_tags == 1) {
    request->circuit_id.set(message.circuit_id);
    request->remote_id.set(message.remote_id);
  }
  Names names(at, 0);
  names.add_line(request->circuit_id.view(), request->remote_id.view());
  tell(at, AccessEvent::kAttempt, names);
}

void PppoeTracker::on_confirmation(const Case& at, const PppoeDiscovery& message) noexcept {
  if (at.side != Side::kConcentrator || !is_host(at.client)) return counters_.not_trusted.add(1);
  Request* request = requests_.find(exchange_key(at, 0, message.host_uniq));
  if (request != nullptr && apart(at.now, request->asked) > plan_.request_ns) request = nullptr;
  const bool refuses = message.refused || message.session_id == 0;
  if (refuses && request != nullptr && request->is_answered) return counters_.repeated.add(1);
  Names names(at, message.session_id);
  names.details.nas_identifier = message.concentrator_name;
  if (request != nullptr) {
    names.add_line(request->circuit_id.view(), request->remote_id.view());
    request->is_answered = true;
    request->answered = at.now;
  }
  if (!refuses) {
    if (request == nullptr) counters_.unasked.add(1);
    return begin(at, message.session_id, names);
  }
  counters_.refused.add(1);
  tell(at, AccessEvent::kReject, names);
}

void PppoeTracker::begin(const Case& at, uint16_t number, const Names& names) noexcept {
  const SessionKey key = session_key(at, number);
  SessionId session = book_.find(key);
  if (session != kNoSession) {
    if (apart(at.now, book_.started(session)) <= plan_.repetition_ns) return counters_.repeated.add(1);
    // What is newer than this PADS is of the session that it begins, whose address was seen first.
    if (at.now < book_.updated(session)) return counters_.late.add(1);
    counters_.replaced.add(1);
    end(at, number, session, SessionEnd::kConnectionLost);
  } else if (is_over(at, number)) {
    return counters_.late.add(1);
  }
  session = book_.open(key, SessionSource::kPppoe, at.record.header.source_set, SessionGroup(), at.now);
  if (session == kNoSession) return;  // the book is full, and has counted it
  counters_.begun.add(1);
  if (Authentication* const stale = find_authentication(at, number)) *stale = Authentication{};
  update(at, session, AccessEvent::kAccept, names, std::nullopt);
}

void PppoeTracker::on_terminate(const Case& at, uint16_t number) noexcept {
  const SessionId session = book_.find(session_key(at, number));
  if (session == kNoSession) {
    counters_.unknown_session.add(1);
    return note_end(at, number);
  }
  if (at.now < book_.updated(session)) return counters_.late.add(1);
  end(at, number, session, at.side == Side::kClient ? SessionEnd::kLogoff : SessionEnd::kConnectionLost);
}

void PppoeTracker::update(const Case& at, SessionId session, AccessEvent kind, const Names& names,
                          std::optional<std::span<const SessionAddress>> addresses) noexcept {
  std::optional<PacketTime> deadline;
  if (plan_.idle_s != 0) deadline = PacketTime{at.now.unix_ns + int64_t{plan_.idle_s} * kNanosecondsPerSecond};
  book_.apply(session,
              {.kind = kind,
               .received = at.now,
               .effective = at.now,
               .shown = names.shown(),
               .addresses = addresses,
               .deadline = deadline,
               .at_deadline = SessionEnd::kTimeout,
               .details = &names.details,
               .message = &at.record,
               .shown_as = &kShownPppoe},
              at.sink);
}

// A session whose concentrator still speaks. Every event is a record of a target's: one in half the time is enough.
void PppoeTracker::extend(const Case& at, uint16_t number, SessionId session) noexcept {
  const int64_t half_ns = int64_t{plan_.idle_s} * kNanosecondsPerSecond / 2;
  if (half_ns == 0 || at.now.unix_ns - book_.updated(session).unix_ns < half_ns) return;
  counters_.extended.add(1);
  update(at, session, AccessEvent::kUpdate, Names(at, number), std::nullopt);
}

void PppoeTracker::end(const Case& at, uint16_t number, SessionId session, SessionEnd reason) noexcept {
  (at.side == Side::kClient ? counters_.ended_by_client : counters_.ended_by_concentrator).add(1);
  note_end(at, number);
  const Names names(at, number);
  book_.close(session,
              {.received = at.now,
               .effective = at.now,
               .end = reason,
               .shown = names.shown(),
               .details = &names.details,
               .message = &at.record,
               .shown_as = &kShownPppoe},
              at.sink);
}

void PppoeTracker::note_end(const Case& at, uint16_t number) noexcept {
  ended_.put_later(exchange_key(at, number, {}).low, at.now);
}

// Whether a session of this number has ended since, and no other is known.
bool PppoeTracker::is_over(const Case& at, uint16_t number) const noexcept {
  const std::optional<PacketTime> ended = ended_.find(exchange_key(at, number, {}).low);
  return ended && at.now < *ended && ended->unix_ns - at.now.unix_ns < kLateNs;
}

void PppoeTracker::tell(const Case& at, AccessEvent kind, const Names& names) noexcept {
  at.sink.on_event({.kind = kind,
                    .source = SessionSource::kPppoe,
                    .source_set = at.record.header.source_set,
                    .received = at.now,
                    .effective = at.now,
                    .started = at.now,
                    .shown = names.shown(),
                    .details = &names.details,
                    .message = &at.record,
                    .shown_as = &kShownPppoe});
}

SessionKey PppoeTracker::session_key(const Case& at, uint16_t number) const noexcept {
  KeyOctets octets;
  octets.add(at.client);
  octets.add(at.concentrator);
  octets.add16(number);
  octets.add16(at.record.header.vlan_count);
  for (const uint16_t vlan : at.record.header.vlans) octets.add16(vlan);
  return book_.key(SessionSource::kPppoe, at.record.header.source_set, octets.all());
}

// Of a request, whose number is 0, or of what a session waits for.
Hash128 PppoeTracker::exchange_key(const Case& at, uint16_t number, Bytes host_uniq) const noexcept {
  const SignalRecordHeader& header = at.record.header;
  const auto of_mac = [](const MacOctets& mac) {
    return uint64_t{ByteReader(mac).u32()} << 16 | ByteReader(Bytes(mac).subspan(4)).u16();
  };
  uint64_t vlans = 0;
  for (const uint16_t vlan : header.vlans) vlans = vlans << 16 | vlan;
  const std::array<uint64_t, 4> words = {of_mac(at.client) << 16 | number,
                                         of_mac(at.concentrator) << 16 | header.source_set, vlans, header.vlan_count};
  return sip_hash(plan_.key, words, host_uniq);
}

}  // namespace lictor

// The part of RadiusTracker that reads accounting (RFC 2866).
#include <algorithm>
#include <bit>

#include "dataplane/session/radius/tracker.h"

namespace lictor::radius {
namespace {

// No NAS gives a session's name to another within it, and nothing that is kept back for longer comes without its time.
constexpr int64_t kSettleS = 10;
// RFC 2869 section 5.16: Interims are no closer than this. What is closer was sent because something changed.
constexpr int64_t kIntervalSMin = 60;
// For a message that is a little late.
constexpr int64_t kGraceS = 60;
// What is behind by more was not kept back: the NAS has started again, with another clock.
constexpr int64_t kLateSMax = 86'400;
// A book is walked no more often for NASes that restart.
constexpr int64_t kWalkS = 1;

int64_t seconds_of(PacketTime time) { return time.unix_ns / kNanosecondsPerSecond; }

PacketTime later(PacketTime time, int64_t seconds) { return {time.unix_ns + seconds * kNanosecondsPerSecond}; }

bool is_status(const Message& message, StatusType status) {
  return message.status_type == static_cast<uint32_t>(status);
}

bool is_restart(const Message& message) {
  return is_status(message, StatusType::kAccountingOn) || is_status(message, StatusType::kAccountingOff);
}

uint64_t word_of(const std::optional<uint32_t>& one, const std::optional<uint32_t>& other) {
  return uint64_t{one.value_or(0)} << 32 | other.value_or(0);
}

uint64_t word_of(const Ipv4& address) { return ByteReader(address).u32(); }

}  // namespace

// What a message says, apart from how it is sent: not its id and authenticator, not how late it is, and not the user's
// name, which proxies change.
uint64_t RadiusTracker::hash_of_accounting(const Case& of) const noexcept {
  const Message& message = of.message;
  uint64_t prefixes = message.framed_ipv6_addresses.count;
  const auto add = [&prefixes](const IpPrefix& prefix) {
    prefixes = std::rotl(prefixes, 7) * 31 + ByteReader(prefix.octets).u64() + prefix.bits;
  };
  for (const IpPrefix& prefix : message.framed_ipv6_prefixes.all()) add(prefix);
  for (const IpPrefix& prefix : message.delegated_ipv6_prefixes.all()) add(prefix);
  uint64_t ports = message.port_blocks.count;
  for (const PortBlock& block : message.port_blocks.all())
    ports = std::rotl(ports, 7) * 31 + (uint64_t{block.first.value_or(0)} << 17 | block.released);
  const std::array<uint64_t, 9> words = {
      message.status_type.value_or(0),
      of.nas_hash,
      word_of(message.session_time_s, message.event_unix_s),
      word_of(message.input_gigawords, message.input_octets),
      word_of(message.output_gigawords, message.output_octets),
      message.framed_ipv4 ? word_of(*message.framed_ipv4) : 0,
      prefixes,
      ports,
      uint64_t{message.framed_routes.count} << 8 | message.framed_ipv6_routes.count,
  };
  return sip_hash(plan_.key, words, message.session_id).low;
}

std::optional<Fate> RadiusTracker::seen_before(const Case& of) noexcept {
  const PacketTime received = of.received;
  RecentSet& exact = is_status(of.message, StatusType::kInterim) ? interims_ : starts_;
  const uint64_t whole = hash_of_message(of.record, of.message);
  exact.prefetch(whole);
  const uint64_t content = hash_of_accounting(of);
  contents_.prefetch(content);
  if (const std::optional<PacketTime> before = exact.find(whole))
    return received < later(*before, plan_.repeat_s) ? Fate::kRepeated : Fate::kReplayed;
  exact.put(whole, received);
  const std::optional<PacketTime> before = contents_.find(content);
  if (before && received < later(*before, plan_.repeat_s)) return Fate::kCopied;
  contents_.put(content, received);
  return std::nullopt;
}

PacketTime RadiusTracker::effective_of(const Message& message, PacketTime received, uint32_t nas_number) noexcept {
  int64_t late_s = message.delay_s.value_or(0);
  if (message.event_unix_s && nas_number != 0) {
    const int64_t behind_s = nases_.at(nas_number).clock.lateness_s(received, *message.event_unix_s);
    if (behind_s <= kLateSMax) late_s = std::max(late_s, behind_s);
  }
  return later(received, -late_s);
}

Fate RadiusTracker::on_accounting(const SignalRecord& record, const Message& message, PacketTime received,
                                  SessionSink& sink) noexcept {
  if (!message.status_type || (message.session_id.empty() && !is_restart(message))) return Fate::kNoSession;
  Case of{.record = record, .message = message, .received = received, .effective = received, .sink = sink};
  of.nas = nas_of(message, record.header.ipv6, record.header.source);
  of.key = key_of(record.header.source_set, of.nas, message.session_id);
  book_.prefetch(of.key);
  find_nas(of, record.header.source_set);
  if (const std::optional<Fate> fate = seen_before(of)) return *fate;
  of.effective = effective_of(message, received, of.nas_number);
  if (is_restart(message)) return on_restart(of);
  if (is_status(message, StatusType::kStart)) return on_start(of);
  if (is_status(message, StatusType::kInterim)) return on_interim(of);
  if (is_status(message, StatusType::kStop)) return on_stop(of);
  return Fate::kUnknownCode;
}

SessionGroup RadiusTracker::group_of(uint32_t nas_number) noexcept {
  return nas_number == 0 ? SessionGroup() : SessionGroup(nases_.at(nas_number).hash);
}

SessionId RadiusTracker::open(const Case& of, PacketTime started) noexcept {
  const SessionId session =
      book_.open(of.key, SessionSource::kRadius, of.record.header.source_set, group_of(of.nas_number), started);
  if (session != kNoSession && of.nas_number != 0) nases_.at(of.nas_number).opened = true;
  return session;
}

bool RadiusTracker::was_before_restart(const Case& of) noexcept {
  return of.nas_number != 0 && of.effective <= nases_.at(of.nas_number).restarted;
}

// Of a session that is not known: a former process may have heard its end.
bool RadiusTracker::is_before_restore(const Case& of) const noexcept {
  return book_.is_before_restore(of.effective, of.received);
}

// Late, it still tells whose its addresses are no more; so does what was before this process began. What says that it
// is newer than its session's end may be played again, and tells nothing.
Fate RadiusTracker::after_end(const Case& of, std::optional<PacketTime> ended) noexcept {
  const bool is_of_then = (ended && of.effective <= *ended) || was_before_restart(of) || is_before_restore(of);
  return is_of_then ? leave(of, Fate::kAfterEnd) : Fate::kAfterEnd;
}

Fate RadiusTracker::leave(const Case& of, Fate fate) noexcept {
  Names names;
  names.add(of.message, of.nas, plan_.subscriber);
  Addresses addresses(of.message, plan_.subscriber);
  if (!addresses.any()) return fate;
  book_.take_away(
      SessionSource::kRadius, of.record.header.source_set,
      {.received = of.received, .effective = of.effective, .shown = names.all(), .addresses = addresses.all()},
      of.sink);
  return fate;
}

Fate RadiusTracker::on_start(const Case& of) noexcept {
  ended_.prefetch(of.key.low);
  SessionId session = book_.find(of.key);
  bool is_new = session == kNoSession;
  if (!is_new && pulse(session).is_accounted && later(book_.started(session), kSettleS) < of.effective) {
    // Its NAS uses the name again, so the end of the first one was lost.
    book_.close(session, {.received = of.received, .effective = of.effective, .end = SessionEnd::kOther}, of.sink);
    is_new = true;
  }
  if (is_new) {
    const std::optional<PacketTime> ended = ended_.find(of.key.low);
    const bool is_over =
        (ended && of.effective < later(*ended, kSettleS)) || was_before_restart(of) || is_before_restore(of);
    if (is_over) return after_end(of, ended);
    session = open(of, of.effective);
    if (session == kNoSession) return leave(of, Fate::kNoRoom);
  }
  apply(of, session, is_new ? AccessEvent::kAccept : AccessEvent::kUpdate);
  return Fate::kUsed;
}

Fate RadiusTracker::on_interim(const Case& of) noexcept {
  SessionId session = book_.find(of.key);
  if (session == kNoSession) {
    const std::optional<PacketTime> ended = ended_.find(of.key.low);
    if (ended || was_before_restart(of) || is_before_restore(of)) return after_end(of, ended);
    session = open(of, later(of.effective, -int64_t{of.message.session_time_s.value_or(0)}));
    if (session == kNoSession) return leave(of, Fate::kNoRoom);
  }
  apply(of, session, AccessEvent::kUpdate);
  return Fate::kUsed;
}

Fate RadiusTracker::on_stop(const Case& of) noexcept {
  const SessionId session = book_.find(of.key);
  if (session != kNoSession && later(of.effective, kSettleS) < book_.started(session)) return Fate::kAfterEnd;
  const std::optional<PacketTime> ended = ended_.find(of.key.low);
  ended_.put(of.key.low, of.effective);
  if (session == kNoSession) return ended ? Fate::kAfterEnd : Fate::kUnknownSession;
  Names names;
  names.add(of.message, of.nas, plan_.subscriber);
  Details details;
  details.add(of.message, of.received);
  book_.close(session,
              {.received = of.received,
               .effective = of.effective,
               .end = end_of(of.message.terminate_cause),
               .shown = names.all(),
               .details = &details.details,
               .message = &of.record,
               .shown_as = &shown_},
              of.sink);
  return Fate::kUsed;
}

Fate RadiusTracker::on_restart(const Case& of) noexcept {
  if (of.nas_number == 0) return Fate::kUnknownSession;
  Nas& nas = nases_.at(of.nas_number);
  if (of.effective < nas.restarted) return Fate::kAfterEnd;
  const bool has_former = book_.was_restored() && nas.restarted == PacketTime{};
  nas.restarted = of.effective;
  if (!nas.opened && !has_former) return Fate::kUsed;
  if (of.received < later(walked_, kWalkS) && !(of.received < walked_)) {
    ends_waiting_ += nas.must_end ? 0 : 1;
    nas.must_end = true;
    nas.source_set = of.record.header.source_set;
    return Fate::kUsed;
  }
  walked_ = of.received;
  Details details;
  details.add(of.message, of.received);
  end_all(of.record.header.source_set, of.nas_number,
          {.received = of.received,
           .effective = of.effective,
           .end = SessionEnd::kConnectionLost,
           .details = &details.details,
           .message = &of.record,
           .shown_as = &shown_},
          of.sink);
  return Fate::kUsed;
}

void RadiusTracker::end_all(uint16_t source_set, uint32_t nas_number, const SessionClosing& closing,
                            SessionSink& sink) noexcept {
  Nas& nas = nases_.at(nas_number);
  nas.opened = false;
  ends_waiting_ -= nas.must_end ? 1 : 0;
  nas.must_end = false;
  book_.close_group(SessionSource::kRadius, source_set, group_of(nas_number), closing, sink);
}

// One NAS a walk's time: what began behind its restart stays, so it does no harm that it is late.
void RadiusTracker::end_waiting(PacketTime now, SessionSink& sink) noexcept {
  if (ends_waiting_ == 0 || (now < later(walked_, kWalkS) && !(now < walked_))) return;
  walked_ = now;
  for (uint32_t number = 1; number < nases_.end(); ++number) {
    const Nas& nas = nases_.at(number);
    if (!nas.must_end) continue;
    const SessionClosing closing{.received = now, .effective = nas.restarted, .end = SessionEnd::kConnectionLost};
    return end_all(nas.source_set, number, closing, sink);
  }
}

void RadiusTracker::apply(const Case& of, SessionId session, AccessEvent kind) noexcept {
  book_.prefetch(session);
  Names names;
  names.add(of.message, of.nas, plan_.subscriber);
  Addresses addresses(of.message, plan_.subscriber);
  counters_.too_wide.add(addresses.too_wide());
  Details details;
  details.add(of.message, of.received);
  SessionChange change{.kind = kind,
                       .received = of.received,
                       .effective = of.effective,
                       .shown = names.all(),
                       .deadline = heard(session, of.message, of.received),
                       .at_deadline = SessionEnd::kTimeout,
                       .details = &details.details,
                       .message = &of.record,
                       .shown_as = &shown_};
  if (addresses.any()) {
    book_.for_each_address(session,
                           [&addresses](const SessionAddress& held, PacketTime /*since*/) { addresses.keep(held); });
    change.addresses = addresses.all();
  }
  book_.apply(session, change, of.sink);
}

// Takes note of a message of the session; when it ends if it is the last.
PacketTime RadiusTracker::heard(SessionId session, const Message& message, PacketTime received) noexcept {
  Pulse now = pulse(session);
  const int64_t received_s = seconds_of(received);
  const int64_t gap_s = received_s - int64_t{now.heard_s};
  if (message.interim_s && *message.interim_s > 0) {
    now.interval_s = static_cast<uint16_t>(std::min<uint32_t>(*message.interim_s, UINT16_MAX));
    now.is_sure = true;
  } else if (!now.is_sure && now.is_accounted && gap_s >= kIntervalSMin && gap_s <= UINT16_MAX) {
    // Twice the same, to a quarter, is a rhythm.
    now.is_sure = now.interval_s != 0 && 4 * std::abs(gap_s - now.interval_s) <= gap_s;
    now.interval_s = static_cast<uint16_t>(std::max<int64_t>(gap_s, now.is_sure ? now.interval_s : 0));
  }
  now.heard_s = static_cast<uint32_t>(received_s);
  now.is_accounted = true;
  set_pulse(session, now);
  if (!now.is_sure) return later(received, plan_.unheard_s_max);
  return later(received, std::min(plan_.interims_missed_max * now.interval_s + kGraceS, plan_.unheard_s_max));
}

RadiusTracker::Pulse RadiusTracker::pulse(SessionId session) noexcept {
  return std::bit_cast<Pulse>(book_.tracker_data(session));
}

void RadiusTracker::set_pulse(SessionId session, const Pulse& pulse) noexcept {
  book_.tracker_data(session) = std::bit_cast<uint64_t>(pulse);
}

}  // namespace lictor::radius

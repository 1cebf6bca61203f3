// What tasks are told of messages: of calls in their steps, and of communications that are no calls. Of the CallDesk;
// one session lcore.
#include <algorithm>
#include <utility>

#include "dataplane/base/check.h"
#include "dataplane/session/sip/address_list.h"
#include "dataplane/session/sip/call_desk.h"

namespace lictor::sip {
namespace {

constexpr uint8_t kUdp = 17;
constexpr size_t kUdpHeaderBytes = 8;
constexpr size_t kIpv6HeaderBytes = 40;
constexpr size_t kIpv4HeaderBytesMin = 20;
constexpr size_t kIpv4HeaderBytesMax = 60;

// What it means for the session that the call is to its encoder.
AccessEvent event_of(CallStep step) {
  switch (step) {
    case CallStep::kBegin:
      return AccessEvent::kAccept;
    case CallStep::kContinue:
      return AccessEvent::kUpdate;
    case CallStep::kEnd:
      return AccessEvent::kEnd;
    case CallStep::kReport:
      break;
  }
  return AccessEvent::kAttempt;
}

CallEndReason reason_of(CallEnd end) {
  switch (end) {
    case CallEnd::kNone:
    case CallEnd::kReleased:
    case CallEnd::kCancelled:
      return CallEndReason::kNone;
    case CallEnd::kByeUnanswered:
      return CallEndReason::kByeUnanswered;
    case CallEnd::kRefused:
      return CallEndReason::kRefused;
    case CallEnd::kUnanswered:
      return CallEndReason::kUnanswered;
    case CallEnd::kSessionTimer:
      return CallEndReason::kSessionTimer;
    case CallEnd::kSilent:
      return CallEndReason::kSilent;
    case CallEnd::kNoRoom:
      return CallEndReason::kNotFollowed;
  }
  return CallEndReason::kNone;
}

// Where in the frame the IP packet begins whose UDP payload begins at `payload`, as far as headers of one kind are
// known by their lengths; nothing where there are others in between.
std::optional<size_t> packet_at(Bytes frame, size_t payload, bool ipv6) {
  const auto begins = [&](size_t header) {
    const size_t before = kUdpHeaderBytes + header;
    if (payload < before) return false;
    const Bytes packet = frame.subspan(payload - before);
    if (ipv6) return packet[0] >> 4 == 6 && packet[6] == kUdp;
    return packet[0] == (0x40 | header / 4) && packet[9] == kUdp;
  };
  if (ipv6)
    return begins(kIpv6HeaderBytes) ? std::optional(payload - kUdpHeaderBytes - kIpv6HeaderBytes) : std::nullopt;
  for (size_t header = kIpv4HeaderBytesMin; header <= kIpv4HeaderBytesMax; header += 4)
    if (begins(header)) return payload - kUdpHeaderBytes - header;
  return std::nullopt;
}

}  // namespace

// Requests of whoever called, and answers to the requests of the other side, come from the calling side.
Direction CallDesk::direction_of(const Followed& followed, const CallEvent& event) {
  if (event.media.caller == 0 || followed.side == CallSide::kDiverting) return Direction::kIndeterminate;
  const bool from_caller = (event.from == event.media.caller) == event.message->is_request;
  return from_caller == (followed.side == CallSide::kCalling) ? Direction::kFromTarget : Direction::kToTarget;
}

// The message at hand, with the packet that it came in where that holds nothing else.
void CallDesk::fill_message(SessionReport& report, const SignalRecord& record, Bytes message) noexcept {
  const SignalRecordHeader& header = record.header;
  report.call->source = host_of(header.ipv6, header.source.address);
  report.call->destination = host_of(header.ipv6, header.destination.address);
  report.raw = message;
  if (header.kind != SignalKind::kSip) return;
  const auto begin = static_cast<size_t>(message.data() - record.frame.data());
  const bool is_all = begin == header.message_offset && message.size() == header.message_bytes;
  const std::optional<size_t> packet = packet_at(record.frame, header.message_offset, header.ipv6);
  if (!is_all || !packet) return;
  report.raw = record.frame.subspan(*packet, header.message_offset + header.message_bytes - *packet);
  report.call->message_at = static_cast<uint32_t>(header.message_offset - *packet);
}

// What passes a second tap was told of. A stream has no echoes: its octets are read once.
bool CallDesk::is_echo() noexcept {
  if (is_echo_) return *is_echo_;
  is_echo_ = record_->header.kind == SignalKind::kSip && echo_.is_echo(record_->header, message_.octets);
  if (*is_echo_) counters_.echoes.add(1);
  return *is_echo_;
}

void CallDesk::write(const SessionReport& report, CallId call) noexcept {
  if (office_.write(report)) return counters_.reports.add(1);
  counters_.reports_lost.add(1);
  if (report.call->step != CallStep::kReport) stale_.insert_or_assign({report.slot, report.cin}, call);
}

// What goes on is there, in whatever step its encoder believes it to be; what nobody knows any more is gone.
SessionReport CallDesk::state_of(const CommunicationKey& key, CallId last, PacketTime now) noexcept {
  SessionReport report{.kind = SessionReport::Kind::kGone,
                       .source = SessionSource::kSip,
                       .slot = key.first,
                       .cin = key.second,
                       .received = now,
                       .effective = now,
                       .call = CallPart{.step = CallStep::kEnd}};
  const auto whole = communications_.find(key);
  if (whole == communications_.end()) return report;
  const bool is_open = !whole->second.open.empty();
  const auto found = followed_.find({is_open ? whole->second.open[0] : last, key.first});
  if (found == followed_.end() || found->second.cin != key.second) return report;
  const Followed& followed = found->second;
  report.kind = SessionReport::Kind::kActive;
  report.event = is_open ? AccessEvent::kUpdate : AccessEvent::kEnd;
  report.started = followed.began;
  report.call->source = followed.source;
  report.call->destination = followed.destination;
  if (!is_open) {
    report.call->reason = CallEndReason::kNotFollowed;
    return report;
  }
  report.call->step = CallStep::kBegin;
  report.call->clock = followed.clock;
  report.call->described = described_of_all(found->first, followed);
  report.addresses = media_of_all(found->first, followed);
  whole->second.is_told = true;
  return report;
}

// What found its ring full: until there is room, whatever else is told meanwhile.
void CallDesk::tell_again(PacketTime now) noexcept {
  while (!stale_.empty()) {
    const auto [key, last] = *stale_.begin();
    if (!office_.write(state_of(key, last, now))) return;
    counters_.reports.add(1);
    stale_.erase(key);
  }
}

// A communication begins with the first that is told of it, and ends with its last leg. Whom the message names first
// that ends the call has a report of it and no communication.
CallStep CallDesk::step_of(const CallEvent& event, Communication& whole) {
  if (event.kind == CallEventKind::kReport) return CallStep::kReport;
  if (event.kind == CallEventKind::kEnd && whole.open.empty())
    return whole.is_told ? CallStep::kEnd : CallStep::kReport;
  return std::exchange(whole.is_told, true) ? CallStep::kContinue : CallStep::kBegin;
}

// What becomes of the task's call by it, before its agency is told: its media, its end, and that it was answered.
void CallDesk::take_event(const CallKey& key, Followed& followed, const CallEvent& event) noexcept {
  const bool is_end = event.kind == CallEventKind::kEnd;
  if (!is_end && (event.media_changed || followed.is_new)) {
    take_media(key, followed, event.media);
    news_due_.push_back(key);
  }
  Communication& whole = communications_[{key.second, followed.cin}];
  if (is_end) end_leg(key, followed, event.received);
  if (tracker_->is_surely_answered(key.first)) no_longer_unanswered(key.second, whole);
  if (is_end && !whole.open.empty()) news_due_.emplace_back(whole.open[0], key.second);
}

void CallDesk::tell_call(const CallKey& key, Followed& followed, const CallEvent& event) noexcept {
  const bool is_end = event.kind == CallEventKind::kEnd;
  if (followed.has_ended && is_end) followed.forget_at = {event.received.unix_ns + plan_.remembered_ns};
  if (followed.has_ended && event.kind != CallEventKind::kReport) return;
  take_event(key, followed, event);
  const bool is_new = std::exchange(followed.is_new, false);
  Communication& whole = communications_[{key.second, followed.cin}];
  const CallDescriptions described = described_of_all(key, followed);
  if (!is_end && std::exchange(followed.described, described) != described) news_due_.push_back(key);
  SessionReport report{.source = SessionSource::kSip,
                       .slot = key.second,
                       .cin = followed.cin,
                       .received = event.received,
                       .effective = event.received,
                       .started = followed.began,
                       .addresses = media_of_all(key, followed),
                       .call = CallPart{.source = followed.source,
                                        .destination = followed.destination,
                                        .clock = followed.clock,
                                        .described = described}};
  if (is_new && released_ && !std::exchange(whole.is_told, true)) tell_released(report, CallStep::kBegin);
  const CallStep step = step_of(event, whole);
  report.event = event_of(step);
  report.call->step = step;
  if (event.message == nullptr) report.call->reason = reason_of(event.end);
  if (event.message != nullptr) {
    LICTOR_CHECK(event.message == &message_ && record_ != nullptr);
    const bool is_told = !is_new && (step == CallStep::kContinue || step == CallStep::kReport);
    if (is_echo() && is_told) return;
    fill_message(report, *record_, message_.octets);
    report.call->direction = direction_of(followed, event);
    followed.source = report.call->source;
    followed.destination = report.call->destination;
    followed.refers |=
        message_.is_request && message_.method == Method::kRefer && report.call->direction == Direction::kFromTarget;
  } else if (step != CallStep::kEnd) {
    report.kind = SessionReport::Kind::kState;  // no record has nothing to tell
  }
  write(report, key.first);
  if (is_end && whole.open.empty()) tell_gone(key, followed, event.received);
}

// A phone registers all its names under one Call-ID (RFC 3261 section 10.2): each is a communication of its own.
CallDesk::ExchangeKey CallDesk::exchange_key(uint16_t source_set) const noexcept {
  const uint64_t set = source_set;
  Hash128 hash = sip_hash(plan_.tracker.key, {&set, 1}, message_.field(Header::kCallId));
  const std::optional<CSeq> cseq = read_cseq(message_.field(Header::kCSeq));
  AddressList to(message_.field(Header::kTo));
  Address address;
  if (cseq && cseq->method == Method::kRegister && to.next(address)) {
    const std::array<uint64_t, 2> of_call = {hash.low, hash.high};
    hash = sip_hash(plan_.tracker.key, of_call, address.uri);
  }
  return {hash.high, hash.low};
}

// Requests of a target, and what belongs to them by their Call-ID.
void CallDesk::tell_exchange(const CallEvent& event) noexcept {
  if (event.message == nullptr) return;
  // Of a call that a task follows it is told already.
  const auto is_told_of_call = [&](TaskSlot slot) {
    return event.call != kNoCall && followed_.contains({event.call, slot});
  };
  std::erase_if(matches_,
                [&](const Match& match) { return is_told_of_call(match.slot) || is_callers_word(match.role, event); });
  const ExchangeKey key = exchange_key(event.source_set);
  auto found = exchanges_.find(key);
  if (found == exchanges_.end()) {
    if (matches_.empty()) return;
    if (exchanges_.size() >= plan_.exchanges_max) make_room_beside(key);
    found = exchanges_.try_emplace(key).first;
    counters_.exchanges.add(1);
  }
  const bool is_known = is_echo();  // of another tap, which may be no other task's
  Exchange& exchange = found->second;
  exchange.forget_at = {event.received.unix_ns + plan_.remembered_ns};
  for (const Match& match : matches_) {
    if (exchange.of_task.contains(match.slot)) continue;
    if (const uint32_t cin = office_.take_cin(match.slot); cin != 0)
      exchange.of_task.emplace(match.slot, Exchange::OfTask{.cin = cin, .name = watch_->names[match.name]});
  }
  for (auto& [slot, told] : exchange.of_task) {
    if (is_told_of_call(slot) || (is_known && told.is_told)) continue;
    SessionReport report{.event = AccessEvent::kAttempt,
                         .source = SessionSource::kSip,
                         .slot = slot,
                         .cin = told.cin,
                         .received = event.received,
                         .effective = event.received,
                         .started = event.received,
                         .call = CallPart{.step = CallStep::kReport}};
    if (!std::exchange(told.is_told, true) && released_) tell_released(report, CallStep::kReport);
    fill_message(report, *record_, message_.octets);
    write(report);
  }
}

// The one of some that nothing was heard of for longest: who is before and behind a keyed hash is anybody.
void CallDesk::make_room_beside(const ExchangeKey& key) noexcept {
  constexpr size_t kLookedAt = 16;
  counters_.exchanges_evicted.add(1);
  auto oldest = exchanges_.begin();
  auto at = exchanges_.lower_bound(key);
  for (size_t i = 0; i < kLookedAt; ++i, ++at) {
    if (at == exchanges_.end()) at = exchanges_.begin();
    if (at->second.forget_at < oldest->second.forget_at) oldest = at;
  }
  exchanges_.erase(oldest);
}

}  // namespace lictor::sip

#include "dataplane/session/sip/call_desk.h"

#include <algorithm>
#include <utility>

#include "dataplane/base/check.h"
#include "dataplane/packet/flow_match.h"
#include "dataplane/session/sip/address_list.h"

namespace lictor::sip {
namespace {

constexpr uint8_t kUdp = 17;
constexpr size_t kUdpHeaderBytes = 8;
constexpr size_t kIpv6HeaderBytes = 40;
constexpr size_t kIpv4HeaderBytesMin = 20;
constexpr size_t kIpv4HeaderBytesMax = 60;
constexpr int64_t kSweepNs = kNanosecondsPerSecond;

uint32_t hop_of(const HashKey& key, const SignalRecordHeader& header) {
  const auto [one, other] = std::minmax(header.source.address, header.destination.address);
  std::array<uint8_t, 32> both;
  std::ranges::copy(one, both.begin());
  std::ranges::copy(other, both.begin() + 16);
  return static_cast<uint32_t>(sip_hash(key, {}, both).low);
}

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

Result<std::unique_ptr<CallDesk>> CallDesk::make(CallDeskPlan plan, TaskOffice& office) {
  Result<std::unique_ptr<CallTracker>> tracker = CallTracker::make(plan.tracker);
  if (!tracker.ok()) return tracker.status();
  Result<std::unique_ptr<StreamTable>> streams = StreamTable::make(plan.streams);
  if (!streams.ok()) return streams.status();
  std::optional<PrivateArray<Background>> background;
  if (plan.keeps_all) {
    Result<PrivateArray<Background>> room = PrivateArray<Background>::make(plan.tracker.calls_max);
    if (!room.ok()) return room.status();
    background.emplace(*std::move(room));
  }
  std::unique_ptr<RegistrationTable> registrations;
  if (plan.registrations_max != 0) {
    Result<std::unique_ptr<RegistrationTable>> room = RegistrationTable::make(plan.registrations_max);
    if (!room.ok()) return room.status();
    registrations = *std::move(room);
  }
  return std::unique_ptr<CallDesk>(new CallDesk(std::move(plan), office, *std::move(tracker), *std::move(streams),
                                                std::move(registrations), std::move(background)));
}

CallDesk::CallDesk(CallDeskPlan plan, TaskOffice& office, std::unique_ptr<CallTracker> tracker,
                   std::unique_ptr<StreamTable> streams, std::unique_ptr<RegistrationTable> registrations,
                   std::optional<PrivateArray<Background>> background)
    : plan_(std::move(plan)),
      office_(office),
      tracker_(std::move(tracker)),
      streams_(std::move(streams)),
      legs_(std::ranges::any_of(plan_.sets, [](const CallSet& set) { return set.legs.any(); }) ? plan_.tracker.calls_max
                                                                                               : 0),
      registrations_(std::move(registrations)),
      background_(std::move(background)) {}

bool CallDesk::is_sent_by(std::span<const IpPrefix> nodes, const SignalRecordHeader& header) {
  return std::ranges::any_of(nodes, [&](const IpPrefix& node) {
    return node.ipv6 == header.ipv6 && covers(node, header.source.address.data());
  });
}

void CallDesk::on_message(const SignalRecord& record, SessionSink& /*sink*/) noexcept {
  if (record.header.kind == SignalKind::kSipSegment) {
    streams_->put(record);
    return take_messages();
  }
  const MessageError error = parse_message(record.message, message_);
  if (error == MessageError::kEmpty) return counters_.keepalives.add(1);
  if (error == MessageError::kNotSip) return counters_.malformed.add(1);
  if (error != MessageError::kNone) counters_.malformed.add(1);  // the lines that are whole count
  take_message(record);
}

// Of the direction of a connection that was heard.
void CallDesk::take_messages() noexcept {
  while (streams_->next(message_))
    take_message({.header = streams_->header(), .frame = {}, .message = message_.octets});
}

// A registrar's 2xx.
bool CallDesk::is_registered() const noexcept {
  if (message_.is_request || message_.status < 200 || message_.status >= 300) return false;
  const std::optional<CSeq> cseq = read_cseq(message_.field(Header::kCSeq));
  return cseq && cseq->method == Method::kRegister && is_servers(*record_);
}

// message_ is read.
void CallDesk::take_message(const SignalRecord& record) noexcept {
  counters_.messages.add(1);
  record_ = &record;
  find_matches(record);
  if (message_.is_request) {
    hold(record);
  } else {
    release(record);
  }
  if (is_registered()) take_registration(record);
  tracker_->on_message(message_,
                       {.received = record.header.arrival,
                        .source_set = record.header.source_set,
                        .hop = hop_of(plan_.tracker.key, record.header)},
                       *this);
  record_ = nullptr;
  released_.reset();
  matches_.clear();
  settle_shared();
}

void CallDesk::find_matches(const SignalRecord& record) noexcept {
  matches_.clear();
  found_.all.clear();
  const uint16_t source_set = record.header.source_set;
  if (source_set >= plan_.sets.size()) return;
  const CallSet& set = plan_.sets[source_set];
  is_trusted_ = is_sent_by(set.trusted, record.header);
  if (!asks_anything() && !background_) return;
  find_identities(message_, {.trusted_sender = is_trusted_, .from = set.from, .preferred = set.preferred}, found_);
  if (asks_anything()) add_matches(found_, set, record.header.port, {});
  find_registered(record);
}

// Who answers asserts himself: the called side.
CallSide CallDesk::side_in(const Message& message, IdentityRole role) {
  const bool is_of_sender =
      role == IdentityRole::kAsserted || role == IdentityRole::kPreferred || role == IdentityRole::kRemoteParty;
  return is_of_sender && !message.is_request ? CallSide::kCalled : side_of(role);
}

// Who is called within a call may be who called first.
CallSide CallDesk::side_of_call(CallSide side, const CallEvent& event) {
  if (event.from == event.media.caller || side == CallSide::kDiverting) return side;
  return side == CallSide::kCalling ? CallSide::kCalled : CallSide::kCalling;
}

// Who refers somebody else to somebody is party of what follows where that was ordered alone.
void CallDesk::add_matches(const FoundIdentities& found, const CallSet& set, uint16_t port,
                           std::optional<CallSide> side) noexcept {
  match_names(found, set.numbers, *watch_->index, matched_);
  for (const NameMatch& match : matched_.all()) {
    for (const TaskSlot slot : watch_->slots[match.name]) {
      const bool is_known = std::ranges::any_of(matches_, [slot](const Match& known) { return known.slot == slot; });
      const WatchedTask* const task = office_.watched(slot);
      if (is_known || task == nullptr || (task->scope.ports >> port & 1) == 0) continue;
      if (match.role == IdentityRole::kReferrer && !task->redirected_calls) continue;
      matches_.push_back({slot, match.name, side ? *side : side_in(message_, match.role)});
    }
  }
}

void CallDesk::on_call_event(const CallEvent& event) noexcept {
  if (event.call == kNoCall) return tell_exchange(event);
  if (event.kind == CallEventKind::kBegin) begin(event);
  // Whoever made room for a message's call is not the message's.
  if (event.kind != CallEventKind::kReport && event.message != nullptr) {
    keep(event);
    bool is_found = false;
    for (const Match& match : matches_) is_found |= follow(event, match) != nullptr;
    if (is_found) join(event.call, event);
  }
  for_each_of(event.call, [&](auto at) { tell_call(at->first, at->second, event); });
  if (event.kind == CallEventKind::kEnd) leave(event.call);
}

// Null where it is followed already, or cannot be.
CallDesk::Followed* CallDesk::follow(const CallEvent& event, const Match& match) noexcept {
  const CallKey key(event.call, match.slot);
  if (followed_.contains(key)) return nullptr;
  if (followed_.size() >= plan_.followed_max) {
    counters_.over.add(1);
    return nullptr;
  }
  const uint32_t cin = office_.take_cin(match.slot);
  if (cin == 0) return nullptr;
  return &emplace(key, {.cin = cin,
                        .name = watch_->names[match.name],
                        .side = side_of_call(match.side, event),
                        .began = event.began,
                        .source_set = event.source_set});
}

CallDesk::Followed& CallDesk::emplace(const CallKey& key, Followed followed) noexcept {
  Communication& whole = communications_[{key.second, followed.cin}];
  whole.open.push_back(key.first);
  ++whole.legs;
  tracker_->pin(key.first);
  counters_.calls.add(1);
  return followed_.emplace(key, std::move(followed)).first->second;
}

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

void CallDesk::write(const SessionReport& report) noexcept {
  (office_.write(report) ? counters_.reports : counters_.reports_lost).add(1);
}

// A communication begins with the first that is told of it, and ends with its last leg.
CallStep CallDesk::step_of(const CallEvent& event, Communication& whole) {
  if (event.kind == CallEventKind::kReport) return CallStep::kReport;
  if (event.kind == CallEventKind::kEnd && whole.open.empty()) return CallStep::kEnd;
  return std::exchange(whole.is_told, true) ? CallStep::kContinue : CallStep::kBegin;
}

void CallDesk::tell_call(const CallKey& key, Followed& followed, const CallEvent& event) noexcept {
  if (followed.has_ended && event.kind != CallEventKind::kReport) return;
  const bool is_end = event.kind == CallEventKind::kEnd;
  if (!is_end && (event.media_changed || followed.is_new)) take_media(key, followed, event.media);
  const bool is_new = std::exchange(followed.is_new, false);
  Communication& whole = communications_[{key.second, followed.cin}];
  if (is_end) end_leg(key, followed, event.received);
  SessionReport report{.source = SessionSource::kSip,
                       .slot = key.second,
                       .cin = followed.cin,
                       .received = event.received,
                       .effective = event.received,
                       .started = followed.began,
                       .addresses = media_of_all(key, followed),
                       .call = CallPart{.source = followed.source, .destination = followed.destination}};
  if (is_new && released_ && !std::exchange(whole.is_told, true)) tell_released(report, CallStep::kBegin);
  const CallStep step = step_of(event, whole);
  report.event = event_of(step);
  report.call->step = step;
  if (event.message == nullptr) report.call->reason = reason_of(event.end);
  if (event.message != nullptr) {
    LICTOR_CHECK(event.message == &message_ && record_ != nullptr);
    fill_message(report, *record_, message_.octets);
    report.call->direction = direction_of(followed, event);
    followed.source = report.call->source;
    followed.destination = report.call->destination;
    followed.refers |=
        message_.is_request && message_.method == Method::kRefer && report.call->direction == Direction::kFromTarget;
  } else if (step != CallStep::kEnd) {
    report.kind = SessionReport::Kind::kState;  // no record has nothing to tell
  }
  write(report);
}

// Requests of a target, and what belongs to them by their Call-ID.
void CallDesk::tell_exchange(const CallEvent& event) noexcept {
  if (event.message == nullptr) return;
  const Bytes call_id = message_.field(Header::kCallId);
  const uint64_t source_set = event.source_set;
  const Hash128 hash = sip_hash(plan_.tracker.key, {&source_set, 1}, call_id);
  auto found = exchanges_.find({hash.high, hash.low});
  if (found == exchanges_.end()) {
    if (matches_.empty()) return;
    if (exchanges_.size() >= plan_.exchanges_max) return counters_.over.add(1);
    found = exchanges_.try_emplace({hash.high, hash.low}).first;
    counters_.exchanges.add(1);
  }
  Exchange& exchange = found->second;
  exchange.forget_at = {event.received.unix_ns + plan_.remembered_ns};
  for (const Match& match : matches_) {
    if (exchange.of_task.contains(match.slot)) continue;
    if (const uint32_t cin = office_.take_cin(match.slot); cin != 0)
      exchange.of_task.emplace(match.slot, Exchange::OfTask{.cin = cin, .name = watch_->names[match.name]});
  }
  for (auto& [slot, told] : exchange.of_task) {
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

bool CallDesk::still_asks(TaskSlot slot, const TargetName& name) const noexcept {
  const WatchedTask* const task = office_.watched(slot);
  if (task == nullptr) return false;
  return std::ranges::any_of(task->identities, [&](const WatchedIdentity& identity) {
    return identity.kind == name.kind && identity.value == name.value;
  });
}

void CallDesk::tasks_changed(std::shared_ptr<const CallWatch> watch, std::span<const TaskSlot> removed,
                             std::span<const TaskSlot> added, PacketTime now) noexcept {
  if (watch != nullptr) watch_ = std::move(watch);
  const auto is_among = [](std::span<const TaskSlot> slots, TaskSlot slot) {
    return std::ranges::find(slots, slot) != slots.end();
  };
  for (auto at = followed_.begin(); at != followed_.end();) {
    const auto here = at++;
    auto& [key, followed] = *here;
    const TaskSlot slot = key.second;
    if (!is_among(removed, slot) && !is_among(added, slot)) continue;
    unbind_all(key, followed);
    if (still_asks(slot, followed.name)) {
      take_media(key, followed, tracker_->media(key.first));
      continue;
    }
    const uint32_t cin = followed.cin;
    const PacketTime began = followed.began;
    forget(here);
    if (communications_.contains({slot, cin})) continue;  // its other legs are told of
    write({.kind = SessionReport::Kind::kGone,
           .source = SessionSource::kSip,
           .slot = slot,
           .cin = cin,
           .received = now,
           .effective = now,
           .started = began,
           .call = CallPart{.step = CallStep::kEnd}});
  }
  for (auto& [key, exchange] : exchanges_)
    std::erase_if(exchange.of_task, [&](const auto& one) { return !still_asks(one.first, one.second.name); });
  if (background_ && !added.empty()) to_look_at_ = plan_.tracker.calls_max;
}

void CallDesk::on_tick(PacketTime now, SessionSink& /*sink*/) noexcept {
  while (streams_->tick(now)) take_messages();
  tracker_->on_tick(now, *this);
  find_in_progress(now);
  settle_shared();
  if (now.unix_ns < swept_.unix_ns + kSweepNs && now >= swept_) return;
  swept_ = now;
  for (auto at = followed_.begin(); at != followed_.end();) {
    const auto here = at++;
    if (here->second.has_ended && here->second.forget_at <= now) forget(here);
  }
  std::erase_if(exchanges_, [now](const auto& one) { return one.second.forget_at <= now; });
}

}  // namespace lictor::sip

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

bool is_trusted(const CallSet& set, const SignalRecordHeader& header) {
  return std::ranges::any_of(set.trusted, [&](const IpPrefix& node) {
    return node.ipv6 == header.ipv6 && covers(node, header.source.address.data());
  });
}

uint32_t hop_of(const HashKey& key, const SignalRecordHeader& header) {
  const auto [one, other] = std::minmax(header.source.address, header.destination.address);
  std::array<uint8_t, 32> both;
  std::ranges::copy(one, both.begin());
  std::ranges::copy(other, both.begin() + 16);
  return static_cast<uint32_t>(sip_hash(key, {}, both).low);
}

CallStep step_of(CallEventKind kind) {
  switch (kind) {
    case CallEventKind::kBegin:
      return CallStep::kBegin;
    case CallEventKind::kContinue:
      return CallStep::kContinue;
    case CallEventKind::kEnd:
      return CallStep::kEnd;
    case CallEventKind::kReport:
      break;
  }
  return CallStep::kReport;
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

// Who answers asserts himself: the called side.
CallSide side_in(const Message& message, IdentityRole role) {
  const bool is_of_sender =
      role == IdentityRole::kAsserted || role == IdentityRole::kPreferred || role == IdentityRole::kRemoteParty;
  return is_of_sender && !message.is_request ? CallSide::kCalled : side_of(role);
}

// Who is called within a call may be who called first.
CallSide side_of_call(CallSide side, const CallEvent& event) {
  if (event.from == event.media.caller || side == CallSide::kDiverting) return side;
  return side == CallSide::kCalling ? CallSide::kCalled : CallSide::kCalling;
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
  return std::unique_ptr<CallDesk>(new CallDesk(std::move(plan), office, *std::move(tracker), *std::move(streams)));
}

CallDesk::CallDesk(CallDeskPlan plan, TaskOffice& office, std::unique_ptr<CallTracker> tracker,
                   std::unique_ptr<StreamTable> streams)
    : plan_(std::move(plan)), office_(office), tracker_(std::move(tracker)), streams_(std::move(streams)) {}

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

// message_ is read.
void CallDesk::take_message(const SignalRecord& record) noexcept {
  counters_.messages.add(1);
  record_ = &record;
  find_matches(record);
  tracker_->on_message(message_,
                       {.received = record.header.arrival,
                        .source_set = record.header.source_set,
                        .hop = hop_of(plan_.tracker.key, record.header)},
                       *this);
  record_ = nullptr;
  matches_.clear();
  settle_shared();
}

void CallDesk::find_matches(const SignalRecord& record) noexcept {
  matches_.clear();
  const uint16_t source_set = record.header.source_set;
  if (watch_ == nullptr || watch_->index->size() == 0 || source_set >= plan_.sets.size()) return;
  const CallSet& set = plan_.sets[source_set];
  find_identities(message_,
                  {.trusted_sender = is_trusted(set, record.header), .from = set.from, .preferred = set.preferred},
                  found_);
  match_names(found_, set.numbers, *watch_->index, matched_);
  for (const NameMatch& match : matched_.all()) {
    for (const TaskSlot slot : watch_->slots[match.name]) {
      const bool is_known = std::ranges::any_of(matches_, [slot](const Match& known) { return known.slot == slot; });
      const WatchedTask* const task = office_.watched(slot);
      if (is_known || task == nullptr || (task->scope.ports >> record.header.port & 1) == 0) continue;
      matches_.push_back({slot, match.name, side_in(message_, match.role)});
    }
  }
}

template <typename Visit>
void CallDesk::for_each_of(CallId call, Visit visit) noexcept {
  for (auto at = followed_.lower_bound({call, TaskSlot{}}); at != followed_.end() && at->first.first == call;) {
    const auto here = at++;
    visit(here);
  }
}

void CallDesk::on_call_event(const CallEvent& event) noexcept {
  if (event.call == kNoCall) return tell_exchange(event);
  // The number was another call's before.
  if (event.kind == CallEventKind::kBegin) for_each_of(event.call, [&](auto at) { followed_.erase(at); });
  // Whoever made room for a message's call is not the message's.
  if (event.kind != CallEventKind::kReport && event.message != nullptr)
    for (const Match& match : matches_) follow(event, match);
  for_each_of(event.call, [&](auto at) { tell_call(at->first, at->second, event); });
}

void CallDesk::follow(const CallEvent& event, const Match& match) noexcept {
  const CallKey key(event.call, match.slot);
  if (followed_.contains(key)) return;
  if (followed_.size() >= plan_.followed_max) return counters_.over.add(1);
  const uint32_t cin = office_.take_cin(match.slot);
  if (cin == 0) return;
  Followed followed{.cin = cin,
                    .name = watch_->names[match.name],
                    .side = side_of_call(match.side, event),
                    .began = event.began,
                    .source_set = event.source_set};
  followed_.emplace(key, std::move(followed));
  tracker_->pin(event.call);
  counters_.calls.add(1);
}

// Requests of whoever called, and answers to the requests of the other side, come from the calling side.
Direction CallDesk::direction_of(const Followed& followed, const CallEvent& event) {
  if (event.media.caller == 0 || followed.side == CallSide::kDiverting) return Direction::kIndeterminate;
  const bool from_caller = (event.from == event.media.caller) == event.message->is_request;
  return from_caller == (followed.side == CallSide::kCalling) ? Direction::kFromTarget : Direction::kToTarget;
}

// The message at hand, with the packet that it came in where that holds nothing else.
void CallDesk::fill_message(SessionReport& report) noexcept {
  const SignalRecordHeader& header = record_->header;
  report.call->source = host_of(header.ipv6, header.source.address);
  report.call->destination = host_of(header.ipv6, header.destination.address);
  report.raw = message_.octets;
  if (header.kind != SignalKind::kSip) return;
  const auto begin = static_cast<size_t>(message_.octets.data() - record_->frame.data());
  const bool is_all = begin == header.message_offset && message_.octets.size() == header.message_bytes;
  const std::optional<size_t> packet = packet_at(record_->frame, header.message_offset, header.ipv6);
  if (!is_all || !packet) return;
  report.raw = record_->frame.subspan(*packet, header.message_offset + header.message_bytes - *packet);
  report.call->message_at = static_cast<uint32_t>(header.message_offset - *packet);
}

void CallDesk::write(const SessionReport& report) noexcept {
  (office_.write(report) ? counters_.reports : counters_.reports_lost).add(1);
}

void CallDesk::tell_call(const CallKey& key, Followed& followed, const CallEvent& event) noexcept {
  if (followed.has_ended && event.kind != CallEventKind::kReport) return;
  CallStep step = step_of(event.kind);
  if (step == CallStep::kContinue && !followed.is_told) step = CallStep::kBegin;  // of this task's communication
  if (event.media_changed || !followed.is_told)
    take_media(key, followed, event.kind == CallEventKind::kEnd ? CallMediaView() : event.media);
  SessionReport report{.event = event_of(step),
                       .source = SessionSource::kSip,
                       .slot = key.second,
                       .cin = followed.cin,
                       .received = event.received,
                       .effective = event.received,
                       .started = followed.began,
                       .addresses = followed.media,
                       .call = CallPart{.step = step,
                                        .reason = reason_of(event.end),
                                        .source = followed.source,
                                        .destination = followed.destination}};
  if (event.message != nullptr) {
    LICTOR_CHECK(event.message == &message_ && record_ != nullptr);
    fill_message(report);
    report.call->direction = direction_of(followed, event);
    followed.source = report.call->source;
    followed.destination = report.call->destination;
  }
  if (step == CallStep::kEnd) report.addresses = {};
  followed.is_told = true;
  write(report);
  if (step != CallStep::kEnd) return;
  unbind_all(key, followed);
  followed.has_ended = true;
  followed.forget_at = {event.received.unix_ns + plan_.remembered_ns};
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
      exchange.of_task.emplace(match.slot, Exchange::OfTask{cin, watch_->names[match.name]});
  }
  for (const auto& [slot, told] : exchange.of_task) {
    SessionReport report{.event = AccessEvent::kAttempt,
                         .source = SessionSource::kSip,
                         .slot = slot,
                         .cin = told.cin,
                         .received = event.received,
                         .effective = event.received,
                         .started = event.received,
                         .call = CallPart{.step = CallStep::kReport}};
    fill_message(report);
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
    write({.kind = SessionReport::Kind::kGone,
           .source = SessionSource::kSip,
           .slot = slot,
           .cin = followed.cin,
           .received = now,
           .effective = now,
           .started = followed.began,
           .call = CallPart{.step = CallStep::kEnd}});
    followed_.erase(here);
  }
  for (auto& [key, exchange] : exchanges_)
    std::erase_if(exchange.of_task, [&](const auto& one) { return !still_asks(one.first, one.second.name); });
}

void CallDesk::on_tick(PacketTime now, SessionSink& /*sink*/) noexcept {
  while (streams_->tick(now)) take_messages();
  tracker_->on_tick(now, *this);
  settle_shared();
  if (now.unix_ns < swept_.unix_ns + kSweepNs && now >= swept_) return;
  swept_ = now;
  std::erase_if(followed_, [now](const auto& one) { return one.second.has_ended && one.second.forget_at <= now; });
  std::erase_if(exchanges_, [now](const auto& one) { return one.second.forget_at <= now; });
}

}  // namespace lictor::sip

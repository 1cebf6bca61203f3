#include "dataplane/session/sip/call_desk.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "dataplane/base/check.h"
#include "dataplane/packet/flow_match.h"
#include "dataplane/session/sip/address_list.h"

namespace lictor::sip {
namespace {

constexpr int64_t kSweepNs = kNanosecondsPerSecond;

// Of nodes at one address ports tell which they are; elsewhere those of TCP come and go.
uint32_t hop_of(const HashKey& key, const SignalRecordHeader& header) {
  const auto [one, other] = std::minmax(header.source.address, header.destination.address);
  const auto [port, other_port] = std::minmax(header.source.port, header.destination.port);
  const uint64_t ports = one == other ? uint64_t{port} << 16 | other_port : 0;
  std::array<uint8_t, 32> both;
  std::ranges::copy(one, both.begin());
  std::ranges::copy(other, both.begin() + 16);
  return static_cast<uint32_t>(sip_hash(key, {&ports, 1}, both).low);
}

// Whom the message goes to.
bool is_address(IdentityRole role) {
  return role == IdentityRole::kTo || role == IdentityRole::kRequestUri || role == IdentityRole::kCalledParty;
}

HopSide side_of(const SignalRecordHeader& header) {
  const auto source = std::tie(header.source.address, header.source.port);
  const auto destination = std::tie(header.destination.address, header.destination.port);
  if (source == destination) return HopSide::kOne;
  return source < destination ? HopSide::kFirst : HopSide::kSecond;
}

}  // namespace

Result<std::unique_ptr<CallDesk>> CallDesk::make(CallDeskPlan plan, TaskOffice& office) {
  LICTOR_CHECK(plan.scopes.size() == plan.sets.size() && plan.exchanges_max > 0);
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
    Result<std::unique_ptr<RegistrationTable>> room = RegistrationTable::make(
        plan.registrations_max, plan.keeps_all ? 0 : kOthersOfRegistration * plan.registrations_max);
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
      echo_(plan_.tracker.key),
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

// message_ is read.
void CallDesk::take_message(const SignalRecord& record) noexcept {
  LICTOR_CHECK(record.header.source_set < plan_.sets.size());
  counters_.messages.add(1);
  record_ = &record;
  is_echo_.reset();
  find_matches(record);
  if (message_.is_request) {
    hold(record);
  } else {
    release(record);
  }
  if (accepts_registration()) take_registration(record);
  const CallContext context{.received = record.header.arrival,
                            .source_set = record.header.source_set,
                            .hop = hop_of(plan_.tracker.key, record.header),
                            .sender = side_of(record.header),
                            .is_wanted = !matches_.empty(),
                            .is_of_followed = is_of_followed()};
  if (is_of_no_call()) {
    tell_exchange({.source_set = context.source_set, .received = context.received, .message = &message_});
  } else {
    tracker_->on_message(message_, context, *this);
  }
  record_ = nullptr;
  released_.reset();
  matches_.clear();
  settle_shared();
  tell_news(record.header.arrival);
}

// Whether a task that follows the open call of its Call-ID asks for somebody in the message at hand.
bool CallDesk::is_of_followed() noexcept {
  if (matches_.empty()) return false;
  const CallId call = tracker_->find_open(record_->header.source_set, message_.field(Header::kCallId));
  return call != kNoCall && std::ranges::any_of(matches_, [&](const Match& match) {
           return followed_.contains({call, match.slot});
         });
}

void CallDesk::find_matches(const SignalRecord& record) noexcept {
  matches_.clear();
  found_.all.clear();
  const CallSet& set = plan_.sets[record.header.source_set];
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
                           std::optional<CallSide> side, std::optional<IdentityRole> role) noexcept {
  match_names(found, set.numbers, *watch_->index, matched_);
  for (const NameMatch& match : matched_.all()) {
    for (const TaskSlot slot : watch_->slots[match.name]) {
      const IdentityRole field = role.value_or(match.role);
      // Whom a message goes to may not count, and who sends it does (is_callers_word).
      const bool is_known = std::ranges::any_of(matches_, [&](const Match& known) {
        return known.slot == slot && (!is_address(known.role) || is_address(field));
      });
      const WatchedTask* const task = office_.watched(slot);
      if (is_known || task == nullptr || (task->scope.ports >> port & 1) == 0) continue;
      if (match.role == IdentityRole::kReferrer && !task->redirected_calls) continue;
      matches_.push_back({slot, match.name, field, side ? *side : side_in(message_, field)});
    }
  }
}

void CallDesk::on_call_event(const CallEvent& event) noexcept {
  if (event.call == kNoCall) return tell_exchange(event);
  if (event.kind == CallEventKind::kBegin) begin(event);
  // Whoever made room for a message's call is not the message's.
  const bool is_calls = event.kind != CallEventKind::kReport && event.message != nullptr && is_of_call(event);
  if (is_calls) {
    keep(event);
    if (event.kind == CallEventKind::kContinue && message_.is_request && message_.method == Method::kInvite) {
      keep_keys(event);
      join(event.call, event);
    }
    bring_back(event);
    take_replaced(event);
    bool is_found = false;
    for (const Match& match : matches_)
      is_found |= !is_callers_word(match.role, event) && follow(event, match) != nullptr;
    if (is_found) join(event.call, event);
  } else {
    tell_exchange(event);  // anybody may write the Call-ID of a call
  }
  for_each_of(event.call, [&](auto at) { tell_call(at->first, at->second, event); });
  if (event.kind == CallEventKind::kEnd) leave(event.call);
}

// Requests that begin no dialog of a call and are within none, whatever Call-ID they have, and their answers.
bool CallDesk::is_of_no_call() noexcept {
  const std::optional<CSeq> cseq = read_cseq(message_.field(Header::kCSeq));
  if (!cseq) return false;
  switch (message_.is_request ? message_.method : cseq->method) {
    case Method::kRegister:
    case Method::kPublish:
      return true;
    case Method::kMessage:
    case Method::kOptions:
    case Method::kSubscribe:
      break;
    default:
      return false;
  }
  const Bytes to = tag_of(message_.field(Header::kTo));
  if (message_.is_request || to.empty()) return to.empty();
  const CallId call = tracker_->find_open(record_->header.source_set, message_.field(Header::kCallId));
  return call == kNoCall || !tracker_->has_dialog(call, tag_of(message_.field(Header::kFrom)), to);
}

// Whether the message is one of the call that has its Call-ID: of its INVITE, or within one of its dialogs.
bool CallDesk::is_of_call(const CallEvent& event) noexcept {
  if (event.kind != CallEventKind::kContinue) return true;
  const CSeq cseq = read_cseq(message_.field(Header::kCSeq)).value_or(CSeq{});
  const Method method = message_.is_request ? message_.method : cseq.method;
  if (message_.is_request && method == Method::kInvite) return true;
  const bool is_of_invite = method == Method::kInvite || method == Method::kCancel || method == Method::kAck;
  if (is_of_invite && event.from == event.media.caller && !tracker_->is_answered(event.call)) return true;
  return tracker_->has_dialog(event.call, tag_of(message_.field(Header::kFrom)), tag_of(message_.field(Header::kTo)));
}

// What one party of a dialog calls the other is what that one has written into its own From and Contact.
bool CallDesk::is_callers_word(IdentityRole role, const CallEvent& event) const noexcept {
  if (!is_address(role) || event.in_midst || plan_.sets[event.source_set].from) return false;
  if (tag_of(message_.field(Header::kTo)).empty()) return false;
  if (event.call != kNoCall) return event.from != event.media.caller;
  const std::optional<CSeq> cseq = read_cseq(message_.field(Header::kCSeq));
  return cseq && cseq->method == Method::kNotify;
}

// Null where it is followed already, or cannot be.
CallDesk::Followed* CallDesk::follow(const CallEvent& event, const Match& match) noexcept {
  const CallKey key(event.call, match.slot);
  if (followed_.contains(key)) return nullptr;
  if (followed_.size() >= plan_.followed_max) forget_ended();
  if (followed_.size() >= plan_.followed_max) {
    counters_.calls_over.add(1);
    return nullptr;
  }
  return open_communication(key,
                            {.name = watch_->names[match.name],
                             .side = side_of_call(match.side, event),
                             .began = event.began,
                             .source_set = event.source_set},
                            event.received);
}

// Null: there is no CIN for it.
CallDesk::Followed* CallDesk::open_communication(const CallKey& key, Followed followed, PacketTime now) noexcept {
  if (!tracker_->is_surely_answered(key.first)) make_room_for_unanswered(key.second, now);
  followed.cin = office_.take_cin(key.second);
  if (followed.cin == 0) return nullptr;
  count_unanswered(key.second, followed.cin, key.first);
  return &emplace(key, std::move(followed));
}

CallDesk::Followed& CallDesk::emplace(const CallKey& key, Followed followed) noexcept {
  Communication& whole = communications_[{key.second, followed.cin}];
  whole.open.push_back(key.first);
  const WatchedTask* const task = office_.watched(key.second);
  if (task != nullptr && task->cc) followed.clock = take_clock(key.second);
  ++whole.legs;
  if (followed.session == 0) followed.session = tracker_->key(key.first).low;
  tracker_->pin(key.first, followed.clock != 0);
  counters_.calls.add(1);
  return followed_.emplace(key, std::move(followed)).first->second;
}

bool CallDesk::still_asks(TaskSlot slot, const TargetName& name) const noexcept {
  const WatchedTask* const task = office_.watched(slot);
  if (task == nullptr) return false;
  return std::ranges::any_of(task->identities, [&](const WatchedIdentity& identity) {
    return identity.kind == name.kind && identity.value == name.value;
  });
}

// A call of a task that was changed and asks for its party still: what its task wants of it may be something else.
void CallDesk::go_on(const CallKey& key, Followed& followed) noexcept {
  if (followed.has_ended) return;
  if (followed.clock == 0 && office_.watched(key.second)->cc) {
    followed.clock = take_clock(key.second);
    tracker_->pin(key.first, followed.clock != 0);
  }
  take_media(key, followed, tracker_->media(key.first));
  news_due_.push_back(key);
}

// A call that its task asks for no longer.
void CallDesk::stop_following(Calls::iterator at, PacketTime now) noexcept {
  const auto [key, gone] = *at;
  const TaskSlot slot = key.second;
  forget(at);
  if (gone.has_ended) return;  // its agency was told
  const auto whole = communications_.find({slot, gone.cin});
  if (whole != communications_.end() && !whole->second.open.empty()) return;  // its other legs are told of
  tell_gone(key, gone, now);
  // A task that goes on tells its agency that it follows the call no longer.
  const bool goes_on = office_.watched(slot) != nullptr;
  write({.kind = goes_on ? SessionReport::Kind::kEvent : SessionReport::Kind::kGone,
         .event = AccessEvent::kEnd,
         .source = SessionSource::kSip,
         .slot = slot,
         .cin = gone.cin,
         .received = now,
         .effective = now,
         .started = gone.began,
         .call = CallPart{.step = CallStep::kEnd,
                          .reason = goes_on ? CallEndReason::kNotFollowed : CallEndReason::kNone,
                          .source = gone.source,
                          .destination = gone.destination}});
}

void CallDesk::tasks_changed(std::shared_ptr<const CallWatch> watch, std::span<const TaskSlot> removed,
                             std::span<const TaskSlot> added, PacketTime now) noexcept {
  if (watch != nullptr) watch_ = std::move(watch);
  const auto is_changed = [&](TaskSlot slot) {
    return std::ranges::find(removed, slot) != removed.end() || std::ranges::find(added, slot) != added.end();
  };
  for (auto at = followed_.begin(); at != followed_.end();) {
    const auto here = at++;
    auto& [key, followed] = *here;
    if (!is_changed(key.second)) continue;
    unbind_all(key, followed);
    still_asks(key.second, followed.name) ? go_on(key, followed) : stop_following(here, now);
  }
  std::erase_if(stale_, [&](const auto& one) { return office_.watched(one.first.first) == nullptr; });
  for (auto at = lingering_.begin(); at != lingering_.end();) {
    const auto here = at++;
    if (is_changed(std::get<TaskSlot>(here->first))) end_lingering(here);
  }
  for (auto& [key, exchange] : exchanges_)
    std::erase_if(exchange.of_task, [&](const auto& one) { return !still_asks(one.first, one.second.name); });
  sweep_held(now);
  if (background_ && !added.empty()) to_look_at_ = plan_.tracker.calls_max;
  tell_news(now);
}

void CallDesk::on_tick(PacketTime now, SessionSink& /*sink*/) noexcept {
  while (streams_->tick(now)) take_messages();
  look_at_clocks();
  tracker_->on_tick(now, *this);
  find_in_progress(now);
  settle_shared();
  tell_news(now);
  tell_again(now);
  sweep(now);
}

// What has had its time, once a second: it looks at everything.
void CallDesk::sweep(PacketTime now) noexcept {
  if (now.unix_ns < swept_.unix_ns + kSweepNs && now >= swept_) return;
  swept_ = now;
  has_forgotten_ = false;
  for (auto at = followed_.begin(); at != followed_.end();) {
    const auto here = at++;
    if (is_forgettable(here->first, here->second) && here->second.forget_at <= now) forget(here);
  }
  for (auto at = lingering_.begin(); at != lingering_.end();) {
    const auto here = at++;
    if (here->second.until <= now) end_lingering(here);
  }
  std::erase_if(exchanges_, [now](const auto& one) { return one.second.forget_at <= now; });
  sweep_held(now);
}

}  // namespace lictor::sip

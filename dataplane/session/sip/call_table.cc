// Where a CallTracker keeps its calls: places, ages, and what time does to them.
#include <fmt/format.h>

#include <algorithm>

#include "dataplane/session/sip/call_tracker.h"

namespace lictor::sip {

Result<std::unique_ptr<CallTracker>> CallTracker::make(const CallTrackerPlan& plan) {
  if (plan.calls_max == 0 || plan.calls_max > kCallsMax)
    return absl::InvalidArgumentError(fmt::format("calls_max: must be 1 to {}", kCallsMax));
  if (std::min({plan.transaction_ns, plan.proceeding_ns, plan.remembered_ns}) <= 0 || plan.silence_ns < 0)
    return absl::InvalidArgumentError("times: must be more than 0");
  return std::unique_ptr<CallTracker>(new CallTracker(plan));
}

CallTracker::CallTracker(const CallTrackerPlan& plan)
    : plan_(plan), slots_(plan.calls_max), buckets_(plan.calls_max), free_(plan.calls_max) {
  for (uint32_t i = 0; i < plan.calls_max; ++i) free_[i] = plan.calls_max - i;
}

uint32_t CallTracker::find(const Hash128& key) noexcept {
  uint32_t at = bucket(key);
  while (at != 0 && !(slots_[at - 1].key == key)) at = slots_[at - 1].next;
  return at;
}

uint32_t CallTracker::open(const Hash128& key, const CallContext& context, CallSink& sink) noexcept {
  if (free_.empty() && !make_room(context, sink)) {
    counters_.no_room.add(1);
    return 0;
  }
  const uint32_t at = free_.back();
  free_.pop_back();
  Call& call = slots_[at - 1];
  CallMedia& media = call.media;
  media.clear();
  call.key = key;
  call.source_set = context.source_set;
  call.state = State::kOpen;
  call.pinned = call.answered = false;
  call.legs = call.dialogs = 0;
  call.began = call.heard = context.received;
  call.retry_until = call.bye_until = call.session_until = 0;
  uint32_t& first = bucket(key);
  call.next = first;
  first = at;
  link(at);
  ++calls_;
  counters_.opened.add(1);
  return at;
}

// Who was never answered goes before who was, the oldest first: a storm of INVITEs ends no conversation.
bool CallTracker::make_room(const CallContext& context, CallSink& sink) noexcept {
  const uint32_t at = fleeting_.oldest != 0 ? fleeting_.oldest : answered_.oldest;
  if (at == 0) return false;
  counters_.evicted.add(1);
  end_silently(at, CallEnd::kNoRoom, context.received, sink);
  forget(at);
  return true;
}

void CallTracker::forget(uint32_t at) noexcept {
  Call& call = slots_[at - 1];
  if (!call.pinned) unlink(at);
  uint32_t* place = &bucket(call.key);
  while (*place != at) place = &slots_[*place - 1].next;
  *place = call.next;
  call.state = State::kFree;
  --calls_;
  free_.push_back(at);
}

// It is remembered for a while; where there is no room it goes by its age, among those that nobody answered.
void CallTracker::finish(uint32_t at) noexcept {
  Call& call = slots_[at - 1];
  if (!call.pinned) unlink(at);
  call.state = State::kEnded;
  call.pinned = false;
  call.retry_until = call.heard.unix_ns + plan_.remembered_ns;
  call.media.clear();
  link(at);
  counters_.ended.add(1);
}

void CallTracker::link(uint32_t at) noexcept {
  Call& call = slots_[at - 1];
  AgeList& list = list_of(call);
  call.older = list.newest;
  call.newer = 0;
  (list.newest != 0 ? slots_[list.newest - 1].newer : list.oldest) = at;
  list.newest = at;
}

void CallTracker::unlink(uint32_t at) noexcept {
  const Call& call = slots_[at - 1];
  AgeList& list = list_of(call);
  (call.older != 0 ? slots_[call.older - 1].newer : list.oldest) = call.newer;
  (call.newer != 0 ? slots_[call.newer - 1].older : list.newest) = call.older;
}

CallTracker::Leg* CallTracker::leg_of(Call& call, uint64_t branch, bool& is_new) noexcept {
  const auto end = call.leg.begin() + call.legs;
  const auto found = std::find_if(call.leg.begin(), end, [branch](const Leg& leg) { return leg.branch == branch; });
  is_new = found == end;
  if (!is_new) return &*found;
  // One that is done makes room: what is repeated of it is taken for new.
  const auto done = std::find_if(call.leg.begin(), end, [](const Leg& leg) { return leg.done; });
  if (call.legs == kCallLegsMax && done == end) {
    counters_.legs_beyond.add(1);
    return nullptr;
  }
  Leg& leg = call.legs < kCallLegsMax ? call.leg[call.legs++] : *done;
  leg = {.branch = branch};
  return &leg;
}

CallTracker::Dialog* CallTracker::dialog_of(Call& call, uint32_t party) noexcept {
  const auto end = call.dialog.begin() + call.dialogs;
  const auto found = std::find_if(call.dialog.begin(), end, [party](const Dialog& one) { return one.party == party; });
  if (found != end) return &*found;
  if (call.dialogs == kCallDialogsMax) {
    counters_.legs_beyond.add(1);
    return nullptr;
  }
  call.dialog[call.dialogs] = {.party = party};
  return &call.dialog[call.dialogs++];
}

void CallTracker::pin(CallId call) noexcept {
  const auto at = static_cast<uint32_t>(call) + 1;
  if (call == kNoCall || slots_[at - 1].state != State::kOpen || slots_[at - 1].pinned) return;
  unlink(at);
  slots_[at - 1].pinned = true;
}

void CallTracker::end_call(CallId call, CallEnd why, PacketTime now, CallSink& sink) noexcept {
  if (call != kNoCall) end_silently(static_cast<uint32_t>(call) + 1, why, now, sink);
}

void CallTracker::end_silently(uint32_t at, CallEnd why, PacketTime now, CallSink& sink) noexcept {
  Call& call = slots_[at - 1];
  if (call.state != State::kOpen) return;
  const bool had_media = !call.media.all().empty();
  finish(at);
  sink.on_call_event({.kind = CallEventKind::kEnd,
                      .call = CallId{at - 1},
                      .source_set = call.source_set,
                      .received = now,
                      .began = call.began,
                      .end = why,
                      .media_changed = had_media});
}

CallEnd CallTracker::due(const Call& call, PacketTime now) const noexcept {
  const auto passed = [now](int64_t until) { return until != 0 && now.unix_ns >= until; };
  if (passed(call.bye_until)) return CallEnd::kByeUnanswered;
  if (passed(call.session_until)) return CallEnd::kSessionTimer;
  if (passed(call.retry_until)) return CallEnd::kRefused;
  if (!call.answered && passed(call.heard.unix_ns + plan_.proceeding_ns)) return CallEnd::kUnanswered;
  const bool silent = plan_.silence_ns != 0 && passed(call.heard.unix_ns + plan_.silence_ns);
  return silent ? CallEnd::kSilent : CallEnd::kNone;
}

void CallTracker::on_tick(PacketTime now, CallSink& sink) noexcept {
  constexpr size_t kRounds = 256;
  for (size_t i = 0; i < slots_.size() / kRounds + 1; ++i) {
    swept_ = swept_ + 1 >= slots_.size() ? 0 : swept_ + 1;
    const Call& call = slots_[swept_];
    if (call.state == State::kEnded && now.unix_ns >= call.retry_until) {
      forget(swept_ + 1);
    } else if (call.state == State::kOpen) {
      if (const CallEnd why = due(call, now); why != CallEnd::kNone) end_silently(swept_ + 1, why, now, sink);
    }
  }
}

}  // namespace lictor::sip

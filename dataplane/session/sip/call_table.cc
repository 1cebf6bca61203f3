// Where a CallTracker keeps its calls: places, ages, branches and dialogs, and what time does to them.
#include <fmt/format.h>

#include <algorithm>

#include "dataplane/session/sip/call_tracker.h"

namespace lictor::sip {

Result<std::unique_ptr<CallTracker>> CallTracker::make(const CallTrackerPlan& plan) {
  if (plan.calls_max == 0 || plan.calls_max > kCallsMax)
    return absl::InvalidArgumentError(fmt::format("calls_max: must be 1 to {}", kCallsMax));
  if (std::min({plan.transaction_ns, plan.proceeding_ns, plan.remembered_ns}) <= 0 || plan.silence_ns < 0)
    return absl::InvalidArgumentError("times: must be more than 0");
  Result<PrivateArray<Call>> slots = PrivateArray<Call>::make(plan.calls_max);
  if (!slots.ok()) return slots.status();
  Result<std::unique_ptr<EndpointCensus>> census = EndpointCensus::make(plan.calls_max * kEndpointsPerCall, plan.key);
  if (!census.ok()) return census.status();
  return std::unique_ptr<CallTracker>(new CallTracker(plan, *std::move(slots), *std::move(census)));
}

CallTracker::CallTracker(const CallTrackerPlan& plan, PrivateArray<Call> slots, std::unique_ptr<EndpointCensus> census)
    : plan_(plan),
      slots_(std::move(slots)),
      census_(std::move(census)),
      buckets_(plan.calls_max),
      free_(plan.calls_max) {
  for (uint32_t i = 0; i < plan.calls_max; ++i) free_[i] = plan.calls_max - i;
}

Hash128 CallTracker::key_of(uint16_t source_set, Bytes call_id) const noexcept {
  const uint64_t set = source_set;
  return sip_hash(plan_.key, {&set, 1}, call_id);
}

uint32_t CallTracker::party_of(Bytes tag) const noexcept {
  return tag.empty() ? 0 : static_cast<uint32_t>(sip_hash(plan_.key, {}, tag).low) | 1;
}

uint32_t CallTracker::find(const Hash128& key) noexcept {
  uint32_t at = bucket(key);
  while (at != 0 && !(slots_[at - 1].key == key)) at = slots_[at - 1].next;
  return at;
}

CallId CallTracker::find_open(uint16_t source_set, Bytes call_id) noexcept {
  const uint32_t at = find(key_of(source_set, call_id));
  return at == 0 || slots_[at - 1].state != State::kOpen ? kNoCall : CallId{at - 1};
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
  media.count_in(*census_);
  call.described = {};
  call.key = key;
  call.source_set = context.source_set;
  call.state = State::kOpen;
  call.pinned = call.hears_media = call.answered = call.surely_answered = call.legs_lost = call.dialogs_lost = false;
  call.legs = call.dialogs = 0;
  call.caller = 0;
  call.callers.fill(0);
  call.assumed = 0;
  call.began = call.heard = context.received;
  call.media_seen = {};
  call.retry_until = call.session_until = 0;
  call.described_before.clear();
  call.requests.clear();
  call.taken.clear();
  uint32_t& first = bucket(key);
  call.next = first;
  first = at;
  link(at);
  ++calls_;
  counters_.opened.add(1);
  return at;
}

// What has ended goes before who was never answered, and that before who was, the oldest first: a storm of INVITEs ends
// no conversation, and calls that end at once push no ringing one out. Whoever calls a target again and again pushes
// out what he has begun, and nothing that was answered.
bool CallTracker::make_room(const CallContext& context, CallSink& sink) noexcept {
  uint32_t at = ended_.oldest != 0 ? ended_.oldest : fleeting_.oldest;
  if (at == 0) at = answered_.oldest;
  if (at == 0 && context.is_wanted) at = pinned_.oldest;
  if (at == 0) return false;
  if (slots_[at - 1].state == State::kOpen) counters_.evicted.add(1);
  end_silently(at, CallEnd::kNoRoom, context.received, sink);
  forget(at);
  return true;
}

void CallTracker::forget(uint32_t at) noexcept {
  Call& call = slots_[at - 1];
  unlink(at);
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
  unlink(at);
  call.state = State::kEnded;
  call.pinned = false;
  call.forget_at = call.heard.unix_ns + plan_.remembered_ns;
  call.media.clear();
  link(at);
  counters_.ended.add(1);
}

void CallTracker::link(uint32_t at) noexcept {
  Call& call = slots_[at - 1];
  AgeList* const list = list_of(call);
  if (list == nullptr) return;
  call.older = list->newest;
  call.newer = 0;
  (list->newest != 0 ? slots_[list->newest - 1].newer : list->oldest) = at;
  list->newest = at;
}

void CallTracker::unlink(uint32_t at) noexcept {
  const Call& call = slots_[at - 1];
  AgeList* const list = list_of(call);
  if (list == nullptr) return;
  (call.older != 0 ? slots_[call.older - 1].newer : list->oldest) = call.newer;
  (call.newer != 0 ? slots_[call.newer - 1].older : list->newest) = call.older;
}

bool CallTracker::Call::has_open_leg() const noexcept {
  return legs_lost || std::any_of(leg.begin(), leg.begin() + legs, [](const Leg& one) { return !one.done; });
}

bool CallTracker::Call::has_confirmed() const noexcept {
  const auto end = dialog.begin() + dialogs;
  return dialogs_lost || std::any_of(dialog.begin(), end, [](const Dialog& one) { return one.confirmed; });
}

CallTracker::Dialog* CallTracker::Call::find_dialog(uint32_t one, uint32_t other) noexcept {
  const auto end = dialog.begin() + dialogs;
  const auto found = std::find_if(dialog.begin(), end, [one, other](const Dialog& known) {
    return (known.party == one && known.other == other) || (known.party == other && known.other == one);
  });
  return found == end ? nullptr : &*found;
}

void CallTracker::Call::end_dialog(Dialog& gone) noexcept {
  media.leave(gone.party);
  gone.confirmed = false;
  gone.over = true;
  gone.bye_until = 0;
}

// Nothing is known of it any more: what it says once more is new.
void CallTracker::Call::remove_dialog(Dialog& gone) noexcept {
  if (!gone.over) {
    media.leave(gone.party);
    described_before.clear();
  }
  std::copy(&gone + 1, dialog.data() + dialogs, &gone);
  --dialogs;
}

bool CallTracker::Call::knows(uint32_t party) const noexcept {
  const auto is_with = [party](const Dialog& one) { return one.party == party && !one.over; };
  return party == caller || std::any_of(dialog.begin(), dialog.begin() + dialogs, is_with);
}

bool CallTracker::Call::is_foreign(uint32_t from, uint32_t to) const noexcept {
  const auto is_known = [this](uint32_t party) {
    if (party == 0) return false;
    if (party == caller || std::ranges::find(callers, party) != callers.end()) return true;
    return std::any_of(dialog.begin(), dialog.begin() + dialogs,
                       [party](const Dialog& one) { return one.party == party || one.other == party; });
  };
  return from != 0 && caller != 0 && !is_known(from) && !is_known(to);
}

MediaSpeaker CallTracker::Call::speaker(uint32_t party, uint32_t hop, uint32_t peer) const noexcept {
  constexpr uint32_t kStranger = 0;
  return {.party = knows(party) ? party : kStranger, .hop = hop, .peer = knows(peer) ? peer : kStranger};
}

size_t CallTracker::Call::find_leg(uint64_t branch) const noexcept {
  const auto same = [branch](const Leg& one) { return one.branch == branch; };
  return static_cast<size_t>(std::find_if(leg.begin(), leg.begin() + legs, same) - leg.begin());
}

CallTracker::Leg* CallTracker::leg_of(Call& call, uint64_t branch, bool& is_new) noexcept {
  const size_t found = call.find_leg(branch);
  is_new = found == call.legs;
  if (!is_new) return &call.leg[found];
  // One that is done makes room: what is repeated of it is taken for new.
  const auto end = call.leg.begin() + call.legs;
  const auto done = std::find_if(call.leg.begin(), end, [](const Leg& leg) { return leg.done; });
  if (call.legs == kCallLegsMax && done == end) {
    counters_.legs_beyond.add(1);
    call.legs_lost = true;
    return nullptr;
  }
  Leg& leg = call.legs < kCallLegsMax ? call.leg[call.legs++] : *done;
  leg = {.branch = branch};
  return &leg;
}

CallTracker::Dialog* CallTracker::dialog_of(Call& call, uint32_t from, uint32_t to) noexcept {
  if (Dialog* const known = call.find_dialog(from, to); known != nullptr) return known;
  if (call.dialogs == kCallDialogsMax) {
    const auto over = std::ranges::find_if(call.dialog, &Dialog::over);
    if (over == call.dialog.end()) {
      counters_.legs_beyond.add(1);
      return nullptr;
    }
    call.remove_dialog(*over);
  }
  const bool answers_caller = to != call.caller;
  call.dialog[call.dialogs] = {.party = answers_caller ? to : from, .other = answers_caller ? from : to};
  return &call.dialog[call.dialogs++];
}

// The latest that is not confirmed makes room: who rings under a dozen invented tags keeps no answer out.
void CallTracker::confirm_dialog(Call& call, uint32_t from, uint32_t to) noexcept {
  if (call.dialogs == kCallDialogsMax && call.find_dialog(from, to) == nullptr) {
    const bool is_any_over = std::ranges::any_of(call.dialog, &Dialog::over);
    const auto is_early = [](const Dialog& one) { return !one.confirmed; };
    const auto early = std::find_if(call.dialog.rbegin(), call.dialog.rend(), is_early);
    if (!is_any_over && early != call.dialog.rend()) {
      counters_.legs_beyond.add(1);
      call.remove_dialog(*early);
    }
  }
  Dialog* const dialog = dialog_of(call, from, to);
  if (dialog == nullptr) {
    call.dialogs_lost = true;
  } else {
    dialog->confirmed = true;
    dialog->over = false;
  }
}

void CallTracker::take_answered(uint32_t at, bool is_sure) noexcept {
  Call& call = slots_[at - 1];
  if (call.answered && (call.surely_answered || !is_sure)) return;
  unlink(at);
  call.answered = true;
  call.surely_answered |= is_sure;
  link(at);
}

void CallTracker::pin(CallId call, bool hears_media) noexcept {
  const auto at = static_cast<uint32_t>(call) + 1;
  if (call == kNoCall || slots_[at - 1].state != State::kOpen) return;
  slots_[at - 1].hears_media |= hears_media;
  if (slots_[at - 1].pinned) return;
  unlink(at);
  slots_[at - 1].pinned = true;
  link(at);
}

void CallTracker::media_seen(CallId call, PacketTime now) noexcept {
  if (call == kNoCall) return;
  PacketTime& seen = slots_[static_cast<size_t>(call)].media_seen;
  seen = std::max(seen, now);
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

// A dialog whose BYE nobody answered is over, and with the last one the call.
void CallTracker::end_unanswered_byes(uint32_t at, PacketTime now, CallSink& sink) noexcept {
  Call& call = slots_[at - 1];
  const auto is_over = [now](const Dialog& one) { return one.bye_until != 0 && now.unix_ns >= one.bye_until; };
  // Whoever talks on behind it has not hung up.
  constexpr int64_t kUnderWayNs = 2 * kNanosecondsPerSecond;
  for (Dialog& one : std::span(call.dialog).first(call.dialogs))
    if (is_over(one) && call.media_seen.unix_ns > one.bye_until - plan_.transaction_ns + kUnderWayNs) one.bye_until = 0;
  const auto end = call.dialog.begin() + call.dialogs;
  if (std::none_of(call.dialog.begin(), end, is_over)) return;
  const auto talks = [&is_over](const Dialog& one) { return one.confirmed && !is_over(one); };
  const bool is_last = !call.dialogs_lost && std::none_of(call.dialog.begin(), end, talks);
  if (is_last && (call.answered || !call.has_open_leg())) return end_silently(at, CallEnd::kByeUnanswered, now, sink);
  const uint32_t version = call.media.version();
  for (size_t i = call.dialogs; i-- > 0;)
    if (is_over(call.dialog[i])) call.end_dialog(call.dialog[i]);
  sink.on_call_event({.kind = CallEventKind::kContinue,
                      .call = CallId{at - 1},
                      .source_set = call.source_set,
                      .received = now,
                      .began = call.began,
                      .media_changed = call.media.version() != version,
                      .media = call.media_view()});
}

CallEnd CallTracker::due(const Call& call, PacketTime now) const noexcept {
  const auto passed = [now](int64_t until) { return until != 0 && now.unix_ns >= until; };
  const bool flows = !passed(call.media_seen.unix_ns + plan_.transaction_ns);
  // Who lets the timer pass and talks on is not lost: where nobody says whether media flow, or they never did here, a
  // message ends the call, or silence.
  const bool is_known = !call.pinned || (call.hears_media && call.media_seen.unix_ns != 0);
  if (passed(call.session_until) && !flows && is_known) return CallEnd::kSessionTimer;
  if (passed(call.retry_until)) return CallEnd::kRefused;
  if (!call.answered && passed(call.heard.unix_ns + plan_.proceeding_ns)) return CallEnd::kUnanswered;
  const bool silent = plan_.silence_ns != 0 && passed(call.heard.unix_ns + plan_.silence_ns) && !flows;
  return silent ? CallEnd::kSilent : CallEnd::kNone;
}

void CallTracker::on_tick(PacketTime now, CallSink& sink) noexcept {
  for (size_t i = 0; i < slots_.size() / kTicksPerSweep + 1; ++i) {
    swept_ = swept_ + 1 >= slots_.size() ? 0 : swept_ + 1;
    const Call& call = slots_[swept_];
    if (call.state == State::kEnded && now.unix_ns >= call.forget_at) {
      forget(swept_ + 1);
    } else if (call.state == State::kOpen) {
      if (const CallEnd why = due(call, now); why != CallEnd::kNone) {
        end_silently(swept_ + 1, why, now, sink);
      } else {
        end_unanswered_byes(swept_ + 1, now, sink);
      }
    }
  }
}

bool CallTracker::has_dialog(CallId call, Bytes one_tag, Bytes other_tag) noexcept {
  if (one_tag.empty() || other_tag.empty()) return false;
  Call& of = slots_[static_cast<uint32_t>(call)];
  return of.state == State::kOpen && of.find_dialog(party_of(one_tag), party_of(other_tag)) != nullptr;
}

}  // namespace lictor::sip

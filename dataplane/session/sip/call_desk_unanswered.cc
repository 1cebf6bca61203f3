// Calls of targets that nobody has answered: a bounded number of each task, so that whoever calls a target again and
// again takes no room that its conversations need. Of the CallDesk; one session lcore.
#include <utility>

#include "dataplane/session/sip/call_desk.h"

namespace lictor::sip {

void CallDesk::count_unanswered(TaskSlot slot, uint32_t cin, CallId call) noexcept {
  if (tracker_->is_surely_answered(call)) return;
  const uint64_t place = ++unanswered_taken_;
  communications_[{slot, cin}].unanswered = place;
  unanswered_[slot].emplace(place, cin);
}

void CallDesk::no_longer_unanswered(TaskSlot slot, Communication& whole) noexcept {
  const uint64_t place = std::exchange(whole.unanswered, 0);
  if (place == 0) return;
  const auto of_task = unanswered_.find(slot);
  of_task->second.erase(place);
  if (of_task->second.empty()) unanswered_.erase(of_task);
}

// The oldest goes, without grace for its media: a flood would have rules for a second more.
void CallDesk::make_room_for_unanswered(TaskSlot slot, PacketTime now) noexcept {
  const auto of_task = unanswered_.find(slot);
  if (of_task == unanswered_.end() || of_task->second.size() < plan_.unanswered_max) return;
  const uint32_t cin = of_task->second.begin()->second;
  Communication& whole = communications_.at({slot, cin});
  counters_.unanswered_over.add(1);
  SessionReport report{.event = AccessEvent::kEnd,
                       .source = SessionSource::kSip,
                       .slot = slot,
                       .cin = cin,
                       .received = now,
                       .effective = now};
  CallId last = kNoCall;
  for (const CallId leg : std::vector(whole.open)) {
    const CallKey key{leg, slot};
    Followed& followed = followed_.at(key);
    unbind_all(key, followed);
    std::erase(whole.open, leg);
    followed.has_ended = followed.is_pushed_out = true;
    followed.forget_at = {now.unix_ns + plan_.remembered_ns};
    report.started = followed.began;
    report.call = CallPart{.step = CallStep::kEnd,
                           .reason = CallEndReason::kNotFollowed,
                           .source = followed.source,
                           .destination = followed.destination};
    if (whole.open.empty()) tell_gone(key, followed, now);
    last = leg;
  }
  no_longer_unanswered(slot, whole);
  if (whole.is_told) write(report, last);
}

// One that was pushed out and is answered now is another communication of its tasks.
void CallDesk::bring_back(const CallEvent& event) noexcept {
  if (!tracker_->is_surely_answered(event.call)) return;
  for_each_of(event.call, [&](auto at) {
    if (!at->second.is_pushed_out) return;
    const CallKey key = at->first;
    Followed again{.name = at->second.name,
                   .side = at->second.side,
                   .began = at->second.began,
                   .source_set = at->second.source_set};
    forget(at);
    open_communication(key, std::move(again), event.received);
  });
}

}  // namespace lictor::sip

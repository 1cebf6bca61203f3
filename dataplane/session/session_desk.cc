// The tasks of the desk, and what it follows for them. Their rules and reports: desk_rules.cc, desk_reports.cc.
#include "dataplane/session/session_desk.h"

#include <algorithm>

#include "dataplane/base/check.h"
#include "dataplane/session/session_keeper.h"

namespace lictor {

SessionDesk::SessionDesk(SessionDeskPlan plan, SessionBook& book)
    : plan_(std::move(plan)),
      book_(book),
      table_(std::make_unique<WatchTable>(IdentityForm{}, std::span<const WatchedIdentity>())),
      tasks_(plan_.tasks_max),
      of_session_(book.sessions_max()),
      raw_(kRawBytesMax) {
  LICTOR_CHECK(!plan_.reports.empty());
  followed_.reserve(plan_.target_sessions_max);
}

void SessionDesk::on_event(const SessionEvent& event) noexcept {
  if (event.kind == AccessEvent::kEnd && !resumed_.empty()) [[unlikely]]
    std::erase_if(resumed_, [&](const auto& one) { return one.first.first == event.session; });
  if (event.session == kNoSession) {
    tell_without_session(event);
    return;
  }
  const bool was_marked = book_.is_marked(event.session);
  if (event.identities_changed && event.kind != AccessEvent::kEnd) match(event.session);
  if (book_.is_marked(event.session)) tell_tasks(event);
  if (plan_.keeper != nullptr) keep(event, was_marked);
}

void SessionDesk::tell_tasks(const SessionEvent& event) noexcept {
  if (event.is_unheard()) counters_.unheard.add(1);
  for_each_of(event.session, [&](Followed& followed) {
    if (event.identities_changed && !asks(followed.slot, event.session)) {
      part(followed, event);
      return;
    }
    tell(followed, event);
    bind_by(followed, event);
    if (event.kind == AccessEvent::kEnd) forget(followed);
  });
}

// What a session has lost is told whoever's it is, lest it be believed. What one that is nobody's target is given may
// wait for the next round through all.
void SessionDesk::keep(const SessionEvent& event, bool was_marked) noexcept {
  const SessionId session = event.session;
  if (event.kind == AccessEvent::kEnd) return plan_.keeper->over(session);
  const bool is_marked = book_.is_marked(session);
  const bool has_lost = (was_marked && !is_marked) || event.identities_lost || !event.unbound.empty();
  if (has_lost) return plan_.keeper->changed(session, *this);
  if (is_marked) return plan_.keeper->followed(session, *this);
  if (event.identities_changed || !event.bound.empty()) plan_.keeper->given(session, *this);
}

void SessionDesk::change(WatchChange change, PacketTime now) noexcept {
  if (change.table != nullptr) table_ = std::move(change.table);
  for (const TaskSlot slot : change.removed) {
    const bool stays = std::ranges::any_of(change.added, [&](const WatchedTask& task) { return task.slot == slot; });
    if (!stays) take_removed(slot, now);
  }
  std::vector<TaskSlot> added;
  for (WatchedTask& task : change.added) {
    added.push_back(task.slot);
    take_added(std::move(task), now);
  }
  if (calls_ != nullptr) calls_->tasks_changed(std::move(change.calls), change.removed, added, now);
  for (RemoteSession& remote : change.remotes) take_remote(std::move(remote), now);
  if (change.tell_all == 0 || plan_.news == nullptr) return;
  telling_all_ = change.tell_all;
  next_of_all_ = 0;
  last_of_all_.reset();
  are_calls_told_ = false;
}

void SessionDesk::take_removed(TaskSlot slot, PacketTime now) noexcept {
  for (Followed& followed : followed_) {
    if (followed.session == kNoSession || followed.slot != slot) continue;
    tell_state(followed, SessionReport::Kind::kGone, now);
    unbind_all(followed);
    forget(followed);
  }
  drop_remotes(slot, now);
  tasks_[index_of(slot)] = {};
}

void SessionDesk::take_added(WatchedTask watched, PacketTime now) noexcept {
  LICTOR_CHECK(index_of(watched.slot) < tasks_.size());
  const TaskSlot slot = watched.slot;
  Task& task = tasks_[index_of(slot)];
  const bool was_watched = task.is_watched;
  task.cins.add(watched.cins);
  if (was_watched) {
    for (Followed& followed : followed_) {
      if (followed.session != kNoSession && followed.slot == slot) unbind_all(followed);
    }
    unbind_remotes(slot);
  }
  task.watched = std::move(watched);
  task.is_watched = true;
  for (Followed& followed : followed_) {
    if (followed.session == kNoSession || followed.slot != slot) continue;
    if (asks(slot, followed.session)) {
      bind_all(followed);
      continue;
    }
    tell_state(followed, SessionReport::Kind::kGone, now);
    forget(followed);
  }
  bind_remotes(slot);
  for (const WatchedIdentity& identity : task.watched.identities) {
    const Bytes value = as_bytes(identity.value);
    const std::span<const TaskSlot> slots = table_->find(identity.kind, value);
    if (std::ranges::find(slots, slot) == slots.end()) continue;
    book_.for_each_of(identity.kind, value, [&](SessionId session) { follow(session, slot); });
  }
  for (Followed& followed : followed_) {
    if (followed.session == kNoSession || followed.slot != slot || !followed.is_new) continue;
    tell_state(followed, SessionReport::Kind::kActive, now);
    bind_all(followed);
    if (plan_.keeper != nullptr) plan_.keeper->followed(followed.session, *this);
  }
}

bool SessionDesk::asks(TaskSlot slot, SessionId session) const noexcept {
  bool asked = false;
  book_.for_each_identity(session, [&](IdentityKind kind, Bytes shown) {
    const std::span<const TaskSlot> slots = table_->find(kind, shown);
    asked = asked || std::ranges::find(slots, slot) != slots.end();
  });
  return asked;
}

// 0: none is left.
uint32_t SessionDesk::take_cin(TaskSlot slot) noexcept {
  Task& task = tasks_[index_of(slot)];
  const std::optional<uint32_t> cin = task.cins.take();
  if (!cin) counters_.cins_missing.add(1);
  const std::optional<uint32_t> wish = task.cins.asks_for_more();
  if (plan_.wishes != nullptr && wish && *wish != task.wished && plan_.wishes->push({.slot = slot, .first = *wish})) {
    task.wished = *wish;
  }
  return cin.value_or(0);
}

void SessionDesk::match(SessionId session) noexcept {
  if (table_->empty()) return;
  book_.for_each_identity(session, [&](IdentityKind kind, Bytes shown) {
    for (const TaskSlot slot : table_->find(kind, shown)) follow(session, slot);
  });
}

SessionDesk::Followed* SessionDesk::find(SessionId session, TaskSlot slot) noexcept {
  for (uint32_t number = of_session_[static_cast<uint32_t>(session)]; number != 0;) {
    Followed& followed = followed_[number - 1];
    if (followed.slot == slot) return &followed;
    number = followed.next;
  }
  return nullptr;
}

// The visitor may forget what it is shown.
template <typename Visit>
void SessionDesk::for_each_of(SessionId session, Visit visit) noexcept {
  for (uint32_t number = of_session_[static_cast<uint32_t>(session)]; number != 0;) {
    Followed& followed = followed_[number - 1];
    number = followed.next;
    visit(followed);
  }
}

void SessionDesk::follow(SessionId session, TaskSlot slot) noexcept {
  if (find(session, slot) != nullptr) return;
  if (free_ == 0 && followed_.size() == plan_.target_sessions_max) {
    counters_.sessions_over.add(1);
    return;
  }
  const auto resumed = resumed_.find({session, tasks_[index_of(slot)].watched.xid});
  const bool is_resumed = resumed != resumed_.end();
  const uint32_t cin = is_resumed ? resumed->second : take_cin(slot);
  if (is_resumed) resumed_.erase(resumed);
  if (cin == 0) return;
  uint32_t number = free_;
  if (number != 0) {
    free_ = followed_[number - 1].next;
  } else {
    followed_.emplace_back();
    number = static_cast<uint32_t>(followed_.size());
  }
  uint32_t& first = of_session_[static_cast<uint32_t>(session)];
  followed_[number - 1] = {
      .session = session, .slot = slot, .cin = cin, .next = first, .is_new = true, .is_resumed = is_resumed};
  first = number;
  book_.mark(session, true);
  ++followed_count_;
  counters_.sessions.add(1);
}

// The names that it is known by from now on are not the target's any more, and so not told.
void SessionDesk::part(Followed& followed, const SessionEvent& event) noexcept {
  SessionEvent parting = event;
  parting.kind = AccessEvent::kEnd;
  parting.end = SessionEnd::kOther;
  parting.details = nullptr;
  const SessionReport report = report_of(followed, parting);
  tell_news(report, kNoSession);
  write(report);
  unbind_all(followed);
  for (const SessionAddress& address : event.unbound) unbind(followed, address, Leaving::kAll);
  forget(followed);
}

void SessionDesk::forget(Followed& followed) noexcept {
  const auto number = static_cast<uint32_t>(&followed - followed_.data()) + 1;
  uint32_t& first = of_session_[static_cast<uint32_t>(followed.session)];
  uint32_t* link = &first;
  while (*link != number) link = &followed_[*link - 1].next;
  *link = followed.next;
  if (first == 0) book_.mark(followed.session, false);
  if (followed.is_stale) --stale_count_;
  followed = {.next = free_};
  free_ = number;
  --followed_count_;
}

}  // namespace lictor

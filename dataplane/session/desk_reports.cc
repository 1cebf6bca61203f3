// What the desk tells the encoder lcores, and the control thread for other dataplanes.
#include <algorithm>

#include "dataplane/base/match_ring.h"
#include "dataplane/session/session_desk.h"

namespace lictor {

void SessionDesk::tell_without_session(const SessionEvent& event) noexcept {
  if (table_->empty()) return;
  ++events_without_session_;
  for (const ShownIdentity& identity : event.shown) {
    for (const TaskSlot slot : table_->find(identity.kind, identity.shown)) {
      Task& task = tasks_[index_of(slot)];
      if (!task.is_watched || std::exchange(task.told, events_without_session_) == events_without_session_) continue;
      const uint32_t cin = take_cin(slot);
      if (cin == 0) continue;
      SessionReport report = report_of({.slot = slot, .cin = cin}, event);
      if (task.watched.raw) fill_raw(report, event);
      write(report);
    }
  }
}

SessionReport SessionDesk::report_of(const Followed& followed, const SessionEvent& event) noexcept {
  return {.event = event.kind,
          .source = event.source,
          .end = event.end,
          .resumed = followed.is_resumed,
          .slot = followed.slot,
          .cin = followed.cin,
          .received = event.received,
          .effective = event.effective,
          .started = event.started,
          .details = event.details == nullptr ? SessionDetails() : *event.details};
}

// The first of a session that began unseen says that it is there; what comes behind says what happens.
void SessionDesk::tell(Followed& followed, const SessionEvent& event) noexcept {
  SessionReport report = report_of(followed, event);
  if (followed.is_new && event.kind != AccessEvent::kAccept) report.kind = SessionReport::Kind::kActive;
  if (event.kind != AccessEvent::kEnd) fill_addresses(report, followed.session);
  fill_names(report, followed.session);
  if (tasks_[index_of(followed.slot)].watched.raw) fill_raw(report, event);
  tell_news(report, event.kind == AccessEvent::kEnd ? kNoSession : followed.session);
  const bool told = write(report);
  if (told) followed.is_resumed = false;
  if (told || followed.is_stale) return;
  followed.is_stale = true;
  ++stale_count_;
}

void SessionDesk::tell_state(Followed& followed, SessionReport::Kind kind, PacketTime now) noexcept {
  SessionReport report{.kind = kind,
                       .source = book_.source(followed.session),
                       .resumed = followed.is_resumed,
                       .slot = followed.slot,
                       .cin = followed.cin,
                       .received = now,
                       .effective = now,
                       .started = book_.started(followed.session)};
  if (kind != SessionReport::Kind::kGone) fill_addresses(report, followed.session);
  fill_names(report, followed.session);
  if (kind != SessionReport::Kind::kState)
    tell_news(report, kind == SessionReport::Kind::kGone ? kNoSession : followed.session);
  const bool told = write(report);
  if (told) followed.is_resumed = false;
  if (kind == SessionReport::Kind::kActive) followed.is_new = false;
  if (told == followed.is_stale) {
    followed.is_stale = !told;
    told ? --stale_count_ : ++stale_count_;
  }
}

void SessionDesk::tell_again(PacketTime now) noexcept {
  if (stale_count_ == 0) return;
  for (Followed& followed : followed_) {
    if (followed.session != kNoSession && followed.is_stale) tell_state(followed, SessionReport::Kind::kState, now);
  }
}

void SessionDesk::fill_addresses(SessionReport& report, SessionId session) noexcept {
  size_t count = 0;
  book_.for_each_address(session, [&](const SessionAddress& address, PacketTime /*since*/) {
    if (count < addresses_.size()) addresses_[count++] = address;
  });
  report.addresses = std::span(addresses_).first(count);
}

// What the message at hand does not repeat.
void SessionDesk::fill_names(SessionReport& report, SessionId session) const noexcept {
  book_.for_each_identity(session, [&](IdentityKind kind, Bytes shown) {
    const auto fill = [shown](Bytes& field) {
      if (field.empty()) field = shown;
    };
    if (kind == IdentityKind::kRadiusUser) fill(report.details.user_name);
    if (kind == IdentityKind::kCallingStation) fill(report.details.calling_station);
    if (kind == IdentityKind::kCircuitId) fill(report.details.circuit_id);
    if (kind == IdentityKind::kRemoteId) fill(report.details.remote_id);
  });
}

void SessionDesk::fill_raw(SessionReport& report, const SessionEvent& event) noexcept {
  if (event.message == nullptr || event.shown_as == nullptr) return;
  const ShownLocation location = tasks_[index_of(report.slot)].watched.location;
  report.raw = Bytes(raw_).first(event.shown_as->copy(event.message->message, location, raw_));
}

bool SessionDesk::write(const SessionReport& report) noexcept {
  SpscByteRing& ring = *plan_.reports[encoder_of(report.slot, plan_.reports.size())]->bytes;
  const size_t bytes = session_report_bytes(report);
  const MutableBytes room = ring.reserve(bytes);
  if (room.empty()) {
    counters_.reports_lost.add(1);
    return false;
  }
  write_session_report(report, room);
  ring.commit(bytes);
  counters_.reports.add(1);
  return true;
}

std::atomic<int64_t>* SessionDesk::media_clock(TaskSlot slot, uint32_t number) noexcept {
  return plan_.reports[encoder_of(slot, plan_.reports.size())]->clocks.at(number);
}

// The task's own names, as its directive has them.
void SessionDesk::fill_matched(SessionReport& news, SessionId session) noexcept {
  matched_.clear();
  book_.for_each_identity(session, [&](IdentityKind kind, Bytes shown) {
    for (const WatchedIdentity& identity : tasks_[index_of(news.slot)].watched.identities) {
      if (!table_->means(identity, kind, shown)) continue;
      matched_.push_back(static_cast<uint8_t>(kind));
      matched_.push_back(static_cast<uint8_t>(identity.value.size()));
      matched_.insert(matched_.end(), identity.value.begin(), identity.value.end());
      return;
    }
  });
  news.matched = matched_;
  news.session = book_.image(session).key.low;
}

void SessionDesk::tell_news(const SessionReport& report, SessionId session) noexcept {
  if (plan_.news != nullptr && !put_news(report, session)) counters_.news_lost.add(1);
}

// What the message says goes to nobody by this way.
bool SessionDesk::put_news(const SessionReport& report, SessionId session) noexcept {
  SessionReport news = report;
  news.details = {};
  news.raw = {};
  if (session != kNoSession) fill_matched(news, session);
  const size_t bytes = session_report_bytes(news);
  const MutableBytes room = plan_.news->bytes->reserve(bytes);
  if (room.empty()) return false;
  write_session_report(news, room);
  plan_.news->bytes->commit(bytes);
  has_news_ = true;
  return true;
}

// One of which nothing was told yet tells of itself.
bool SessionDesk::put_state(const Followed& followed, PacketTime now) noexcept {
  if (followed.session == kNoSession || followed.is_new) return true;
  SessionReport report{.kind = SessionReport::Kind::kState,
                       .source = book_.source(followed.session),
                       .slot = followed.slot,
                       .cin = followed.cin,
                       .received = now,
                       .effective = now,
                       .started = book_.started(followed.session)};
  fill_addresses(report, followed.session);
  return put_news(report, followed.session);
}

// Of all the next one; false: there is none, or no room for it.
bool SessionDesk::put_next(PacketTime now) noexcept {
  if (next_of_all_ < followed_.size()) {
    if (!put_state(followed_[next_of_all_], now)) return false;
    ++next_of_all_;
    return true;
  }
  SessionReport news;
  const std::optional<CallPlace> next = calls_ == nullptr ? std::nullopt : calls_->next_news(last_of_all_, now, news);
  are_calls_told_ = !next;
  if (!next || (news.cin != 0 && !put_news(news, kNoSession))) return false;
  last_of_all_ = next;
  return true;
}

// Where the ring is half full it goes on in a later round: the other half is for what happens meanwhile, which must not
// be lost. What comes behind the place where it stands, and what ends before it, tells of itself.
bool SessionDesk::tell_more_news(PacketTime now) noexcept {
  if (telling_all_ == 0) return false;
  SpscByteRing& ring = *plan_.news->bytes;
  const size_t share = ring.capacity() / 2;
  size_t told = 0;
  while (told < kNewsPerRound && ring.room_up_to(share) >= share && put_next(now)) ++told;
  const bool is_end =
      are_calls_told_ && put_news({.kind = SessionReport::Kind::kState, .session = telling_all_}, kNoSession);
  if (is_end) telling_all_ = 0;
  return is_end || told != 0;
}

void SessionDesk::publish() noexcept {
  for (ReportRing* const ring : plan_.reports) ring->bytes->publish();
  if (!std::exchange(has_news_, false)) return;
  plan_.news->bytes->publish();
  if (plan_.news_bell != nullptr) plan_.news_bell->ring();
}

void SessionDesk::passed(LegalTime until) noexcept {
  for (ReportRing* const ring : plan_.reports) ring->passed(until);
}

}  // namespace lictor

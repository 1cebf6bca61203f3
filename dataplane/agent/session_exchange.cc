#include "dataplane/agent/session_exchange.h"

#include "dataplane/base/check.h"

namespace lictor {
namespace {

std::vector<WatchedIdentity> names_of(const SessionReport& report) {
  std::vector<WatchedIdentity> names;
  for (ByteReader in(report.matched); in.remaining() > 0;) {
    const auto kind = static_cast<IdentityKind>(in.u8());
    const Bytes value = in.take(in.u8());
    LICTOR_CHECK(in.ok());  // our own session lcore wrote it
    names.push_back({kind, std::string(as_text(value))});
  }
  return names;
}

}  // namespace

void SessionExchange::take(const SessionNews& news) {
  const Key key(news.xid, news.cin);
  if (news.over) {
    remotes_.erase(key);
  } else {
    remotes_[key] = true;
  }
  registry_.take_remote(news.xid, {.slot = {},
                                   .cin = news.cin,
                                   .since = news.since,
                                   .changed = news.changed,
                                   .over = news.over,
                                   .addresses = news.addresses});
}

void SessionExchange::begin() {
  is_in_sync_ = false;
  waiting_.clear();
  telling_all_.clear();
  for (auto& [key, told] : remotes_) told = false;
}

// What was not told anew is over.
void SessionExchange::in_sync() {
  std::erase_if(remotes_, [this](const auto& remote) {
    const auto& [key, told] = remote;
    if (!told) registry_.take_remote(key.first, {.cin = key.second, .changed = {legal_now().unix_ns}, .over = true});
    return !told;
  });
  is_in_sync_ = true;
  ask_for_all();
}

void SessionExchange::ask_for_all() {
  for (size_t lcore = 0; lcore < sessions_.size(); ++lcore) {
    sessions_.tell_all(lcore);
    telling_all_.insert(lcore);
  }
}

// What found no room in the ring is told with all others.
void SessionExchange::look_for_lost() {
  uint64_t lost = 0;
  for (size_t lcore = 0; lcore < sessions_.size(); ++lcore) lost += sessions_.desk(lcore).counters().news_lost.get();
  if (lost == lost_ || !telling_all_.empty()) return;
  lost_ = lost;
  ask_for_all();
}

void SessionExchange::take_report(size_t lcore, const SessionReport& report) {
  if (report.cin == 0) {
    if (telling_all_.erase(lcore) != 0 && telling_all_.empty()) waiting_.emplace_back();  // these were all
    return;
  }
  const std::optional<Xid> xid = registry_.running_at(report.slot);
  if (!xid) return;
  const bool is_end = report.kind == SessionReport::Kind::kEvent && report.event == AccessEvent::kEnd;
  SessionNews news{.xid = *xid,
                   .cin = report.cin,
                   .owner = {},
                   .since = report.started,
                   .changed = report.received,
                   .over = is_end || report.kind == SessionReport::Kind::kGone,
                   .addresses = {report.addresses.begin(), report.addresses.end()},
                   .session = report.session,
                   .source = report.source,
                   .names = names_of(report)};
  waiting_.push_back(session_news_message(news));
}

void SessionExchange::turn(const std::function<bool(v1::SessionNews)>& send) {
  for (size_t lcore = 0; lcore < sessions_.size(); ++lcore) {
    sessions_.take_news(lcore, [&](const SessionReport& report) {
      if (is_in_sync_) take_report(lcore, report);
    });
  }
  if (!is_in_sync_) return;
  look_for_lost();
  while (!waiting_.empty() && send(waiting_.front())) waiting_.pop_front();
}

}  // namespace lictor

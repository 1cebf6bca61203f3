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
                                   .addresses = news.addresses,
                                   .source = news.source,
                                   .described = news.described});
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
  lost_ = news_lost();
  ++asked_;
  for (size_t lcore = 0; lcore < sessions_.size(); ++lcore) {
    sessions_.tell_all(lcore, asked_);
    telling_all_.insert(lcore);
  }
}

uint64_t SessionExchange::news_lost() const {
  uint64_t lost = 0;
  for (size_t lcore = 0; lcore < sessions_.size(); ++lcore) lost += sessions_.desk(lcore).counters().news_lost.get();
  return lost;
}

// What found no room in the ring is told with all others, and what ended so by not being among them.
void SessionExchange::look_for_lost() {
  if (telling_all_.empty() && !waiting_.has_end() && news_lost() != lost_) ask_for_all();
}

// False where it has to wait in its ring.
bool SessionExchange::take_report(size_t lcore, const SessionReport& report) {
  if (report.cin == 0) {
    const bool is_asked = report.session == asked_;  // else of a former stream
    if (is_asked && telling_all_.erase(lcore) != 0 && telling_all_.empty()) waiting_.put_end();
    return true;
  }
  const std::optional<Xid> xid = registry_.running_at(report.slot);
  if (!xid) return true;
  const bool is_end = report.kind == SessionReport::Kind::kEvent && report.event == AccessEvent::kEnd;
  SessionNews news{.xid = *xid,
                   .cin = report.cin,
                   .owner = {},
                   .since = report.started,
                   .changed = report.received,
                   .over = is_end || report.kind == SessionReport::Kind::kGone,
                   .addresses = {report.addresses.begin(), report.addresses.end()},
                   .source = report.source,
                   .described = report.call ? report.call->described : CallDescriptions(),
                   .session = report.session,
                   .names = names_of(report)};
  return waiting_.put({news.xid, news.cin}, session_news_message(news));
}

// Whether nothing was left for want of room.
bool SessionExchange::take_reports() {
  bool is_all = true;
  for (size_t lcore = 0; lcore < sessions_.size(); ++lcore) {
    is_all = sessions_.take_news(lcore, [&](const SessionReport& report) {
      return !is_in_sync_ || take_report(lcore, report);
    }) && is_all;
  }
  return is_all;
}

// A stream that takes little makes the rings full, and what finds no room in them is counted and told with all others.
void SessionExchange::turn(const std::function<bool(v1::SessionNews)>& send) {
  for (bool is_more = true; is_more;) {
    const bool is_all = take_reports();
    if (!is_in_sync_) return;
    is_more = waiting_.send(send) && !is_all;
  }
  look_for_lost();
}

}  // namespace lictor

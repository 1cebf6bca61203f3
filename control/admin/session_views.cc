// What people ask about targets' sessions. Reads only; the relay is asked without the administration's mutex, for it
// may have many.
#include <fmt/format.h>

#include <algorithm>

#include "control/admin/act.h"
#include "control/admin/administration.h"
#include "control/fleet/directives.h"
#include "control/registry/uuid.h"
#include "dataplane/base/ids.h"

namespace lictor::control {
namespace {

constexpr size_t kSessionsPerListMax = 10'000;
constexpr size_t kSessionsPerListDefault = 1000;

// What is not the warrant's any more is not shown.
void add_matched(const v1::Warrant& warrant, const v1::SessionNews& news, v1::TargetSession& session) {
  for (const v1::TargetSpec& spec : warrant.targets()) {
    const Result<Selector> selector = parse_selector(spec.selector());
    const std::optional<v1::TapTarget> target = selector.ok() ? tap_target_of(*selector) : std::nullopt;
    if (!target || !target->has_identity()) continue;
    const v1::Identity& own = target->identity();
    const bool matched = std::any_of(news.names().begin(), news.names().end(), [&](const v1::Identity& name) {
      return name.kind() == own.kind() && name.value() == own.value();
    });
    if (matched) *session.add_matched() = spec;
  }
}

v1::TargetSession session_of(const v1::SessionNews& news, const v1::Warrant& warrant, const std::string& xid) {
  v1::TargetSession session;
  session.set_warrant_id(warrant.id());
  session.set_xid(xid);
  session.set_cin(news.cin());
  session.set_network_element_id(news.network_element_id());
  session.set_since_unix_ns(news.since_unix_ns());
  session.set_changed_unix_ns(news.changed_unix_ns());
  *session.mutable_addresses() = news.addresses();
  session.set_id(fmt::format("{:016x}", news.session()));
  session.set_protocol(news.protocol());
  add_matched(warrant, news, session);
  return session;
}

// visit(warrant, xid, news) of each session, until it answers false.
template <typename Visit>
void for_each_session(const SessionRelay& relay, const std::vector<v1::Warrant>& warrants, Visit visit) {
  for (const v1::Warrant& warrant : warrants) {
    for (const std::string& xid : warrant.xids()) {
      const Result<Xid> id = parse_uuid(xid);
      if (!id.ok()) continue;
      for (const v1::SessionNews& news : relay.sessions_of({std::string(as_text(Bytes(id->octets)))}))
        if (!visit(warrant, xid, news)) return;
    }
  }
}

}  // namespace

Result<std::vector<v1::Warrant>> Administration::warrants_seen(const std::string& warrant_id, const DeskSet& desks) {
  const Act act(*this);
  std::vector<v1::Warrant> seen;
  if (!warrant_id.empty()) {
    const Result<StoredWarrant> stored = registry_->warrant(warrant_id, desks);
    if (!stored.ok()) return stored.status();
    seen.push_back(stored->warrant());
    return seen;
  }
  registry_->for_each_live(desks, [&](const StoredWarrant& stored) {
    if (names_sessions(make_whole_tap(stored.warrant()))) seen.push_back(stored.warrant());
    return true;
  });
  return seen;
}

Result<v1::ListSessionsReply> Administration::list_sessions(const v1::ListSessionsRequest& request,
                                                            const Caller& caller) {
  if (request.limit() > kSessionsPerListMax) return absl::InvalidArgumentError("limit: at most 10000");
  const size_t limit = request.limit() == 0 ? kSessionsPerListDefault : request.limit();
  const Result<std::vector<v1::Warrant>> warrants = warrants_seen(request.warrant_id(), caller.desks);
  if (!warrants.ok()) return warrants.status();
  v1::ListSessionsReply reply;
  for_each_session(relay_, *warrants, [&](const v1::Warrant& warrant, const std::string& xid, const auto& news) {
    reply.set_more(static_cast<size_t>(reply.sessions_size()) == limit);
    if (!reply.more()) *reply.add_sessions() = session_of(news, warrant, xid);
    return !reply.more();
  });
  return reply;
}

Result<v1::GetSessionReply> Administration::get_session(const std::string& id, const Caller& caller) {
  const Result<std::vector<v1::Warrant>> warrants = warrants_seen({}, caller.desks);
  if (!warrants.ok()) return warrants.status();
  v1::GetSessionReply reply;
  for_each_session(relay_, *warrants, [&](const v1::Warrant& warrant, const std::string& xid, const auto& news) {
    if (fmt::format("{:016x}", news.session()) != id) return true;
    v1::TargetSession& session = *reply.add_sessions();
    session = session_of(news, warrant, xid);
    for (const std::string& element : relay_.told_of(news)) session.add_told_network_element_ids(element);
    return true;
  });
  if (reply.sessions().empty()) return absl::NotFoundError("no such session");
  return reply;
}

}  // namespace lictor::control

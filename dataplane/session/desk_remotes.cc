// The desk's sessions that other dataplanes discover: rules and states, and no records, which are their owners'.
#include <algorithm>
#include <iterator>
#include <utility>

#include "dataplane/session/media_rules.h"
#include "dataplane/session/session_desk.h"

namespace lictor {
namespace {

constexpr uint32_t kNoCin = 0;

bool is_of_call(const SessionAddress& address) { return SessionAddress::is_of_call(address.use); }

bool is_at(const SessionAddress& address, const MediaPlace& place) {
  return is_of_call(address) && address.prefix == place.host && address.ports == place.port;
}

}  // namespace

void SessionDesk::take_remote(RemoteSession remote, PacketTime now) noexcept {
  if (!tasks_[index_of(remote.slot)].is_watched) return;
  const RemoteKey key{remote.slot, remote.cin};
  const auto known = remotes_.find(key);
  if (known == remotes_.end()) {
    if (remote.over) return;
    if (remotes_.size() == plan_.target_sessions_max) {
      counters_.remotes_over.add(1);
      return;
    }
    counters_.remotes.add(1);
    tell_remote(remote, SessionReport::Kind::kState, now);
    bind_remote(remotes_.emplace(key, std::move(remote)).first->second);
    return;
  }
  if (remote.over) remote.source = known->second.source;  // nobody says it again
  tell_remote(remote, remote.over ? SessionReport::Kind::kGone : SessionReport::Kind::kState, now);
  const RemoteSession before = std::exchange(known->second, std::move(remote));
  unbind_remote(before);
  const bool is_over = known->second.over;
  if (is_over) {
    remotes_.erase(known);
    counters_.remotes_ended.add(1);
  }
  for (const SessionAddress& address : before.addresses) bind_others_at(key, address);
  if (!is_over) bind_remote(known->second);
}

void SessionDesk::drop_remotes(TaskSlot slot, PacketTime now) noexcept {
  unbind_remotes(slot);
  const RemotesOfTask own = remotes_of(slot);
  for (const auto& [key, remote] : own) tell_remote(remote, SessionReport::Kind::kGone, now);
  counters_.remotes_ended.add(static_cast<uint64_t>(std::distance(own.begin(), own.end())));
  remotes_.erase(own.begin(), own.end());
}

// A state counts from the packet that changed it, as its owner saw that; what is over, at once.
void SessionDesk::tell_remote(const RemoteSession& remote, SessionReport::Kind kind, PacketTime now) noexcept {
  const bool is_gone = kind == SessionReport::Kind::kGone;
  SessionReport report{.kind = kind,
                       .source = remote.source,
                       .slot = remote.slot,
                       .cin = remote.cin,
                       .received = is_gone ? std::min(now, remote.changed) : remote.changed,
                       .effective = remote.changed,
                       .started = remote.since};
  if (remote.source == SessionSource::kSip) report.call = CallPart{.described = remote.described};
  if (!is_gone) report.addresses = remote.addresses;
  write(report);
}

// What a call goes on with while something else of it changes is not interrupted.
TargetRule SessionDesk::rule_of(const RemoteSession& remote, const SessionAddress& address) const noexcept {
  const WatchedTask& watched = tasks_[index_of(remote.slot)].watched;
  TargetRule rule;
  rule.target_ports = address.ports;
  rule.prefix = address.prefix;
  rule.slot = remote.slot;
  rule.cin = remote.cin;
  rule.start = begin_of(watched.start, is_of_call(address) ? remote.since : remote.changed);
  rule.stop = watched.stop;
  narrow(rule, watched.scope);
  return is_of_call(address) ? media_rule(rule, address) : rule;
}

void SessionDesk::bind_remote(const RemoteSession& remote) noexcept {
  for (const SessionAddress& address : remote.addresses) bind_remote_at(remote, address);
}

void SessionDesk::bind_remote_at(const RemoteSession& remote, const SessionAddress& address) noexcept {
  if (!tasks_[index_of(remote.slot)].watched.cc) return;
  const auto add = [this](const TargetRule& rule) {
    bindings_.push_back({.kind = BindingChange::Kind::kAdd, .rule = rule});
  };
  const TargetRule rule = rule_of(remote, address);
  if (!is_of_call(address)) return add(rule);
  counters_.remotes_pairs_over.add(add_media_rules(rule, address, remote.addresses, add));
}

// All rules of the task go that have its addresses.
void SessionDesk::unbind_remote(const RemoteSession& remote) noexcept {
  if (!tasks_[index_of(remote.slot)].watched.cc) return;
  for (const SessionAddress& address : remote.addresses) {
    bindings_.push_back({.kind = BindingChange::Kind::kRemove, .rule = rule_of(remote, address)});
  }
}

void SessionDesk::bind_remotes(TaskSlot slot) noexcept {
  for (const auto& [key, remote] : remotes_of(slot)) bind_remote(remote);
}

void SessionDesk::unbind_remotes(TaskSlot slot) noexcept {
  for (const auto& [key, remote] : remotes_of(slot)) unbind_remote(remote);
}

// What the task's other sessions have there, where all its rules have just gone.
void SessionDesk::bind_others_at(const RemoteKey& changed, const SessionAddress& address) noexcept {
  const auto& [slot, cin] = changed;
  if (is_of_call(address)) {
    const MediaPlace place{.host = address.prefix, .port = address.ports};
    if (calls_ != nullptr) calls_->bind_calls_at(slot, place);
    return bind_remotes_where(slot, cin, [&](const SessionAddress& held) { return is_at(held, place); });
  }
  for (const Followed& followed : followed_) {
    if (followed.session == kNoSession || followed.slot != slot || followed.is_new) continue;
    book_.for_each_address(followed.session, [&](const SessionAddress& held, PacketTime since) {
      if (held.prefix == address.prefix) bind(followed, held, since);
    });
  }
  bind_remotes_where(slot, cin,
                     [&](const SessionAddress& held) { return !is_of_call(held) && held.prefix == address.prefix; });
}

void SessionDesk::bind_remotes_at(TaskSlot slot, const IpPrefix& prefix) noexcept {
  bind_remotes_where(slot, kNoCin,
                     [&](const SessionAddress& held) { return !is_of_call(held) && held.prefix == prefix; });
}

void SessionDesk::bind_remote_calls(TaskSlot slot, const MediaPlace& place) noexcept {
  bind_remotes_where(slot, kNoCin, [&](const SessionAddress& held) { return is_at(held, place); });
}

template <typename IsThere>
void SessionDesk::bind_remotes_where(TaskSlot slot, uint32_t but, const IsThere& is_there) noexcept {
  for (const auto& [key, remote] : remotes_of(slot)) {
    if (remote.cin == but) continue;
    for (const SessionAddress& held : remote.addresses)
      if (is_there(held)) bind_remote_at(remote, held);
  }
}

}  // namespace lictor

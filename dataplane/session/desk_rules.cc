// The rules that the desk's sessions have in the rx lcores' table.
#include <algorithm>

#include "dataplane/session/session_desk.h"

namespace lictor {

void narrow(TargetRule& rule, const BindingScope& scope) {
  rule.ports &= scope.ports;
  if (scope.vlan_count != 0) {
    const bool differs = rule.vlan_count != 0 && (rule.vlan_count != scope.vlan_count || rule.vlans != scope.vlans);
    if (differs) rule.ports = 0;
    rule.vlan_count = scope.vlan_count;
    rule.vlans = scope.vlans;
  }
  if (scope.label != kNoContext) {
    if (rule.label != kNoContext && rule.label != scope.label) rule.ports = 0;
    rule.label = scope.label;
  }
  if (scope.vni != kNoContext) {
    if (rule.vni != kNoContext && rule.vni != scope.vni) rule.ports = 0;
    rule.vni = scope.vni;
  }
}

// Replay's packets are of another day than windows.
LegalTime SessionDesk::begin_of(LegalTime window, PacketTime since) const noexcept {
  return plan_.replay ? window : std::max(window, LegalTime{since.unix_ns});
}

TargetRule SessionDesk::rule_of(const Followed& followed, const SessionAddress& address,
                                PacketTime since) const noexcept {
  const WatchedTask& watched = tasks_[index_of(followed.slot)].watched;
  TargetRule rule;
  rule.target_ports = address.ports;
  rule.prefix = address.prefix;
  rule.slot = followed.slot;
  rule.cin = followed.cin;
  rule.start = begin_of(watched.start, std::max(since, followed.heard));
  rule.stop = plan_.replay ? watched.stop : std::min(watched.stop, followed.deadline);
  const uint16_t source_set = book_.source_set(followed.session);
  if (source_set < plan_.scopes.size()) narrow(rule, plan_.scopes[source_set]);
  narrow(rule, watched.scope);
  return rule;
}

void SessionDesk::bind(const Followed& followed, const SessionAddress& address, PacketTime since) noexcept {
  if (!tasks_[index_of(followed.slot)].watched.cc) return;
  bindings_.push_back({.kind = BindingChange::Kind::kAdd, .rule = rule_of(followed, address, since)});
}

// All rules of the task go that have this key: those of its other sessions come back.
void SessionDesk::unbind(const Followed& followed, const SessionAddress& address, Leaving leaving) noexcept {
  if (!tasks_[index_of(followed.slot)].watched.cc) return;
  bindings_.push_back({.kind = BindingChange::Kind::kRemove, .rule = rule_of(followed, address, {})});
  const uint16_t source_set = book_.source_set(followed.session);
  book_.for_each_holder(source_set, address.prefix,
                        [&](SessionId holder, const SessionAddress& held, PacketTime since) {
                          const bool is_own = holder == followed.session;
                          if (is_own && (leaving == Leaving::kAll || held == address)) return;
                          const Followed* const other = find(holder, followed.slot);
                          if (other != nullptr && !other->is_new) bind(*other, held, since);
                        });
  bind_remotes_at(followed.slot, address.prefix);
}

void SessionDesk::bind_all(const Followed& followed) noexcept {
  book_.for_each_address(followed.session,
                         [&](const SessionAddress& address, PacketTime since) { bind(followed, address, since); });
}

void SessionDesk::unbind_all(const Followed& followed) noexcept {
  book_.for_each_address(followed.session, [&](const SessionAddress& address, PacketTime /*since*/) {
    unbind(followed, address, Leaving::kAll);
  });
}

void SessionDesk::bind_by(Followed& followed, const SessionEvent& event) noexcept {
  const bool ends = event.kind == AccessEvent::kEnd;
  for (const SessionAddress& address : event.unbound) unbind(followed, address, ends ? Leaving::kAll : Leaving::kOne);
  if (ends) return;
  const LegalTime deadline{event.deadline ? event.deadline->unix_ns : followed.deadline.unix_ns};
  if (followed.is_new) {
    followed.is_new = false;
    followed.deadline = deadline;
    followed.heard = event.received;
    bind_all(followed);
    return;
  }
  if (deadline == followed.deadline) {
    for (const SessionAddress& address : event.bound) bind(followed, address, event.received);
    return;
  }
  unbind_all(followed);
  followed.deadline = deadline;
  bind_all(followed);
}

}  // namespace lictor

// Where a target's media go: which endpoints of its calls are rules. Of the CallDesk; one session lcore.
#include <algorithm>
#include <array>
#include <utility>

#include "dataplane/base/check.h"
#include "dataplane/session/media_rules.h"
#include "dataplane/session/sip/call_desk.h"

namespace lictor::sip {
namespace {

// Calls of one task at one endpoint.
constexpr size_t kCallsAtEndpointMax = 16;

// Where anybody's name servers, clocks, tunnels and proxies are, whoever describes them as his media; behind the system
// ports (RFC 6335 section 6).
constexpr uint16_t kSystemPorts = 1024;
constexpr std::array<uint16_t, 13> kServicePorts = {1194, 1701, 1812, 1813, 2123, 2152, 3478,
                                                    4500, 4789, 5060, 5061, 5353, 51820};

bool is_of_service(uint16_t port) {
  return port < kSystemPorts || std::ranges::find(kServicePorts, port) != kServicePorts.end();
}

// Whether an endpoint of `party` is not on the target's side. Where nobody knows, it is the target's own.
bool is_of_peer(CallSide side, uint32_t party, uint32_t caller) {
  if (caller == 0 || side == CallSide::kDiverting) return false;
  return (party == caller) != (side == CallSide::kCalling);
}

// Nothing where no content of that kind is known: media over TCP are MSRP's, whose segments show nothing.
std::optional<SessionAddress::Use> use_of(const MediaEndpoint& endpoint) {
  const bool is_msrp = endpoint.use == EndpointUse::kMsrp;
  if (endpoint.tcp != is_msrp) return std::nullopt;
  switch (endpoint.use) {
    case EndpointUse::kMedia:
    case EndpointUse::kMediaMuxed:
    case EndpointUse::kRtcp:
      return SessionAddress::Use::kRtp;
    case EndpointUse::kUdptl:
      return SessionAddress::Use::kUdptl;
    case EndpointUse::kMsrp:
      return SessionAddress::Use::kMsrp;
    case EndpointUse::kOther:
      break;
  }
  return std::nullopt;
}

}  // namespace

// What two have described is bound once.
std::vector<SessionAddress> CallDesk::media_of(const Followed& followed, const CallMediaView& described) noexcept {
  std::vector<SessionAddress> media;
  for (size_t i = 0; i < described.endpoints.size(); ++i) {
    const MediaEndpoint& endpoint = described.endpoints[i];
    const std::optional<SessionAddress::Use> use = use_of(endpoint);
    if (!use) continue;
    const SessionAddress address{
        .prefix = host_of(endpoint.address.ipv6, endpoint.address.octets),
        .ports = {endpoint.port, endpoint.port},
        .use = *use,
        .of_peer = is_of_peer(followed.side, described.owners[i].speaker.party, described.caller)};
    const bool is_known = std::ranges::any_of(media, [&](const SessionAddress& known) {
      return known.prefix == address.prefix && known.ports == address.ports;
    });
    if (is_known) continue;
    if (media.size() == kReportAddressesMax) {
      counters_.endpoints_over.add(1);
      continue;
    }
    media.push_back(address);
  }
  return media;
}

void CallDesk::take_media(const CallKey& key, Followed& followed, const CallMediaView& described) noexcept {
  const WatchedTask* const task = office_.watched(key.second);
  std::vector<SessionAddress> media;
  if (task != nullptr && task->cc) media = media_of(followed, described);
  const std::vector<SessionAddress> before = std::exchange(followed.media, media);
  for (const SessionAddress& address : before)
    if (std::ranges::find(media, address) == media.end()) unbind(key, address);
  for (const SessionAddress& address : media) {
    if (std::ranges::find(before, address) == before.end()) {
      bind(key, followed, address);
      continue;
    }
    const auto bound = bound_.find({address.prefix, address.ports, key.second});
    if (bound != bound_.end() && bound->second.is_paired)
      put_rules(bound->first, bound->second);  // its other ends may be others
  }
}

TargetRule CallDesk::rule_of(TaskSlot slot, const Followed& followed, const SessionAddress& address) const noexcept {
  TargetRule rule = media_rule({}, address);
  rule.slot = slot;
  rule.cin = followed.cin;
  narrow(rule, plan_.scopes[followed.source_set]);
  const WatchedTask* const task = office_.watched(slot);
  if (task == nullptr) return rule;
  narrow(rule, task->scope);
  rule.start = plan_.replay ? task->start : std::max(task->start, LegalTime{followed.began.unix_ns});
  rule.stop = task->stop;
  return rule;
}

EndpointName CallDesk::name_of(const BoundKey& key) {
  const IpPrefix& prefix = std::get<IpPrefix>(key);
  return {.address = {.ipv6 = prefix.ipv6, .octets = prefix.octets}, .port = std::get<PortRange>(key).first};
}

// What a server uses for several calls, or somebody says to be his, says alone of no packet whose it is. Nor does what
// nobody counts, for want of room. What a call's other legs name is its own.
bool CallDesk::is_shared(CallId call, const BoundKey& bound) const noexcept {
  const EndpointName name = name_of(bound);
  if (is_of_service(name.port)) return true;
  const TaskSlot slot = std::get<TaskSlot>(bound);
  const auto whole = communications_.find({slot, followed_.at({call, slot}).cin});
  LICTOR_CHECK(whole != communications_.end());
  uint64_t own = 0;
  for (const CallId leg : whole->second.open) {
    own +=
        static_cast<uint64_t>(std::ranges::count_if(tracker_->media(leg).endpoints, [&](const MediaEndpoint& endpoint) {
          return endpoint.address == name.address && endpoint.port == name.port;
        }));
  }
  const uint32_t all = tracker_->census().count(name);
  return all == 0 || all > own;
}

void CallDesk::add_rules(const CallKey& key, const Followed& followed, const SessionAddress& address,
                         bool is_paired) noexcept {
  const WatchedTask* const task = office_.watched(key.second);
  if (task == nullptr || !task->cc) return;  // its other calls follow
  std::vector<BindingChange>& changes = office_.bindings();
  SessionAddress bound = address;
  bound.paired = is_paired;
  const auto add = [&](const TargetRule& rule) {
    const bool is_there = std::any_of(changes.begin() + static_cast<ptrdiff_t>(rules_of_key_), changes.end(),
                                      [&](const BindingChange& change) { return change.rule == rule; });
    if (!is_there) changes.push_back({.kind = BindingChange::Kind::kAdd, .rule = rule});
  };
  counters_.pairs_over.add(add_media_rules(rule_of(key.second, followed, address), bound, followed.media, add));
}

// All rules of the task that have this key, anew.
void CallDesk::put_rules(const BoundKey& key, Bound& bound) noexcept {
  const MediaPlace place{.host = std::get<IpPrefix>(key), .port = std::get<PortRange>(key)};
  const TaskSlot slot = std::get<TaskSlot>(key);
  TargetRule gone = media_rule({}, {.prefix = place.host, .ports = place.port});
  gone.slot = slot;
  office_.bindings().push_back({.kind = BindingChange::Kind::kRemove, .rule = gone});
  office_.bind_remote_calls(slot, place);
  rules_of_key_ = office_.bindings().size();
  if (bound.calls.empty()) return;
  const bool was_paired = std::exchange(bound.is_paired, is_shared(bound.calls[0], key));
  if (bound.is_paired && !was_paired) counters_.shared.add(1);
  if (bound.is_paired != was_paired)
    for (const CallId call : bound.calls) news_due_.emplace_back(call, slot);
  add_all_rules(key, bound);
}

void CallDesk::add_all_rules(const BoundKey& key, const Bound& bound) noexcept {
  for (const CallId call : bound.calls) {
    const auto followed = followed_.find({call, std::get<TaskSlot>(key)});
    const auto held = std::ranges::find_if(followed->second.media, [&](const SessionAddress& one) {
      return one.prefix == std::get<IpPrefix>(key) && one.ports == std::get<PortRange>(key);
    });
    add_rules(followed->first, followed->second, *held, bound.is_paired);
  }
}

void CallDesk::bind_calls_at(TaskSlot slot, const MediaPlace& place) noexcept {
  const auto bound = bound_.find({place.host, place.port, slot});
  rules_of_key_ = office_.bindings().size();
  if (bound != bound_.end()) add_all_rules(bound->first, bound->second);
  const auto left = lingering_.find({place.host, place.port, slot});
  if (left == lingering_.end()) return;
  for (const TargetRule& rule : left->second.rules)
    office_.bindings().push_back({.kind = BindingChange::Kind::kAdd, .rule = rule});
}

void CallDesk::bind(const CallKey& key, const Followed& followed, const SessionAddress& address) noexcept {
  const BoundKey bound_key{address.prefix, address.ports, key.second};
  if (const auto left = lingering_.find(bound_key); left != lingering_.end()) end_lingering(left);
  const auto place = bound_.try_emplace(bound_key).first;
  Bound& bound = place->second;
  if (bound.calls.size() == kCallsAtEndpointMax) return counters_.endpoint_calls_over.add(1);
  bound.calls.push_back(key.first);
  tracker_->census().watch(name_of(bound_key));
  const bool is_first = bound.calls.size() == 1;
  const bool is_of_leg = std::ranges::any_of(bound.calls, [&](CallId call) {
    return call != key.first && followed_.at({call, key.second}).cin == followed.cin;
  });
  const bool is_paired = is_shared(key.first, place->first);
  if (is_first && is_paired) counters_.shared.add(1);
  if (is_first) bound.is_paired = is_paired;
  rules_of_key_ = office_.bindings().size();
  // Those of other calls are as they were; what two legs say is one rule.
  if (is_first || (is_paired == bound.is_paired && !is_of_leg)) return add_rules(key, followed, address, is_paired);
  put_rules(place->first, bound);
}

void CallDesk::unbind(const CallKey& key, const SessionAddress& address) noexcept {
  const auto place = bound_.find({address.prefix, address.ports, key.second});
  if (place == bound_.end() || std::erase(place->second.calls, key.first) == 0) return;  // it had no room
  put_rules(place->first, place->second);
  if (place->second.calls.empty()) bound_.erase(place);
}

void CallDesk::unbind_all(const CallKey& key, Followed& followed) noexcept {
  for (const SessionAddress& address : std::exchange(followed.media, {})) unbind(key, address);
}

// visit(iterator) of what each task has at the endpoint, in the order of tasks. It may erase that.
template <typename ByKey, typename Visit>
void CallDesk::for_each_at(ByKey& all, const EndpointName& name, Visit visit) noexcept {
  const IpPrefix prefix = host_of(name.address.ipv6, name.address.octets);
  const PortRange ports{name.port, name.port};
  for (auto at = all.lower_bound({prefix, ports, TaskSlot{0}});
       at != all.end() && std::get<IpPrefix>(at->first) == prefix && std::get<PortRange>(at->first) == ports;) {
    const auto here = at++;
    visit(here);
  }
}

size_t CallDesk::lingering_at(const EndpointName& name) noexcept {
  size_t count = 0;
  for_each_at(lingering_, name, [&count](auto /*at*/) { ++count; });
  return count;
}

// Its rules go when the grace is over, and where another call has its endpoints by then, at once.
void CallDesk::unbind_later(const CallKey& key, Followed& followed, PacketTime now) noexcept {
  const std::vector<SessionAddress> media = followed.media;
  std::vector<std::vector<TargetRule>> rules(media.size());
  std::vector<BindingChange>& changes = office_.bindings();
  for (size_t i = 0; i < media.size(); ++i) {
    const auto bound = bound_.find({media[i].prefix, media[i].ports, key.second});
    if (bound == bound_.end() || bound->second.calls != std::vector{key.first}) continue;
    rules_of_key_ = changes.size();
    add_rules(key, followed, media[i], bound->second.is_paired);
    for (size_t j = rules_of_key_; j < changes.size(); ++j) rules[i].push_back(changes[j].rule);
    changes.resize(rules_of_key_);
  }
  unbind_all(key, followed);
  for (size_t i = 0; i < media.size(); ++i) {
    if (!rules[i].empty())
      linger({media[i].prefix, media[i].ports, key.second}, {now.unix_ns + kMediaGraceNs}, std::move(rules[i]));
  }
}

// Counted as one that names the endpoint, so that others are seen.
void CallDesk::linger(const BoundKey& key, PacketTime until, std::vector<TargetRule> rules) noexcept {
  const EndpointName name = name_of(key);
  EndpointCensus& census = tracker_->census();
  if (census.count(name) > lingering_at(name) || !census.add({.address = name.address, .port = name.port})) return;
  census.watch(name);
  for (TargetRule& rule : rules) {
    if (!plan_.replay) rule.stop = std::min(rule.stop, LegalTime{until.unix_ns});  // it is taken out some time later
    office_.bindings().push_back({.kind = BindingChange::Kind::kAdd, .rule = rule});
  }
  lingering_.emplace(key, Lingering{.until = until, .rules = std::move(rules)});
}

void CallDesk::end_lingering(std::map<BoundKey, Lingering>::iterator at) noexcept {
  const EndpointName name = name_of(at->first);
  office_.bindings().push_back({.kind = BindingChange::Kind::kRemove, .rule = at->second.rules[0]});
  office_.bind_remote_calls(std::get<TaskSlot>(at->first),
                            {.host = std::get<IpPrefix>(at->first), .port = std::get<PortRange>(at->first)});
  lingering_.erase(at);
  tracker_->census().remove({.address = name.address, .port = name.port});
}

// What others' calls have made of the endpoints that have rules.
void CallDesk::settle_shared() noexcept {
  std::vector<EndpointName>& changed = tracker_->census().changed();
  for (size_t i = 0; i < changed.size(); ++i) {  // it may become longer
    const EndpointName name = changed[i];
    if (tracker_->census().count(name) > lingering_at(name))
      for_each_at(lingering_, name, [this](auto at) { end_lingering(at); });
    for_each_at(bound_, name, [&](auto bound) {
      tracker_->census().watch(name);  // it may have gone and come again
      if (is_shared(bound->second.calls[0], bound->first) != bound->second.is_paired)
        put_rules(bound->first, bound->second);
    });
  }
  changed.clear();
}

}  // namespace lictor::sip

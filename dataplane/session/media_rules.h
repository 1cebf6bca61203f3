// The rules by which rx lcores know the media of a call: one endpoint each, or where others' calls have it, too, pairs
// of it with the call's other ends. Of calls that are heard here (sip/call_desk_media.cc) and of those that other
// dataplanes tell of (desk_remotes.cc). Pure functions; any thread.
#pragma once

#include <span>

#include "dataplane/packet/session_words.h"
#include "dataplane/packet/target_rule.h"

namespace lictor {

// Other ends of one endpoint; who uses ICE has more, and its endpoints are no server's.
constexpr size_t kMediaPairsMax = 8;

// `base`, which says whose it is, where it counts and when, with the endpoint `address` as its key. The address is one
// host's, with one port.
[[nodiscard]] TargetRule media_rule(const TargetRule& base, const SessionAddress& address);

// add(const TargetRule&) for each rule of `address`, which is one of `media`, all that the call has. How many pairs
// beyond kMediaPairsMax there are, which have none.
template <typename Add>
size_t add_media_rules(const TargetRule& base, const SessionAddress& address, std::span<const SessionAddress> media,
                       const Add& add) {
  TargetRule rule = media_rule(base, address);
  // Of MSRP everything is copied that a connection with it carries: never anybody's.
  const bool is_msrp = address.use == SessionAddress::Use::kMsrp;
  if (!address.paired && !is_msrp) {
    add(rule);
    return 0;
  }
  size_t pairs = 0;
  for (const SessionAddress& other : media) {
    const bool is_itself = other.prefix == address.prefix && other.ports == address.ports;
    if (is_itself || other.prefix.ipv6 != address.prefix.ipv6 || ++pairs > kMediaPairsMax) continue;
    rule.remote = other.prefix;
    if (!is_msrp) rule.remote_ports = other.ports;  // who connects has any port
    add(rule);
  }
  return pairs > kMediaPairsMax ? pairs - kMediaPairsMax : 0;
}

}  // namespace lictor

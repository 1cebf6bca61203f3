// The words for what signalling says of a subscriber's session: shared by the trackers, who find it out, and the
// encoders, who tell agencies. Plain values; spans do not outlive the call that they were given to. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/base/bytes.h"
#include "dataplane/base/clock.h"
#include "dataplane/packet/ip_prefix.h"
#include "dataplane/packet/target_rule.h"

namespace lictor {

// Which protocol told it.
enum class SessionSource : uint8_t { kRadius, kDhcp4, kDhcp6, kPppoe, kNeighbour, kSip, kCount };
constexpr size_t kSessionSources = static_cast<size_t>(SessionSource::kCount);

// What a subscriber has on the network.
struct SessionAddress {
  enum class Use : uint8_t {
    kAddress,    // the host's, or the prefix of its link
    kDelegated,  // a prefix for the networks behind it
    kRoute,      // a network that is routed to it
    // Of a call, an address with one port:
    kRtp,    // RTP and what goes beside it
    kUdptl,  // T.38
    kMsrp,
  };
  IpPrefix prefix;
  PortRange ports;  // of an address that several share: those that are this one's
  Use use = Use::kAddress;
  bool of_peer = false;  // of a call: the other party's
  bool paired = false;   // of a call: others' calls have it, too; what goes between it and another of the call counts

  [[nodiscard]] static constexpr bool is_of_call(Use use) { return use >= Use::kRtp; }

  friend bool operator==(const SessionAddress&, const SessionAddress&) = default;
};

// TS 102 232-3, accessEventType, as far as signalling tells.
enum class AccessEvent : uint8_t {
  kAttempt,  // asked for access
  kAccept,   // the session begins
  kReject,
  kFailed,  // nobody answered, or what was asked for could not be had
  kUpdate,  // of a session that goes on
  kEnd,
};

enum class SessionEnd : uint8_t {
  kNone,
  kLogoff,          // asked for by the subscriber
  kConnectionLost,  // link, carrier, NAS
  kTimeout,         // idle or session time was used up, or nothing was heard any more
  kLeaseExpired,
  kReplaced,  // all of its addresses are somebody else's now
  kOther,
};
constexpr size_t kSessionEnds = static_cast<size_t>(SessionEnd::kOther) + 1;

// What else a message says, for the records. Nothing of it is kept: what is absent in a message is absent here.
struct SessionDetails {
  Bytes user_name;
  Bytes calling_station;
  Bytes called_station;
  Bytes callback_number;
  Bytes host_name;
  Bytes circuit_id;
  Bytes remote_id;
  Bytes nas_identifier;
  Bytes nas_port_id;
  Bytes session_name;  // Acct-Session-Id, a PPPoE session's number
  Bytes location;      // 3GPP-User-Location-Info and the like
  std::optional<IpPrefix> nas_address;
  std::optional<uint32_t> nas_port;
  std::optional<uint32_t> nas_port_type;
  std::optional<uint64_t> octets_from_target;
  std::optional<uint64_t> octets_to_target;
  std::optional<uint32_t> session_seconds;
  std::optional<uint32_t> cause;  // Acct-Terminate-Cause
  std::optional<PacketTime> expected_end;
  std::span<const Bytes> framed_routes;  // as texts
};

}  // namespace lictor

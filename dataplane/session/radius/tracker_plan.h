// What configures a RADIUS tracker, and what becomes of each message. Plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "dataplane/packet/sip_hash.h"
#include "dataplane/session/radius/attribute_map.h"
#include "dataplane/session/radius/peers.h"
#include "dataplane/session/radius/subscriber.h"

namespace lictor::radius {

// When an Accounting-Request is believed.
enum class AccountingPolicy : uint8_t {
  kOnRequest,   // at once: what the access server says is so, whoever heard it
  kOnResponse,  // when a server has answered it, with a right authenticator where there is a secret
};

struct TrackerPlan {
  std::vector<PeerSetPlan> peers = {};
  AttributeMap attributes = AttributeMap::standard();
  SubscriberPlan subscriber = {};
  AccountingPolicy accounting = AccountingPolicy::kOnRequest;
  // Access-Requests without Message-Authenticator are not believed, where their client has a secret.
  bool need_message_authenticator = false;

  // Bounds of memory, in entries: of 1.2 KiB, 64 octets, and 16 octets the rest.
  size_t pending_max = 4096;
  uint32_t nas_max = 4096;
  size_t starts_remembered = 1U << 18;    // Start, Stop, On and Off: no repetition of these has an effect
  size_t interims_remembered = 1U << 18;  // Interim and Access-Request
  size_t contents_remembered = 1U << 16;  // for repeat_s: what another leg, or another id, tells again
  size_t ends_remembered = 1U << 18;      // sessions that were stopped: nothing late brings one back

  // Times in seconds.
  int64_t answer_s = 10;               // an Access-Request that has no answer by then has failed
  int64_t repeat_s = 30;               // the same content within it is the same message
  int64_t interims_missed_max = 3;     // a session of which so many intervals nothing was heard has ended
  int64_t unheard_s_max = 7 * 86'400;  // the same where no interval is known
  int64_t start_wait_s = 60;           // an Access-Accept that no Start follows by then began no session
  int64_t stop_wait_s = 5;             // a session that was disconnected, and whose Stop does not come, ends then
  HashKey key;                         // of this start
};

// The fate of a message. Each has exactly one.
enum class Fate : uint8_t {
  kUsed,
  kTruncated,  // MessageError, and the two that follow
  kBadLength,
  kBadAttribute,
  kUnknownCode,     // Status-Server and whatever else does not concern sessions
  kForeign,         // not between a configured server and one of its clients
  kWrongProof,      // its authenticator does not hold
  kUnproven,        // it has no proof, and must have one
  kRepeated,        // exactly this message was seen a moment ago
  kReplayed,        // exactly this message was seen longer ago
  kCopied,          // another leg's, or another id's, of the same content
  kNotAwaited,      // an answer whose request was not seen, or is not needed
  kNoSession,       // accounting without Acct-Session-Id or Acct-Status-Type
  kAfterEnd,        // of a session that was stopped before
  kUnknownSession,  // the end or a change of a session that is not known
  kNoRoom,          // the book is full
  kCount,
};

constexpr std::array<std::string_view, static_cast<size_t>(Fate::kCount)> kFateNames = {
    "used",     "truncated", "bad_length", "bad_attribute", "unknown_code", "foreign",   "wrong_proof",     "unproven",
    "repeated", "replayed",  "copied",     "not_awaited",   "no_session",   "after_end", "unknown_session", "no_room"};

}  // namespace lictor::radius

// What the administration is made with, what it counts by, and how it reaches a dataplane's stream. Values; any thread.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "control/admin/clock_book.h"
#include "control/admin/order_signatures.h"
#include "control/audit/audit_log.h"
#include "control/audit/room_reserve.h"
#include "control/fleet/payload_keys.h"
#include "control/fleet/spool_keys.h"
#include "control/registry/policy.h"
#include "dataplane/base/clock.h"
#include "dataplane/base/system_call_filter.h"
#include "dataplane/trust/directive_signature.h"
#include "lictor/v1/fleet.pb.h"

namespace lictor::control {

// A warrant's window is enforced by the dataplanes, to the packet. The daemon closes the books this much later, so that
// a dataplane whose clock is a little behind is not cut short.
constexpr int64_t kExpiryGraceNs = kNanosecondsPerSecond;
// So long after an emergency that nobody else has approved there is no other one on the same target.
constexpr int64_t kEmergencyRestNs = 7 * 24 * 3600 * kNanosecondsPerSecond;
// After a start of the daemon, dataplanes have so long to come back before an alarm says that they are away.
constexpr int64_t kReattachGraceNs = 15 * kNanosecondsPerSecond;
// After this host's clock was set, nothing is erased by its age for so long: a clock that was set wrong is set right.
constexpr int64_t kStepSettleNs = 600 * kNanosecondsPerSecond;

// The certificates that lictord itself stands on, and how long before they expire somebody is told.
struct CertificateWatchOptions {
  std::map<std::string, std::string> files;  // what it is ("server", "authority") -> PEM
  int64_t warning_ns = 30 * 24 * 3600 * kNanosecondsPerSecond;
  int64_t critical_ns = 7 * 24 * 3600 * kNanosecondsPerSecond;
};

struct AdministrationOptions {
  Policy policy;
  AuditLog* audit = nullptr;                // outlives the administration; null: no account is kept
  RoomReserve* reserve = nullptr;           // the same; null: no room is kept back for a full disk
  SpoolKeys* keys = nullptr;                // the same; null: spools are memory everywhere
  const DirectiveSigner* signer = nullptr;  // the same; null: directives go out unsigned
  OrderSignatures* orders = nullptr;        // the same; null: whatever an approval brings is kept
  PayloadKeys* payload_keys = nullptr;      // the same; null: no warrant can have a key of its own
  // Behind the end of a warrant, its keys are erased though a dataplane has not said that all was delivered.
  int64_t key_age_max_ns = 8 * 24 * 3600 * kNanosecondsPerSecond;
  // Behind the closing of a warrant, what names persons is erased; 0: never.
  int64_t personal_age_max_ns = 0;
  CertificateWatchOptions certificates;
  std::function<RefusedSystemCalls()> refused_system_calls;  // empty: none are
  int64_t acknowledge_wait_ns = 2 * kNanosecondsPerSecond;
  TimePolicy time;
  std::function<LegalTime()> legal_clock = legal_now;
  std::function<SocketTime()> socket_clock = socket_now;
};

enum class StreamId : uint64_t {};

// How a dataplane's stream is reached. Called on any thread, without the administration's mutex.
struct Stream {
  std::function<void()> wake;    // there may be something to send: ask next_message
  std::function<void()> news;    // the same of sessions: ask next_news
  std::function<void()> cancel;  // the stream is replaced or the daemon stops
};

struct Attachment {
  StreamId id{};
  v1::Welcome welcome;
};

}  // namespace lictor::control

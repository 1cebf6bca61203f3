// What trackers say of sessions, whoever's they are. Who of them is a target's, and what becomes of it, is the business
// of whoever is behind SessionSink. One session lcore; spans do not outlive the call.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/base/bytes.h"
#include "dataplane/base/clock.h"
#include "dataplane/base/identity.h"
#include "dataplane/base/signal_record.h"
#include "dataplane/packet/session_words.h"
#include "dataplane/session/shown_message.h"

namespace lictor {

// A session of one SessionBook, until it is closed.
enum class SessionId : uint32_t {};
constexpr SessionId kNoSession{UINT32_MAX};

// A name as the message has it.
struct ShownIdentity {
  IdentityKind kind;
  Bytes shown;
};

struct SessionEvent {
  AccessEvent kind = AccessEvent::kUpdate;
  SessionSource source = SessionSource::kRadius;
  uint16_t source_set = 0;
  SessionId session = kNoSession;  // kNoSession: no session came of it (an attempt, a rejection)
  PacketTime received;             // when the message passed, or the deadline
  PacketTime effective;            // since when it is true; never after `received`
  PacketTime started;              // of the session
  SessionEnd end = SessionEnd::kNone;
  bool identities_changed = false;          // of the session
  bool identities_lost = false;             // one that it had is replaced or gone
  std::optional<PacketTime> deadline;       // when it ends if nothing more is heard; nullopt: as before
  std::span<const ShownIdentity> shown;     // in this message
  std::span<const SessionAddress> bound;    // what it has from now on
  std::span<const SessionAddress> unbound;  // what it has no more
  const SessionDetails* details = nullptr;  // null: no message of its own tells it
  const SignalRecord* message = nullptr;    // null: the same
  const ShownMessage* shown_as = nullptr;   // of the message's protocol; null: nobody is shown it

  // It ended because nothing more was heard of it, in a protocol that says when sessions end (Stop, PADT). Leases and
  // what hosts claim run out as a rule.
  [[nodiscard]] bool is_unheard() const {
    const bool says_ends = source == SessionSource::kRadius || source == SessionSource::kPppoe;
    return kind == AccessEvent::kEnd && end == SessionEnd::kTimeout && message == nullptr && says_ends;
  }
};

class SessionSink {
 public:
  virtual ~SessionSink() = default;
  // In the order in which things are true: of an address that changes hands, first who loses it. Of kEnd the session is
  // still there, with its identities, and gone behind the call.
  virtual void on_event(const SessionEvent& event) noexcept = 0;
};

}  // namespace lictor

// What the control thread says about a destination, and what it may ask. Plain values.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/clock.h"
#include "dataplane/base/ids.h"
#include "encoders/handover/confirm_plan.h"
#include "encoders/handover/file_plan.h"
#include "encoders/handover/security_plan.h"
#include "encoders/handover/tcp_plan.h"

namespace lictor {

// The handover interface that a destination receives: HI2 (IRI, HI1) or HI3 (CC).
enum class HandoverSide : uint8_t { kHi2, kHi3 };

struct HandoverEndpoint {
  std::string host;  // an IP address, or a name that is resolved at each connect
  uint16_t port = 0;

  friend bool operator==(const HandoverEndpoint&, const HandoverEndpoint&) = default;
};

// What a peer has sent, as far as the handover cares.
enum class PeerMessageKind : uint8_t {
  kIncomplete,         // more bytes are needed; `bytes` is 0
  kKeepaliveResponse,  // `number` is its sequence number
  kOptionAccepted,     // the peer will answer questions for an acknowledgement
  kOptionDeclined,     // it will not
  kAcknowledgement,    // answers one of them; `number` is its sequence number
  kOther,              // a whole PDU that answers nothing
  kMalformed,          // nothing behind this can be framed
};

struct PeerMessage {
  PeerMessageKind kind = PeerMessageKind::kIncomplete;
  size_t bytes = 0;
  uint32_t number = 0;
};

// What we say to a peer beside records.
enum class ConnectionQuestion : uint8_t {
  kKeepalive,        // is it alive, and has it read what went before?
  kOptionRequest,    // will it acknowledge records?
  kOptionComplete,   // its answer to that was heard; wants no answer
  kAcknowledgement,  // has it all that went before?
};

// The format's part of a connection. Called on the handover thread.
struct HandoverCodec {
  // One of them with this sequence number, stamped with the time of the call.
  std::function<std::vector<uint8_t>(ConnectionQuestion question, uint32_t number)> question;
  // The first PDU of what a peer sent.
  std::function<PeerMessage(Bytes received)> read_peer;
};

struct KeepalivePlan {
  bool on = true;
  uint32_t idle_ms = 120'000;  // of nothing sent, then a request goes (TIME1)
  uint32_t wait_ms = 60'000;   // for the answer, then the connection is made anew (TIME3)
};

struct DestinationPlan {
  std::string id;  // unique in the fleet: records of two agencies must never meet in one destination
  HandoverSide side = HandoverSide::kHi2;
  std::vector<HandoverEndpoint> endpoints;  // 1 to kEndpointsMax; the primary first
  KeepalivePlan keepalive;
  ConfirmPlan confirm;
  HandoverCodec codec;
  SecurityPlan security;
  TcpPlan tcp;
  // It is a directory: endpoints and what belongs to them are not used. Such a destination has no sides: kHi3.
  std::optional<FilePlan> files;
  uint64_t rate_bps = 0;  // at most so many bits a second are sent; 0: no bound
  // Of a connection that is one task's: it has one spool, of encoder lcore `encoder`. None: it is everybody's.
  std::optional<Xid> owner = {};
  size_t encoder = 0;
  uint32_t connections_max = 64;  // to this destination; beyond that a task shares one
  // It is opened for what a former process left in its spools, which goes no other way: the bound does not count.
  bool is_former = false;
};

// A spool of a task's own on the way to a destination, so that it can be paced without holding up the others.
struct LanePlan {
  Xid owner;
  size_t encoder = 0;      // the encoder lcore that appends
  uint64_t rate_bps = 0;   // at most so many bits a second; 0: no bound of its own
  bool is_former = false;  // a former process left a spool of the task alone: the bound of lanes does not count
  bool behind = false;     // earlier records of the task are in the spool that it shared with others
};

constexpr size_t kEndpointsMax = 16;

// What an acceptance run does to a connection of its own, so that it needs nothing of the peer. None of it: work as
// always.
struct Disturbance {
  bool away = false;  // the connection is ended, and none is begun
  bool deaf = false;  // what the peer answers is not heard, but whether it acknowledges PDUs
  bool asks = false;  // a keepalive goes as soon as none is awaited; once for each time that this is said
};

// Totals since the destination was opened, and its state now.
struct DestinationStatistics {
  std::string id;
  HandoverSide side = HandoverSide::kHi2;
  bool connected = false;  // one of its connections at least
  uint32_t connections = 1;
  uint32_t connections_up = 0;
  uint64_t connects = 0;
  uint64_t sent_bytes = 0;
  uint64_t sent_calls = 0;
  uint64_t backlog_records = 0;  // appended and not yet confirmed or given up
  uint64_t backlog_bytes = 0;
  ConfirmLevel confirm_level = ConfirmLevel::kRead;  // in force
  bool confirm_reduced = false;  // it is less than the profile asks for, because of what the peer does
  ConfirmShortfall confirm_shortfall = ConfirmShortfall::kNone;  // why it is
  bool holding = false;     // records wait for an answer to a question that goes before them
  uint64_t holds = 0;       // times that they did
  uint64_t waiting_ms = 0;  // there is a backlog, and nothing of it was confirmed for so long
  uint64_t confirmed_bytes = 0;
  uint64_t confirmed_records = 0;
  uint64_t resent_records = 0;
  uint64_t keepalives_sent = 0;
  uint64_t keepalives_answered = 0;
  uint64_t acknowledgements_asked = 0;
  uint64_t acknowledgements = 0;
  uint64_t peer_ignored = 0;           // PDUs of the peer that answer no question of ours
  uint64_t peer_malformed = 0;         // bytes of the peer that are no PDU
  uint64_t given_up_without_task = 0;  // that a former process left, of tasks that nobody knows
  std::string last_error;              // names no warrant
  bool is_files = false;               // else what follows is empty
  uint64_t files = 0;                  // that were finished
  uint64_t file_errors = 0;            // times that files could not be written, and were begun anew
  uint64_t records_unreadable = 0;     // that another version of this program spooled: in no file
  std::string last_file;               // that was finished, under the destination's directory
  LegalTime last_file_at;
};

}  // namespace lictor

// What a call tracker says of calls, whoever's they are: each communication's begin, what belongs to it, its one end,
// and where its media go. Who of them is a target's is the business of whoever is behind CallSink. One session lcore;
// spans do not outlive the call that they were given to.
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/base/clock.h"
#include "dataplane/session/sip/call_media.h"
#include "dataplane/session/sip/message.h"

namespace lictor::sip {

// A call of one CallTracker, until it is forgotten: some time behind its end.
enum class CallId : uint32_t {};
constexpr CallId kNoCall{UINT32_MAX};

// As TS 102 232-5 has types of IRI.
enum class CallEventKind : uint8_t {
  kBegin,     // the first INVITE
  kContinue,  // what belongs to it
  kEnd,       // once; with the message that ended it, or without one
  kReport,    // of no call (kNoCall), or of one that has ended
};

enum class CallEnd : uint8_t {
  kNone,
  kReleased,       // BYE, answered
  kByeUnanswered,  // BYE, and no answer within 64*T1
  kRefused,        // the last final answer that is no 2xx, or the retry that it asks for did not come
  kCancelled,      // 487
  kUnanswered,     // nothing was heard of an INVITE any more
  kSessionTimer,   // RFC 4028: nobody refreshed it
  kSilent,         // no message and no media for as long as the operator says
  kNoRoom,         // others took its place
};

struct CallEvent {
  CallEventKind kind = CallEventKind::kReport;
  CallId call = kNoCall;
  uint16_t source_set = 0;
  PacketTime received;  // when the message passed, or the deadline was found to have
  PacketTime began;     // of the call
  CallEnd end = CallEnd::kNone;
  bool in_midst = false;             // of a call whose first message was within a dialog: who called is who asked then
  bool repeated = false;             // the same request, or final answer, was there before
  bool media_changed = false;        // `media` is not what it was
  CallMediaView media;               // where its media may go from now on
  uint32_t from = 0;                 // the party that the message's From names: who has asked; 0: none
  Bytes origin;                      // of the message's session description; empty: it has none
  const Message* message = nullptr;  // null: no message of its own tells it: an end by time, or of one of its dialogs
};

// Whoever a CallTracker tells of calls.
class CallSink {
 public:
  virtual ~CallSink() = default;
  // From within the tracker's functions, by their thread. It may ask the tracker, and pin and watch there; it neither
  // gives it a message nor ends a call.
  virtual void on_call_event(const CallEvent& event) noexcept = 0;
};

}  // namespace lictor::sip

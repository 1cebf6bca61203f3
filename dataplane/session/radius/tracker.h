// From RADIUS messages to sessions of a SessionBook: logins, accounting, disconnection, restarts of access servers. Who
// is no configured server or client, or has no proof, changes nothing; what is repeated, proxied, late or played again
// makes no second event. One session lcore; allocates only in make().
//
// A session is known by its NAS and Acct-Session-Id. It begins with Start, or the first Interim that is seen, or an
// Access-Accept whose request named it, which alone binds no address; it ends with Stop, a restart of its NAS, or when
// nothing was heard of it for too long.
#pragma once

#include <memory>
#include <optional>

#include "dataplane/base/counter.h"
#include "dataplane/session/radius/authenticator.h"
#include "dataplane/session/radius/mask.h"
#include "dataplane/session/radius/nas_table.h"
#include "dataplane/session/radius/pending_requests.h"
#include "dataplane/session/radius/tracker_plan.h"
#include "dataplane/session/recent_set.h"
#include "dataplane/session/session_book.h"
#include "dataplane/session/tracker.h"

namespace lictor::radius {

// Written by the session lcore, read by any thread.
struct TrackerCounters {
  ReasonCounters<Fate> fates;  // their sum is the messages
  Counter odd_attributes;      // passed over: the value has not the form of its type
  Counter beyond_bounds;       // prefixes, routes and port blocks that the view of a message has no room for
  Counter too_wide;            // prefixes shorter than the plan lets anybody have
  Counter unverified;          // messages of clients without a secret
  Counter pending_pushed_out;  // requests that gave way before they were answered
  Counter nas_unknown;         // messages of NASes beyond nas_max: their restart ends nothing
};

class RadiusTracker final : public Tracker {
 public:
  // InvalidArgument as Peers::make(). `book` outlives it.
  static Result<std::unique_ptr<RadiusTracker>> make(TrackerPlan plan, SessionBook& book);

  void on_message(const SignalRecord& record, SessionSink& sink) noexcept override;
  void on_tick(PacketTime now, SessionSink& sink) noexcept override;
  [[nodiscard]] uint32_t clocks_end() const noexcept override { return nases_.end(); }
  [[nodiscard]] std::optional<SourceClock> clock(uint32_t number) const noexcept override;
  void restore_clock(const SourceClock& clock) noexcept override;

  [[nodiscard]] const TrackerCounters& counters() const { return counters_; }

 private:
  // What a session's 8 octets of the tracker hold.
  struct Pulse {
    uint32_t heard_s = 0;       // the last message, by the packets' clock
    uint16_t interval_s = 0;    // between Interims; 0: not known
    bool is_sure = false;       // it was told, or seen twice
    bool is_accounted = false;  // by Start or Interim, and not by a login alone
  };
  static_assert(sizeof(Pulse) == sizeof(uint64_t));

  // An accounting message, or a login's, on its way to the book.
  struct Case {
    const SignalRecord& record;
    const Message& message;
    PacketTime received;
    PacketTime effective;
    NasName nas;
    uint64_t nas_hash = 0;
    uint32_t nas_number = 0;
    SessionKey key;
    SessionSink& sink;
  };

  RadiusTracker(TrackerPlan plan, Peers peers, SessionBook& book);

  Fate fate_of(const SignalRecord& record, SessionSink& sink) noexcept;
  Fate on_request(const SignalRecord& record, const SignalEnd& client, const SignalEnd& server,
                  SessionSink& sink) noexcept;
  Fate on_access_request(const SignalRecord& record, const ClientPlan& client, SessionSink& sink) noexcept;
  Fate on_answer(const SignalRecord& record, SessionSink& sink) noexcept;
  Fate on_login_answer(const SignalRecord& record, PendingRequest& request, SessionSink& sink) noexcept;
  Fate on_accept(const SignalRecord& record, const PendingRequest& request, SessionSink& sink) noexcept;
  Fate on_order_answer(const SignalRecord& record, const PendingRequest& request, SessionSink& sink) noexcept;
  void tell_login(AccessEvent kind, const SignalRecord& record, const SignalRecord* message, PacketTime received,
                  const Message& request, const Message* answer, SessionSink& sink) noexcept;
  void await(const SignalRecord& record, const ClientPlan& client, uint64_t content, bool is_copy) noexcept;

  // Accounting, in tracker_accounting.cc.
  Fate on_accounting(const SignalRecord& record, const Message& message, PacketTime received,
                     SessionSink& sink) noexcept;
  std::optional<Fate> seen_before(const Case& of) noexcept;
  Fate on_start(const Case& of) noexcept;
  Fate on_interim(const Case& of) noexcept;
  Fate on_stop(const Case& of) noexcept;
  Fate on_restart(const Case& of) noexcept;
  void end_all(uint16_t source_set, uint32_t nas_number, const SessionClosing& closing, SessionSink& sink) noexcept;
  void end_waiting(PacketTime now, SessionSink& sink) noexcept;
  SessionId open(const Case& of, PacketTime started) noexcept;
  [[nodiscard]] bool was_before_restart(const Case& of) noexcept;
  [[nodiscard]] bool is_before_restore(const Case& of) const noexcept;
  Fate after_end(const Case& of, std::optional<PacketTime> ended) noexcept;
  // Of a session that is over or that there is no room for: whoever had its addresses before has them no more.
  Fate leave(const Case& of, Fate fate) noexcept;
  void apply(const Case& of, SessionId session, AccessEvent kind) noexcept;
  [[nodiscard]] PacketTime effective_of(const Message& message, PacketTime received, uint32_t nas_number) noexcept;
  [[nodiscard]] PacketTime heard(SessionId session, const Message& message, PacketTime received) noexcept;
  [[nodiscard]] Pulse pulse(SessionId session) noexcept;
  void set_pulse(SessionId session, const Pulse& pulse) noexcept;

  // Known by its own hash, as its sessions may be those of a former process.
  [[nodiscard]] SessionGroup group_of(uint32_t nas_number) noexcept;
  [[nodiscard]] SessionKey key_of(uint16_t source_set, const NasName& nas, Bytes session_id) const noexcept;
  void find_nas(Case& of, uint16_t source_set) noexcept;
  [[nodiscard]] uint64_t hash_of_exchange(const SignalRecord& record, bool is_answer) const noexcept;
  [[nodiscard]] uint64_t hash_of_message(const SignalRecord& record, const Message& message) const noexcept;
  [[nodiscard]] uint64_t hash_of_login(const SignalRecord& record, const Message& message) const noexcept;
  [[nodiscard]] uint64_t hash_of_accounting(const Case& of) const noexcept;

  const TrackerPlan plan_;
  const ShownRadius shown_;
  const Peers peers_;
  SessionBook& book_;
  TrackerCounters counters_;
  PendingRequests pending_;
  NasTable nases_;
  RecentSet starts_;
  RecentSet interims_;
  RecentSet contents_;
  RecentSet logins_;  // by content, from request to answer
  RecentSet ended_;
  PacketTime walked_{};  // when the book was last walked for a restarted NAS
  uint32_t ends_waiting_ = 0;
  Message message_;  // the one at hand
  Message request_;  // and the request that it answers
};

}  // namespace lictor::radius

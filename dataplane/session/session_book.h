// The sessions of everybody on one session lcore, in memory that was taken at the start: who, since when, with which
// addresses. It knows whose an address is, and lets go of what has changed hands: a tracker says what a message means
// for one session, the book what follows from it for others. Nothing here is a credential. One session lcore; allocates
// only in make().
//
// An address belongs to the session that was given it last, by effective time. What is older never takes it, also where
// whoever had it since has gone: `addresses_older` counts it. Nor does whoever had it keep what was given to somebody
// who cannot be there. Nor does a book that goes on from a former process's give one for what was true before it began:
// who had it since may be unknown. Where two protocols tell of one subscriber (RADIUS and DHCP of the same line), both
// sessions have the address as long as they share a name; without a common name the newer has it alone. A session that
// loses its last address to another ends (kReplaced).
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "dataplane/base/counter.h"
#include "dataplane/base/result.h"
#include "dataplane/packet/sip_hash.h"
#include "dataplane/session/recent_set.h"
#include "dataplane/session/session_event.h"
#include "dataplane/session/session_store.h"

namespace lictor {

struct SessionBookPlan {
  uint32_t sessions_max = 65'536;
  // Of names and addresses: 168 octets a session hold a name of 24 octets, a MAC address, an IPv4 and an IPv6 address
  // and a delegated prefix.
  uint64_t cells_bytes_max = uint64_t{65'536} * 168;
  uint32_t addresses_per_session_max = 32;  // at most kReportAddressesMax
  IdentityForm form;
  HashKey key;  // of this start: nobody can choose what collides
};

// What a message says of a session that is open.
struct SessionChange {
  AccessEvent kind = AccessEvent::kUpdate;
  PacketTime received;
  PacketTime effective;  // min(received, what the message says)
  // Names of the message. One of a kind replaces that of its kind; the others stay.
  std::span<const ShownIdentity> shown;
  // All that it has from now on; nullopt: as before.
  std::optional<std::span<const SessionAddress>> addresses;
  // When it ends if nothing more is heard of it, and why then; nullopt: as before.
  std::optional<PacketTime> deadline;
  SessionEnd at_deadline = SessionEnd::kTimeout;
  const SessionDetails* details = nullptr;
  const SignalRecord* message = nullptr;
  const ShownMessage* shown_as = nullptr;
};

struct SessionClosing {
  PacketTime received;
  PacketTime effective;
  SessionEnd end = SessionEnd::kOther;
  std::span<const ShownIdentity> shown;
  const SessionDetails* details = nullptr;
  const SignalRecord* message = nullptr;
  const ShownMessage* shown_as = nullptr;
};

// What of a session outlives its process, beside its names and addresses.
struct SessionImage {
  SessionKey key;
  SessionSource source = SessionSource::kRadius;
  uint16_t source_set = 0;
  SessionGroup group;
  PacketTime started;
  PacketTime updated;
  uint32_t deadline_s = 0;  // since the epoch; 0: none
  SessionEnd at_deadline = SessionEnd::kNone;
  uint64_t tracker_data = 0;
};
struct HeldAddress {
  SessionAddress address;
  PacketTime since;
};

// Written by the session lcore, read by any thread.
struct SessionBookCounters {
  Counter opened;
  Counter closed;            // sessions == opened - closed
  Counter refused_full;      // no session could be opened
  Counter cells_full;        // a name or an address that there was no room for: it is not known
  Counter addresses_over;    // beyond addresses_per_session_max
  Counter addresses_older;   // the address had been given to somebody else since
  Counter addresses_unsure;  // of before this process began: somebody may have been given it since
  Counter addresses_taken;   // from another session, also for one that there is no room for
  Counter expired;           // by their deadline
  Counter unheard;           // of these, whose end should have been told (SessionEvent::is_unheard)
  Counter late;  // changes that are older than what is known of their session: its addresses stay as they are
};

class SessionBook {
 public:
  // ResourceExhausted where the memory cannot be had.
  static Result<std::unique_ptr<SessionBook>> make(const SessionBookPlan& plan);

  // What a protocol knows a session by: unique within `source` and `source_set`. Keyed, so `octets` may be anybody's.
  [[nodiscard]] SessionKey key(SessionSource source, uint16_t source_set, Bytes octets) const noexcept;
  [[nodiscard]] SessionId find(const SessionKey& key) const noexcept { return store_.find(key); }
  // What find() of this key, and then apply() to what it found, will read: they are a dozen cold lines of memory.
  void prefetch(const SessionKey& key) const noexcept { store_.prefetch(key); }
  void prefetch(SessionId session) const noexcept { store_.prefetch(session); }

  // A session that is not there yet, without names or addresses: kNoSession where the book is full. `group`: of
  // sessions that end together (a NAS). No event comes of it before apply().
  SessionId open(const SessionKey& key, SessionSource source, uint16_t source_set, SessionGroup group,
                 PacketTime started) noexcept;
  // Tells what changed, of others first. True where something did, of the names or addresses. A change that is older
  // than the last one leaves the addresses as they are.
  bool apply(SessionId session, const SessionChange& change, SessionSink& sink) noexcept;
  // Of a change whose session there is no room for, or is over: nobody who was given one of its addresses before has it
  // any more, and nothing that is older brings it back.
  void take_away(SessionSource source, uint16_t source_set, const SessionChange& change, SessionSink& sink) noexcept;
  // Whether the address was somebody else's since: the change would not be given it.
  [[nodiscard]] bool was_given_since(SessionSource source, uint16_t source_set, const SessionAddress& address,
                                     const SessionChange& change) noexcept {
    return is_before_restore(change.effective, change.received) ||
           !find_losers({kNoSession, source, source_set, change.shown}, address, change);
  }
  // It was somebody's until `when`: what is older does not give it to anybody.
  void vacate(uint16_t source_set, const SessionAddress& address, PacketTime when) noexcept;
  // Tells it, with all addresses unbound, and forgets the session.
  void close(SessionId session, const SessionClosing& closing, SessionSink& sink) noexcept;
  // Every session of the group that began before `effective`. Takes its time with the table: for the rare restart of a
  // NAS.
  void close_group(SessionSource source, uint16_t source_set, SessionGroup group, const SessionClosing& closing,
                   SessionSink& sink) noexcept;
  // Closes what is past its deadline, at most a share of the table a call: called every 10 ms all of it is seen each
  // second.
  void expire(PacketTime now, SessionSink& sink) noexcept;

  [[nodiscard]] uint32_t sessions_max() const { return plan_.sessions_max; }

  // --- for snapshots: session lcore; main thread, while none runs ---
  // Numbers of sessions are below it.
  [[nodiscard]] uint32_t used() const { return store_.used(); }
  [[nodiscard]] bool is_open(SessionId session) const { return store_.at(session).open; }
  // visit(SessionId) of every open session.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (uint32_t index = 0; index < store_.used(); ++index) {
      if (store_.at(SessionId{index}).open) visit(SessionId{index});
    }
  }
  [[nodiscard]] SessionImage image(SessionId session) const noexcept;
  // Opens it as it was, without an event: kNoSession where the key is known already or there is no room. The book's key
  // must be the one that the image was made with.
  SessionId restore(const SessionImage& image, std::span<const ShownIdentity> names,
                    std::span<const HeldAddress> addresses) noexcept;
  // Sessions are a former process's, as far as any are known. What was true before `now` takes addresses from now on,
  // and gives none: what became of them since, nobody here has heard.
  void restored(PacketTime now) noexcept { restored_ = now; }
  [[nodiscard]] bool was_restored() const noexcept { return restored_ != PacketTime{}; }
  // A clock that was set back since keeps nobody from an address.
  [[nodiscard]] bool is_before_restore(PacketTime effective, PacketTime received) const noexcept {
    return effective < restored_ && restored_.unix_ns - received.unix_ns < kAheadNs;
  }

  // --- of an open session ---
  [[nodiscard]] PacketTime started(SessionId session) const noexcept { return store_.at(session).started.time(); }
  [[nodiscard]] SessionSource source(SessionId session) const noexcept { return store_.at(session).source; }
  [[nodiscard]] uint16_t source_set(SessionId session) const noexcept { return store_.at(session).source_set; }
  // When anything was last heard of it, by effective time: what is older is a repetition or late.
  [[nodiscard]] PacketTime updated(SessionId session) const noexcept { return store_.at(session).updated.time(); }
  // 8 octets of the tracker's own, zero at first.
  [[nodiscard]] uint64_t& tracker_data(SessionId session) noexcept { return store_.at(session).tracker_data; }
  // A mark of the sink's own, none at first.
  [[nodiscard]] bool is_marked(SessionId session) const noexcept { return store_.at(session).marked; }
  void mark(SessionId session, bool marked) noexcept { store_.at(session).marked = marked; }
  // visit(IdentityKind, Bytes shown)
  template <typename Visit>
  void for_each_identity(SessionId session, Visit visit) const {
    store_.for_each_identity(session, visit);
  }
  // visit(const SessionAddress&, PacketTime since)
  template <typename Visit>
  void for_each_address(SessionId session, Visit visit) const {
    store_.for_each_address(session, visit);
  }
  // Every session that has this name: visit(SessionId).
  template <typename Visit>
  void for_each_of(IdentityKind kind, Bytes shown, Visit visit) const {
    store_.for_each_of(kind, shown, visit);
  }
  // Every session that has exactly this prefix: visit(SessionId, const SessionAddress&, PacketTime since).
  template <typename Visit>
  void for_each_holder(uint16_t source_set, const IpPrefix& prefix, Visit visit) const {
    store_.for_each_holder(source_set, prefix, visit);
  }

  [[nodiscard]] const SessionBookCounters& counters() const { return counters_; }
  // Octets that it may take, and those of names and addresses that it has taken.
  [[nodiscard]] uint64_t bytes_max() const { return store_.bytes_max() + vacated_.bytes(); }
  [[nodiscard]] uint64_t cells_bytes() const { return store_.cells_bytes(); }

 private:
  // No message is read later than this: a stamp that is further ahead is of a clock that was set back since.
  static constexpr int64_t kAheadNs = 900 * kNanosecondsPerSecond;

  // Who has an address that somebody else is given.
  struct Holder {
    SessionId session;
    SessionAddress address;
    PacketTime since;
  };

  // Who is given an address.
  struct Taker {
    SessionId session = kNoSession;  // kNoSession: of one that is not there
    SessionSource source = SessionSource::kRadius;
    uint16_t source_set = 0;
    std::span<const ShownIdentity> shown;
  };

  SessionBook(const SessionBookPlan& plan, SessionStore store);
  // By a message that is late: what is known stays.
  enum class Age : uint8_t { kNew, kLate };
  struct NamesTaken {
    bool changed = false;
    bool lost = false;  // one that was there
  };
  NamesTaken take_names(SessionId session, std::span<const ShownIdentity> shown, Age age) noexcept;
  [[nodiscard]] bool has_name(SessionId session, IdentityKind kind) const noexcept;
  void find_lost(SessionId session, std::span<const SessionAddress> now) noexcept;
  void take_address(SessionId session, const SessionAddress& address, const SessionChange& change,
                    SessionSink& sink) noexcept;
  void take_from_others(const Taker& taker, const SessionChange& change, SessionSink& sink) noexcept;
  bool take_from_holders(const Taker& taker, const SessionAddress& address, const SessionChange& change,
                         SessionSink& sink) noexcept;
  bool find_losers(const Taker& taker, const SessionAddress& address, const SessionChange& change) noexcept;
  [[nodiscard]] bool is_same_subscriber(const Taker& taker, SessionId holder) const noexcept;
  [[nodiscard]] uint64_t address_hash(uint16_t source_set, const IpPrefix& prefix) const noexcept;
  void lose(const Holder& loser, const SessionChange& change, SessionSink& sink) noexcept;
  [[nodiscard]] bool has(SessionId session, const SessionAddress& address) const noexcept;
  [[nodiscard]] SessionEvent event_of(SessionId session) const noexcept;

  const SessionBookPlan plan_;
  SessionStore store_;
  SessionBookCounters counters_;
  PacketTime restored_{};
  RecentSet vacated_;  // addresses, and when they were last known to be somebody's who has them no more
  // Of the change at hand; their room is made at the start.
  std::vector<SessionAddress> bound_;
  std::vector<SessionAddress> unbound_;
  std::vector<Holder> losers_;
  uint32_t next_to_expire_ = 0;
};

}  // namespace lictor

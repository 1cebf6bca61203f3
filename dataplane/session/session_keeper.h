// What of one session lcore's sessions has to outlive the process, told while it runs, so that a process that is killed
// loses little: all of them, a few a round, whenever they are asked for; and at once, what is not as it was told, what
// becomes of targets' sessions, and what names and addresses all others are given, as long as there is room. Who asks
// puts it into a file (snapshot_writer.h).
// Session lcore, except where a declaration says otherwise; allocates only when it is made.
#pragma once

#include <atomic>
#include <vector>

#include "dataplane/base/counter.h"
#include "dataplane/base/spsc_byte_ring.h"
#include "dataplane/session/session_book.h"

namespace lictor {

class SessionDesk;
class Tracker;

// What is in the ring: the length of what follows, a kind, and of the first three an item of session_snapshot.h.
enum class KeptKind : uint8_t {
  kWalked,   // of the round through all
  kGrown,    // what was told of it stays true, and this besides
  kChanged,  // it has lost what it had: what was told of it is not so any more
  kOver,     // ended: the same
  kWalkEnd,  // of the round of this number (4 octets)
};

class SessionKeeper {
 public:
  // Of the table, a round: with 64 a round takes some ten microseconds longer, and a million sessions 16,000 rounds.
  static constexpr uint32_t kSessionsPerRound = 64;

  // All outlive this. The other end of the ring is the snapshot's thread. `clocks`: whose go with the sessions; null:
  // nobody's.
  SessionKeeper(SpscByteRing& ring, const SessionBook& book, const Tracker* clocks = nullptr);

  // --- snapshot's thread ---
  // From now on all sessions are told once, up to a kWalkEnd of this number.
  void ask(uint32_t number) { asked_.store(number, std::memory_order_release); }
  // News that found no room: what was told before is not to be relied on.
  [[nodiscard]] uint64_t lost() const { return lost_.get(); }
  // What sessions were given and is not told before the next round through all, for want of room.
  [[nodiscard]] uint64_t untold() const { return untold_.get(); }

  // --- session lcore ---
  // For the desk, which tells of each event.
  // Whoever's it is, it was given a name or an address.
  void given(SessionId session, const SessionDesk& desk) noexcept;
  // A target's session: kGrown, and not left out.
  void followed(SessionId session, const SessionDesk& desk) noexcept;
  // It has lost a name, an address or its follower.
  void changed(SessionId session, const SessionDesk& desk) noexcept;
  void over(SessionId session) noexcept;
  // Goes on with the round through all. Once a round of the loop, at its end; answers whether there is more to tell.
  bool turn(const SessionDesk& desk) noexcept;

 private:
  bool put(KeptKind kind, Bytes octets) noexcept;
  bool put_session(KeptKind kind, SessionId session, const SessionDesk& desk) noexcept;
  void tell(KeptKind kind, SessionId session, const SessionDesk& desk) noexcept;
  // Half of the ring is for what must not be lost.
  [[nodiscard]] bool has_spare_room() const noexcept;
  // A share of them; true: that was the last.
  bool walk_clocks() noexcept;
  bool walk_sessions(const SessionDesk& desk) noexcept;

  SpscByteRing& ring_;
  const SessionBook& book_;
  const Tracker* const clocks_;
  std::vector<uint8_t> item_;  // the one at hand
  uint32_t walking_ = 0;       // the number that is being answered
  uint32_t walked_ = 0;        // the last one that was
  uint32_t next_clock_ = 0;
  uint32_t next_ = 0;  // session
  std::atomic<uint32_t> asked_{0};
  Counter lost_;
  Counter untold_;
};

// The first piece of `octets`, and how many octets it takes. The writer is our own session lcore: what contradicts
// itself is a wrong program.
struct KeptPiece {
  KeptKind kind = KeptKind::kWalked;
  Bytes item;
};
size_t read_kept_piece(Bytes octets, KeptPiece& piece);

}  // namespace lictor

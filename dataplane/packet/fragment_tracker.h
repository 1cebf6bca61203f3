// Which ports a fragment has that does not say so: those of the first fragment of its datagram, for targets that name
// ports. Nothing is reassembled: the ports of first fragments are remembered for a while, and copies of later fragments
// that come before theirs wait for it. Both in bounded memory; who is pushed out is counted, and is classified without
// ports. One rx lcore each (the fragments of a datagram come to one lcore: RSS is by addresses); no allocation behind
// the start, no lock.
//
// How an rx loop uses it, for the frames that its prefilter let through and only while ports matter to its tables:
//   1. see() for each frame with a fragment, before the burst is classified; look_again() for those that are
//      FragmentPorts::kMissing then, because the first may stand behind them in the burst. What still is kMissing is
//      classified without ports: what matches by address is copied at once.
//   2. then next_released() until there is none. Each is a copy whose first fragment has come: it is parsed and
//      classified twice, before see() and after it. The tasks that only the second verdict has get it; the first ones
//      have it already, those apart that a note says something else of. (One whose target was changed from an address
//      to a flow in between gets it twice.)
//   3. then park() for the frames of step 1 that were kMissing, with the fate that they have had.
//   4. expire(), and what take_settled() gives is unmatched.
// A frame that is parked and has had no fate counts as received when it is released or settled, no sooner: received ==
// unmatched + matched + drops holds whenever the rx lcore is settled.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "dataplane/base/counter.h"
#include "dataplane/packet/fragment_park.h"
#include "dataplane/packet/parsed_frame.h"
#include "dataplane/packet/sip_hash.h"

namespace lictor {

// How the clocks by which frames arrive at an lcore's queues stand to each other.
enum class QueueClocks : uint8_t {
  kShared,  // all are UTC
  kOwn,     // each capture that is replayed has its own
};

struct FragmentLimits {
  size_t datagrams_max = 4096;                // that are known at once; 40 octets each
  size_t parked_bytes_max = size_t{4} << 20;  // copies that wait; 5/4 of it in memory
  int64_t age_ns = 2'000'000'000;             // how long a first fragment is remembered, and a later one waits
  size_t queues = 1;                          // that frames come from
  QueueClocks clocks = QueueClocks::kShared;
};

// Written by the rx lcore, read by the control thread. parked == released + expired + evicted + those that wait
struct FragmentAccount {
  Counter completed;    // later fragments that got their ports
  Counter parked;       // copies of later fragments that came before the first
  Counter released;     // given back, since it came
  Counter expired;      // given up, since it did not come in time
  Counter evicted;      // given up for want of room
  Counter refused;      // not parked at all: no room could be made
  Counter forgotten;    // datagrams that were pushed out within their time
  Counter conflicting;  // first fragments with other ports than one before them: an identifier used again, or an attack
};

enum class FragmentPorts : uint8_t {
  kComplete,  // the parser found them, or they are filled in now, or the first fragment has none
  kMissing,   // the first fragment of the frame's last level has not come
};

// What became of a fragment when it came.
struct FragmentFate {
  bool counted = false;  // it had one: as matched, or dropped
  Bytes note;            // whatever its owner wants to know when it is given back
};

// A copy that is given back.
struct ReleasedFragment {
  Bytes frame;
  Bytes note;
  PacketTime arrival;
  uint16_t queue = 0;
  bool counted = false;
};

// Frames that were given up, and have had no fate before.
struct SettledFragments {
  uint64_t frames = 0;
  uint64_t bytes = 0;
};

inline bool has_fragment(const ParsedFrame& parsed) {
  for (const IpLevel& level : parsed.levels()) {
    if (level.fragment != FragmentKind::kWhole) return true;
  }
  return false;
}

class FragmentTracker {
 public:
  // `account` outlives this. `key`: a secret, since senders choose what is hashed.
  FragmentTracker(const FragmentLimits& limits, FragmentAccount& account, const HashKey& key);

  // Remembers what the frame's first fragments say, and fills in what its later one does not. `frame` holds the octets
  // that were parsed. Identifiers count within `domain`: ports that see the same network, as a tap group.
  FragmentPorts see(Bytes frame, ParsedFrame& parsed, uint16_t domain, PacketTime arrival) noexcept;

  // The same for a frame that was kMissing, when others have been seen after it.
  FragmentPorts look_again(Bytes frame, ParsedFrame& parsed, uint16_t domain, PacketTime arrival) noexcept;

  // The copies that wait no more, one after the other. What it gave is valid until the next park().
  std::optional<ReleasedFragment> next_released() noexcept;
  [[nodiscard]] bool has_released() const { return released_first_ != FragmentPark::kNone; }

  // Keeps a copy of a whole frame that is kMissing. Where there is no room, older ones go; where none can be made, or
  // it is too late, the frame is settled at once.
  void park(Bytes frame, const ParsedFrame& parsed, uint16_t domain, PacketTime arrival, uint16_t queue,
            const FragmentFate& fate) noexcept;

  // Gives up what has waited for longer than the age, by the clock of this queue; cheap where nothing has. Packet time
  // may step backwards: what lies further ahead than the age is given up, too.
  void expire(PacketTime now, uint16_t queue) noexcept;
  // Gives up everything that waits, and forgets what it knows. What was released and not taken stays.
  void give_up_all() noexcept;

  // Of this queue, since the last call.
  SettledFragments take_settled(uint16_t queue) noexcept;
  // Frames that wait and have had no fate.
  [[nodiscard]] uint64_t held() const { return held_; }
  [[nodiscard]] size_t waiting() const { return park_.waiting(); }

 private:
  static constexpr size_t kBucketPlaces = 8;
  static constexpr uint32_t kNowhere = UINT32_MAX;
  enum class State : uint8_t { kFree, kWaiting, kKnown };

  // One datagram.
  struct Place {
    Hash128 identity;
    PacketTime seen;  // of what is known, or the longest waiting
    FragmentPark::Ticket first = FragmentPark::kNone;
    FragmentPark::Ticket last = FragmentPark::kNone;
    uint16_t source_port = 0;
    uint16_t destination_port = 0;
    uint8_t protocol = 0;
    bool ports_known = false;
    State state = State::kFree;
  };
  static_assert(sizeof(Place) == 40);

  [[nodiscard]] Hash128 identity_of(Bytes frame, const IpLevel& level, uint16_t domain) const noexcept;
  [[nodiscard]] bool is_old(PacketTime seen, PacketTime now) const;
  [[nodiscard]] bool is_too_late(const Hash128& identity, PacketTime arrival) noexcept;
  Place* find(const Hash128& identity, PacketTime now) noexcept;
  Place* find_any(const Hash128& identity) noexcept;
  Place& find_or_make(const Hash128& identity, PacketTime now) noexcept;
  void remember(const Hash128& identity, const IpLevel& level, PacketTime now) noexcept;
  FragmentPorts complete(IpLevel& level, const Hash128& identity, PacketTime arrival) noexcept;
  void release(Place& place) noexcept;
  void settle(uint16_t queue, size_t frame_bytes) noexcept;
  void clear(Place& place, Counter& counter) noexcept;
  void give_up(FragmentPark::Ticket ticket, Counter& counter) noexcept;
  void give_up_oldest(FragmentPark::Ticket ticket, Counter& counter) noexcept;

  const FragmentLimits limits_;
  const HashKey key_;
  std::vector<Place> places_;  // buckets of kBucketPlaces
  FragmentPark park_;
  FragmentPark::Ticket released_first_ = FragmentPark::kNone;
  FragmentPark::Ticket released_last_ = FragmentPark::kNone;
  uint64_t held_ = 0;
  std::vector<SettledFragments> settled_;  // by queue
  FragmentAccount& account_;
};

}  // namespace lictor

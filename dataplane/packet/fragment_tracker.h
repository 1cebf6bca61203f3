// Which ports a fragment has that does not say so: those of the first fragment of its datagram, for targets that name
// ports. Nothing is reassembled: the ports of first fragments are remembered for a while, and copies of later fragments
// that come before theirs wait for it. Both in bounded memory; who is pushed out is counted, and is classified without
// ports. One rx lcore each (the fragments of a datagram come to one lcore: RSS is by addresses); no allocation behind
// the start, no lock.
//
// How an rx loop uses it, for the frames that its prefilter let through and only while its table has rules that need
// ports:
//   1. for each frame with a fragment (has_fragment), before it is classified:   tracker.see(…)
//   2. all are classified. A frame with FragmentPorts::kMissing is classified without ports: what matches by address
//      is copied at once.
//   3. then tracker.next_released() until there is none. Each is a copy whose first fragment has come: it is parsed and
//      classified twice, before see() and after it. The tasks that only the second verdict has get it; the first ones
//      have it already.
//   4. then tracker.park(…) for the frames of step 2 that were kMissing, with `counted` where they matched something.
//   5. tracker.expire(now), and take_settled() is added to `unmatched`.
// A frame that is parked and matched nothing is not counted before it is released or settled: received == unmatched +
// matched + drops + held() at any time.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "dataplane/base/counter.h"
#include "dataplane/packet/fragment_park.h"
#include "dataplane/packet/parsed_frame.h"
#include "dataplane/packet/sip_hash.h"

namespace lictor {

struct FragmentLimits {
  size_t datagrams_max = 4096;                // that are known at once; 40 octets each
  size_t parked_bytes_max = size_t{4} << 20;  // copies that wait; 5/4 of it in memory
  int64_t age_ns = 2'000'000'000;             // how long a first fragment is remembered, and a later one waits
};

// Written by the rx lcore. parked == released + expired + evicted + waiting
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

// A copy that is given back.
struct ReleasedFragment {
  Bytes frame;
  PacketTime arrival;
  uint16_t port = 0;
  bool counted = false;
};

inline bool has_fragment(const ParsedFrame& parsed) {
  for (const IpLevel& level : parsed.levels()) {
    if (level.fragment != FragmentKind::kWhole) return true;
  }
  return false;
}

class FragmentTracker {
 public:
  explicit FragmentTracker(const FragmentLimits& limits);

  // Remembers what the frame's first fragments say, and fills in what its later one does not. `frame` holds the octets
  // that were parsed. Identifiers count within `domain`: ports that see the same network, as a tap group.
  FragmentPorts see(Bytes frame, ParsedFrame& parsed, uint16_t domain, PacketTime arrival) noexcept;

  // The copies that wait no more, one after the other. What it gave is valid until the next park().
  std::optional<ReleasedFragment> next_released() noexcept;

  // Keeps a copy of a frame for which see() said kMissing. Where there is no room, older ones go.
  void park(Bytes frame, const ParsedFrame& parsed, uint16_t domain, PacketTime arrival, uint16_t port,
            bool counted) noexcept;

  // Gives up what has waited for longer than the age; cheap where nothing has. Packet time may step backwards: what
  // lies further ahead than the age is given up, too.
  void expire(PacketTime now) noexcept;
  // Gives up everything: at the end.
  void give_up_all() noexcept;

  // Frames that were given up since the last call and have not been counted as anything.
  uint64_t take_settled() noexcept;
  // Frames that wait and have not been counted.
  [[nodiscard]] uint64_t held() const { return held_; }
  [[nodiscard]] size_t waiting() const { return park_.waiting(); }
  [[nodiscard]] const FragmentAccount& account() const { return account_; }

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
  Place* find(const Hash128& identity, PacketTime now) noexcept;
  Place& find_or_make(const Hash128& identity, PacketTime now) noexcept;
  void remember(const Hash128& identity, const IpLevel& level, PacketTime now) noexcept;
  void release(Place& place) noexcept;
  void clear(Place& place, Counter& counter) noexcept;
  void give_up(FragmentPark::Ticket ticket, Counter& counter) noexcept;
  void give_up_oldest(FragmentPark::Ticket ticket, Counter& counter) noexcept;

  const FragmentLimits limits_;
  const HashKey key_ = HashKey::random();
  std::vector<Place> places_;  // buckets of kBucketPlaces
  FragmentPark park_;
  FragmentPark::Ticket released_first_ = FragmentPark::kNone;
  FragmentPark::Ticket released_last_ = FragmentPark::kNone;
  uint64_t held_ = 0;
  uint64_t settled_ = 0;
  FragmentAccount account_;
};

}  // namespace lictor

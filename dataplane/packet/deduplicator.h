// Tells a packet that a tap group has delivered already, from another of its ports, from one that is new. A group that
// sees a path at two places gives every packet twice; the agency gets it once.
//
// Each packet that is let through leaves its identity, its time and its port. The same identity from another port
// within the window takes that place up and is a duplicate: so the k-th occurrence at one port stands for the k-th at
// the other, and a packet that one port sees again (a retransmission) is never a duplicate of itself.
//
// One rx lcore and tap group each; no allocation behind the start, no lock.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/base/clock.h"
#include "dataplane/base/counter.h"
#include "dataplane/packet/classify_batch.h"
#include "dataplane/packet/parsed_frame.h"
#include "dataplane/packet/sip_hash.h"

namespace lictor {

// What of a packet no router changes: addresses, lengths, identification or flow label, fragment, protocol, and the
// payload but for the transport's checksum. Not TTL, DSCP, ECN, options, layer 2 and what is around the level. `level`
// is the one that matched; `frame` is contiguous.
Hash128 packet_identity(const HashKey& key, const IpLevel& level, Bytes frame) noexcept;

// The same for who is given the frame itself: all of its octets.
Hash128 frame_identity(const HashKey& key, Bytes frame) noexcept;

// The packet as this task's. Each task has its own: what somebody else is given of the same packet, and at which port,
// shows in nobody's copies.
Hash128 identity_of(const Hash128& packet, TaskSlot slot) noexcept;

struct DeduplicatorPlan {
  size_t places = 65536;  // packets that are remembered at once, for each task that has them, 32 octets each
  int64_t window_ns = 50'000'000;
  uint32_t ports = 0;  // bit i: port i of the configuration is in the group
  // Counts packets that were forgotten inside their window because their bucket was full: a duplicate of them is let
  // through. Null: nobody reads it.
  Counter* evicted = nullptr;
};

class Deduplicator {
 public:
  explicit Deduplicator(const DeduplicatorPlan& plan);

  // Whether the packet was let through already, from another port. `port` is in the group. Time may step backwards: the
  // window counts in both directions.
  bool is_duplicate(const Hash128& identity, uint16_t port, PacketTime time) noexcept;

 private:
  static constexpr size_t kBucketPlaces = 8;

  struct Place {
    Hash128 identity;
    int64_t time_ns = 0;
    uint32_t seen_at = 0;  // bit i: port i saw this occurrence; 0: the place is free
    uint32_t reserved = 0;
  };
  static_assert(sizeof(Place) == 32);
  struct alignas(64) Bucket {
    std::array<Place, kBucketPlaces> places;
  };

  [[nodiscard]] bool in_window(const Place& place, PacketTime time) const;
  void remember(Bucket& bucket, const Place& place, PacketTime time) noexcept;

  const uint64_t window_ns_;
  const uint32_t ports_;
  std::vector<Bucket> buckets_;  // a power of two
  Counter* const evicted_;
};

}  // namespace lictor

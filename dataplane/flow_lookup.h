// The questions of one burst to a FlowTable, with room for every IP level of every frame. One rx lcore's own.
#pragma once

#include <array>
#include <span>

#include "dataplane/flow_tuple.h"
#include "dataplane/packet/packet_batch.h"

namespace lictor {

class FlowLookup {
 public:
  void clear();

  // Level `level` of frame `frame`, whose IP header is at `ip`. Frames in ascending order, each level once.
  void add(size_t frame, uint8_t level, const IpLevel& header, const uint8_t* ip);

 private:
  friend class FlowTable;

  static constexpr size_t kLevelsMax = kBurst * kIpLevelsMax;

  // A packet's two sides: keys[2 * i] takes the source for the target's side, keys[2 * i + 1] the destination.
  template <typename Key>
  struct Keys {
    std::array<FlowKey<Key>, 2 * kLevelsMax> keys;
    std::array<uint32_t, 2 * kLevelsMax> found;  // written by FlowTable::find
    size_t count = 0;

    uint16_t add(const IpLevel& header, const uint8_t* source, const uint8_t* destination);
  };

  struct Asked {
    uint8_t frame;
    uint8_t level;
    bool ipv6;
    uint16_t key;  // the first of two
  };

  Keys<Ipv4Key> ipv4_;
  Keys<Ipv6Key> ipv6_;
  std::array<Asked, kLevelsMax> asked_;
  std::array<IndexRange, kBurst> of_frame_{};
  size_t count_ = 0;
};

}  // namespace lictor

// Messages that pass several taps: each is told of once. One session lcore; allocates only when it is made.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "dataplane/base/signal_record.h"
#include "dataplane/packet/sip_hash.h"

namespace lictor::sip {

class TapEcho {
 public:
  // Nobody sends a message again within half a second (RFC 3261 section 17.1.1.2, T1): what comes sooner, at another
  // port, is the same one.
  static constexpr int64_t kEchoNs = kNanosecondsPerSecond / 4;
  // Messages at a time; where there are more, some are told of twice.
  static constexpr size_t kPlaces = 4096;

  explicit TapEcho(const HashKey& key) : key_(key), places_(kPlaces) {}

  // Whether `message` was shown here lately as it passed another port between the same ends. It is remembered.
  [[nodiscard]] bool is_echo(const SignalRecordHeader& header, Bytes message) noexcept {
    std::array<uint64_t, 5> ends{};
    std::memcpy(ends.data(), header.source.address.data(), 16);
    std::memcpy(ends.data() + 2, header.destination.address.data(), 16);
    ends[4] = uint64_t{header.source.port} << 32 | uint64_t{header.destination.port} << 16 | header.source_set;
    const Hash128 hash = sip_hash(key_, ends, message);
    Place& place = places_[hash.low % kPlaces];
    const int64_t since = header.arrival.unix_ns - place.arrival.unix_ns;
    if (place.hash == hash && place.port != header.port && since < kEchoNs && since > -kEchoNs) return true;
    place = {.hash = hash, .arrival = header.arrival, .port = header.port};
    return false;
  }

 private:
  struct Place {
    Hash128 hash;
    PacketTime arrival;
    uint16_t port = 0;
  };
  HashKey key_;
  std::vector<Place> places_;
};

}  // namespace lictor::sip

// What an rx lcore hands to a session lcore: one frame of a network's own signalling, and where in it the message is.
// Plain values in an SpscByteRing: header, then the frame as received.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "dataplane/base/bytes.h"
#include "dataplane/base/clock.h"

namespace lictor {

enum class SignalKind : uint8_t {
  kRadius,          // the message: a UDP payload
  kDhcp4,           // the same
  kDhcp6,           // the same
  kPppoeDiscovery,  // the message: behind EtherType 0x8863
  kPppoeSession,    // behind EtherType 0x8864, where the protocol is not IP
  kArp,             // behind EtherType 0x0806
  kNeighbour,       // the ICMPv6 message
  kSip,             // a UDP payload
  kSipSegment,      // a TCP segment, with its header
  kFragment,        // of a datagram, from the IP header on: whose it is shows when it is whole
  kCount,
};
constexpr size_t kSignalKinds = static_cast<size_t>(SignalKind::kCount);

// One end of a datagram. IPv4 takes the first four octets.
struct SignalEnd {
  std::array<uint8_t, 16> address{};
  uint16_t port = 0;
  friend auto operator<=>(const SignalEnd&, const SignalEnd&) = default;
};

struct SignalRecordHeader {
  uint32_t record_bytes = 0;  // header and frame, a multiple of 64
  uint32_t frame_bytes = 0;
  uint32_t message_offset = 0;  // in the frame
  uint32_t message_bytes = 0;   // captured octets of it
  PacketTime arrival;
  SignalKind kind = SignalKind::kRadius;
  bool ipv6 = false;
  uint8_t hop_limit = 0;    // of the IP header
  uint8_t vlan_count = 0;   // of the nearest Ethernet header
  uint16_t port = 0;        // index of the receiving port in the configuration
  uint16_t source_set = 0;  // which of the configured servers it is of, and with it the scope that its bindings have
  std::array<uint16_t, 4> vlans{};
  SignalEnd source;
  SignalEnd destination;
  std::array<uint8_t, 6> source_mac{};
  std::array<uint8_t, 6> destination_mac{};
};
static_assert(sizeof(SignalRecordHeader) == 88 && std::is_trivially_copyable_v<SignalRecordHeader>);

// A record as its reader sees it. The spans do not outlive the ring's release().
struct SignalRecord {
  SignalRecordHeader header;
  Bytes frame;
  Bytes message;
};

constexpr size_t signal_record_bytes(size_t frame_bytes) {
  return (sizeof(SignalRecordHeader) + frame_bytes + 63) & ~size_t{63};
}

}  // namespace lictor

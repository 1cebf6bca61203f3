// Builds the frames of a generated capture: Ethernet, VLAN tags, IPv4 and IPv6 with fragments, TCP, UDP, ICMP, and a
// few protocols that are not IP. Lengths and checksums are valid; frames are padded to Ethernet's minimum. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/base/bytes.h"

namespace lictor {

// IANA's numbers, of IPv4; ICMPv6 has one of its own.
enum class TransportKind : uint8_t { kIcmp = 1, kTcp = 6, kUdp = 17 };

constexpr uint8_t kTcpFin = 0x01;
constexpr uint8_t kTcpSyn = 0x02;
constexpr uint8_t kTcpPush = 0x08;
constexpr uint8_t kTcpAck = 0x10;

struct CaptureHost {
  std::array<uint8_t, 6> mac{};
  bool ipv6 = false;
  std::array<uint8_t, 16> octets{};  // the first 4 of IPv4

  [[nodiscard]] Bytes address() const { return Bytes(octets).first(ipv6 ? 16 : 4); }
};

// What one host says to another of its family: a transport segment and the fields around it.
struct Segment {
  const CaptureHost* source = nullptr;
  const CaptureHost* destination = nullptr;
  TransportKind transport = TransportKind::kUdp;
  uint16_t source_port = 0;       // ICMP: the identifier
  uint16_t destination_port = 0;  // ICMP: the sequence number
  bool echo_reply = false;        // ICMP: else the request
  uint8_t tcp_flags = 0;
  uint32_t tcp_sequence = 0;
  uint32_t tcp_acknowledgement = 0;
  uint32_t identification = 0;  // of the IP packet, where it has one
  Bytes payload;                // at most kSegmentPayloadMax
};

constexpr size_t kSegmentPayloadMax = 32768;

// Octets of the headers from IP to the payload.
size_t header_bytes(bool ipv6, TransportKind transport);

enum class NonIp : uint8_t { kArp, kLldp, kSpanningTree };

// Holds one segment at a time and gives it out as one frame or several.
class FrameBuilder {
 public:
  FrameBuilder();

  // `vlans`: identifiers, outermost first; the outer one of two is an 802.1ad service tag. `fragment_bytes`: 0, or how
  // many octets of the IP payload go into each fragment, a multiple of 8.
  void start(const Segment& segment, std::span<const uint16_t> vlans, size_t fragment_bytes);
  // A frame of `from` about `about`; the latter only matters to ARP, where both are IPv4.
  void start(NonIp protocol, const CaptureHost& from, const CaptureHost& about);

  [[nodiscard]] bool has_next() const { return pending_; }
  // The next frame, valid until the next call. has_next() must hold.
  Bytes next();

 private:
  void put_transport();
  void put_link(const CaptureHost& source, const std::array<uint8_t, 6>& destination);
  void put_ipv4(size_t payload_bytes, bool more);
  void put_ipv6(size_t payload_bytes, bool more);
  Bytes pad();

  Segment segment_;
  std::array<uint16_t, 2> vlans_{};
  size_t vlan_count_ = 0;
  size_t fragment_bytes_ = 0;
  size_t offset_ = 0;  // of the next fragment
  bool pending_ = false;
  bool is_ip_ = false;
  std::vector<uint8_t> transport_;  // the segment with its header
  std::vector<uint8_t> frame_;
};

}  // namespace lictor

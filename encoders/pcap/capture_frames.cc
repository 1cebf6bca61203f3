#include "encoders/pcap/capture_frames.h"

#include <endian.h>

#include <algorithm>
#include <cstring>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

constexpr size_t kFrameBytesMin = 60;  // Ethernet's minimum without its check sequence
constexpr uint8_t kProtocolIcmpV6 = 58;
constexpr uint8_t kProtocolFragment = 44;
constexpr uint8_t kHopLimit = 64;

void put16(std::vector<uint8_t>& out, uint16_t value) {
  const uint16_t wire = htobe16(value);
  const auto* octets = reinterpret_cast<const uint8_t*>(&wire);
  out.insert(out.end(), octets, octets + sizeof wire);
}

void put32(std::vector<uint8_t>& out, uint32_t value) {
  const uint32_t wire = htobe32(value);
  const auto* octets = reinterpret_cast<const uint8_t*>(&wire);
  out.insert(out.end(), octets, octets + sizeof wire);
}

void put(std::vector<uint8_t>& out, Bytes octets) { out.insert(out.end(), octets.begin(), octets.end()); }

void set16(std::vector<uint8_t>& out, size_t at, uint16_t value) {
  out[at] = static_cast<uint8_t>(value >> 8);
  out[at + 1] = static_cast<uint8_t>(value);
}

// The ones' complement sum of 16-bit words (RFC 1071), unfolded; eight octets a step, as four words would take four.
uint64_t sum_words(Bytes octets) {
  uint64_t sum = 0;
  for (; octets.size() >= 8; octets = octets.subspan(8)) {
    uint64_t eight = 0;
    std::memcpy(&eight, octets.data(), sizeof eight);
    eight = be64toh(eight);
    sum += (eight >> 32) + (eight & 0xffffffff);
  }
  uint64_t last = 0;
  for (size_t i = 0; i < octets.size(); ++i) last |= uint64_t{octets[i]} << (56 - 8 * i);
  return sum + (last >> 32) + (last & 0xffffffff);
}

uint16_t checksum(uint64_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

uint8_t protocol_number(const Segment& segment) {
  const bool icmp_v6 = segment.transport == TransportKind::kIcmp && segment.source->ipv6;
  return icmp_v6 ? kProtocolIcmpV6 : static_cast<uint8_t>(segment.transport);
}

// Addresses, protocol and length, as TCP, UDP and ICMPv6 add them to their checksums.
uint64_t pseudo_header_sum(const Segment& segment, size_t transport_bytes) {
  if (segment.transport == TransportKind::kIcmp && !segment.source->ipv6) return 0;
  return sum_words(segment.source->address()) + sum_words(segment.destination->address()) + protocol_number(segment) +
         transport_bytes;
}

void put_tcp(std::vector<uint8_t>& out, const Segment& segment) {
  put16(out, segment.source_port);
  put16(out, segment.destination_port);
  put32(out, segment.tcp_sequence);
  put32(out, segment.tcp_acknowledgement);
  put16(out, static_cast<uint16_t>(5U << 12 | segment.tcp_flags));
  put16(out, 0xfaf0);  // window
  put16(out, 0);       // checksum, set later
  put16(out, 0);       // urgent
}

void put_udp(std::vector<uint8_t>& out, const Segment& segment) {
  put16(out, segment.source_port);
  put16(out, segment.destination_port);
  put16(out, static_cast<uint16_t>(8 + segment.payload.size()));
  put16(out, 0);
}

void put_icmp(std::vector<uint8_t>& out, const Segment& segment) {
  const uint8_t request = segment.source->ipv6 ? 128 : 8;
  const uint8_t reply = segment.source->ipv6 ? 129 : 0;
  put16(out, static_cast<uint16_t>((segment.echo_reply ? reply : request) << 8));
  put16(out, 0);
  put16(out, segment.source_port);
  put16(out, segment.destination_port);
}

size_t checksum_offset(TransportKind transport) {
  return transport == TransportKind::kTcp ? 16 : transport == TransportKind::kUdp ? 6 : 2;
}

void put_arp_request(std::vector<uint8_t>& out, const CaptureHost& from, const CaptureHost& about) {
  put16(out, 0x0806);
  put(out, std::array<uint8_t, 8>{0, 1, 8, 0, 6, 4, 0, 1});  // Ethernet, IPv4, their lengths, request
  put(out, from.mac);
  put(out, from.address());
  put(out, std::array<uint8_t, 6>{});
  put(out, about.address());
}

void put_lldp(std::vector<uint8_t>& out, const CaptureHost& from) {
  put16(out, 0x88cc);
  put(out, std::array<uint8_t, 3>{0x02, 7, 4});  // chassis: a MAC address
  put(out, from.mac);
  put(out, std::array<uint8_t, 5>{0x04, 3, 7, 'p', '1'});   // port: a local name
  put(out, std::array<uint8_t, 6>{0x06, 2, 0, 120, 0, 0});  // time to live, end
}

void put_spanning_tree(std::vector<uint8_t>& out, const CaptureHost& from) {
  put16(out, 38);  // 802.3 length: LLC and a configuration message
  put(out, std::array<uint8_t, 8>{0x42, 0x42, 0x03, 0, 0, 0, 0, 0});
  put(out, std::array<uint8_t, 2>{0x80, 0});
  put(out, from.mac);
  put32(out, 0);  // the root itself
  put(out, std::array<uint8_t, 2>{0x80, 0});
  put(out, from.mac);
  put(out, std::array<uint8_t, 10>{0x80, 1, 0, 0, 20, 0, 2, 0, 15, 0});  // port, age, maximum, hello, delay
}

}  // namespace

size_t header_bytes(bool ipv6, TransportKind transport) {
  return (ipv6 ? 40U : 20U) + (transport == TransportKind::kTcp ? 20U : 8U);
}

FrameBuilder::FrameBuilder() {
  transport_.reserve(kSegmentPayloadMax + 64);
  frame_.reserve(kSegmentPayloadMax + 128);
}

void FrameBuilder::start(const Segment& segment, std::span<const uint16_t> vlans, size_t fragment_bytes) {
  LICTOR_CHECK(segment.payload.size() <= kSegmentPayloadMax && vlans.size() <= vlans_.size());
  LICTOR_CHECK(fragment_bytes % 8 == 0 && segment.source->ipv6 == segment.destination->ipv6);
  segment_ = segment;
  std::copy(vlans.begin(), vlans.end(), vlans_.begin());
  vlan_count_ = vlans.size();
  put_transport();
  fragment_bytes_ = fragment_bytes;
  offset_ = 0;
  is_ip_ = pending_ = true;
}

void FrameBuilder::start(NonIp protocol, const CaptureHost& from, const CaptureHost& about) {
  static constexpr std::array<uint8_t, 6> kEverybody = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  static constexpr std::array<uint8_t, 6> kLldpNeighbour = {0x01, 0x80, 0xc2, 0, 0, 0x0e};
  static constexpr std::array<uint8_t, 6> kBridges = {0x01, 0x80, 0xc2, 0, 0, 0};
  vlan_count_ = 0;
  is_ip_ = false;
  pending_ = true;
  switch (protocol) {
    case NonIp::kArp:
      put_link(from, kEverybody);
      put_arp_request(frame_, from, about);
      break;
    case NonIp::kLldp:
      put_link(from, kLldpNeighbour);
      put_lldp(frame_, from);
      break;
    case NonIp::kSpanningTree:
      put_link(from, kBridges);
      put_spanning_tree(frame_, from);
      break;
  }
}

Bytes FrameBuilder::next() {
  LICTOR_CHECK(pending_);
  pending_ = false;
  if (!is_ip_) return pad();
  const size_t rest = transport_.size() - offset_;
  const size_t now = fragment_bytes_ == 0 ? rest : std::min(rest, fragment_bytes_);
  pending_ = now < rest;
  put_link(*segment_.source, segment_.destination->mac);
  if (segment_.source->ipv6) {
    put_ipv6(now, pending_);
  } else {
    put_ipv4(now, pending_);
  }
  put(frame_, Bytes(transport_).subspan(offset_, now));
  offset_ += now;
  return pad();
}

void FrameBuilder::put_transport() {
  transport_.clear();
  switch (segment_.transport) {
    case TransportKind::kTcp:
      put_tcp(transport_, segment_);
      break;
    case TransportKind::kUdp:
      put_udp(transport_, segment_);
      break;
    case TransportKind::kIcmp:
      put_icmp(transport_, segment_);
      break;
  }
  put(transport_, segment_.payload);
  const uint16_t sum = checksum(pseudo_header_sum(segment_, transport_.size()) + sum_words(transport_));
  const bool zero_means_none = segment_.transport == TransportKind::kUdp;  // RFC 768
  set16(transport_, checksum_offset(segment_.transport), zero_means_none && sum == 0 ? uint16_t{0xffff} : sum);
}

void FrameBuilder::put_link(const CaptureHost& source, const std::array<uint8_t, 6>& destination) {
  frame_.clear();
  put(frame_, destination);
  put(frame_, source.mac);
  for (size_t i = 0; i < vlan_count_; ++i) {
    const bool service_tag = i + 1 < vlan_count_;
    put16(frame_, service_tag ? uint16_t{0x88a8} : uint16_t{0x8100});
    put16(frame_, vlans_[i]);
  }
}

void FrameBuilder::put_ipv4(size_t payload_bytes, bool more) {
  put16(frame_, 0x0800);
  const size_t at = frame_.size();
  const bool fragmented = more || offset_ > 0;
  const uint16_t flags = more ? 0x2000 : fragmented ? 0 : 0x4000;
  put16(frame_, 0x4500);
  put16(frame_, static_cast<uint16_t>(20 + payload_bytes));
  put16(frame_, static_cast<uint16_t>(segment_.identification));
  put16(frame_, static_cast<uint16_t>(flags | offset_ / 8));
  put16(frame_, static_cast<uint16_t>(kHopLimit << 8 | protocol_number(segment_)));
  put16(frame_, 0);
  put(frame_, segment_.source->address());
  put(frame_, segment_.destination->address());
  set16(frame_, at + 10, checksum(sum_words(Bytes(frame_).subspan(at))));
}

void FrameBuilder::put_ipv6(size_t payload_bytes, bool more) {
  const bool fragmented = more || offset_ > 0;
  const uint8_t protocol = protocol_number(segment_);
  put16(frame_, 0x86dd);
  put32(frame_, 6U << 28);
  put16(frame_, static_cast<uint16_t>(payload_bytes + (fragmented ? 8 : 0)));
  put16(frame_, static_cast<uint16_t>((fragmented ? kProtocolFragment : protocol) << 8 | kHopLimit));
  put(frame_, segment_.source->address());
  put(frame_, segment_.destination->address());
  if (!fragmented) return;
  put16(frame_, static_cast<uint16_t>(protocol << 8));
  put16(frame_, static_cast<uint16_t>(offset_ | (more ? 1 : 0)));
  put32(frame_, segment_.identification);
}

Bytes FrameBuilder::pad() {
  if (frame_.size() < kFrameBytesMin) frame_.resize(kFrameBytesMin);
  return frame_;
}

}  // namespace lictor

#include "encoders/pcap/capture_talk.h"

#include <algorithm>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

constexpr size_t kIpBytesFull = 1500;
constexpr size_t kEthernetBytes = 14;
constexpr uint32_t kOpeningSteps = 3;  // SYN, SYN+ACK, ACK
constexpr uint32_t kClosingSteps = 3;  // FIN+ACK from both, ACK
constexpr uint32_t kDataStepsMax = 60;
constexpr uint64_t kFragmentedOneIn = 12;

// Octets of the next IP packet, headers included.
size_t ip_bytes(const CaptureFlow& flow, FrameSizes sizes, CaptureRandom& random) {
  const size_t link_bytes = kEthernetBytes + 4 * flow.vlan_count;
  if (sizes.fixed_bytes != 0) return sizes.fixed_bytes > link_bytes ? sizes.fixed_bytes - link_bytes : 0;
  const uint64_t twelfth = random.below(12);
  return twelfth < 7 ? 46 : twelfth < 11 ? 580 : kIpBytesFull;
}

size_t payload_bytes(const CaptureFlow& flow, FrameSizes sizes, CaptureRandom& random) {
  const size_t whole = ip_bytes(flow, sizes, random);
  const size_t headers = header_bytes(flow.client.ipv6, flow.transport);
  return whole > headers ? whole - headers : 0;
}

Bytes any_part(Bytes payloads, size_t length, uint64_t where) {
  return payloads.subspan(where % (payloads.size() - length + 1), length);
}

// The length is drawn before the place: in one argument list their order would be the compiler's choice.
Bytes any_payload(const CaptureFlow& flow, Bytes payloads, FrameSizes sizes, CaptureRandom& random) {
  const size_t length = payload_bytes(flow, sizes, random);
  return any_part(payloads, length, random.next());
}

// The fields that a direction decides.
Segment segment_of(CaptureFlow& flow, bool from_client) {
  Segment segment;
  segment.transport = flow.transport;
  segment.source = from_client ? &flow.client : &flow.server;
  segment.destination = from_client ? &flow.server : &flow.client;
  segment.source_port = from_client ? flow.client_port : flow.server_port;
  segment.destination_port = from_client ? flow.server_port : flow.client_port;
  segment.identification = ++flow.identification;
  return segment;
}

void reconnect(CaptureFlow& flow, CaptureRandom& random) {
  flow.step = 0;
  flow.lifetime = kOpeningSteps + kClosingSteps + 1 + static_cast<uint32_t>(random.below(kDataStepsMax));
  flow.client_port = static_cast<uint16_t>(49152 + random.below(16384));
  flow.client_sequence = static_cast<uint32_t>(random.next());
  flow.server_sequence = static_cast<uint32_t>(random.next());
}

// Flags of the step, and whether the client says it. Data is up to the caller.
struct TcpStep {
  uint8_t flags;
  bool from_client;
  bool data;
};

TcpStep tcp_step(const CaptureFlow& flow, CaptureRandom& random) {
  const uint32_t left = flow.lifetime - flow.step;
  if (flow.step == 0) return {kTcpSyn, true, false};
  if (flow.step == 1) return {kTcpSyn | kTcpAck, false, false};
  if (flow.step == 2) return {kTcpAck, true, false};
  if (left == 3) return {kTcpFin | kTcpAck, true, false};
  if (left == 2) return {kTcpFin | kTcpAck, false, false};
  if (left == 1) return {kTcpAck, true, false};
  return {kTcpAck, random.percent(40), random.percent(75)};
}

Segment tcp_segment(CaptureFlow& flow, FrameSizes sizes, CaptureRandom& random, Bytes payloads) {
  const bool fixed = sizes.fixed_bytes != 0;
  if (!fixed && flow.step >= flow.lifetime) reconnect(flow, random);
  const TcpStep step = fixed ? TcpStep{kTcpAck, random.percent(50), true} : tcp_step(flow, random);
  Segment segment = segment_of(flow, step.from_client);
  if (step.data) segment.payload = any_payload(flow, payloads, sizes, random);
  segment.tcp_flags = static_cast<uint8_t>(step.flags | (segment.payload.empty() ? 0 : kTcpPush));
  uint32_t& mine = step.from_client ? flow.client_sequence : flow.server_sequence;
  const uint32_t theirs = step.from_client ? flow.server_sequence : flow.client_sequence;
  segment.tcp_sequence = mine;
  segment.tcp_acknowledgement = (step.flags & kTcpAck) != 0 ? theirs : 0;
  const bool counts_one = (step.flags & (kTcpSyn | kTcpFin)) != 0;  // RFC 9293: SYN and FIN take a number each
  mine += static_cast<uint32_t>(segment.payload.size()) + (counts_one ? 1 : 0);
  ++flow.step;
  return segment;
}

Segment echo_segment(CaptureFlow& flow, FrameSizes sizes, CaptureRandom& random, Bytes payloads) {
  const bool request = flow.step % 2 == 0;
  if (request) flow.lifetime = static_cast<uint32_t>(payload_bytes(flow, sizes, random));
  Segment segment = segment_of(flow, request);
  segment.echo_reply = !request;
  segment.source_port = flow.client_port;  // identifier and sequence number are the request's
  segment.destination_port = static_cast<uint16_t>(flow.step / 2);
  segment.payload = any_part(payloads, flow.lifetime, segment.destination_port);
  ++flow.step;
  return segment;
}

}  // namespace

void start_next(CaptureFlow& flow, FrameSizes sizes, CaptureRandom& random, Bytes payloads, FrameBuilder& builder) {
  LICTOR_CHECK(payloads.size() >= kPayloadsBytes);
  const auto vlans = std::span(flow.vlans).first(flow.vlan_count);
  if (flow.transport == TransportKind::kTcp) {
    return builder.start(tcp_segment(flow, sizes, random, payloads), vlans, 0);
  }
  if (flow.transport == TransportKind::kIcmp) {
    return builder.start(echo_segment(flow, sizes, random, payloads), vlans, 0);
  }
  Segment segment = segment_of(flow, random.percent(50));
  const bool fragmented = sizes.fixed_bytes == 0 && random.below(kFragmentedOneIn) == 0;
  if (!fragmented) {
    segment.payload = any_payload(flow, payloads, sizes, random);
    return builder.start(segment, vlans, 0);
  }
  // Two or three fragments, all but the last as long as Ethernet takes; IPv6 has a header of its own for them.
  const size_t fragment_bytes = (kIpBytesFull - (flow.client.ipv6 ? 48 : 20)) & ~size_t{7};
  const size_t datagram_bytes = fragment_bytes + 1 + random.below(2 * fragment_bytes);
  segment.payload = any_part(payloads, datagram_bytes - 8, random.next());
  builder.start(segment, vlans, fragment_bytes);
}

}  // namespace lictor

#include "dataplane/session/transport_checksum.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace lictor {
namespace {

constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;
constexpr size_t kUdpHeaderBytes = 8;
constexpr size_t kTcpHeaderBytes = 20;

// The sum does not ask for the order of octets, as long as all have the same (RFC 1071 section 2), nor for zeros
// behind.
uint64_t sum_of(Bytes octets) {
  uint64_t sum = 0;
  uint32_t word = 0;
  for (; octets.size() >= sizeof word; octets = octets.subspan(sizeof word)) {
    std::memcpy(&word, octets.data(), sizeof word);
    sum += word;
  }
  word = 0;
  if (!octets.empty()) std::memcpy(&word, octets.data(), octets.size());
  return sum + word;
}

// Over IPv4 the same with zeros in between, which add nothing.
uint64_t sum_of_pseudo_header(const SignalRecordHeader& header, size_t bytes, uint8_t protocol) {
  const size_t address_bytes = header.ipv6 ? 16 : 4;
  const std::array<uint8_t, 8> rest = {static_cast<uint8_t>(bytes >> 24),
                                       static_cast<uint8_t>(bytes >> 16),
                                       static_cast<uint8_t>(bytes >> 8),
                                       static_cast<uint8_t>(bytes),
                                       0,
                                       0,
                                       0,
                                       protocol};
  return sum_of(Bytes(header.source.address).first(address_bytes)) +
         sum_of(Bytes(header.destination.address).first(address_bytes)) + sum_of(rest);
}

// With its checksum, all ones.
TransportSum check(const SignalRecordHeader& header, Bytes octets, uint8_t protocol) {
  uint64_t sum = sum_of(octets) + sum_of_pseudo_header(header, octets.size(), protocol);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff ? TransportSum::kRight : TransportSum::kWrong;
}

TransportSum check_udp(const SignalRecord& record) {
  const size_t at = record.header.message_offset;
  if (at < kUdpHeaderBytes || at > record.frame.size()) return TransportSum::kWrong;
  const Bytes datagram = record.frame.subspan(at - kUdpHeaderBytes);
  ByteReader in(datagram.subspan(4));
  const size_t bytes = in.u16();
  const bool has_none = in.u16() == 0;
  if (bytes != kUdpHeaderBytes + record.message.size()) return TransportSum::kWrong;
  if (has_none) return record.header.ipv6 ? TransportSum::kWrong : TransportSum::kRight;
  return check(record.header, datagram.first(bytes), kUdp);
}

}  // namespace

TransportSum check_transport_sum(const SignalRecord& record) noexcept {
  switch (record.header.kind) {
    case SignalKind::kRadius:
    case SignalKind::kDhcp4:
    case SignalKind::kDhcp6:
    case SignalKind::kSip:
      return check_udp(record);
    case SignalKind::kSipSegment:
      if (record.message.size() < kTcpHeaderBytes) return TransportSum::kWrong;
      return check(record.header, record.message, kTcp);
    default:
      return TransportSum::kNone;
  }
}

}  // namespace lictor

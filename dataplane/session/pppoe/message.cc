#include "dataplane/session/pppoe/message.h"

#include <algorithm>

namespace lictor {
namespace {

using Reading = PppoeReading;

constexpr uint8_t kVersionType = 0x11;

constexpr uint16_t kEndOfList = 0x0000;
constexpr uint16_t kServiceName = 0x0101;
constexpr uint16_t kConcentratorName = 0x0102;
constexpr uint16_t kHostUniq = 0x0103;
constexpr uint16_t kCookie = 0x0104;
constexpr uint16_t kVendor = 0x0105;
constexpr uint16_t kFirstError = 0x0201;  // Service-Name-Error, AC-System-Error, Generic-Error
constexpr uint16_t kLastError = 0x0203;
constexpr uint32_t kBroadbandForum = 0x00000de9;
constexpr uint8_t kCircuitId = 1;
constexpr uint8_t kRemoteId = 2;

constexpr uint16_t kLcp = 0xc021;
constexpr uint16_t kPap = 0xc023;
constexpr uint16_t kChap = 0xc223;
constexpr uint16_t kIpcp = 0x8021;
constexpr uint16_t kIpv6cp = 0x8057;
constexpr uint16_t kAddressControl = 0xff03;

constexpr uint8_t kLcpAuthentication = 3;
constexpr uint8_t kIpcpAddress = 3;
constexpr uint8_t kIpv6cpInterfaceId = 1;
constexpr size_t kOptionHeader = 2;
constexpr size_t kControlHeader = 4;
constexpr size_t kEnvelopeHeader = 6;
constexpr uint8_t kMask = '*';

struct Envelope {
  PppoeCode code{};
  uint16_t session_id = 0;
  Bytes inside;  // as long as the length says
};

Reading take_envelope(Bytes payload, Envelope& envelope) {
  ByteReader in(payload);
  const uint8_t version_type = in.u8();
  envelope.code = static_cast<PppoeCode>(in.u8());
  envelope.session_id = in.u16();
  envelope.inside = in.take(in.u16());
  if (!in.ok()) return Reading::kTruncated;
  return version_type == kVersionType ? Reading::kRead : Reading::kBadVersion;
}

bool is_discovery(PppoeCode code) {
  switch (code) {
    case PppoeCode::kPado:
    case PppoeCode::kPadi:
    case PppoeCode::kPadr:
    case PppoeCode::kPads:
    case PppoeCode::kPadt:
      return true;
    case PppoeCode::kSession:
      break;
  }
  return false;
}

void keep_first(Bytes& kept, Bytes value) {
  if (kept.empty()) kept = value;
}

// The access node's tag behind its vendor.
void read_line(ByteReader in, PppoeDiscovery& message) {
  if (message.line_tags < UINT8_MAX) ++message.line_tags;
  Bytes circuit_id;
  Bytes remote_id;
  while (in.ok() && in.remaining() > 0) {
    const uint8_t type = in.u8();
    const Bytes value = in.take(in.u8());
    if (type == kCircuitId) keep_first(circuit_id, value);
    if (type == kRemoteId) keep_first(remote_id, value);
  }
  message.circuit_id = in.ok() ? circuit_id : Bytes{};
  message.remote_id = in.ok() ? remote_id : Bytes{};
}

void read_tag(uint16_t type, Bytes value, PppoeDiscovery& message) {
  if (type == kServiceName) keep_first(message.service_name, value);
  if (type == kConcentratorName) keep_first(message.concentrator_name, value);
  if (type == kHostUniq) keep_first(message.host_uniq, value);
  if (type == kCookie) keep_first(message.cookie, value);
  if (type >= kFirstError && type <= kLastError) message.refused = true;
  if (type != kVendor) return;
  ByteReader in(value);
  if (in.u32() == kBroadbandForum) read_line(in, message);
}

Reading read_tags(Bytes tags, PppoeDiscovery& message) {
  ByteReader in(tags);
  while (in.remaining() > 0) {
    const uint16_t type = in.u16();
    if (in.ok() && type == kEndOfList) break;
    const Bytes value = in.take(in.u16());
    if (!in.ok()) return Reading::kBadOption;
    read_tag(type, value, message);
  }
  return Reading::kRead;
}

PppKind kind_of(uint16_t protocol) {
  switch (protocol) {
    case kLcp:
      return PppKind::kLcp;
    case kPap:
      return PppKind::kPap;
    case kChap:
      return PppKind::kChap;
    case kIpcp:
      return PppKind::kIpcp;
    case kIpv6cp:
      return PppKind::kIpv6cp;
    default:
      return PppKind::kOther;
  }
}

// Address and control fields may be there although RFC 2516, 7 forbids it, and the first octet of a protocol below 256
// may be left out.
uint16_t take_protocol(ByteReader& in) {
  ByteReader ahead = in;
  if (ahead.u16() == kAddressControl) in = ahead;
  const uint8_t first = in.u8();
  if ((first & 1) != 0) return first;
  return static_cast<uint16_t>(first << 8 | in.u8());
}

// An option of exactly `size` octets that was not there before.
template <size_t size>
Reading take_once(Bytes value, std::optional<std::array<uint8_t, size>>& kept) {
  if (kept.has_value() || value.size() != size) return Reading::kBadOption;
  kept.emplace();
  std::ranges::copy(value, kept->begin());
  return Reading::kRead;
}

Reading read_option(uint8_t type, Bytes value, PppMessage& message) {
  if (message.kind == PppKind::kIpcp && type == kIpcpAddress) return take_once(value, message.address);
  if (message.kind == PppKind::kIpv6cp && type == kIpv6cpInterfaceId) return take_once(value, message.interface_id);
  if (message.kind != PppKind::kLcp || type != kLcpAuthentication) return Reading::kRead;
  ByteReader in(value);
  const uint16_t authentication = in.u16();
  if (!in.ok() || message.authentication != 0) return Reading::kBadOption;
  message.authentication = authentication;
  return Reading::kRead;
}

Reading read_options(Bytes data, PppMessage& message) {
  ByteReader in(data);
  while (in.remaining() > 0) {
    const uint8_t type = in.u8();
    const uint8_t length = in.u8();
    if (!in.ok() || length < kOptionHeader) return Reading::kBadOption;
    const Bytes value = in.take(length - kOptionHeader);
    if (!in.ok()) return Reading::kBadOption;
    const Reading reading = read_option(type, value, message);
    if (reading != Reading::kRead) return reading;
  }
  return Reading::kRead;
}

Reading read_negotiation(Bytes data, PppMessage& message) {
  const auto code = static_cast<PppCode>(message.code);
  if (code >= PppCode::kConfigureRequest && code <= PppCode::kConfigureReject) return read_options(data, message);
  if (message.kind != PppKind::kLcp || code != PppCode::kProtocolReject) return Reading::kRead;
  ByteReader in(data);
  message.rejected = in.u16();
  return in.ok() ? Reading::kRead : Reading::kBadLength;
}

// RFC 1334, 2.2.1. The password is stepped over, to see that the message is whole.
Reading read_pap(Bytes data, PppMessage& message) {
  if (static_cast<PapCode>(message.code) != PapCode::kRequest) return Reading::kRead;
  ByteReader in(data);
  message.name = in.take(in.u8());
  in.take(in.u8());
  return in.ok() ? Reading::kRead : Reading::kBadLength;
}

// RFC 1994, 4.1. The value is stepped over; the name is what is left.
Reading read_chap(Bytes data, PppMessage& message) {
  const auto code = static_cast<ChapCode>(message.code);
  if (code != ChapCode::kChallenge && code != ChapCode::kResponse) return Reading::kRead;
  ByteReader in(data);
  in.take(in.u8());
  if (!in.ok()) return Reading::kBadLength;
  message.name = in.rest();
  return Reading::kRead;
}

// Code, identifier, length and data, which all control protocols have.
Reading read_control(ByteReader in, PppMessage& message) {
  message.code = in.u8();
  message.identifier = in.u8();
  const uint16_t length = in.u16();
  if (!in.ok() || length < kControlHeader) return Reading::kBadLength;
  const Bytes data = in.take(length - kControlHeader);
  if (!in.ok()) return Reading::kBadLength;
  if (message.kind == PppKind::kPap) return read_pap(data, message);
  if (message.kind == PppKind::kChap) return read_chap(data, message);
  return read_negotiation(data, message);
}

// How many octets of what stands in a session frame say nothing secret: protocol and header, and options.
size_t harmless_octets(Bytes inside) {
  ByteReader in(inside);
  const PppKind kind = kind_of(take_protocol(in));
  const size_t protocol_end = inside.size() - in.remaining();
  const auto code = static_cast<PppCode>(in.u8());
  in.u8();  // identifier
  const uint16_t length = in.u16();
  if (!in.ok() || kind == PppKind::kOther) return protocol_end;
  const bool negotiates = kind != PppKind::kPap && kind != PppKind::kChap && code >= PppCode::kConfigureRequest &&
                          code <= PppCode::kConfigureReject;
  const size_t kept = negotiates ? std::max<size_t>(length, kControlHeader) : kControlHeader;
  return std::min(protocol_end + kept, inside.size());
}

}  // namespace

size_t copy_masked_pppoe(Bytes payload, MutableBytes room) noexcept {
  Envelope envelope;
  if (take_envelope(payload, envelope) != Reading::kRead) return 0;
  const Bytes packet = payload.first(kEnvelopeHeader + envelope.inside.size());
  if (room.size() < packet.size()) return 0;
  std::ranges::copy(packet, room.begin());
  if (is_discovery(envelope.code)) return packet.size();
  const size_t kept = kEnvelopeHeader + harmless_octets(envelope.inside);
  std::ranges::fill(room.subspan(kept, packet.size() - kept), kMask);
  return packet.size();
}

PppoeReading parse_pppoe_discovery(Bytes payload, PppoeDiscovery& message) noexcept {
  message = {};
  Envelope envelope;
  Reading reading = take_envelope(payload, envelope);
  if (reading != Reading::kRead) return reading;
  if (!is_discovery(envelope.code)) return Reading::kUnknownCode;
  message.code = envelope.code;
  message.session_id = envelope.session_id;
  reading = read_tags(envelope.inside, message);
  if (reading != Reading::kRead) message = {};
  return reading;
}

PppoeReading parse_pppoe_session(Bytes payload, PppMessage& message) noexcept {
  message = {};
  Envelope envelope;
  Reading reading = take_envelope(payload, envelope);
  if (reading != Reading::kRead) return reading;
  if (envelope.code != PppoeCode::kSession) return Reading::kUnknownCode;
  ByteReader in(envelope.inside);
  const uint16_t protocol = take_protocol(in);
  if (!in.ok()) return Reading::kBadLength;
  message.session_id = envelope.session_id;
  message.protocol = protocol;
  message.kind = kind_of(protocol);
  if (message.kind == PppKind::kOther) return Reading::kRead;
  reading = read_control(in, message);
  if (reading != Reading::kRead) message = {};
  return reading;
}

}  // namespace lictor

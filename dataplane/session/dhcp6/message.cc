// Relays are peeled in a loop, so nesting costs no stack. Options of a message, of an association and of a lease are
// three walks inside each other, which is as deep as RFC 8415 nests.

#include "dataplane/session/dhcp6/message.h"

#include <algorithm>

namespace lictor::dhcp6 {
namespace {

constexpr uint8_t kRelayForward = 12;
constexpr uint8_t kRelayReply = 13;
constexpr uint8_t kTypesMax = 36;  // the last that is assigned

enum Code : uint16_t {
  kClientId = 1,
  kServerId = 2,
  kAddresses = 3,
  kTemporary = 4,
  kAddress = 5,
  kRelayMessage = 9,
  kStatus = 13,
  kRapidCommit = 14,
  kInterfaceId = 18,
  kPrefixes = 25,
  kPrefix = 26,
  kRemoteId = 37,
  kSubscriberId = 38,
  kFullName = 39,
  kRelayId = 53,
  kClientHardware = 79,
};

// Calls `visit(code, value)` for each option, as far as they are whole.
template <typename Visit>
void walk_options(Bytes options, Message& message, const Visit& visit) noexcept {
  ByteReader in(options);
  while (in.remaining() > 0) {
    const uint16_t code = in.u16();
    const uint16_t length = in.u16();
    const Bytes value = in.take(length);
    if (!in.ok()) return message.note(Damage::kOptionPastEnd);
    visit(code, value);
  }
}

void keep_first(Bytes& view, Bytes value, Message& message) noexcept {
  if (!view.empty()) return message.note(Damage::kRepeatedOption);
  view = value;
}

void keep_duid(Bytes& view, Bytes value, Message& message) noexcept {
  constexpr size_t kDuidBytesMin = 3;  // a type and something
  if (value.size() < kDuidBytesMin || value.size() > kDuidBytesMax) return message.note(Damage::kBadOptionLength);
  keep_first(view, value, message);
}

void keep_status(std::optional<uint16_t>& status, Bytes value, Message& message) noexcept {
  ByteReader in(value);
  const uint16_t code = in.u16();
  if (!in.ok()) return message.note(Damage::kBadOptionLength);
  if (status) return message.note(Damage::kRepeatedOption);
  status = code;
}

void read_full_name(Bytes value, Message& message) noexcept {
  ByteReader in(value);
  in.u8();  // flags
  if (!in.ok()) return message.note(Damage::kBadOptionLength);
  keep_first(message.full_name, in.rest(), message);
}

Ipv6Octets take_address(ByteReader& in) noexcept {
  Ipv6Octets address{};
  const Bytes octets = in.take(address.size());
  std::copy(octets.begin(), octets.end(), address.begin());
  return address;
}

void read_remote_id(Bytes value, Relay& relay, Message& message) noexcept {
  ByteReader in(value);
  const uint32_t enterprise = in.u32();
  if (!in.ok()) return message.note(Damage::kBadOptionLength);
  if (!relay.remote_id.id.empty()) return message.note(Damage::kRepeatedOption);
  relay.remote_id = {enterprise, in.rest()};
}

void read_client_hardware(Bytes value, Relay& relay, Message& message) noexcept {
  ByteReader in(value);
  const uint16_t type = in.u16();
  if (!in.ok()) return message.note(Damage::kBadOptionLength);
  if (!relay.client_hardware.empty()) return message.note(Damage::kRepeatedOption);
  relay.hardware_type = type;
  relay.client_hardware = in.rest();
}

// Returns what the relay carries; empty: nothing.
Bytes read_relay_options(Bytes options, Relay& relay, Message& message) noexcept {
  Bytes carried;
  walk_options(options, message, [&](uint16_t code, Bytes value) {
    switch (code) {
      case kRelayMessage:
        return keep_first(carried, value, message);
      case kInterfaceId:
        return keep_first(relay.interface_id, value, message);
      case kRemoteId:
        return read_remote_id(value, relay, message);
      case kSubscriberId:
        return keep_first(relay.subscriber_id, value, message);
      case kRelayId:
        return keep_duid(relay.relay_id, value, message);
      case kClientHardware:
        return read_client_hardware(value, relay, message);
      default:
        return;
    }
  });
  return carried;
}

// Takes the associations of one message into the parser's arrays.
class Associations {
 public:
  Associations(Message& message, std::span<Association> associations, std::span<Lease> leases)
      : message_(message), associations_(associations), leases_(leases) {}

  void read(AssociationKind kind, Bytes value) noexcept {
    ByteReader in(value);
    Association association{.kind = kind, .id = in.u32()};
    if (kind != AssociationKind::kTemporary) {
      association.renewal_s = in.u32();
      association.rebinding_s = in.u32();
    }
    if (!in.ok()) return message_.note(Damage::kBadOptionLength);
    if (association_count_ == associations_.size()) return message_.note(Damage::kTooManyAssociations);
    walk_options(in.rest(), message_, [&](uint16_t code, Bytes inner) {
      if (code == kStatus) keep_status(association.status, inner, message_);
      if (code == kAddress && kind != AssociationKind::kPrefixes) read_address(inner);
      if (code == kPrefix && kind == AssociationKind::kPrefixes) read_prefix(inner);
    });
    associations_[association_count_++] = association;
  }

  void publish() noexcept {
    message_.associations = associations_.first(association_count_);
    message_.leases = leases_.first(lease_count_);
  }

 private:
  void read_address(Bytes value) noexcept {
    ByteReader in(value);
    Lease lease{.prefix = take_address(in)};
    lease.preferred_s = in.u32();
    lease.valid_s = in.u32();
    keep(lease, in);
  }

  void read_prefix(Bytes value) noexcept {
    ByteReader in(value);
    Lease lease;
    lease.preferred_s = in.u32();
    lease.valid_s = in.u32();
    lease.bits = in.u8();
    lease.prefix = take_address(in);
    if (in.ok() && lease.bits > 128) return message_.note(Damage::kBadPrefixLength);
    keep(lease, in);
  }

  void keep(Lease& lease, ByteReader& in) noexcept {
    if (!in.ok()) return message_.note(Damage::kBadOptionLength);
    if (lease_count_ == leases_.size()) return message_.note(Damage::kTooManyLeases);
    walk_options(in.rest(), message_, [&](uint16_t code, Bytes inner) {
      if (code == kStatus) keep_status(lease.status, inner, message_);
    });
    lease.association = static_cast<uint8_t>(association_count_);
    leases_[lease_count_++] = lease;
  }

  Message& message_;
  std::span<Association> associations_;
  std::span<Lease> leases_;
  size_t association_count_ = 0;
  size_t lease_count_ = 0;
};

static_assert(kAssociationsMax <= UINT8_MAX);

void read_options(Bytes options, Message& message, Associations& associations) noexcept {
  walk_options(options, message, [&](uint16_t code, Bytes value) {
    switch (code) {
      case kClientId:
        return keep_duid(message.client_duid, value, message);
      case kServerId:
        return keep_duid(message.server_duid, value, message);
      case kAddresses:
        return associations.read(AssociationKind::kAddresses, value);
      case kTemporary:
        return associations.read(AssociationKind::kTemporary, value);
      case kPrefixes:
        return associations.read(AssociationKind::kPrefixes, value);
      case kStatus:
        return keep_status(message.status, value, message);
      case kRapidCommit:
        message.rapid_commit = true;
        return;
      case kFullName:
        return read_full_name(value, message);
      default:
        return;
    }
  });
  associations.publish();
}

bool sent_by_server(MessageType type) noexcept {
  return type == MessageType::kAdvertise || type == MessageType::kReply || type == MessageType::kReconfigure;
}

}  // namespace

Reading Parser::read(Bytes datagram, Message& message) noexcept {
  message = {};
  Bytes inside = datagram;
  size_t depth = 0;
  uint8_t outermost = 0;
  while (!inside.empty() && (inside[0] == kRelayForward || inside[0] == kRelayReply)) {
    if (depth == relays_.size()) return Reading::kTooManyRelays;
    if (depth > 0 && inside[0] != outermost) return Reading::kMixedRelays;
    ByteReader in(inside);
    outermost = in.u8();
    Relay& relay = relays_[depth++];
    relay = {};
    relay.hops = in.u8();
    relay.link = take_address(in);
    relay.peer = take_address(in);
    if (!in.ok()) return Reading::kTruncated;
    inside = read_relay_options(in.rest(), relay, message);
    if (inside.empty()) return Reading::kNoRelayMessage;
  }
  ByteReader in(inside);
  const uint8_t type = in.u8();
  if (!in.ok()) return Reading::kTruncated;
  if (type == 0 || type > kTypesMax) return Reading::kBadType;
  if (type > static_cast<uint8_t>(MessageType::kInformationRequest)) return Reading::kOtherType;
  message.transaction = static_cast<uint32_t>(in.u8()) << 16;
  message.transaction |= in.u16();
  if (!in.ok()) return Reading::kTruncated;
  message.type = static_cast<MessageType>(type);
  message.relays = std::span(relays_).first(depth);
  message.from_server = depth > 0 ? outermost == kRelayReply : sent_by_server(message.type);
  Associations associations(message, associations_, leases_);
  read_options(in.rest(), message, associations);
  return Reading::kMessage;
}

Bytes mac_of_duid(Bytes duid) noexcept {
  constexpr uint16_t kLinkLayerTime = 1;
  constexpr uint16_t kLinkLayer = 3;
  constexpr uint16_t kEthernet = 1;
  constexpr size_t kMacBytes = 6;
  ByteReader in(duid);
  const uint16_t type = in.u16();
  const uint16_t hardware = in.u16();
  if (type == kLinkLayerTime) in.u32();
  const bool wanted = (type == kLinkLayerTime || type == kLinkLayer) && hardware == kEthernet;
  return in.ok() && wanted && in.remaining() == kMacBytes ? in.rest() : Bytes{};
}

}  // namespace lictor::dhcp6

// One RADIUS message as a plain view: what RFC 2865, 2866, 2869, 3162, 4818, 5176, 6911 and 8045 and the vendors of an
// AttributeMap say in it about a subscriber's session. Spans lie in the datagram and end with it. For the RADIUS
// tracker and whoever shows a message; pure functions, any thread, no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/base/bytes.h"
#include "dataplane/packet/ip_prefix.h"
#include "dataplane/session/radius/attribute_map.h"
#include "dataplane/session/up_to.h"

namespace lictor::radius {

// RFC 2865 section 3, RFC 2866 section 3, RFC 5176 section 2.3.
enum class Code : uint8_t {
  kAccessRequest = 1,
  kAccessAccept = 2,
  kAccessReject = 3,
  kAccountingRequest = 4,
  kAccountingResponse = 5,
  kAccessChallenge = 11,
  kDisconnectRequest = 40,
  kDisconnectAck = 41,
  kDisconnectNak = 42,
  kCoaRequest = 43,
  kCoaAck = 44,
  kCoaNak = 45,
};

// RFC 2866 section 5.1; the numbers that concern sessions.
enum class StatusType : uint32_t { kStart = 1, kStop = 2, kInterim = 3, kAccountingOn = 7, kAccountingOff = 8 };

// Why a datagram is no message.
enum class MessageError : uint8_t {
  kNone,
  kTruncated,     // fewer octets than a header has
  kBadLength,     // the length field is below 20, or more than the datagram holds
  kBadAttribute,  // an attribute's length is below 2, or runs behind the message
  kCount,
};

using Ipv4 = std::array<uint8_t, 4>;
using Ipv6 = std::array<uint8_t, 16>;

// Prefixes or addresses of one kind in one message, and routes. RFC 3162 allows any number; access servers send one or
// two, and a message has room for some two hundred.
constexpr size_t kPrefixesMax = 4;
constexpr size_t kRoutesMax = 8;
constexpr size_t kPortBlocksMax = 4;

// A block of ports of a shared address that a NAT gives the subscriber (RFC 8045 IP-Port-Range, or a vendor's
// attributes).
struct PortBlock {
  std::optional<Ipv4> address;  // absent: the NAT's only one
  std::optional<uint16_t> first;
  std::optional<uint16_t> last;
  bool released = false;

  [[nodiscard]] bool complete() const { return first && last && *first <= *last; }
};

struct Message {
  // The header.
  uint8_t code = 0;  // any value; enum Code names those that matter
  uint8_t id = 0;
  Bytes octets;                 // the message; octets of the datagram behind its length are padding and not in it
  Bytes authenticator;          // 16 octets
  Bytes message_authenticator;  // 16 octets (RFC 2869 section 5.14), or empty

  // Who, where from. Empty where absent; of an attribute that comes twice the first counts.
  Bytes user_name;                      // 1
  Bytes chargeable_identity;            // 89, RFC 4372
  Bytes called_station;                 // 30
  Bytes calling_station;                // 31
  Bytes nas_identifier;                 // 32
  Bytes nas_port_id;                    // 87
  Bytes session_id;                     // 44
  Bytes multi_session_id;               // 50
  Bytes session_class;                  // 25, the first
  Bytes state;                          // 24: it goes on with what a challenge began
  Bytes framed_interface_id;            // 96, 8 octets
  std::optional<Ipv4> nas_ipv4;         // 4
  std::optional<Ipv6> nas_ipv6;         // 95
  std::array<Bytes, kFields> by_map{};  // what the AttributeMap names; 4-octet kNat… are in port_blocks

  // Addresses. No address is what stands for none: 0.0.0.0, 255.255.255.255 (the user chooses), 255.255.255.254 (the
  // access server chooses).
  std::optional<Ipv4> framed_ipv4;                       // 8
  std::optional<Ipv4> framed_netmask;                    // 9
  UpTo<IpPrefix, kPrefixesMax> framed_ipv6_prefixes;     // 97
  UpTo<IpPrefix, kPrefixesMax> delegated_ipv6_prefixes;  // 123
  UpTo<Ipv6, kPrefixesMax> framed_ipv6_addresses;        // 168
  UpTo<Bytes, kRoutesMax> framed_routes;                 // 22, text
  UpTo<Bytes, kRoutesMax> framed_ipv6_routes;            // 99, text
  UpTo<PortBlock, kPortBlocksMax> port_blocks;

  // Accounting.
  std::optional<uint32_t> status_type;        // 40
  std::optional<uint32_t> delay_s;            // 41
  std::optional<uint32_t> input_octets;       // 42, from the user
  std::optional<uint32_t> output_octets;      // 43, to the user
  std::optional<uint32_t> session_time_s;     // 46
  std::optional<uint32_t> terminate_cause;    // 49
  std::optional<uint32_t> input_gigawords;    // 52
  std::optional<uint32_t> output_gigawords;   // 53
  std::optional<uint32_t> event_unix_s;       // 55
  std::optional<uint32_t> session_timeout_s;  // 27
  std::optional<uint32_t> interim_s;          // 85
  std::optional<uint32_t> nas_port;           // 5
  std::optional<uint32_t> nas_port_type;      // 61

  // Attributes that were passed over because their value does not have the form that their type has.
  uint16_t odd_attributes = 0;

  [[nodiscard]] bool is(Code wanted) const { return code == static_cast<uint8_t>(wanted); }
  [[nodiscard]] Bytes field(Field of) const { return by_map[static_cast<size_t>(of)]; }
  // With its gigawords (RFC 2869 section 5.1); absent where the 32 bits are.
  [[nodiscard]] std::optional<uint64_t> octets_from_user() const { return joined(input_gigawords, input_octets); }
  [[nodiscard]] std::optional<uint64_t> octets_to_user() const { return joined(output_gigawords, output_octets); }

 private:
  static std::optional<uint64_t> joined(std::optional<uint32_t> high, std::optional<uint32_t> low) {
    if (!low) return std::nullopt;
    return uint64_t{high.value_or(0)} << 32 | *low;
  }
};

constexpr size_t kHeaderBytes = 20;
constexpr size_t kAuthenticatorBytes = 16;

// Reads a UDP payload into `message`, which is overwritten. With an error only `code` and `id` may be used, and those
// only where the header was whole.
[[nodiscard]] MessageError parse_message(Bytes datagram, const AttributeMap& map, Message& message) noexcept;

// The destination of a Framed-Route ("192.0.2.0/24 192.0.2.1 1") or Framed-IPv6-Route. Nothing where the text does not
// begin with a prefix whose host bits are zero. RFC 2865 section 5.22 lets an IPv4 route leave out its length and mean
// that of its class; no such is read, since a host whose length was forgotten would become a network of strangers.
[[nodiscard]] std::optional<IpPrefix> route_prefix(Bytes text) noexcept;

}  // namespace lictor::radius

// DHCPv6 messages (RFC 8415) as a client, a relay or a server sent them, read into plain views with every relay around
// them. What is damaged costs no more than itself, as far as a server would still read the message. No allocation. For
// the tracker beside it and for tests; a parser has one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/base/bytes.h"

namespace lictor::dhcp6 {

constexpr uint16_t kClientPort = 546;
constexpr uint16_t kServerPort = 547;

constexpr size_t kRelaysMax = 32;        // around one message; RFC 8415 sends no more than 8, RFC 3315 32
constexpr size_t kAssociationsMax = 16;  // IA_NA, IA_TA and IA_PD of one message; more are counted
constexpr size_t kLeasesMax = 32;        // addresses and prefixes of one message; more are counted
constexpr size_t kDuidBytesMax = 130;    // RFC 8415 section 11.1: type and 128 octets

using Ipv6Octets = std::array<uint8_t, 16>;

// Of messages between clients and servers; relays are peeled.
enum class MessageType : uint8_t {
  kSolicit = 1,
  kAdvertise = 2,
  kRequest = 3,
  kConfirm = 4,
  kRenew = 5,
  kRebind = 6,
  kReply = 7,
  kRelease = 8,
  kDecline = 9,
  kReconfigure = 10,
  kInformationRequest = 11,
};

// RFC 8415 section 21.13; others exist.
enum class StatusCode : uint16_t {
  kSuccess = 0,
  kUnspecified = 1,
  kNoAddresses = 2,
  kNoBinding = 3,
  kNotOnLink = 4,
  kUseMulticast = 5,
  kNoPrefixes = 6,
};

// What a datagram is. Only kMessage fills a Message.
enum class Reading : uint8_t {
  kMessage,
  kOtherType,       // lease queries, DHCPv4 inside, failover: leases nothing to a client
  kTruncated,       // ends inside a header
  kBadType,         // no type that is assigned
  kTooManyRelays,   // more than kRelaysMax
  kMixedRelays,     // one to a server inside one to a client, or the other way round
  kNoRelayMessage,  // a relay's message without, or with a damaged, option 9
  kCount,
};

constexpr std::array<std::string_view, static_cast<size_t>(Reading::kCount)> kReadingNames = {
    "message", "other_type", "truncated", "bad_type", "too_many_relays", "mixed_relays", "no_relay_message"};

// What is wrong with a message that can be read all the same.
enum class Damage : uint8_t {
  kOptionPastEnd,        // an option claims more than what is around it has: it and all behind it are not there
  kBadOptionLength,      // shorter than its fixed part, or a DUID of no length or too long: it is not there
  kRepeatedOption,       // the first counts
  kBadPrefixLength,      // above 128: the prefix is not there
  kTooManyAssociations,  // more than kAssociationsMax
  kTooManyLeases,        // more than kLeasesMax
  kCount,
};

constexpr std::array<std::string_view, static_cast<size_t>(Damage::kCount)> kDamageNames = {
    "option_past_end",   "bad_option_length",     "repeated_option",
    "bad_prefix_length", "too_many_associations", "too_many_leases"};

// Option 37, RFC 4649.
struct RemoteId {
  uint32_t enterprise = 0;
  Bytes id;
};

// What one relay put around a message. An absent view is empty.
struct Relay {
  uint8_t hops = 0;
  Ipv6Octets link{};
  Ipv6Octets peer{};
  Bytes interface_id;   // 18
  RemoteId remote_id;   // 37
  Bytes subscriber_id;  // 38, RFC 4580
  Bytes relay_id;       // 53, RFC 5460: a DUID
  uint16_t hardware_type = 0;
  Bytes client_hardware;  // 79, RFC 6939: the client's link-layer address
};

enum class AssociationKind : uint8_t { kAddresses, kTemporary, kPrefixes };  // options 3, 4, 25

struct Association {
  AssociationKind kind = AssociationKind::kAddresses;
  uint32_t id = 0;
  uint32_t renewal_s = 0;  // 0 for temporary addresses, which have none
  uint32_t rebinding_s = 0;
  std::optional<uint16_t> status;
};

// Options 5 and 26: an address is a prefix of 128 bits.
struct Lease {
  Ipv6Octets prefix{};  // as sent: bits behind the length may be set
  uint8_t bits = 128;
  uint8_t association = 0;  // index in Message::associations
  uint32_t preferred_s = 0;
  uint32_t valid_s = 0;  // 0: it ends; 0xffffffff: for ever
  std::optional<uint16_t> status;
};

// Views lie in the datagram or in the parser, and hold until it reads the next.
struct Message {
  MessageType type = MessageType::kSolicit;
  uint32_t transaction = 0;        // 24 bits
  bool from_server = false;        // the relays' direction where there are any, else the type's
  std::span<const Relay> relays;   // the outermost first: the last one is the client's neighbour
  Bytes client_duid;               // 1
  Bytes server_duid;               // 2
  std::optional<uint16_t> status;  // 13
  bool rapid_commit = false;       // 14
  Bytes full_name;                 // 39, RFC 4704: DNS labels, see session/domain_name.h
  std::span<const Association> associations;
  std::span<const Lease> leases;
  uint8_t damage = 0;  // a bit for each Damage

  [[nodiscard]] bool has(Damage kind) const { return (damage >> static_cast<unsigned>(kind) & 1) != 0; }
  void note(Damage kind) { damage = static_cast<uint8_t>(damage | 1U << static_cast<unsigned>(kind)); }
};

class Parser {
 public:
  // Reads `datagram`, what a UDP header carries. `message` is written anew; it is complete for Reading::kMessage only.
  Reading read(Bytes datagram, Message& message) noexcept;

 private:
  std::array<Relay, kRelaysMax> relays_;
  std::array<Association, kAssociationsMax> associations_;
  std::array<Lease, kLeasesMax> leases_;
};

// The Ethernet address in a DUID of type 1 (RFC 8415 section 11.2) or 3 (11.4); empty where there is none.
Bytes mac_of_duid(Bytes duid) noexcept;

}  // namespace lictor::dhcp6

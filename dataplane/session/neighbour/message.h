// ARP (RFC 826, 5227) and Neighbour Discovery (RFC 4861, 4862) as views of the octets: who says to have which address.
// Pure functions over hostile octets, nothing is allocated; any thread. Anybody on a link can send any of it: what is
// read here is a claim, and the tracker decides whether to believe it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "dataplane/base/bytes.h"
#include "dataplane/base/drop_reason.h"

namespace lictor {

using MacOctets = std::array<uint8_t, 6>;
using Ipv4Octets = std::array<uint8_t, 4>;
using Ipv6Octets = std::array<uint8_t, 16>;

// What came of some octets, and the counter that they are counted under. With any but kRead the message is empty.
enum class NeighbourReading : uint8_t {
  kRead,
  kTruncated,       // ends inside of what the message must have
  kOtherHardware,   // ARP of something else than Ethernet and IPv4
  kOtherOperation,  // neither request nor reply; an ICMPv6 type that is none of the four
  kNotLocal,        // a hop limit below 255: it has come over a router, so nobody on the link has sent it
  kBadCode,         // the code is not 0
  kBadChecksum,
  kBadAddress,  // addresses that do not go together, which RFC 4861 has a receiver discard
  kBadOption,   // an option of length 0, or one that overruns
  kCount,
};

constexpr std::array<std::string_view, kReasons<NeighbourReading>> kNeighbourReadingNames = {
    "read",     "truncated",    "other_hardware", "other_operation", "not_local",
    "bad_code", "bad_checksum", "bad_address",    "bad_option"};

// --- ARP: EtherType 0x0806 ---

enum class ArpKind : uint8_t {
  kRequest,
  kReply,
  kProbe,         // a request of nobody (RFC 5227, 2.1.1): is this address taken?
  kAnnouncement,  // a request or reply of an address for itself, also called gratuitous (RFC 5227, 2.3)
};

struct ArpMessage {
  ArpKind kind = ArpKind::kRequest;
  MacOctets sender_mac{};
  Ipv4Octets sender{};  // 0.0.0.0 in probes alone
  MacOctets target_mac{};
  Ipv4Octets target{};
};

// `payload` is what stands behind the EtherType; padding behind the 28 octets is not looked at. kBadAddress: a sender's
// address that no host can have, which are group MAC addresses and zero, and IPv4 multicast, broadcast and loopback; or
// a reply of nobody.
NeighbourReading parse_arp(Bytes payload, ArpMessage& message) noexcept;

// --- Neighbour Discovery: ICMPv6 133 to 136 ---

enum class NdKind : uint8_t { kRouterSolicitation, kRouterAdvertisement, kSolicitation, kAdvertisement };

struct NdPrefix {
  Ipv6Octets prefix{};
  uint8_t bits = 0;         // at most 128
  bool on_link = false;     // L
  bool autonomous = false;  // A: hosts make their addresses of it (RFC 4862, 5.5.3)
  uint32_t valid_s = 0;     // UINT32_MAX is for ever
  uint32_t preferred_s = 0;
};

// Prefix options of one advertisement that are kept; a router of a subscriber's link has one or two.
constexpr size_t kNdPrefixesMax = 8;

struct NdMessage {
  NdKind kind = NdKind::kRouterSolicitation;
  Ipv6Octets source{};
  Ipv6Octets destination{};
  Ipv6Octets target{};             // of kSolicitation and kAdvertisement
  bool detects_duplicate = false;  // a solicitation of nobody (RFC 4862, 5.4.2): is the target taken?
  bool router = false;             // flags of kAdvertisement
  bool solicited = false;
  bool override = false;
  uint16_t router_lifetime_s = 0;        // of kRouterAdvertisement
  std::optional<MacOctets> source_link;  // option 1, where it is Ethernet's
  std::optional<MacOctets> target_link;  // option 2 of kAdvertisement, where it is Ethernet's
  uint8_t prefix_count = 0;              // of `prefixes`, which option 3 of kRouterAdvertisement fills
  uint8_t prefixes_left_out = 0;         // beyond kNdPrefixesMax
  std::array<NdPrefix, kNdPrefixesMax> prefixes{};
};

// What of the IPv6 header a message must be held against.
struct NdEnvelope {
  Ipv6Octets source{};
  Ipv6Octets destination{};
  uint8_t hop_limit = 0;
};

// `message_octets` is the whole ICMPv6 message, from its type to the end that the IPv6 header claims: the checksum says
// whether it is. All checks of RFC 4861, 6.1.1, 6.1.2, 7.1.1 and 7.1.2 are made; the hop limit is asked first, so a
// message from elsewhere says nothing else. Options that are not named above are stepped over, and so are prefix
// options of a length or with a prefix that they cannot have (4.6.2). Fragments never come here (RFC 6980).
NeighbourReading parse_nd(Bytes message_octets, const NdEnvelope& envelope, NdMessage& message) noexcept;

// RFC 4291, 2.4 and 2.5.
constexpr bool is_unspecified(const Ipv6Octets& address) { return address == Ipv6Octets{}; }
constexpr bool is_multicast(const Ipv6Octets& address) { return address[0] == 0xff; }
constexpr bool is_link_local(const Ipv6Octets& address) { return address[0] == 0xfe && (address[1] & 0xc0) == 0x80; }
// RFC 4291, 2.7.1.
bool is_solicited_node(const Ipv6Octets& address) noexcept;

}  // namespace lictor

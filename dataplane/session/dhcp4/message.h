// DHCPv4 messages (RFC 2131, 2132, 3046) as a client, a relay or a server sent them, read into plain views. What is
// damaged costs no more than itself: servers are as lenient, and a client must not be able to hide a lease behind an
// option that its server reads over. No allocation. For the tracker beside it and for tests; a parser has one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/base/bytes.h"

namespace lictor::dhcp4 {

constexpr uint16_t kServerPort = 67;
constexpr uint16_t kClientPort = 68;

constexpr size_t kHardwareBytesMax = 16;  // of chaddr, RFC 2131 section 2
constexpr size_t kFixedBytes = 236;       // before the magic cookie

// Room for the options of one datagram that came in pieces. More than two datagrams of Ethernet: an option that does
// not fit is cut and noted. Options that name the subscriber's line are put together before those of the client.
constexpr size_t kScratchBytes = 4096;

enum class Op : uint8_t { kRequest = 1, kReply = 2 };

// Option 53.
enum class MessageType : uint8_t {
  kDiscover = 1,
  kOffer = 2,
  kRequest = 3,
  kDecline = 4,
  kAck = 5,
  kNak = 6,
  kRelease = 7,
  kInform = 8,
};

// What a datagram is. Only kMessage fills a Message.
enum class Reading : uint8_t {
  kMessage,
  kBootp,              // no option 53: BOOTP, which leases nothing
  kOtherType,          // option 53 of a later protocol (lease queries, forced renewal): leases nothing
  kTruncated,          // ends inside the fixed part or the magic cookie
  kBadOp,              // neither request nor reply
  kBadHardwareLength,  // hlen above 16
  kNoMagic,            // vendor information of another kind: BOOTP of RFC 951, or no DHCP at all
  kCount,
};

constexpr std::array<std::string_view, static_cast<size_t>(Reading::kCount)> kReadingNames = {
    "message", "bootp", "other_type", "truncated", "bad_op", "bad_hardware_length", "no_magic"};

// What is wrong with a message that can be read all the same.
enum class Damage : uint8_t {
  kOptionPastEnd,    // an option claims more than its field has: it and all behind it in that field are not there
  kNoEnd,            // a field ends without option 255: the datagram may be cut
  kBadOptionLength,  // of an option with a fixed length: the first octets count where there are enough, else none
  kBadOverload,      // option 52 is none of 1, 2, 3: neither field is options
  kBadSuboption,     // in option 82: a length past its end, or a fixed length that is not; as with options
  kScratchFull,      // a split option was cut
  kCount,
};

constexpr std::array<std::string_view, static_cast<size_t>(Damage::kCount)> kDamageNames = {
    "option_past_end", "no_end", "bad_option_length", "bad_overload", "bad_suboption", "scratch_full"};

// Option 82 (RFC 3046 and its suboptions). An absent view is empty.
struct RelayInformation {
  bool present = false;
  Bytes circuit_id;                          // 1
  Bytes remote_id;                           // 2
  std::optional<uint32_t> link_selection;    // 5, RFC 3527
  Bytes subscriber_id;                       // 6, RFC 3993
  Bytes vendor_information;                  // 9, RFC 4243: enterprise number, length, data, …
  std::optional<uint32_t> server_overrides;  // 11, RFC 5107: the relay's address, put in for the server's
  Bytes relay_id;                            // 12, RFC 6925: a DUID
};

// Option 81, RFC 4702. Its name is DNS labels or, deprecated, ASCII: session/domain_name.h makes a text of either.
struct FullName {
  bool is_wire = false;
  Bytes name;
};

// Addresses are in host order. Views lie in the datagram or in the parser, and hold until it reads the next.
struct Message {
  Op op = Op::kRequest;
  MessageType type = MessageType::kDiscover;
  uint8_t hardware_type = 0;  // 1: Ethernet
  uint8_t hops = 0;
  uint32_t xid = 0;
  bool broadcast = false;
  uint32_t ciaddr = 0;
  uint32_t yiaddr = 0;
  uint32_t siaddr = 0;
  uint32_t giaddr = 0;
  Bytes chaddr;                               // hlen octets
  std::optional<uint32_t> requested_address;  // 50
  std::optional<uint32_t> lease_s;            // 51; 0xffffffff: for ever
  std::optional<uint32_t> server_id;          // 54
  std::optional<uint32_t> renewal_s;          // 58
  std::optional<uint32_t> rebinding_s;        // 59
  bool rapid_commit = false;                  // 80, RFC 4039
  Bytes client_id;                            // 61
  Bytes host_name;                            // 12
  Bytes vendor_class;                         // 60
  FullName full_name;                         // 81
  RelayInformation relay;
  uint8_t split_options = 0;  // options that came in pieces (RFC 3396) and are whole here
  uint8_t damage = 0;         // a bit for each Damage

  [[nodiscard]] bool has(Damage kind) const { return (damage >> static_cast<unsigned>(kind) & 1) != 0; }
  void note(Damage kind) { damage = static_cast<uint8_t>(damage | 1U << static_cast<unsigned>(kind)); }
};

class Parser {
 public:
  // Reads `datagram`, what a UDP header carries. `message` is written anew; it is complete for Reading::kMessage only.
  // An option that stands several times is one, of the pieces in order: options field, file, sname (RFC 3396).
  Reading read(Bytes datagram, Message& message) noexcept;

 private:
  std::array<uint8_t, kScratchBytes> scratch_;
};

}  // namespace lictor::dhcp4

// Which attributes, besides the standard ones, name a subscriber, a line or a NAT's ports: (vendor, type and, for
// Cisco's pairs, the text that it begins with) to a field of the message. Configuration: made once at start, then read
// by session lcores.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"

namespace lictor::radius {

// What an attribute says.
enum class Field : uint8_t {
  kCircuitId,   // the access line, by the access node's name for it (RFC 3046 sub-option 1)
  kRemoteId,    // the same, by the subscriber's end (sub-option 2)
  kRelayInfo,   // DHCP option 82 whole: read as the two above
  kMac,         // of the subscriber's equipment, text or 6 octets
  kImsi,        // digits
  kImei,        // digits, also with the software version
  kMsisdn,      // digits
  kSubscriber,  // the operator's own name for the subscriber
  kHostName,    // of the subscriber's equipment
  kAccessType,  // 3GPP RAT type
  kLocation,    // 3GPP user location information
  kNatAddress,  // of a port block: 4 octets or text
  kNatFirst,    // its first port: 4 octets or text
  kNatLast,     // its last port
  kNatBlock,    // all three as text: "192.0.2.1 1024-2047 …"
  kCount,
};

constexpr size_t kFields = static_cast<size_t>(Field::kCount);

// The names that configuration has for them.
constexpr std::array<std::string_view, kFields> kFieldNames = {
    "circuit_id", "remote_id",   "relay_info",     "mac",           "imsi",
    "imei",       "msisdn",      "subscriber",     "host_name",     "access_type",
    "location",   "nat_address", "nat_first_port", "nat_last_port", "nat_block"};

struct MappedAttribute {
  uint32_t vendor = 0;  // IANA's enterprise number; 0: the attribute itself, and not in 26
  uint8_t type = 0;
  std::string prefix = {};  // the value must begin with this, which is then no part of it
  Field field = Field::kCount;
};

class AttributeMap {
 public:
  static constexpr size_t kEntriesMax = 256;
  static constexpr size_t kPrefixBytesMax = 64;

  // InvalidArgument, naming the entry, where there are too many, a prefix is too long or the type is 0 or 26 itself.
  static Result<AttributeMap> make(std::vector<MappedAttribute> entries);
  // Broadband Forum, Cisco, 3GPP, Juniper, Ericsson, Nokia, Huawei, H3C and Travelping as their documents number them.
  static AttributeMap standard();

  // Vendors and types that say this, whatever their values begin with.
  [[nodiscard]] std::vector<std::pair<uint32_t, uint8_t>> that_say(Field field) const;

  // Calls visit(Field, Bytes value) for each entry that this attribute is. `value` is what follows type and length.
  template <typename Visit>
  void find(uint32_t vendor, uint8_t type, Bytes value, Visit&& visit) const {
    for (uint16_t at = first_[bucket_of(vendor, type)]; at != kNone; at = next_[at]) {
      const MappedAttribute& entry = entries_[at];
      if (entry.vendor != vendor || entry.type != type || !as_text(value).starts_with(entry.prefix)) continue;
      visit(entry.field, value.subspan(entry.prefix.size()));
    }
  }

 private:
  static constexpr uint16_t kNone = UINT16_MAX;
  static constexpr size_t kBuckets = 512;

  explicit AttributeMap(std::vector<MappedAttribute> entries);
  static size_t bucket_of(uint32_t vendor, uint8_t type) { return (vendor * 31 + type) % kBuckets; }

  std::vector<MappedAttribute> entries_;
  std::vector<uint16_t> next_;  // of the same bucket
  std::array<uint16_t, kBuckets> first_{};
};

}  // namespace lictor::radius

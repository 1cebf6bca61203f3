#include "dataplane/session/radius/attribute_map.h"

#include <fmt/format.h>

#include <utility>

namespace lictor::radius {
namespace {

constexpr uint32_t kCisco = 9;
constexpr uint32_t kHuawei = 2011;
constexpr uint32_t kEricsson = 2352;
constexpr uint32_t kBroadbandForum = 3561;
constexpr uint32_t kJuniper = 4874;
constexpr uint32_t kNokia = 6527;
constexpr uint32_t k3gpp = 10415;
constexpr uint32_t kTravelping = 18681;
constexpr uint32_t kH3c = 25506;
constexpr uint8_t kVendorSpecific = 26;

const char* fault_of(const MappedAttribute& entry) {
  if (entry.type == 0 || (entry.vendor == 0 && entry.type == kVendorSpecific)) return "has no attribute's type";
  if (entry.prefix.size() > AttributeMap::kPrefixBytesMax) return "has too long a prefix";
  return entry.field == Field::kCount ? "names no field" : nullptr;
}

}  // namespace

Result<AttributeMap> AttributeMap::make(std::vector<MappedAttribute> entries) {
  if (entries.size() > kEntriesMax) return absl::InvalidArgumentError(fmt::format("more than {} entries", kEntriesMax));
  for (size_t i = 0; i < entries.size(); ++i) {
    const char* const fault = fault_of(entries[i]);
    if (fault != nullptr) return absl::InvalidArgumentError(fmt::format("entry {} {}", i, fault));
  }
  return AttributeMap(std::move(entries));
}

AttributeMap::AttributeMap(std::vector<MappedAttribute> entries)
    : entries_(std::move(entries)), next_(entries_.size(), kNone) {
  first_.fill(kNone);
  // From the back, so that of entries that fit both the one that stands first is visited first.
  for (size_t i = entries_.size(); i > 0; --i) {
    uint16_t& bucket = first_[bucket_of(entries_[i - 1].vendor, entries_[i - 1].type)];
    next_[i - 1] = std::exchange(bucket, static_cast<uint16_t>(i - 1));
  }
}

AttributeMap AttributeMap::standard() {
  return AttributeMap({
      {kBroadbandForum, 1, "", Field::kCircuitId},
      {kBroadbandForum, 2, "", Field::kRemoteId},
      {kCisco, 1, "circuit-id-tag=", Field::kCircuitId},
      {kCisco, 1, "remote-id-tag=", Field::kRemoteId},
      {kCisco, 1, "client-mac-address=", Field::kMac},
      {k3gpp, 1, "", Field::kImsi},
      {k3gpp, 20, "", Field::kImei},
      {k3gpp, 21, "", Field::kAccessType},
      {k3gpp, 22, "", Field::kLocation},
      {kJuniper, 24, "pppoe ", Field::kMac},
      {kJuniper, 56, "", Field::kMac},
      {kJuniper, 159, "", Field::kRelayInfo},
      {kJuniper, 110, "", Field::kCircuitId},
      {kJuniper, 182, "", Field::kRemoteId},
      {kEricsson, 96, "", Field::kRemoteId},
      {kEricsson, 97, "", Field::kCircuitId},
      {kNokia, 11, "", Field::kSubscriber},
      {kNokia, 27, "", Field::kMac},
      {kNokia, 121, "", Field::kNatBlock},
      {kHuawei, 161, "", Field::kNatAddress},
      {kHuawei, 162, "", Field::kNatFirst},
      {kHuawei, 163, "", Field::kNatLast},
      {kH3c, 32, "", Field::kNatAddress},
      {kH3c, 33, "", Field::kNatFirst},
      {kH3c, 34, "", Field::kNatLast},
      {kTravelping, 16, "", Field::kNatAddress},
      {kTravelping, 28, "", Field::kNatFirst},
      {kTravelping, 29, "", Field::kNatLast},
  });
}

std::vector<std::pair<uint32_t, uint8_t>> AttributeMap::that_say(Field field) const {
  std::vector<std::pair<uint32_t, uint8_t>> found;
  for (const MappedAttribute& entry : entries_)
    if (entry.field == field) found.emplace_back(entry.vendor, entry.type);
  return found;
}

}  // namespace lictor::radius

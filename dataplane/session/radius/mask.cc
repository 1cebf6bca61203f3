#include "dataplane/session/radius/mask.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "dataplane/base/check.h"
#include "dataplane/session/radius/message.h"

namespace lictor::radius {
namespace {

constexpr uint8_t kVendorSpecific = 26;
constexpr uint32_t kCisco = 9;
constexpr size_t kAuthenticatorAt = 4;

// By RFC and vendors' documents: who carries passwords, hashes of them, challenges and keys.
constexpr std::array kSecrets = std::to_array<MaskedAttribute>({
    {0, 2},      {0, 3},      {0, 17},     {0, 60},     {0, 69},     {0, 70},      {0, 73},     {0, 74},
    {0, 79},     {0, 80},     {0, 84},     {0, 102},    {0, 103},    {0, 121},                              // RFCs
    {9, 249},                                                                                               // Cisco
    {311, 1},    {311, 2},    {311, 3},    {311, 4},    {311, 5},    {311, 6},     {311, 11},   {311, 12},  // Microsoft
    {311, 16},   {311, 17},   {311, 19},   {311, 20},   {311, 25},   {311, 26},    {311, 27},   {529, 184},
    {529, 214},  {529, 215},  {529, 232},                // Ascend
    {2011, 33},                                          // Huawei
    {2352, 59},  {2352, 69},  {2352, 110},               // Ericsson
    {2356, 6},   {2356, 19},  {2356, 20},                // Lancom
    {4846, 184}, {4846, 214}, {4846, 215}, {4846, 232},  // Lucent
    {4874, 9},   {4874, 37},  {4874, 86},                // Juniper
    {5535, 3},   {5535, 54},  {5535, 58},  {5535, 121},  // 3GPP2
    {6527, 142},                                         // Nokia
    {8164, 15},  {8164, 26},  {8164, 39},                // Starent
    {14988, 7},                                          // MikroTik
    {18681, 6},  {18681, 32},                            // Travelping
    {24757, 5},  {24757, 10}, {24757, 12}, {24757, 14}, {24757, 15}, {24757, 19},  {24757, 40}, {24757, 66},  // WiMAX
    {24757, 67}, {24757, 70}, {24757, 75}, {24757, 86}, {24757, 87}, {24757, 131},
});

// What tells an access server to intercept, or says that it does.
constexpr std::array kIntercepts = std::to_array<MaskedAttribute>({
    {529, 52},
    {529, 53},  // Ascend
    {831, 10},
    {831, 11},
    {831, 12},  // Alcatel-Lucent
    {4874, 58},
    {4874, 59},
    {4874, 60},
    {4874, 61},  // Juniper
    {6527, 122},
    {6527, 123},
    {6527, 124},
    {6527, 125},
    {6527, 138},
    {6527, 139},  // Nokia
});

// Where the subscriber is: Location-Information and -Data of RFC 5580, 3GPP's User-Location-Info and the network that
// serves him, 3GPP2's cell.
constexpr std::array kLocations =
    std::to_array<MaskedAttribute>({{0, 127}, {0, 128}, {10415, 18}, {10415, 22}, {5535, 10}});

// In Cisco's pairs, which have names instead of numbers.
constexpr std::array<std::string_view, 8> kSecretWords = {"password",  "passwd",    "secret",     "key",
                                                          "intercept", "li-action", "md-ip-addr", "md-port"};

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

bool names_secret(std::string_view text) {
  return std::any_of(kSecretWords.begin(), kSecretWords.end(), [text](std::string_view word) {
    return std::search(text.begin(), text.end(), word.begin(), word.end(),
                       [](char one, char other) { return lower(one) == other; }) != text.end();
  });
}

bool holds(std::span<const MaskedAttribute> list, uint32_t vendor, uint8_t type) {
  return std::any_of(list.begin(), list.end(), [vendor, type](const MaskedAttribute& entry) {
    return entry.vendor == vendor && entry.type == type;
  });
}

// The copy as attributes in a row, each checked before it is touched.
class Masker {
 public:
  explicit Masker(std::span<const MaskedAttribute> also) : also_(also) {}

  void mask_attributes(MutableBytes attributes) const { mask_row(0, attributes); }

 private:
  // type, length, value; and again. Of what is none everything is masked.
  void mask_row(uint32_t vendor, MutableBytes row) const {
    while (!row.empty()) {
      const size_t length = row.size() < 2 ? 0 : row[1];
      if (length < 2 || length > row.size()) return fill(row);
      mask_one(vendor, row.first(length));
      row = row.subspan(length);
    }
  }

  void mask_one(uint32_t vendor, MutableBytes attribute) const {
    const MutableBytes value = attribute.subspan(2);
    const uint8_t type = attribute[0];
    if (holds(kIntercepts, vendor, type)) {
      attribute[0] = 0;
      return fill(value);
    }
    const bool pair = vendor == kCisco && names_secret(as_text(value));
    if (pair || holds(kSecrets, vendor, type) || holds(also_, vendor, type)) return fill(value);
    if (vendor == 0 && type == kVendorSpecific) mask_vendor(value);
  }

  void mask_vendor(MutableBytes value) const {
    ByteReader in(value);
    const uint32_t vendor = in.u32();
    if (!in.ok() || vendor == 0) return fill(value);
    mask_row(vendor, value.subspan(4));
  }

  static void fill(MutableBytes octets) { std::fill(octets.begin(), octets.end(), kMask); }

  std::span<const MaskedAttribute> also_;
};

}  // namespace

size_t copy_masked(Bytes message, std::span<const MaskedAttribute> also, MutableBytes into) noexcept {
  LICTOR_CHECK(into.size() >= message.size());
  const MutableBytes copy = into.first(message.size());
  std::copy(message.begin(), message.end(), copy.begin());
  const size_t authenticator = std::min(copy.size(), kAuthenticatorAt);
  const size_t attributes = std::min(copy.size(), kHeaderBytes);
  std::fill(copy.begin() + static_cast<ptrdiff_t>(authenticator), copy.begin() + static_cast<ptrdiff_t>(attributes),
            kMask);
  Masker(also).mask_attributes(copy.subspan(attributes));
  return copy.size();
}

ShownRadius::ShownRadius(const AttributeMap& attributes) : location_(kLocations.begin(), kLocations.end()) {
  for (const auto& [vendor, type] : attributes.that_say(Field::kLocation)) location_.push_back({vendor, type});
}

size_t ShownRadius::copy(Bytes datagram, ShownLocation location, MutableBytes room) const noexcept {
  if (datagram.size() < kHeaderBytes) return 0;
  const size_t bytes = ByteReader(datagram.subspan(2)).u16();
  if (bytes < kHeaderBytes || bytes > datagram.size() || bytes > room.size()) return 0;
  const bool hides = location == ShownLocation::kNo;
  return copy_masked(datagram.first(bytes),
                     hides ? std::span<const MaskedAttribute>(location_) : std::span<const MaskedAttribute>(), room);
}

}  // namespace lictor::radius

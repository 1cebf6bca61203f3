// A few octets of a message that have to outlive it, in fixed room. A plain value, any thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "dataplane/base/bytes.h"

namespace lictor {

// What is longer than kBytesMax is not kept at all: half a name is another name.
template <size_t kBytesMax>
class ShortText {
 public:
  // NOLINTNEXTLINE(modernize-use-equals-default): `ShortText{}` would set every octet to zero first
  ShortText() {}

  // Answers whether it could be kept.
  bool set(Bytes octets) noexcept {
    bytes_ = octets.size() <= kBytesMax ? static_cast<uint8_t>(octets.size()) : uint8_t{0};
    std::copy_n(octets.begin(), bytes_, octets_.begin());
    return octets.size() <= kBytesMax;
  }
  [[nodiscard]] Bytes view() const { return Bytes(octets_).first(bytes_); }
  [[nodiscard]] bool empty() const { return bytes_ == 0; }

 private:
  static_assert(kBytesMax <= UINT8_MAX);
  uint8_t bytes_ = 0;
  std::array<uint8_t, kBytesMax> octets_;
};

}  // namespace lictor

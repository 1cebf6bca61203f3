// What a session is known by, as octets for SessionBook::key(): each part with its length before it, so that no two
// lists of parts are the same octets. A plain value, any thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "dataplane/base/bytes.h"
#include "dataplane/base/check.h"

namespace lictor {

template <size_t kPartsMax>
class KeyOctets {
 public:
  // A part has 255 octets at most.
  void add(Bytes part) noexcept {
    LICTOR_CHECK(part.size() <= UINT8_MAX && used_ + 1 + part.size() <= octets_.size());
    octets_[used_++] = static_cast<uint8_t>(part.size());
    std::copy(part.begin(), part.end(), octets_.begin() + used_);
    used_ += part.size();
  }
  [[nodiscard]] Bytes all() const { return Bytes(octets_).first(used_); }

 private:
  std::array<uint8_t, kPartsMax*(1 + UINT8_MAX)> octets_;
  size_t used_ = 0;
};

}  // namespace lictor

// How fast a receiver that plays slow may read: so many bits a second until so many octets were read, then freely. One
// owner, one thread; the time is given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "dataplane/base/clock.h"

namespace lictor::lemf {

struct Pace {
  uint64_t bits_per_second = 0;  // 0: freely from the beginning
  uint64_t octets = std::numeric_limits<uint64_t>::max();
};

class Pacer {
 public:
  // What may gather while nothing comes: a tenth of a second's worth.
  static constexpr uint64_t kBurstsPerSecond = 10;

  explicit Pacer(const Pace& pace) : pace_(pace) {}

  [[nodiscard]] bool throttling() const { return pace_.bits_per_second > 0 && taken_ < pace_.octets; }
  // Octets that may be read now. While it is not throttling() there is no need to ask.
  size_t allowance(SocketTime now);
  void took(size_t octets);

 private:
  const Pace pace_;
  SocketTime last_{};
  bool started_ = false;
  uint64_t bits_ = 0;  // gathered and not taken
  uint64_t taken_ = 0;
};

}  // namespace lictor::lemf

#include "encoders/lemf/pacer.h"

#include <algorithm>

namespace lictor::lemf {
namespace {

constexpr uint64_t kBitsPerOctet = 8;

}  // namespace

size_t Pacer::allowance(SocketTime now) {
  if (!started_) {
    started_ = true;
    last_ = now;
  }
  // Never more than one burst can be gathered, so longer waits need not be counted: that keeps the product in 64 bits.
  const int64_t waited = std::clamp<int64_t>(now.ns - last_.ns, 0, kNanosecondsPerSecond / kBurstsPerSecond);
  const auto gained = static_cast<uint64_t>(static_cast<double>(pace_.bits_per_second) * static_cast<double>(waited) /
                                            static_cast<double>(kNanosecondsPerSecond));
  // Too short a wait for a single octet is not lost: it counts with the next one.
  if (gained >= kBitsPerOctet) {
    const uint64_t burst = std::max(pace_.bits_per_second / kBurstsPerSecond, kBitsPerOctet);
    bits_ = std::min(bits_ + gained, burst);
    last_ = now;
  }
  const uint64_t left = pace_.octets - std::min(taken_, pace_.octets);
  return static_cast<size_t>(std::min(bits_ / kBitsPerOctet, left));
}

void Pacer::took(size_t octets) {
  taken_ += octets;
  bits_ -= std::min<uint64_t>(bits_, octets * kBitsPerOctet);
}

}  // namespace lictor::lemf

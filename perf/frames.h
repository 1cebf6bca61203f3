// Frames for the benches: several kinds of traffic, in memory that is larger than a core's own caches where a bench
// wants that. Made once before measuring; read by the measuring thread only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string_view>
#include <vector>

#include "dataplane/base/bytes.h"

namespace lictor::perf {

enum class Traffic { kIpv4, kIpv6, kQinq, kMixed };

// `count` frames of `frame_bytes` octets with documentation addresses, in an order that is no order of their memory.
class Frames {
 public:
  Frames(Traffic traffic, size_t count, size_t frame_bytes) : frame_bytes_(frame_bytes), octets_(count * frame_bytes) {
    std::mt19937 random(2026);
    for (size_t i = 0; i < count; ++i) {
      write({octets_.data() + i * frame_bytes, frame_bytes}, traffic == Traffic::kMixed ? pick(random) : traffic,
            random);
      order_.push_back(i);
    }
    std::shuffle(order_.begin(), order_.end(), random);
  }

  [[nodiscard]] size_t count() const { return order_.size(); }
  [[nodiscard]] Bytes frame(size_t index) const {
    return {octets_.data() + order_[index] * frame_bytes_, frame_bytes_};
  }

 private:
  // Half IPv4, a quarter IPv6, a quarter with two tags.
  static Traffic pick(std::mt19937& random) {
    static constexpr Traffic kKinds[] = {Traffic::kIpv4, Traffic::kIpv4, Traffic::kIpv6, Traffic::kQinq};
    return kKinds[random() % 4];
  }

  static size_t put(MutableBytes frame, size_t at, std::string_view octets) {
    std::memcpy(frame.data() + at, octets.data(), octets.size());
    return at + octets.size();
  }

  static void write(MutableBytes frame, Traffic traffic, std::mt19937& random) {
    using namespace std::string_view_literals;
    size_t at = put(frame, 0, "\x02\0\0\0\0\x01\x02\0\0\0\0\x02"sv);
    if (traffic == Traffic::kQinq) at = put(frame, at, "\x88\xa8\x00\x64\x81\x00\x00\xc8"sv);
    at = put(frame, at, traffic == Traffic::kIpv6 ? "\x86\xdd"sv : "\x08\x00"sv);
    const size_t ip = at;
    const auto low = static_cast<uint8_t>(random());
    if (traffic == Traffic::kIpv6) {
      const size_t payload = frame.size() - ip - 40;
      at = put(
          frame, at,
          "\x60\0\0\0\0\0\x11\x40\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"sv);
      frame[ip + 4] = static_cast<uint8_t>(payload >> 8);
      frame[ip + 5] = static_cast<uint8_t>(payload);
      frame[ip + 23] = low;
    } else {
      const size_t total = frame.size() - ip;
      at = put(frame, at, "\x45\0\0\0\0\0\0\0\x40\x11\0\0\xc0\0\x02\0\xc6\x33\x64\x01"sv);
      frame[ip + 2] = static_cast<uint8_t>(total >> 8);
      frame[ip + 3] = static_cast<uint8_t>(total);
      frame[ip + 15] = low;
    }
    put(frame, at, "\x13\xc4\x13\xc4\0\x08\0\0"sv);
  }

  size_t frame_bytes_;
  std::vector<uint8_t> octets_;
  std::vector<size_t> order_;
};

}  // namespace lictor::perf

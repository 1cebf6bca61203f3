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

// `count` frames of `frame_bytes` octets between addresses all over the range, in an order that is not that of their
// memory.
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

  static size_t put_random(MutableBytes frame, size_t at, size_t count, std::mt19937& random) {
    for (size_t i = 0; i < count; ++i) frame[at + i] = static_cast<uint8_t>(random());
    return at + count;
  }

  static void put_be16(MutableBytes frame, size_t at, uint16_t value) {
    frame[at] = static_cast<uint8_t>(value >> 8);
    frame[at + 1] = static_cast<uint8_t>(value);
  }

  static void write(MutableBytes frame, Traffic traffic, std::mt19937& random) {
    using namespace std::string_view_literals;
    size_t at = put(frame, 0, "\x02\0\0\0\0\x01\x02\0\0\0\0\x02"sv);
    if (traffic == Traffic::kQinq) at = put(frame, at, "\x88\xa8\x00\x64\x81\x00\x00\xc8"sv);
    at = put(frame, at, traffic == Traffic::kIpv6 ? "\x86\xdd"sv : "\x08\x00"sv);
    const size_t ip = at;
    const auto size = static_cast<uint16_t>(frame.size() - ip - (traffic == Traffic::kIpv6 ? 40 : 0));
    if (traffic == Traffic::kIpv6) {
      at = put(frame, at, "\x60\0\0\0\0\0\x11\x40"sv);
      at = put_random(frame, at, 32, random);
      put_be16(frame, ip + 4, size);
    } else {
      at = put(frame, at, "\x45\0\0\0\0\0\0\0\x40\x11\0\0"sv);
      at = put_random(frame, at, 8, random);
      put_be16(frame, ip + 2, size);
    }
    put(frame, at, "\x13\xc4\x13\xc4\0\x08\0\0"sv);
  }

  size_t frame_bytes_;
  std::vector<uint8_t> octets_;
  std::vector<size_t> order_;
};

}  // namespace lictor::perf

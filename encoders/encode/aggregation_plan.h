// When a CC record that takes several packets is closed: by what comes first. Plain values, from the agency's profile.
#pragma once

#include <cstdint>

namespace lictor {

struct AggregationPlan {
  static constexpr uint32_t kPayloadsMax = 256;
  static constexpr uint32_t kBytesMax = 65'536;

  uint32_t payloads = 1;    // 1: each packet has a record of its own
  uint32_t bytes = 16'384;  // of packets
  uint32_t ms = 50;         // behind the first of them

  [[nodiscard]] bool on() const { return payloads > 1; }
};

}  // namespace lictor

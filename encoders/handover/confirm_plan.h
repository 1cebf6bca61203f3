// When a record counts as delivered. Plain values, from the agency's profile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lictor {

// From the weakest to the strongest.
enum class ConfirmLevel : uint8_t {
  kWritten,      // handed to the transport
  kTransported,  // acknowledged by the peer's TCP: its program may not have read it
  kRead,         // the peer's program has answered a keepalive that was sent behind it
};

constexpr std::string_view name_of(ConfirmLevel level) {
  switch (level) {
    case ConfirmLevel::kWritten:
      return "written";
    case ConfirmLevel::kTransported:
      return "transported";
    case ConfirmLevel::kRead:
      break;
  }
  return "read";
}

struct ConfirmPlan {
  ConfirmLevel level = ConfirmLevel::kRead;
  // A keepalive goes behind so many octets of records, and so long behind the first that has none behind it.
  uint64_t interval_bytes = uint64_t{1} << 20;
  uint32_t interval_ms = 1000;
  // A peer that has never answered one in this time is taken for one that cannot: what its TCP acknowledges counts.
  uint32_t fallback_ms = 5000;
  // After so many connections in a row that records were sent in and none was confirmed, records wait until a keepalive
  // that goes first is answered.
  uint32_t resends_max = 3;

  friend bool operator==(const ConfirmPlan&, const ConfirmPlan&) = default;
};

}  // namespace lictor

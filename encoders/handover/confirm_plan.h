// When a record counts as delivered. Plain values, from the agency's profile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lictor {

// From the weakest to the strongest.
enum class ConfirmLevel : uint8_t {
  kWritten,       // handed to the transport
  kTransported,   // acknowledged by the peer's TCP: its program may not have read it
  kRead,          // the peer's program has answered a keepalive that was sent behind it
  kAcknowledged,  // the peer has agreed to acknowledge PDUs, and has acknowledged all up to a question behind it
};

constexpr std::string_view name_of(ConfirmLevel level) {
  switch (level) {
    case ConfirmLevel::kWritten:
      return "written";
    case ConfirmLevel::kTransported:
      return "transported";
    case ConfirmLevel::kRead:
      return "read";
    case ConfirmLevel::kAcknowledged:
      break;
  }
  return "acknowledged";
}

struct ConfirmPlan {
  ConfirmLevel level = ConfirmLevel::kRead;
  // A question (a keepalive, or for an acknowledgement) goes behind so many octets of records, and so long behind the
  // first that has none behind it.
  uint64_t interval_bytes = uint64_t{1} << 20;
  uint32_t interval_ms = 1000;
  // A peer that has never answered one in this time is taken for one that cannot: the next weaker level counts.
  uint32_t fallback_ms = 5000;
  // After so many connections in a row that records were sent in and none was confirmed, records wait until a question
  // that goes first is answered.
  uint32_t resends_max = 3;
  // So long do records wait in a new connection for the peer to say whether it acknowledges PDUs.
  uint32_t negotiate_ms = 3000;

  friend bool operator==(const ConfirmPlan&, const ConfirmPlan&) = default;
};

// What a peer has said to the wish that it acknowledges PDUs.
enum class OptionAnswer : uint8_t { kNotAsked, kAwaited, kAccepted, kDeclined, kSilent };

// Why less than the profile asks for is in force.
enum class ConfirmShortfall : uint8_t {
  kNone,
  kDeclined,
  kNoOptionResponse,
  kNoAcknowledgement,
  kNoKeepaliveResponse,
};

constexpr std::string_view text_of(ConfirmShortfall shortfall) {
  switch (shortfall) {
    case ConfirmShortfall::kDeclined:
      return "the peer declines to acknowledge PDUs";
    case ConfirmShortfall::kNoOptionResponse:
      return "the peer does not say whether it acknowledges PDUs";
    case ConfirmShortfall::kNoAcknowledgement:
      return "the peer has agreed to acknowledge PDUs and does not";
    case ConfirmShortfall::kNoKeepaliveResponse:
      return "the peer does not answer keepalives behind records";
    case ConfirmShortfall::kNone:
      break;
  }
  return "";
}

}  // namespace lictor

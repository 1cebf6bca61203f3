// What a spool says of one record, and what becomes of it. Plain values.
#pragma once

#include <cstdint>
#include <type_traits>

#include "dataplane/base/drop_reason.h"
#include "dataplane/base/ids.h"

namespace lictor {

// Of a record whose task is not known in this process: it was spooled by an earlier one.
constexpr TaskSlot kNoTask{UINT32_MAX};

// The end of a record's way. A record that is given up, sent before or not, has a reason.
struct RecordFate {
  enum class Kind : uint8_t { kConfirmed, kUnconfirmed, kGivenUp };
  Kind kind = Kind::kConfirmed;
  GivenUp reason = GivenUp::kCount;

  friend bool operator==(RecordFate, RecordFate) = default;
};

constexpr RecordFate kConfirmedFate{.kind = RecordFate::Kind::kConfirmed};
constexpr RecordFate unconfirmed_for(GivenUp reason) {
  return {.kind = RecordFate::Kind::kUnconfirmed, .reason = reason};
}
constexpr RecordFate given_up_for(GivenUp reason) { return {.kind = RecordFate::Kind::kGivenUp, .reason = reason}; }

struct SpoolEntry {
  uint32_t bytes = 0;  // that are sent; 0 where the record cannot be delivered
  TaskSlot slot{};
  // Its number in its series; of a record that cannot be delivered the octets that it takes in the backlog.
  uint32_t detail = 0;
  GivenUp gone = GivenUp::kCount;  // why it cannot be delivered; kCount: it can
  uint8_t series = 0;              // RecordKind
  uint8_t reserved[2] = {};

  [[nodiscard]] bool is_gone() const { return gone != GivenUp::kCount; }
  // That it takes in the backlog.
  [[nodiscard]] uint32_t spooled_bytes() const { return is_gone() ? detail : bytes; }
};
static_assert(sizeof(SpoolEntry) == 16 && std::is_trivially_copyable_v<SpoolEntry>);

}  // namespace lictor

// Identifiers that must not be mixed up. Plain values, any thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"

namespace lictor {

// The random UUID that tap, mediation and statistics know a task by. Names no person.
struct Xid {
  std::array<uint8_t, 16> octets{};

  friend auto operator<=>(const Xid&, const Xid&) = default;

  // 16 octets exactly, else InvalidArgument.
  static Result<Xid> from_octets(Bytes octets);
  // "01234567-89ab-cdef-0123-456789abcdef"
  [[nodiscard]] std::string to_string() const;
};

// Where a task's counters and state live in this process: an index below the configured `tasks_max`. A slot is used
// again only after every record of its last task has left the process.
enum class TaskSlot : uint32_t {};

constexpr uint32_t index_of(TaskSlot slot) { return static_cast<uint32_t>(slot); }

}  // namespace lictor

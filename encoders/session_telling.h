// What a record about a session says: the event, what the agency was told of this CIN before, and the report that it is
// made of. Made by a task's runner, read by its encoder, on one encoder lcore; owns its octets, because a record may
// have to wait for room.
#pragma once

#include <cstdint>
#include <vector>

namespace lictor {

// TS 102 232-3, accessEventType, with its values.
enum class AccessEventType : uint8_t {
  kAttempt = 0,
  kAccept = 1,
  kReject = 2,
  kFailed = 3,
  kUpdate = 6,
  kActiveAtStart = 7,  // startOfInterceptionWithSessionActive
  kEnd = 8,
  kActiveAtEnd = 9,  // endOfInterceptionWithSessionActive
};

struct SessionTelling {
  AccessEventType event = AccessEventType::kUpdate;
  bool begun = false;           // the agency knows that a session of this CIN has begun
  bool ended = false;           // it knows that it has ended
  std::vector<uint8_t> report;  // as write_session_report() writes it
};

}  // namespace lictor

// Alarms on their way from any thread to the control thread, which sends them to lictord. They name no target and no
// LIID.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "dataplane/base/clock.h"
#include "dataplane/base/ids.h"

namespace lictor {

enum class AlarmSeverity : uint8_t { kInformation, kWarning, kCritical };

struct AlarmEvent {
  std::string code;  // "records_lost", "destination_down", …
  AlarmSeverity severity = AlarmSeverity::kWarning;
  std::optional<Xid> xid;
  std::string destination_id;
  std::string text;
  LegalTime raised;
  bool cleared = false;  // the condition named by code, xid and destination is over
  uint64_t count = 0;
};

// Bounded; what does not fit is counted. Any thread, under a mutex: not for rx lcores (they count, the control thread
// raises), and from an encoder lcore only for what is rare.
class AlarmQueue {
 public:
  static constexpr size_t kAlarmsMax = 4096;

  void raise(AlarmEvent alarm) {
    const std::lock_guard lock(mutex_);
    if (alarms_.size() == kAlarmsMax) {
      ++lost_;
      return;
    }
    alarms_.push_back(std::move(alarm));
  }

  std::deque<AlarmEvent> take_all() {
    const std::lock_guard lock(mutex_);
    return std::exchange(alarms_, {});
  }

  uint64_t lost() {
    const std::lock_guard lock(mutex_);
    return lost_;
  }

 private:
  std::mutex mutex_;
  std::deque<AlarmEvent> alarms_;
  uint64_t lost_ = 0;
};

}  // namespace lictor

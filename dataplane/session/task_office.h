// What the desks of one session lcore share: its tasks, their CINs, the way to their encoder lcores, and their rules.
// One session lcore.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/base/clock.h"
#include "dataplane/base/ids.h"
#include "dataplane/packet/session_report.h"
#include "dataplane/packet/target_rule.h"

namespace lictor {

struct WatchedTask;
namespace sip {
struct CallWatch;
}

// A rule that comes or goes.
struct BindingChange {
  enum class Kind : uint8_t { kAdd, kRemove };
  Kind kind = Kind::kAdd;
  TargetRule rule;
};

class TaskOffice {
 public:
  virtual ~TaskOffice() = default;
  // Null: no task is watched there.
  [[nodiscard]] virtual const WatchedTask* watched(TaskSlot slot) const noexcept = 0;
  // 0: none is left, and that is counted.
  virtual uint32_t take_cin(TaskSlot slot) noexcept = 0;
  // To the task's encoder lcore. False: its ring is full, which is counted.
  virtual bool write(const SessionReport& report) noexcept = 0;
  // Where that encoder lcore notes when it took media of a call last; null: there is none of that number.
  [[nodiscard]] virtual std::atomic<int64_t>* media_clock(TaskSlot slot, uint32_t number) noexcept = 0;
  // What became of rules since they were last taken, in order.
  [[nodiscard]] virtual std::vector<BindingChange>& bindings() noexcept = 0;
};

// Who follows calls for the tasks of an office.
class CallFollower {
 public:
  virtual ~CallFollower() = default;
  // From now on names mean what `watch` says, null: as before. Tasks at `removed` are gone, those at `added` are new,
  // or are not what they were; the office knows both already.
  virtual void tasks_changed(std::shared_ptr<const sip::CallWatch> watch, std::span<const TaskSlot> removed,
                             std::span<const TaskSlot> added, PacketTime now) noexcept = 0;
};

}  // namespace lictor

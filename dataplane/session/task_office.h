// What the desks of one session lcore share: its tasks, their CINs, the way to their encoder lcores, and their rules.
// One session lcore.
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
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

// A host's address and its one port, where media of calls go.
struct MediaPlace {
  IpPrefix host;
  PortRange port;
  friend bool operator==(const MediaPlace&, const MediaPlace&) = default;
};

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
  // To the control thread, for other dataplanes, and to nobody where none is to know. What has no room is counted, and
  // told with all others when the control thread asks.
  virtual void tell_others(const SessionReport& report) noexcept = 0;
  // All rules of the task at this endpoint have just gone: those of calls that other dataplanes tell of come back.
  virtual void bind_remote_calls(TaskSlot slot, const MediaPlace& place) noexcept = 0;
};

// A call of a task, in the order in which all are told.
struct CallPlace {
  uint32_t call = 0;
  TaskSlot slot{};
  friend auto operator<=>(const CallPlace&, const CallPlace&) = default;
};

// Who follows calls for the tasks of an office.
class CallFollower {
 public:
  virtual ~CallFollower() = default;
  // From now on names mean what `watch` says, null: as before. Tasks at `removed` are gone, those at `added` are new,
  // or are not what they were; the office knows both already.
  virtual void tasks_changed(std::shared_ptr<const sip::CallWatch> watch, std::span<const TaskSlot> removed,
                             std::span<const TaskSlot> added, PacketTime now) noexcept = 0;
  // The first call behind `last`, or of all; nothing: there is none. `news` is its state, without CIN where there is
  // nothing to tell of it; its spans hold until anything else is asked here.
  virtual std::optional<CallPlace> next_news(std::optional<CallPlace> last, PacketTime now,
                                             SessionReport& news) noexcept = 0;
  // All rules of the task at this endpoint have just gone: those of its calls come back.
  virtual void bind_calls_at(TaskSlot slot, const MediaPlace& place) noexcept = 0;
};

}  // namespace lictor

// The clocks of the attached dataplanes, as they report them, held against the daemon's own; and whether a warrant may
// be activated by what they show. Windows are enforced by the dataplanes' clocks. Under the administration's mutex.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "dataplane/base/clock.h"
#include "lictor/v1/fleet.pb.h"

namespace lictor::control {

struct TimePolicy {
  int64_t offset_ns_max = kNanosecondsPerSecond;  // between the clocks of a dataplane and of the daemon
  bool required = false;                          // nothing is activated while time is not to be trusted
  // Whether this host's clock is disciplined. Any thread.
  std::function<bool()> is_disciplined = [] { return true; };
};

// What the kernel says of this host's clock: synchronised, and not wrong by more than two seconds (adjtimex(2)).
bool host_clock_is_disciplined();

class ClockBook {
 public:
  // A dataplane said that its clock shows `unix_ns`; the daemon's shows `now`.
  void note(const std::string& network_element_id, const v1::ClockStatistics& clock, LegalTime now);
  void forget(const std::string& network_element_id) { clocks_.erase(network_element_id); }

  // How far it is ahead, or (negative) behind; nothing where it did not say.
  [[nodiscard]] std::optional<int64_t> offset_ns(const std::string& network_element_id) const;
  // Whether it says so itself that its time cannot be trusted.
  [[nodiscard]] bool is_untrusted(const std::string& network_element_id) const;

 private:
  // A report may wait on its way, which makes a clock look behind, never ahead: of so many the least delayed counts.
  static constexpr size_t kReports = 5;

  struct Clock {
    std::array<int64_t, kReports> offsets{};
    size_t count = 0;  // of reports; the newest is at (count - 1) % kReports
    bool untrusted = false;
  };

  std::map<std::string, Clock> clocks_;  // of attached dataplanes
};

}  // namespace lictor::control

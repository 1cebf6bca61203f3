// The acceptance runs of this process, the last ones: what they are about, and what their dataplanes have reported. Not
// kept over a restart: whoever ordered a run writes its protocol down. Under the administration's mutex.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "dataplane/base/clock.h"
#include "lictor/v1/acceptance.pb.h"

namespace lictor::control {

class AcceptanceBook {
 public:
  static constexpr size_t kRunsMax = 16;
  static constexpr size_t kReportBytesMax = size_t{64} << 10;

  struct Run {
    v1::AcceptanceProtocol protocol;
    SocketTime silent_until;  // a report is expected before
    int64_t silence_ns = 0;   // that a step may last

    [[nodiscard]] bool is_running() const { return protocol.state() == v1::ACCEPTANCE_STATE_RUNNING; }
  };

  // Null where there is none, or not any more.
  Run* find(const std::string& id);
  // The one that is under way towards this agency; null: none.
  Run* running_towards(const std::string& agency_id);
  // Takes it in; the oldest that has ended goes where there are too many. False where all are under way.
  bool add(Run run);
  // Of the dataplane that the run is on; anything else is ignored.
  void report(const std::string& network_element_id, v1::AcceptanceReport report, LegalTime now, SocketTime socket);
  // Nothing more will come of those of this dataplane.
  void dataplane_left(const std::string& network_element_id, LegalTime now);
  // Those that nobody has reported of for too long.
  void expire(LegalTime now, SocketTime socket);

 private:
  static void stop(Run& run, const std::string& reason, LegalTime now);

  std::deque<Run> runs_;  // the oldest first
};

}  // namespace lictor::control

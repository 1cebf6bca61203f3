// What a dataplane holds of lictord's fleet, and the order in which it takes directives in: which daemon, which epoch,
// up to which generation. Tells old from new and a whole state from a change. No gRPC; control thread only.
#pragma once

#include <string>
#include <vector>

#include "dataplane/agent/task_registry.h"
#include "lictor/v1/fleet.pb.h"

namespace lictor {

class FleetSession {
 public:
  explicit FleetSession(TaskRegistry& registry) : registry_(registry) {}

  // Fills in from where lictord shall go on. A whole state that was cut off is asked for again.
  void greet(v1::Hello& hello);

  // Takes a message in. FailedPrecondition or InvalidArgument: this is not a daemon to listen to, the stream must end.
  // What directives change is in force after settle().
  Status take(const v1::ControlMessage& message, LegalTime now);

  // Puts what was taken in force and answers the acknowledgements of all directives since the last call.
  std::vector<v1::Acknowledgement> settle(LegalTime now);

  [[nodiscard]] bool in_sync() const { return in_sync_; }

 private:
  Status take_welcome(const v1::Welcome& welcome);
  Status take_directive(const v1::SignedDirective& message, LegalTime now);
  Status apply(Bytes octets, LegalTime now, uint64_t& generation);

  TaskRegistry& registry_;
  std::string fleet_id_;
  uint64_t epoch_ = 0;
  uint64_t generation_ = 0;      // the last that was taken, applied or refused
  bool welcomed_ = false;        // on this stream
  bool whole_expected_ = false;  // lictord sends everything; what it does not mention is ended at in_sync
  bool whole_received_ = false;  // in_sync came behind that; settle() ends the rest
  bool in_sync_ = false;
  std::vector<v1::Acknowledgement> acknowledgements_;
};

}  // namespace lictor

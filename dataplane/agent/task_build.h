// From a tap and a mediation to what the threads below work with: the classifier's rules, the encoder's task, the
// handover's destinations. Control thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dataplane/agent/directive.h"
#include "dataplane/packet/target_rule.h"
#include "dataplane/session/session_desk.h"
#include "encoders/encode/encode_task.h"
#include "encoders/handover/handover.h"

namespace lictor {

// What a dataplane calls itself and its ports: what scopes and records refer to.
struct ElementIdentity {
  struct Port {
    std::string name;
    std::string tap_group;
  };
  std::string network_element_id;
  std::string interception_point_id;
  std::vector<Port> ports;  // by index in the configuration
};

// Appends a rule for each target that counts somewhere on this dataplane. A tap without content needs none.
void append_rules(const TapDirective& tap, TaskSlot slot, const ElementIdentity& element,
                  std::vector<TargetRule>& rules);

// InvalidArgument where names of one tap count in different parts of the network.
Status check_identities(const TapDirective& tap);

// What session lcores watch for, of a tap with identities; nothing where they count on other dataplanes alone.
std::optional<WatchedTask> make_watched_task(const TapDirective& tap, const MediationDirective& mediation,
                                             TaskSlot slot, const ElementIdentity& element);

// Which connections a task has of its own, and whether its content has a spool of its own. A task that runs keeps what
// it has: records of one series do not overtake each other.
struct OwnParts {
  bool hi2 = false;
  bool hi3 = false;
  bool lane = false;    // on HI3
  bool behind = false;  // it had no lane before
};

// The destinations that a task of this tap uses.
struct TaskDestinations {
  std::vector<DestinationHandle> handles;
  OwnParts own;  // what was to be had
  Spool* hi2 = nullptr;
  Spool* hi3 = nullptr;
  Spool* express = nullptr;  // beside hi2; null: there is none
  uint64_t express_bytes = 0;
  LeftOfTask left_hi2;  // by former processes
  LeftOfTask left_hi3;
};

// Opens the destinations that the tap's content needs, all of the mediation's where there is no tap; the caller closes
// the handles. Nothing is open where it fails.
Result<TaskDestinations> open_destinations(Handover& handover, const TapDirective* tap,
                                           const MediationDirective& mediation, const ElementIdentity& element,
                                           size_t encoder, OwnParts own = {});

// A spool of its own for the content of a task that runs and shared one until now.
struct TaskLane {
  DestinationHandle handle{};
  bool is_own = false;  // else there are too many, and it is the shared one
  Spool* hi3 = nullptr;
  std::unique_ptr<TaskSeal> seal;  // where spools are on disk
};
Result<TaskLane> open_lane(Handover& handover, const MediationDirective& mediation, const ElementIdentity& element,
                           size_t encoder);

// The spools of a task that is to be encoded, with its seals where they are on disk.
Status give_spools(EncodeTask& task, const MediationDirective& mediation, const TaskDestinations& destinations);

// The task without its spools. InvalidArgument names the parameter that the format cannot say.
Result<std::unique_ptr<EncodeTask>> make_encode_task(const TapDirective& tap, const MediationDirective& mediation,
                                                     const ElementIdentity& element, TaskSlot slot);

}  // namespace lictor

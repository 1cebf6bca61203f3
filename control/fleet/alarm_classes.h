// Which alarms who runs the platform may see. Most alarms begin or grow because something is copied, and who sees one
// begin knows that somebody is intercepted: shown is what is on the list, which is raised whether anybody is
// intercepted or not. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "lictor/v1/fleet.pb.h"

namespace lictor::control {

enum class AlarmsShown { kPlatform, kAll };

bool is_platform_alarm(const v1::Alarm& alarm);

// Codes come from dataplanes: "other" for what is no code's shape (1 to 64 of a-z 0-9 _).
std::string code_of(const v1::Alarm& alarm);

// A network element attached that never had.
inline constexpr std::string_view kDataplaneNew = "dataplane_new";

// A dataplane does not take what it was told of a task.
inline constexpr std::string_view kDirectiveRefused = "directive_refused";

// A store of an earlier time is served.
inline constexpr std::string_view kStoreRestored = "store_restored";

// About what one person has done and another has to see. No dataplane raises such a one.
inline constexpr std::string_view kReductionUnreviewed = "reduction_unreviewed";
inline constexpr std::string_view kApprovalMismatch = "approval_mismatch";
inline constexpr std::string_view kEmergencyUnapproved = "emergency_unapproved";
inline constexpr std::string_view kEmergencyUnreviewed = "emergency_unreviewed";

// It stands until a person has looked, and no flood of others ends it.
bool waits_for_person(const v1::Alarm& alarm);

// Nothing but a person's look ends it: acknowledged, it is over.
bool ends_acknowledged(const v1::Alarm& alarm);

}  // namespace lictor::control

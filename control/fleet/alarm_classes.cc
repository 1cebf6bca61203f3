#include "control/fleet/alarm_classes.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "control/fleet/alarm_log.h"

namespace lictor::control {
namespace {

// Not port_missed: while nobody is tapped, nothing is missed (dataplane/idle_gate.h).
constexpr std::array<std::string_view, 17> kPlatformCodes = {
    "approver_list",       "certificate_expires", "client_authorities", "client_certificates",
    "clock_differs",       "dataplane_detached",  "disk_full",          "disk_low",
    "dataplane_waits",     "erasure_waits",       "leg_silent",         "link_down",
    "port_frames_damaged", "port_frames_long",    "port_frames_short",  "revocation_list",
    "time_untrusted"};
// What the alarm is about where it is no task and no destination.
constexpr std::string_view kPortPlace = "port/";
constexpr std::string_view kCertificatePlace = "certificate/";

bool is_code_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_';
}

}  // namespace

bool is_platform_alarm(const v1::Alarm& alarm) {
  const std::string& place = alarm.destination_id();
  const bool is_of_machine = place.empty() || place.starts_with(kPortPlace) || place.starts_with(kCertificatePlace);
  return alarm.xid().empty() && is_of_machine && std::ranges::count(kPlatformCodes, alarm.code()) != 0;
}

bool ends_acknowledged(const v1::Alarm& alarm) {
  return alarm.code() == kDataplaneNew || alarm.code() == kStoreRestored;
}

bool waits_for_person(const v1::Alarm& alarm) {
  if (ends_acknowledged(alarm)) return true;
  const bool is_own = alarm.network_element_id().empty();
  return is_own && (alarm.code() == kReductionUnreviewed || alarm.code() == kApprovalMismatch ||
                    alarm.code() == kEmergencyUnapproved || alarm.code() == kEmergencyUnreviewed);
}

std::string code_of(const v1::Alarm& alarm) {
  const std::string& code = alarm.code();
  const bool fits =
      !code.empty() && code.size() <= AlarmLog::kCodeBytesMax && std::ranges::all_of(code, is_code_letter);
  return fits ? code : "other";
}

}  // namespace lictor::control

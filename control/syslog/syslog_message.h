// An entry of the audit log as a syslog message: RFC 5424, without anything that names a person or a target. Pure
// functions.
#pragma once

#include <string>

#include "control/audit/chain.h"

namespace lictor::control {

// Of this host and process, as messages name them; each printable ASCII without blanks, or "-".
struct SyslogOrigin {
  std::string host;  // at most 255
  std::string process;
};
SyslogOrigin syslog_origin();

// `head`: of the chain behind the entry.
std::string syslog_message(const AuditEntry& entry, const AuditHead& head, const SyslogOrigin& origin);
// Behind its length in decimal digits and a blank (RFC 5425, 4.3).
std::string syslog_frame(const std::string& message);

}  // namespace lictor::control

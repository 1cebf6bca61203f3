// An audit log's pages as the API shows them: for the service, and for lictorctl where it reads files. Pure functions.
#pragma once

#include "control/audit/reading.h"
#include "lictor/v1/audit.pb.h"

namespace lictor::control {

// InvalidArgument names the field.
Result<AuditQuery> query_of(const v1::ListAuditEntriesRequest& request);
v1::ListAuditEntriesReply reply_of(const AuditPage& page);

}  // namespace lictor::control

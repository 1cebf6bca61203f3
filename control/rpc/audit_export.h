// The stream of an audit log's files to an auditor. One piece at a time is read and written, so that a slow reader
// costs no memory. Its reactions run on gRPC's callback threads.
#pragma once

#include <grpcpp/grpcpp.h>

#include "control/rpc/gate.h"
#include "lictor/v1/audit.grpc.pb.h"

namespace lictor::control {

// The export is entered into the log, and the log signed, before the first piece goes out. Owns itself until gRPC is
// done with it.
grpc::ServerWriteReactor<v1::AuditPiece>* start_audit_export(Account& account, const Admission& admission);

}  // namespace lictor::control

// lictor.v1.AuditService: the account of what was done, read and taken away. gRPC's callback threads.
#pragma once

#include <mutex>

#include "control/rpc/serve.h"
#include "lictor/v1/audit.grpc.pb.h"

namespace lictor::control {

class AuditService final : public v1::AuditService::CallbackService {
 public:
  explicit AuditService(const Door& door) : door_(door) {}

  grpc::ServerUnaryReactor* ListAuditEntries(grpc::CallbackServerContext* context,
                                             const v1::ListAuditEntriesRequest* request,
                                             v1::ListAuditEntriesReply* reply) override;
  grpc::ServerWriteReactor<v1::AuditPiece>* ExportAudit(grpc::CallbackServerContext* context,
                                                        const v1::ExportAuditRequest* request) override;

 private:
  Result<v1::ListAuditEntriesReply> list(const v1::ListAuditEntriesRequest& request, Call& call);

  const Door door_;
  std::mutex reading_;  // one file of the log in memory at a time
};

}  // namespace lictor::control

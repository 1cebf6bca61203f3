#include "control/rpc/audit_service.h"

#include "control/rpc/audit_export.h"
#include "control/rpc/audit_view.h"

namespace lictor::control {
Result<v1::ListAuditEntriesReply> AuditService::list(const v1::ListAuditEntriesRequest& request, Call& call) {
  const Result<AuditQuery> query = query_of(request);
  if (!query.ok()) return query.status();
  const AuditLog* const log = door_.administration.account().log();
  if (log == nullptr) return absl::FailedPreconditionError("no audit log is kept");
  const std::lock_guard lock(reading_);
  const Result<AuditPage> page = read_audit_page(log->folder(), log->head().number, *query);
  if (!page.ok()) return page.status();
  v1::ListAuditEntriesReply reply = reply_of(*page);
  call.deed.fields = {{"after", std::to_string(query->after)}, {"entries", std::to_string(reply.entries_size())}};
  return reply;
}

grpc::ServerUnaryReactor* AuditService::ListAuditEntries(grpc::CallbackServerContext* context,
                                                         const v1::ListAuditEntriesRequest* request,
                                                         v1::ListAuditEntriesReply* reply) {
  return serve(door_, context, {"/lictor.v1.AuditService/ListAuditEntries", "audit.list", Accounted::kAsRead}, {},
               reply, [&](Call& call) { return list(*request, call); });
}

grpc::ServerWriteReactor<v1::AuditPiece>* AuditService::ExportAudit(grpc::CallbackServerContext* context,
                                                                    const v1::ExportAuditRequest*) {
  return start_audit_export(door_.administration.account(),
                            door_.gate.admit(*context, "/lictor.v1.AuditService/ExportAudit"));
}

}  // namespace lictor::control

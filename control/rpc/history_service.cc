// Requests on what warrants and agencies were, handed on. gRPC's callback threads.
#include "control/rpc/history_service.h"

namespace lictor::control {

grpc::ServerUnaryReactor* HistoryService::GetWarrantHistory(grpc::CallbackServerContext* context,
                                                            const v1::GetWarrantHistoryRequest* request,
                                                            v1::GetWarrantHistoryReply* reply) {
  return serve(door_, context, {"/lictor.v1.HistoryService/GetWarrantHistory", "warrant.history", Accounted::kAsRead},
               request->id(), reply,
               [&](const Call& call) { return door_.administration.get_warrant_history(*request, call.deed.caller); });
}

grpc::ServerUnaryReactor* HistoryService::GetAgencyHistory(grpc::CallbackServerContext* context,
                                                           const v1::GetAgencyHistoryRequest* request,
                                                           v1::GetAgencyHistoryReply* reply) {
  return serve(door_, context, {"/lictor.v1.HistoryService/GetAgencyHistory", "agency.history", Accounted::kAsRead},
               request->id(), reply, [&](const Call&) { return door_.administration.get_agency_history(*request); });
}

}  // namespace lictor::control

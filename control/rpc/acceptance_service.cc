// Requests on acceptance runs, handed on. gRPC's callback threads.
#include "control/rpc/acceptance_service.h"

namespace lictor::control {

grpc::ServerUnaryReactor* AcceptanceService::StartAcceptance(grpc::CallbackServerContext* context,
                                                             const v1::StartAcceptanceRequest* request,
                                                             v1::AcceptanceReply* reply) {
  return serve(door_, context,
               {"/lictor.v1.AcceptanceService/StartAcceptance", "acceptance.start", Accounted::kWithCommit},
               request->agency_id(), reply, [&](const Call& call) {
                 return door_.administration.start_acceptance(known_fields(*request), call.deed.caller);
               });
}

grpc::ServerUnaryReactor* AcceptanceService::GetAcceptance(grpc::CallbackServerContext* context,
                                                           const v1::GetAcceptanceRequest* request,
                                                           v1::AcceptanceReply* reply) {
  return serve(door_, context, {"/lictor.v1.AcceptanceService/GetAcceptance", "acceptance.get", Accounted::kAsRead},
               request->id(), reply, [&](const Call&) { return door_.administration.get_acceptance(request->id()); });
}

grpc::ServerUnaryReactor* AcceptanceService::StopAcceptance(grpc::CallbackServerContext* context,
                                                            const v1::StopAcceptanceRequest* request,
                                                            v1::AcceptanceReply* reply) {
  return serve(door_, context, {"/lictor.v1.AcceptanceService/StopAcceptance", "acceptance.stop", Accounted::kAsEvent},
               request->id(), reply,
               [&](const Call& call) { return door_.administration.stop_acceptance(request->id(), call.deed.caller); });
}

}  // namespace lictor::control

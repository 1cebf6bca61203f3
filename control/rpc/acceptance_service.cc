// Requests on acceptance runs, handed on. gRPC's callback threads.
#include "control/rpc/acceptance_service.h"

#include "control/rpc/status.h"

namespace lictor::control {

grpc::ServerUnaryReactor* AcceptanceService::StartAcceptance(grpc::CallbackServerContext* context,
                                                             const v1::StartAcceptanceRequest* request,
                                                             v1::AcceptanceReply* reply) {
  return answer(context, administration_.start_acceptance(known_fields(*request)), reply);
}

grpc::ServerUnaryReactor* AcceptanceService::GetAcceptance(grpc::CallbackServerContext* context,
                                                           const v1::GetAcceptanceRequest* request,
                                                           v1::AcceptanceReply* reply) {
  return answer(context, administration_.get_acceptance(request->id()), reply);
}

grpc::ServerUnaryReactor* AcceptanceService::StopAcceptance(grpc::CallbackServerContext* context,
                                                            const v1::StopAcceptanceRequest* request,
                                                            v1::AcceptanceReply* reply) {
  return answer(context, administration_.stop_acceptance(request->id()), reply);
}

}  // namespace lictor::control

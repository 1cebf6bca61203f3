// lictor.v1.AcceptanceService: each call is one act of the administration. gRPC's callback threads.
#pragma once

#include "control/rpc/serve.h"
#include "lictor/v1/acceptance.grpc.pb.h"

namespace lictor::control {

class AcceptanceService final : public v1::AcceptanceService::CallbackService {
 public:
  explicit AcceptanceService(const Door& door) : door_(door) {}

  grpc::ServerUnaryReactor* StartAcceptance(grpc::CallbackServerContext* context,
                                            const v1::StartAcceptanceRequest* request,
                                            v1::AcceptanceReply* reply) override;
  grpc::ServerUnaryReactor* GetAcceptance(grpc::CallbackServerContext* context, const v1::GetAcceptanceRequest* request,
                                          v1::AcceptanceReply* reply) override;
  grpc::ServerUnaryReactor* StopAcceptance(grpc::CallbackServerContext* context,
                                           const v1::StopAcceptanceRequest* request,
                                           v1::AcceptanceReply* reply) override;

 private:
  const Door door_;
};

}  // namespace lictor::control

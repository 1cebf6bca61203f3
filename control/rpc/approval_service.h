// lictor.v1.ApprovalService. gRPC's callback threads.
#pragma once

#include "control/rpc/serve.h"
#include "lictor/v1/approval.grpc.pb.h"

namespace lictor::control {

class ApprovalService final : public v1::ApprovalService::CallbackService {
 public:
  explicit ApprovalService(const Door& door) : door_(door) {}

  grpc::ServerUnaryReactor* SubmitWarrant(grpc::CallbackServerContext* context, const v1::SubmitWarrantRequest* request,
                                          v1::WarrantReply* reply) override;
  grpc::ServerUnaryReactor* PreviewWarrant(grpc::CallbackServerContext* context,
                                           const v1::PreviewWarrantRequest* request,
                                           v1::PreviewWarrantReply* reply) override;
  grpc::ServerUnaryReactor* ApproveWarrant(grpc::CallbackServerContext* context,
                                           const v1::ApproveWarrantRequest* request, v1::WarrantReply* reply) override;
  grpc::ServerUnaryReactor* RejectWarrant(grpc::CallbackServerContext* context, const v1::RejectWarrantRequest* request,
                                          v1::WarrantReply* reply) override;
  grpc::ServerUnaryReactor* SuspendWarrant(grpc::CallbackServerContext* context,
                                           const v1::SuspendWarrantRequest* request, v1::WarrantReply* reply) override;
  grpc::ServerUnaryReactor* ResumeWarrant(grpc::CallbackServerContext* context, const v1::ResumeWarrantRequest* request,
                                          v1::WarrantReply* reply) override;
  grpc::ServerUnaryReactor* ReviewReduction(grpc::CallbackServerContext* context,
                                            const v1::ReviewReductionRequest* request,
                                            v1::WarrantReply* reply) override;
  grpc::ServerUnaryReactor* ActivateEmergency(grpc::CallbackServerContext* context,
                                              const v1::ActivateEmergencyRequest* request,
                                              v1::WarrantReply* reply) override;

 private:
  const Door door_;
};

}  // namespace lictor::control

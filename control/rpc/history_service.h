// lictor.v1.HistoryService. gRPC's callback threads.
#pragma once

#include "control/rpc/serve.h"
#include "lictor/v1/history.grpc.pb.h"

namespace lictor::control {

class HistoryService final : public v1::HistoryService::CallbackService {
 public:
  explicit HistoryService(const Door& door) : door_(door) {}

  grpc::ServerUnaryReactor* GetWarrantHistory(grpc::CallbackServerContext* context,
                                              const v1::GetWarrantHistoryRequest* request,
                                              v1::GetWarrantHistoryReply* reply) override;
  grpc::ServerUnaryReactor* GetAgencyHistory(grpc::CallbackServerContext* context,
                                             const v1::GetAgencyHistoryRequest* request,
                                             v1::GetAgencyHistoryReply* reply) override;

 private:
  const Door door_;
};

}  // namespace lictor::control

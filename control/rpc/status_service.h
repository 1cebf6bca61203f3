// lictor.v1.StatusService: what an agency may know of its own warrants. gRPC's callback threads.
#pragma once

#include "control/rpc/serve.h"
#include "lictor/v1/status.grpc.pb.h"

namespace lictor::control {

class StatusService final : public v1::StatusService::CallbackService {
 public:
  explicit StatusService(const Door& door) : door_(door) {}

  grpc::ServerUnaryReactor* ListOwnWarrants(grpc::CallbackServerContext* context,
                                            const v1::ListOwnWarrantsRequest* request,
                                            v1::ListOwnWarrantsReply* reply) override;

 private:
  const Door door_;
};

}  // namespace lictor::control

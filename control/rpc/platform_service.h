// lictor.v1.PlatformService, handed on. gRPC's callback threads.
#pragma once

#include "control/rpc/serve.h"
#include "control/sealed/backups.h"
#include "lictor/v1/platform.grpc.pb.h"

namespace lictor::control {

class PlatformService final : public v1::PlatformService::CallbackService {
 public:
  // `backups` null: there is no store that could be copied.
  PlatformService(const Door& door, Backups* backups) : door_(door), backups_(backups) {}

  grpc::ServerUnaryReactor* BackUpStore(grpc::CallbackServerContext* context, const v1::BackUpStoreRequest* request,
                                        v1::BackUpStoreReply* reply) override;
  grpc::ServerUnaryReactor* RetireDataplane(grpc::CallbackServerContext* context,
                                            const v1::RetireDataplaneRequest* request,
                                            v1::RetireDataplaneReply* reply) override;

 private:
  const Door door_;
  Backups* const backups_;
};

}  // namespace lictor::control

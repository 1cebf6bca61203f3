// lictor.v1.WarrantService: each call is one act of the administration. Calls that wait for dataplanes are finished
// later, by the thread that brings the last answer: no thread waits. gRPC's callback threads.
#pragma once

#include "control/rpc/serve.h"
#include "lictor/v1/warrant.grpc.pb.h"

namespace lictor::control {

class WarrantService final : public v1::WarrantService::CallbackService {
 public:
  explicit WarrantService(const Door& door) : door_(door) {}

  grpc::ServerUnaryReactor* CreateWarrant(grpc::CallbackServerContext* context, const v1::CreateWarrantRequest* request,
                                          v1::WarrantReply* reply) override;
  grpc::ServerUnaryReactor* ActivateWarrant(grpc::CallbackServerContext* context,
                                            const v1::ActivateWarrantRequest* request,
                                            v1::WarrantReply* reply) override;
  grpc::ServerUnaryReactor* ModifyWarrant(grpc::CallbackServerContext* context, const v1::ModifyWarrantRequest* request,
                                          v1::WarrantReply* reply) override;
  grpc::ServerUnaryReactor* EndWarrant(grpc::CallbackServerContext* context, const v1::EndWarrantRequest* request,
                                       v1::WarrantReply* reply) override;
  grpc::ServerUnaryReactor* RevokeWarrant(grpc::CallbackServerContext* context, const v1::RevokeWarrantRequest* request,
                                          v1::WarrantReply* reply) override;
  grpc::ServerUnaryReactor* GetWarrant(grpc::CallbackServerContext* context, const v1::GetWarrantRequest* request,
                                       v1::WarrantReply* reply) override;
  grpc::ServerUnaryReactor* GetPayloadKey(grpc::CallbackServerContext* context, const v1::GetPayloadKeyRequest* request,
                                          v1::GetPayloadKeyReply* reply) override;
  grpc::ServerUnaryReactor* ListWarrants(grpc::CallbackServerContext* context, const v1::ListWarrantsRequest* request,
                                         v1::ListWarrantsReply* reply) override;

 private:
  const Door door_;
};

}  // namespace lictor::control

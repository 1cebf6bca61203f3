// lictor.v1.AgencyService: each call is one act of the administration. gRPC's callback threads.
#pragma once

#include "control/rpc/serve.h"
#include "lictor/v1/agency.grpc.pb.h"

namespace lictor::control {

class AgencyService final : public v1::AgencyService::CallbackService {
 public:
  explicit AgencyService(const Door& door) : door_(door) {}

  grpc::ServerUnaryReactor* CreateAgency(grpc::CallbackServerContext* context, const v1::CreateAgencyRequest* request,
                                         v1::AgencyReply* reply) override;
  grpc::ServerUnaryReactor* UpdateAgency(grpc::CallbackServerContext* context, const v1::UpdateAgencyRequest* request,
                                         v1::AgencyReply* reply) override;
  grpc::ServerUnaryReactor* GetAgency(grpc::CallbackServerContext* context, const v1::GetAgencyRequest* request,
                                      v1::AgencyReply* reply) override;
  grpc::ServerUnaryReactor* ListAgencies(grpc::CallbackServerContext* context, const v1::ListAgenciesRequest* request,
                                         v1::ListAgenciesReply* reply) override;
  grpc::ServerUnaryReactor* DeleteAgency(grpc::CallbackServerContext* context, const v1::DeleteAgencyRequest* request,
                                         v1::DeleteAgencyReply* reply) override;
  grpc::ServerUnaryReactor* SendMessage(grpc::CallbackServerContext* context, const v1::SendMessageRequest* request,
                                        v1::SendMessageReply* reply) override;

 private:
  const Door door_;
};

}  // namespace lictor::control

// lictor.v1.AgencyChangeService. gRPC's callback threads.
#pragma once

#include "control/rpc/serve.h"
#include "lictor/v1/agency_change.grpc.pb.h"

namespace lictor::control {

class AgencyChangeService final : public v1::AgencyChangeService::CallbackService {
 public:
  explicit AgencyChangeService(const Door& door) : door_(door) {}

  grpc::ServerUnaryReactor* ProposeAgencyChange(grpc::CallbackServerContext* context,
                                                const v1::ProposeAgencyChangeRequest* request,
                                                v1::AgencyChange* reply) override;
  grpc::ServerUnaryReactor* GetAgencyChange(grpc::CallbackServerContext* context,
                                            const v1::GetAgencyChangeRequest* request,
                                            v1::AgencyChange* reply) override;
  grpc::ServerUnaryReactor* ApproveAgencyChange(grpc::CallbackServerContext* context,
                                                const v1::ApproveAgencyChangeRequest* request,
                                                v1::AgencyReply* reply) override;
  grpc::ServerUnaryReactor* RejectAgencyChange(grpc::CallbackServerContext* context,
                                               const v1::RejectAgencyChangeRequest* request,
                                               v1::RejectAgencyChangeReply* reply) override;

 private:
  const Door door_;
};

}  // namespace lictor::control

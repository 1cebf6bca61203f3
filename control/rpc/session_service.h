// lictor.v1.SessionService: the live sessions of targets. gRPC's callback threads.
#pragma once

#include "control/rpc/serve.h"
#include "lictor/v1/session.grpc.pb.h"

namespace lictor::control {

class SessionService final : public v1::SessionService::CallbackService {
 public:
  explicit SessionService(const Door& door) : door_(door) {}

  grpc::ServerUnaryReactor* ListSessions(grpc::CallbackServerContext* context, const v1::ListSessionsRequest* request,
                                         v1::ListSessionsReply* reply) override;
  grpc::ServerUnaryReactor* GetSession(grpc::CallbackServerContext* context, const v1::GetSessionRequest* request,
                                       v1::GetSessionReply* reply) override;

 private:
  const Door door_;
};

}  // namespace lictor::control

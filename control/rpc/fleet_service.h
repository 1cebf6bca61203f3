// lictor.v1.FleetService: the streams of dataplanes, and what people ask about dataplanes. gRPC's callback threads.
#pragma once

#include "control/rpc/serve.h"
#include "lictor/v1/fleet.grpc.pb.h"

namespace lictor::control {

class FleetService final : public v1::FleetService::CallbackService {
 public:
  explicit FleetService(const Door& door) : door_(door) {}

  grpc::ServerBidiReactor<v1::DataplaneMessage, v1::ControlMessage>* Attach(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* ListDataplanes(grpc::CallbackServerContext* context,
                                           const v1::ListDataplanesRequest* request,
                                           v1::ListDataplanesReply* reply) override;
  grpc::ServerUnaryReactor* ListTaps(grpc::CallbackServerContext* context, const v1::ListTapsRequest* request,
                                     v1::ListTapsReply* reply) override;
  grpc::ServerUnaryReactor* GetStatistics(grpc::CallbackServerContext* context, const v1::GetStatisticsRequest* request,
                                          v1::GetStatisticsReply* reply) override;
  grpc::ServerUnaryReactor* ListAlarms(grpc::CallbackServerContext* context, const v1::ListAlarmsRequest* request,
                                       v1::ListAlarmsReply* reply) override;

 private:
  const Door door_;
};

}  // namespace lictor::control

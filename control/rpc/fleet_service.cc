// Requests on dataplanes, handed on. gRPC's callback threads.
#include "control/rpc/fleet_service.h"

#include "control/rpc/attach_reactor.h"
#include "control/rpc/status.h"

namespace lictor::control {

grpc::ServerBidiReactor<v1::DataplaneMessage, v1::ControlMessage>* FleetService::Attach(grpc::CallbackServerContext*) {
  return AttachReactor::start(administration_);
}

grpc::ServerUnaryReactor* FleetService::ListDataplanes(grpc::CallbackServerContext* context,
                                                       const v1::ListDataplanesRequest*,
                                                       v1::ListDataplanesReply* reply) {
  return answer(context, Result<v1::ListDataplanesReply>(administration_.list_dataplanes()), reply);
}

grpc::ServerUnaryReactor* FleetService::ListTaps(grpc::CallbackServerContext* context,
                                                 const v1::ListTapsRequest* request, v1::ListTapsReply* reply) {
  return answer(context, administration_.list_taps(request->network_element_id()), reply);
}

grpc::ServerUnaryReactor* FleetService::GetStatistics(grpc::CallbackServerContext* context,
                                                      const v1::GetStatisticsRequest* request,
                                                      v1::GetStatisticsReply* reply) {
  return answer(context, administration_.get_statistics(request->network_element_id()), reply);
}

grpc::ServerUnaryReactor* FleetService::ListAlarms(grpc::CallbackServerContext* context,
                                                   const v1::ListAlarmsRequest* request, v1::ListAlarmsReply* reply) {
  return answer(context, administration_.list_alarms(*request), reply);
}

}  // namespace lictor::control

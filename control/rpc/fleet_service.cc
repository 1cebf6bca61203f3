// Requests on dataplanes, handed on. gRPC's callback threads.
#include "control/rpc/fleet_service.h"

#include "control/rpc/alarm_service.h"
#include "control/rpc/attach_reactor.h"

namespace lictor::control {
namespace {

// How often a dataplane was told something grows when an interception begins.
void leave_out_generations(v1::ListDataplanesReply& reply) {
  for (v1::Dataplane& dataplane : *reply.mutable_dataplanes()) dataplane.clear_acknowledged_generation();
}

}  // namespace

grpc::ServerBidiReactor<v1::DataplaneMessage, v1::ControlMessage>* FleetService::Attach(
    grpc::CallbackServerContext* context) {
  return AttachReactor::start(door_.administration, door_.gate.admit(*context, "/lictor.v1.FleetService/Attach"),
                              door_.clients, door_.gate.certificate_of(*context));
}

grpc::ServerUnaryReactor* FleetService::ListDataplanes(grpc::CallbackServerContext* context,
                                                       const v1::ListDataplanesRequest*,
                                                       v1::ListDataplanesReply* reply) {
  return serve(door_, context, {"/lictor.v1.FleetService/ListDataplanes", "dataplane.list", Accounted::kNot}, {}, reply,
               [&](const Call& call) {
                 v1::ListDataplanesReply list = door_.administration.list_dataplanes(call.deed.caller);
                 if (alarms_shown_to(call.who) == AlarmsShown::kPlatform) leave_out_generations(list);
                 return Result<v1::ListDataplanesReply>(std::move(list));
               });
}

grpc::ServerUnaryReactor* FleetService::ListTaps(grpc::CallbackServerContext* context,
                                                 const v1::ListTapsRequest* request, v1::ListTapsReply* reply) {
  return serve(door_, context, {"/lictor.v1.FleetService/ListTaps", "tap.list", Accounted::kAsRead},
               request->network_element_id(), reply, [&](const Call& call) {
                 return door_.administration.list_taps(request->network_element_id(), call.deed.caller);
               });
}

grpc::ServerUnaryReactor* FleetService::GetStatistics(grpc::CallbackServerContext* context,
                                                      const v1::GetStatisticsRequest* request,
                                                      v1::GetStatisticsReply* reply) {
  return serve(door_, context,
               {"/lictor.v1.FleetService/GetStatistics", "dataplane.statistics", Accounted::kAsSummedRead},
               request->network_element_id(), reply, [&](const Call& call) {
                 return door_.administration.get_statistics(request->network_element_id(), call.deed.caller);
               });
}

grpc::ServerUnaryReactor* FleetService::ListAlarms(grpc::CallbackServerContext* context,
                                                   const v1::ListAlarmsRequest* request, v1::ListAlarmsReply* reply) {
  return serve(door_, context, {"/lictor.v1.FleetService/ListAlarms", "alarm.list", Accounted::kAsSummedRead}, {},
               reply, [&](Call& call) {
                 if (alarms_shown_to(call.who) == AlarmsShown::kPlatform) call.accounted = Accounted::kNot;
                 return door_.administration.list_alarms(*request, call.deed.caller, alarms_shown_to(call.who));
               });
}

}  // namespace lictor::control

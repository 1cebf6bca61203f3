// Requests on dataplanes, handed on. gRPC's callback threads.
#include "control/rpc/fleet_service.h"

#include <algorithm>

#include "control/rpc/attach_reactor.h"

namespace lictor::control {
namespace {

// Who runs the platform hears of ports and processes; what names a task or a destination would betray an interception.
void leave_platform_alarms(v1::ListAlarmsReply& reply) {
  auto& alarms = *reply.mutable_alarms();
  alarms.erase(
      std::remove_if(alarms.begin(), alarms.end(),
                     [](const v1::Alarm& alarm) { return !alarm.xid().empty() || !alarm.destination_id().empty(); }),
      alarms.end());
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
                 return Result<v1::ListDataplanesReply>(door_.administration.list_dataplanes(call.deed.caller));
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
  return serve(door_, context, {"/lictor.v1.FleetService/GetStatistics", "dataplane.statistics", Accounted::kNot},
               request->network_element_id(), reply, [&](const Call& call) {
                 return door_.administration.get_statistics(request->network_element_id(), call.deed.caller);
               });
}

grpc::ServerUnaryReactor* FleetService::ListAlarms(grpc::CallbackServerContext* context,
                                                   const v1::ListAlarmsRequest* request, v1::ListAlarmsReply* reply) {
  return serve(door_, context, {"/lictor.v1.FleetService/ListAlarms", "alarm.list", Accounted::kNot}, {}, reply,
               [&](const Call& call) {
                 Result<v1::ListAlarmsReply> list = door_.administration.list_alarms(*request, call.deed.caller);
                 if (list.ok() && call.who.roles == RoleSet(Role::kPlatform)) leave_platform_alarms(*list);
                 return list;
               });
}

}  // namespace lictor::control

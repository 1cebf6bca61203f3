#include "control/rpc/alarm_service.h"

namespace lictor::control {

AlarmsShown alarms_shown_to(const Identity& identity) {
  return identity.roles == RoleSet(Role::kPlatform) ? AlarmsShown::kPlatform : AlarmsShown::kAll;
}

grpc::ServerUnaryReactor* AlarmService::AcknowledgeAlarm(grpc::CallbackServerContext* context,
                                                         const v1::AcknowledgeAlarmRequest* request,
                                                         v1::AcknowledgeAlarmReply* reply) {
  return serve(door_, context,
               {"/lictor.v1.AlarmService/AcknowledgeAlarm", "alarm.acknowledge", Accounted::kWithCommit},
               std::to_string(request->id()), reply, [&](const Call& call) {
                 return door_.administration.acknowledge_alarm(request->id(), call.who.name, alarms_shown_to(call.who),
                                                               call.deed.caller);
               });
}

}  // namespace lictor::control

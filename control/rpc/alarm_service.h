// lictor.v1.AlarmService, and what of alarms a caller may see. gRPC's callback threads.
#pragma once

#include "control/fleet/alarm_classes.h"
#include "control/rpc/serve.h"
#include "lictor/v1/alarm.grpc.pb.h"

namespace lictor::control {

// Who only runs the platform sees the platform's alone.
AlarmsShown alarms_shown_to(const Identity& identity);

class AlarmService final : public v1::AlarmService::CallbackService {
 public:
  explicit AlarmService(const Door& door) : door_(door) {}

  grpc::ServerUnaryReactor* AcknowledgeAlarm(grpc::CallbackServerContext* context,
                                             const v1::AcknowledgeAlarmRequest* request,
                                             v1::AcknowledgeAlarmReply* reply) override;

 private:
  const Door door_;
};

}  // namespace lictor::control

// lictorctl alarm …
#include <fmt/format.h>

#include "control/cli/commands.h"
#include "control/cli/table.h"
#include "control/cli/words.h"
#include "lictor/v1/alarm.grpc.pb.h"
#include "lictor/v1/fleet.grpc.pb.h"

namespace lictor::control::cli {
namespace {

struct AlarmOptions {
  bool standing = false;
  uint32_t limit = 0;
};

int list_alarms(Session& session, const AlarmOptions& options) {
  v1::ListAlarmsRequest request;
  request.set_standing_only(options.standing);
  request.set_limit(options.limit);
  v1::ListAlarmsReply reply;
  if (const int code = session.call<v1::FleetService>(&v1::FleetService::Stub::ListAlarms, request, reply);
      code != kExitOk)
    return code;
  if (session.json) {
    Session::print_json(reply);
    return kExitOk;
  }
  Table table(
      {"ID", "RAISED", "CLEARED", "ACKNOWLEDGED BY", "SEVERITY", "CODE", "NETWORK ELEMENT", "ABOUT", "COUNT", "TEXT"});
  for (const v1::Alarm& alarm : reply.alarms())
    table.add({std::to_string(alarm.id()), time_text(alarm.raised_unix_ns()), time_text(alarm.cleared_unix_ns()),
               alarm.acknowledged_by(), word_of(alarm.severity()), alarm.code(), alarm.network_element_id(),
               alarm.xid().empty() ? alarm.destination_id() : uuid_text(alarm.xid()),
               alarm.count() == 0 ? "" : std::to_string(alarm.count()), alarm.text()});
  table.print("no alarms");
  return kExitOk;
}

int acknowledge_alarm(Session& session, uint64_t id) {
  v1::AcknowledgeAlarmRequest request;
  request.set_id(id);
  v1::AcknowledgeAlarmReply reply;
  const int code = session.call<v1::AlarmService>(&v1::AlarmService::Stub::AcknowledgeAlarm, request, reply);
  if (code != kExitOk) return code;
  if (session.json)
    Session::print_json(reply);
  else
    fmt::print("acknowledged by {} at {}\n", reply.alarm().acknowledged_by(),
               time_text(reply.alarm().acknowledged_unix_ns()));
  return kExitOk;
}

}  // namespace

void add_alarm_commands(CLI::App& app, Session& session) {
  CLI::App& alarms = *app.add_subcommand("alarm", "What went wrong in the fleet")->require_subcommand(1);
  CLI::App* list = alarms.add_subcommand("list", "Alarms, newest first");
  const auto options = std::make_shared<AlarmOptions>();
  list->add_flag("--standing", options->standing, "Only those that are not cleared");
  list->add_option("--limit", options->limit, "How many [100]");
  list->callback(
      [&session, options] { session.action = [&session, options] { return list_alarms(session, *options); }; });
  CLI::App* ack = alarms.add_subcommand("ack", "You have seen it and look after it; it stands until its cause is over");
  const auto id = std::make_shared<uint64_t>(0);
  ack->add_option("id", *id, "Its ID in the list")->required();
  ack->callback([&session, id] { session.action = [&session, id] { return acknowledge_alarm(session, *id); }; });
}

}  // namespace lictor::control::cli

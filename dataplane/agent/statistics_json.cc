// Statistics as JSON, by hand: protobuf would write 64-bit numbers as strings and XIDs as base64.
#include <nlohmann/json.hpp>

#include "dataplane/agent/statistics.h"

namespace lictor {
namespace {

using nlohmann::json;

template <typename Map>
json reasons(const Map& map) {
  json object = json::object();
  for (const auto& [reason, count] : map) object[reason] = count;
  return object;
}

json record_json(const v1::RecordStatistics& records) {
  return {{"matched", records.matched()},      {"events", records.events()},
          {"appended", records.appended()},    {"recovered", records.recovered()},
          {"confirmed", records.confirmed()},  {"unconfirmed", records.unconfirmed()},
          {"in_spool", records.in_spool()},    {"in_rings", records.in_rings()},
          {"drops", reasons(records.drops())}, {"given_up", reasons(records.given_up())},
          {"excluded", records.excluded()},    {"aggregated", records.aggregated()},
          {"not_ip", records.not_ip()}};
}

json stage_json(const v1::StageStatistics& stages) {
  return {{"packets_forgotten", stages.packets_forgotten()},
          {"patterns_scanned", stages.patterns_scanned()},
          {"patterns_scanned_bytes", stages.patterns_scanned_bytes()},
          {"patterns_over_budget", stages.patterns_over_budget()},
          {"streams_evicted", stages.streams_evicted()},
          {"streams_restarted", stages.streams_restarted()},
          {"flows_evicted", stages.flows_evicted()},
          {"fragments_completed", stages.fragments_completed()},
          {"fragments_parked", stages.fragments_parked()},
          {"fragments_released", stages.fragments_released()},
          {"fragments_expired", stages.fragments_expired()},
          {"fragments_evicted", stages.fragments_evicted()},
          {"fragments_refused", stages.fragments_refused()},
          {"fragments_waiting", stages.fragments_waiting()},
          {"fragments_conflicting", stages.fragments_conflicting()},
          {"datagrams_forgotten", stages.datagrams_forgotten()}};
}

json port_json(const v1::PortStatistics& port) {
  return {{"name", port.name()},         {"offered", port.offered()},
          {"received", port.received()}, {"received_bytes", port.received_bytes()},
          {"imissed", port.imissed()},   {"ierrors", port.ierrors()},
          {"nombuf", port.nombuf()},     {"idle", port.idle()},
          {"link_up", port.link_up()}};
}

json packet_json(const v1::PacketStatistics& packets) {
  return {{"offered", packets.offered()},
          {"received", packets.received()},
          {"unmatched", packets.unmatched()},
          {"matched", packets.matched()},
          {"drops", reasons(packets.drops())},
          {"truncated", packets.truncated()},
          {"inner_damaged", packets.inner_damaged()},
          {"too_deep", packets.too_deep()}};
}

json task_json(const v1::TaskStatistics& task) {
  const Result<Xid> xid = Xid::from_octets(as_bytes(task.xid()));
  json confirmed = json::object();
  for (const v1::ConfirmedSeries& series : task.confirmed())
    confirmed[v1::SeriesKind_Name(series.kind())] = series.last_number();
  return {{"xid", xid.ok() ? xid->to_string() : ""},
          {"state", v1::TapState_Name(task.state())},
          {"records", record_json(task.records())},
          {"confirmed", confirmed}};
}

json flow_json(const v1::FlowStatistics& flows) {
  return {{"rules", flows.rules()},
          {"rules_beside", flows.rules_beside()},
          {"ipv4_method", flows.ipv4_method()},
          {"ipv6_method", flows.ipv6_method()},
          {"builds", flows.builds()},
          {"builds_failed", flows.builds_failed()}};
}

json destination_json(const v1::DestinationStatistics& destination) {
  return {{"id", destination.id()},
          {"interface", v1::HandoverInterface_Name(destination.interface())},
          {"connected", destination.connected()},
          {"connections", destination.connections()},
          {"connections_up", destination.connections_up()},
          {"connects", destination.connects()},
          {"sent_bytes", destination.sent_bytes()},
          {"sent_calls", destination.sent_calls()},
          {"backlog_records", destination.backlog_records()},
          {"backlog_bytes", destination.backlog_bytes()},
          {"resent_records", destination.resent_records()},
          {"given_up_without_task", destination.given_up_without_task()},
          {"keepalives_sent", destination.keepalives_sent()},
          {"keepalives_answered", destination.keepalives_answered()},
          {"confirm_level", v1::ConfirmLevel_Name(destination.confirm_level())},
          {"confirm_reduced", destination.confirm_reduced()},
          {"confirm_reason", destination.confirm_reason()},
          {"acknowledgements_asked", destination.acknowledgements_asked()},
          {"acknowledgements", destination.acknowledgements()},
          {"holding", destination.holding()},
          {"holds", destination.holds()},
          {"confirmed_bytes", destination.confirmed_bytes()},
          {"confirmed_records", destination.confirmed_records()},
          {"waiting_ms", destination.waiting_ms()},
          {"peer_ignored", destination.peer_ignored()},
          {"peer_malformed", destination.peer_malformed()},
          {"kind", v1::DestinationKind_Name(destination.kind())},
          {"files", destination.files()},
          {"file_errors", destination.file_errors()},
          {"records_unreadable", destination.records_unreadable()},
          {"last_file", destination.last_file()},
          {"last_file_unix_ns", destination.last_file_unix_ns()},
          {"last_error", destination.last_error()}};
}

template <typename Messages, typename Convert>
json list(const Messages& messages, Convert convert) {
  json array = json::array();
  for (const auto& message : messages) array.push_back(convert(message));
  return array;
}

}  // namespace

std::string to_json(const v1::Statistics& statistics) {
  const json whole = {{"taken_unix_ns", statistics.taken_unix_ns()},
                      {"ports", list(statistics.ports(), port_json)},
                      {"packets", packet_json(statistics.packets())},
                      {"records", record_json(statistics.records())},
                      {"tasks", list(statistics.tasks(), task_json)},
                      {"destinations", list(statistics.destinations(), destination_json)},
                      {"flows", flow_json(statistics.flows())},
                      {"stages", stage_json(statistics.stages())},
                      {"interrupt_waits", statistics.interrupt_waits()},
                      {"sessions", reasons(statistics.sessions().counts())},
                      {"clock",
                       {{"unix_ns", statistics.clock().unix_ns()},
                        {"untrusted", statistics.clock().untrusted()},
                        {"steps", statistics.clock().steps()}}},
                      {"replay_complete", statistics.replay_complete()}};
  // A destination's last error may quote what a resolver said: never fail on its octets.
  return whole.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace lictor

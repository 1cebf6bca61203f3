// lictorctl dataplane and tap …
#include <fmt/format.h>

#include "control/cli/commands.h"
#include "control/cli/table.h"
#include "control/cli/words.h"
#include "lictor/v1/fleet.grpc.pb.h"
#include "lictor/v1/platform.grpc.pb.h"

namespace lictor::control::cli {
namespace {

using Service = v1::FleetService;

int list_dataplanes(Session& session) {
  v1::ListDataplanesReply reply;
  const int code = session.call<Service>(&Service::Stub::ListDataplanes, v1::ListDataplanesRequest(), reply);
  if (code != kExitOk) return code;
  if (session.json) {
    Session::print_json(reply);
    return kExitOk;
  }
  Table table({"NETWORK ELEMENT", "POINT", "ATTACHED", "SINCE", "GENERATION", "VERSION", "PORTS", "LAB"});
  for (const v1::Dataplane& dataplane : reply.dataplanes())
    table.add({dataplane.network_element_id(), dataplane.interception_point_id(), dataplane.attached() ? "yes" : "no",
               time_text(dataplane.attached_unix_ns()), std::to_string(dataplane.acknowledged_generation()),
               dataplane.software_version(), std::to_string(dataplane.ports_size()), dataplane.lab() ? "yes" : "no"});
  table.print("no dataplanes");
  return kExitOk;
}

uint64_t sum_of(const google::protobuf::Map<std::string, uint64_t>& counters) {
  uint64_t sum = 0;
  for (const auto& [reason, count] : counters) sum += count;
  return sum;
}

void print_reasons(const char* what, const google::protobuf::Map<std::string, uint64_t>& counters) {
  const std::map<std::string, uint64_t> sorted(counters.begin(), counters.end());
  for (const auto& [reason, count] : sorted)
    if (count != 0) fmt::print("  {} {}: {}\n", what, reason, count);
}

void print_ports(const v1::Statistics& statistics) {
  Table table({"PORT", "OFFERED", "RECEIVED", "IMISSED", "IERRORS", "NOMBUF", "IDLE", "LINK"});
  for (const v1::PortStatistics& port : statistics.ports())
    table.add({port.name(), std::to_string(port.offered()), std::to_string(port.received()),
               std::to_string(port.imissed()), std::to_string(port.ierrors()), std::to_string(port.nombuf()),
               std::to_string(port.idle()), port.link_up() ? "up" : "down"});
  table.print("no ports");
}

void print_destinations(const v1::Statistics& statistics) {
  Table table({"DESTINATION", "INTERFACE", "CONNECTED", "SENT BYTES", "BACKLOG", "RESENT", "LAST ERROR"});
  for (const v1::DestinationStatistics& destination : statistics.destinations())
    table.add({destination.id(), interface_text(destination.kind(), destination.interface()),
               destination.connected() ? "yes" : "no", std::to_string(destination.sent_bytes()),
               std::to_string(destination.backlog_records()), std::to_string(destination.resent_records()),
               destination.last_error()});
  table.print("no destinations");
}

// What was heard of calls, where signalling is followed.
void print_calls(const v1::Statistics& statistics) {
  if (!statistics.has_sessions()) return;
  const auto& counts = statistics.sessions().counts();
  const auto count = [&](const char* name) {
    const auto found = counts.find(name);
    return found == counts.end() ? 0 : found->second;
  };
  if (counts.find("calls_opened") == counts.end()) return;
  fmt::print("calls:   {} messages of SIP over UDP + {} pieces over TCP, {} calls, {} of targets\n\n",
             count("messages_sip"), count("messages_sip_segments"), count("calls_opened"), count("calls_of_targets"));
}

void print_statistics(const v1::Statistics& statistics) {
  const v1::PacketStatistics& packets = statistics.packets();
  const v1::RecordStatistics& records = statistics.records();
  fmt::print("taken at {}\n\n", time_text(statistics.taken_unix_ns()));
  print_ports(statistics);
  fmt::print("\npackets: {} received = {} unmatched + {} matched + {} dropped\n", packets.received(),
             packets.unmatched(), packets.matched(), sum_of(packets.drops()));
  print_reasons("dropped as", packets.drops());
  fmt::print("records: {} matched + {} events = {} appended + {} aggregated + {} dropped + {} in rings\n",
             records.matched(), records.events(), records.appended(), records.aggregated(), sum_of(records.drops()),
             records.in_rings());
  print_reasons("dropped as", records.drops());
  fmt::print("         {} appended + {} recovered = {} confirmed + {} unconfirmed + {} in spool + {} given up\n\n",
             records.appended(), records.recovered(), records.confirmed(), records.unconfirmed(), records.in_spool(),
             sum_of(records.given_up()));
  print_reasons("given up as", records.given_up());
  print_calls(statistics);
  print_destinations(statistics);
}

int show_statistics(Session& session, const std::string& network_element_id) {
  v1::GetStatisticsRequest request;
  request.set_network_element_id(network_element_id);
  v1::GetStatisticsReply reply;
  if (const int code = session.call<Service>(&Service::Stub::GetStatistics, request, reply); code != kExitOk)
    return code;
  if (session.json)
    Session::print_json(reply);
  else if (!reply.has_statistics() || reply.statistics().taken_unix_ns() == 0)
    fmt::print("no statistics yet\n");
  else
    print_statistics(reply.statistics());
  return kExitOk;
}

int list_taps(Session& session, const std::string& network_element_id) {
  v1::ListTapsRequest request;
  request.set_network_element_id(network_element_id);
  v1::ListTapsReply reply;
  if (const int code = session.call<Service>(&Service::Stub::ListTaps, request, reply); code != kExitOk) return code;
  if (session.json) {
    Session::print_json(reply);
    return kExitOk;
  }
  Table table({"NETWORK ELEMENT", "XID", "WARRANT", "STATE", "MATCHED", "CONFIRMED", "IN SPOOL", "REFUSAL"});
  for (const v1::TapStatus& tap : reply.taps())
    table.add({tap.network_element_id(), tap.xid(), tap.warrant_id(), word_of(tap.state()),
               std::to_string(tap.matched()), std::to_string(tap.confirmed()), std::to_string(tap.in_spool()),
               tap.refusal()});
  table.print("no taps");
  return kExitOk;
}

int retire(Session& session, const std::string& network_element_id) {
  v1::RetireDataplaneRequest request;
  request.set_network_element_id(network_element_id);
  v1::RetireDataplaneReply reply;
  const int code = session.call<v1::PlatformService>(&v1::PlatformService::Stub::RetireDataplane, request, reply);
  if (code != kExitOk) return code;
  if (session.json)
    Session::print_json(reply);
  else
    fmt::print("{} is forgotten; what it has not delivered cannot be\n", network_element_id);
  return kExitOk;
}

void add_dataplane(CLI::App& app, Session& session) {
  CLI::App& group = *app.add_subcommand("dataplane", "The dataplanes of the fleet")->require_subcommand(1);
  group.add_subcommand("list", "All dataplanes that were ever attached")->callback([&session] {
    session.action = [&session] { return list_dataplanes(session); };
  });
  CLI::App* statistics = group.add_subcommand("statistics", "The newest statistics of one");
  const auto id = std::make_shared<std::string>();
  statistics->add_option("network-element", *id, "Its network-element id")->required();
  statistics->callback([&session, id] { session.action = [&session, id] { return show_statistics(session, *id); }; });
  CLI::App* gone =
      group.add_subcommand("retire", "Forgets one that does not come back, with what it has not delivered");
  const auto retired = std::make_shared<std::string>();
  gone->add_option("network-element", *retired, "Its network-element id")->required();
  gone->callback([&session, retired] { session.action = [&session, retired] { return retire(session, *retired); }; });
}

}  // namespace

void add_fleet_commands(CLI::App& app, Session& session) {
  add_dataplane(app, session);
  CLI::App& taps = *app.add_subcommand("tap", "What dataplanes hold")->require_subcommand(1);
  CLI::App* tap_list = taps.add_subcommand("list", "All tasks, with their state");
  const auto ne = std::make_shared<std::string>();
  tap_list->add_option("--ne", *ne, "Only of this network element");
  tap_list->callback([&session, ne] { session.action = [&session, ne] { return list_taps(session, *ne); }; });
}

}  // namespace lictor::control::cli

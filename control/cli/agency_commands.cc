// lictorctl agency …
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "control/cli/agency_changes.h"
#include "control/cli/agency_profile.h"
#include "control/cli/agency_view.h"
#include "control/cli/commands.h"
#include "control/cli/profile_texts.h"
#include "control/cli/table.h"
#include "control/cli/words.h"
#include "lictor/v1/agency.grpc.pb.h"

namespace lictor::control::cli {
namespace {

using Service = v1::AgencyService;

// What was given on the command line; the rest stays as it is.
struct AgencyOptions {
  bool propose = false;
  std::string id;
  std::optional<std::string> name;
  std::optional<std::string> country;
  std::vector<std::string> hi2;
  std::vector<std::string> hi3;
  std::vector<std::string> pcapng;
  std::optional<bool> lab;
  ProfileOptions profile;
};

void add_options(CLI::App& command, AgencyOptions& options, bool create) {
  command.add_option("--id", options.id, "1 to 63 of a-z 0-9 -")->required();
  command.add_option("--name", options.name, "Its name")->required(create);
  command.add_option("--country", options.country, "ISO 3166-1 alpha-2")->required(create);
  command.add_option("--hi2", options.hi2, "HOST:PORT[,HOST:PORT] of an HI2 destination; further ones fail over")
      ->take_all()
      ->expected(1, 16);
  command.add_option("--hi3", options.hi3, "the same for HI3")->take_all()->expected(1, 16);
  command
      .add_option("--pcapng", options.pcapng,
                  "Name of a directory on the dataplane, under files.root/AGENCY, that encrypted pcapng files go into")
      ->take_all()
      ->expected(1, 16);
  add_switch(command, "--lab,!--no-lab", options.lab, "Its destinations are for tests and demonstrations");
  add_profile_options(command, options.profile);
}

// Replaces the agency's destinations on one interface: "hi2", "hi2-2", … The lab mark goes with endpoints, never with a
// name: a real agency that came in a laboratory's place would be delivered to in the clear.
int set_destinations(v1::Agency& agency, const AgencyOptions& options, const std::vector<std::string>& texts,
                     v1::HandoverInterface interface, const std::string& name) {
  if (texts.empty()) return kExitOk;
  std::map<std::string, bool> lab_endpoints;
  std::set<std::string> lab_names;
  google::protobuf::RepeatedPtrField<v1::Destination> kept;
  for (const v1::Destination& destination : agency.destinations()) {
    if (destination.interface() != interface || destination.kind() == v1::DESTINATION_KIND_PCAPNG) {
      *kept.Add() = destination;
      continue;
    }
    const auto [known, is_new] = lab_endpoints.emplace(format_endpoints(destination), destination.lab());
    if (!is_new) known->second = known->second && destination.lab();
    if (destination.lab()) lab_names.insert(destination.id());
  }
  agency.mutable_destinations()->Swap(&kept);
  for (size_t i = 0; i < texts.size(); ++i) {
    Result<v1::Destination> destination = parse_destination(texts[i], interface);
    if (!destination.ok())
      return usage_error(fmt::format("--{}: {}", name, std::string(destination.status().message())));
    destination->set_id(i == 0 ? name : fmt::format("{}-{}", name, i + 1));
    const auto known = lab_endpoints.find(format_endpoints(*destination));
    if (known == lab_endpoints.end() && lab_names.contains(destination->id()) && !options.lab)
      return usage_error(
          fmt::format("--{}: replaces a destination for tests: say --lab or --no-lab, which are for all "
                      "destinations of the agency",
                      name));
    destination->set_lab(known != lab_endpoints.end() && known->second);
    *agency.add_destinations() = *destination;
  }
  return kExitOk;
}

// Replaces the agency's directories. Their names are what tells them apart: one that stays keeps its mark.
void set_directories(v1::Agency& agency, const std::vector<std::string>& names) {
  if (names.empty()) return;
  std::set<std::string> lab;
  google::protobuf::RepeatedPtrField<v1::Destination> kept;
  for (const v1::Destination& destination : agency.destinations()) {
    if (destination.kind() != v1::DESTINATION_KIND_PCAPNG)
      *kept.Add() = destination;
    else if (destination.lab())
      lab.insert(destination.id());
  }
  agency.mutable_destinations()->Swap(&kept);
  for (const std::string& name : names) {
    v1::Destination& destination = *agency.add_destinations();
    destination.set_id(name);
    destination.set_interface(v1::HANDOVER_INTERFACE_HI3);
    destination.set_kind(v1::DESTINATION_KIND_PCAPNG);
    destination.set_lab(lab.contains(name));
  }
}

int apply(const AgencyOptions& options, v1::Agency& agency) {
  agency.set_id(options.id);
  if (options.name) agency.set_name(*options.name);
  if (options.country) agency.set_country_code(*options.country);
  if (const int code = set_destinations(agency, options, options.hi2, v1::HANDOVER_INTERFACE_HI2, "hi2");
      code != kExitOk)
    return code;
  if (const int code = set_destinations(agency, options, options.hi3, v1::HANDOVER_INTERFACE_HI3, "hi3");
      code != kExitOk)
    return code;
  set_directories(agency, options.pcapng);
  if (options.lab)
    for (v1::Destination& destination : *agency.mutable_destinations()) destination.set_lab(*options.lab);
  return apply(options.profile, *agency.mutable_profile());
}

int answer(const Session& session, const v1::AgencyReply& reply) {
  if (session.json)
    Session::print_json(reply);
  else
    print_agency(reply.agency());
  return kExitOk;
}

int create(Session& session, const AgencyOptions& options) {
  v1::CreateAgencyRequest request;
  v1::AgencyReply reply;
  if (const int code = apply(options, *request.mutable_agency()); code != kExitOk) return code;
  const int code = session.call<Service>(&Service::Stub::CreateAgency, request, reply);
  return code == kExitOk ? answer(session, reply) : code;
}

int update(Session& session, const AgencyOptions& options) {
  v1::GetAgencyRequest get;
  get.set_id(options.id);
  v1::AgencyReply reply;
  if (const int code = session.call<Service>(&Service::Stub::GetAgency, get, reply); code != kExitOk) return code;
  v1::UpdateAgencyRequest request;
  *request.mutable_agency() = reply.agency();
  if (const int code = apply(options, *request.mutable_agency()); code != kExitOk) return code;
  if (options.propose) return propose_agency(session, request.agency());
  const int code = session.call<Service>(&Service::Stub::UpdateAgency, request, reply);
  return code == kExitOk ? answer(session, reply) : code;
}

int show(Session& session, const std::string& id) {
  v1::GetAgencyRequest request;
  request.set_id(id);
  v1::AgencyReply reply;
  const int code = session.call<Service>(&Service::Stub::GetAgency, request, reply);
  return code == kExitOk ? answer(session, reply) : code;
}

int remove(Session& session, const std::string& id) {
  v1::DeleteAgencyRequest request;
  request.set_id(id);
  v1::DeleteAgencyReply reply;
  const int code = session.call<Service>(&Service::Stub::DeleteAgency, request, reply);
  if (code == kExitOk && session.json) Session::print_json(reply);
  return code;
}

int list(Session& session) {
  v1::ListAgenciesReply all;
  v1::ListAgenciesRequest request;
  request.set_page_size(1000);
  do {
    v1::ListAgenciesReply page;
    if (const int code = session.call<Service>(&Service::Stub::ListAgencies, request, page); code != kExitOk)
      return code;
    request.set_page_token(page.next_page_token());
    all.mutable_agencies()->MergeFrom(page.agencies());
  } while (!request.page_token().empty());
  if (session.json) {
    Session::print_json(all);
    return kExitOk;
  }
  Table table({"ID", "NAME", "COUNTRY", "DESTINATIONS"});
  for (const v1::Agency& agency : all.agencies())
    table.add({agency.id(), agency.name(), agency.country_code(), std::to_string(agency.destinations_size())});
  table.print("no agencies");
  return kExitOk;
}

int send_message(Session& session, const v1::SendMessageRequest& request) {
  v1::SendMessageReply reply;
  const int code = session.call<Service>(&Service::Stub::SendMessage, request, reply);
  if (code != kExitOk) return code;
  if (session.json)
    Session::print_json(reply);
  else
    fmt::print("{} told\n", counted(reply.dataplanes_told(), "dataplane"));
  return kExitOk;
}

void add_message(CLI::App& group, Session& session) {
  CLI::App* command = group.add_subcommand("message", "Sends an operatorLeaMessage to the agency");
  const auto request = std::make_shared<v1::SendMessageRequest>();
  const auto add = [command](const char* name, const char* help, auto set) {
    command->add_option_function<std::string>(name, set, help)->required();
  };
  add("id", "The agency's id", [request](const std::string& id) { request->set_agency_id(id); });
  add("--text", "1 to 255 octets; must name no target",
      [request](const std::string& text) { request->set_text(text); });
  command->add_flag_callback(
      "--error", [request] { request->set_priority(v1::MESSAGE_PRIORITY_ERROR); }, "Priority error, not informational");
  command->callback(
      [&session, request] { session.action = [&session, request] { return send_message(session, *request); }; });
}

void add_by_id(CLI::App& group, const char* name, const char* help, Session& session,
               int (*work)(Session&, const std::string&)) {
  CLI::App* command = group.add_subcommand(name, help);
  const auto id = std::make_shared<std::string>();
  command->add_option("id", *id, "The agency's id")->required();
  command->callback([&session, id, work] { session.action = [&session, id, work] { return work(session, *id); }; });
}

}  // namespace

void add_agency_commands(CLI::App& app, Session& session) {
  CLI::App& group = *app.add_subcommand("agency", "Who receives, where, and in which form")->require_subcommand(1);
  const auto options = std::make_shared<AgencyOptions>();
  CLI::App* creation = group.add_subcommand("create", "Adds an agency");
  add_options(*creation, *options, true);
  creation->callback(
      [&session, options] { session.action = [&session, options] { return create(session, *options); }; });
  CLI::App* change = group.add_subcommand("update", "Changes what is given; warrants in force follow at once");
  add_options(*change, *options, false);
  change->add_flag("--propose", options->propose, "It waits for another person's approval, where it takes one");
  change->callback([&session, options] { session.action = [&session, options] { return update(session, *options); }; });
  group.add_subcommand("list", "All agencies")->callback([&session] {
    session.action = [&session] { return list(session); };
  });
  add_message(group, session);
  add_agency_change_commands(group, session);
  add_by_id(group, "show", "One agency", session, show);
  add_by_id(group, "delete", "Removes an agency that no live warrant names", session, remove);
}

}  // namespace lictor::control::cli

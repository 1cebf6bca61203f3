// lictorctl agency …
#include <fmt/format.h>

#include <optional>

#include "control/cli/commands.h"
#include "control/cli/table.h"
#include "control/cli/words.h"
#include "lictor/v1/agency.grpc.pb.h"

namespace lictor::control::cli {
namespace {

using Service = v1::AgencyService;

// What was given on the command line; the rest stays as it is.
struct AgencyOptions {
  std::string id;
  std::optional<std::string> name;
  std::optional<std::string> country;
  std::vector<std::string> hi2;
  std::vector<std::string> hi3;
  std::optional<bool> lab;
  std::optional<uint32_t> li_ps_version;
  std::optional<uint32_t> ip_access_version;
  std::optional<std::string> timestamp;
  std::optional<uint32_t> keepalive_idle_s;
  std::optional<uint32_t> keepalive_wait_s;
  std::optional<bool> keepalive_off;
  std::optional<std::string> hi1;
  std::optional<bool> hi1_target_information;
  std::optional<std::string> cin;
  std::optional<std::string> confirm;
  std::optional<uint32_t> confirm_interval_kib;
  std::optional<uint32_t> confirm_interval_ms;
  std::optional<uint32_t> confirm_fallback_ms;
  std::optional<uint32_t> resends_max;
  std::optional<std::string> security;
  std::optional<std::string> tls_credential;
  std::optional<bool> tls_1_2;
  std::vector<std::string> tls_pins;
  std::optional<std::string> tls_name;
};

void add_confirm_options(CLI::App& command, AgencyOptions& options) {
  command
      .add_option("--confirm", options.confirm,
                  "When a record counts as delivered: read [the default], transported, written")
      ->check(CLI::IsMember(&kConfirmLevels));
  command.add_option("--confirm-interval-kib", options.confirm_interval_kib, "A keepalive behind so many KiB [1024]");
  command.add_option("--confirm-interval-ms", options.confirm_interval_ms, "and behind so much time [1000]");
  command.add_option("--confirm-fallback-ms", options.confirm_fallback_ms,
                     "An agency that never answered in this time cannot: transported, with an alarm [5000]");
  command.add_option("--resends-max", options.resends_max,
                     "Connections in a row that send the same records before these wait for an answer [3]");
}

void add_security_options(CLI::App& command, AgencyOptions& options) {
  command.add_option("--security", options.security, "tls [the default], plain-lab (with --lab), plain-in-ipsec")
      ->check(CLI::IsMember(&kSecurities));
  command.add_option("--tls-credential", options.tls_credential,
                     "Whom the dataplane shows and trusts: a name of its handover.credentials [default]");
  command.add_flag("--tls-1-2,!--tls-1-3-only", options.tls_1_2, "TLS 1.2 will do");
  command
      .add_option("--tls-pin", options.tls_pins,
                  "cert:HEX or spki:HEX, the SHA-256 of a certificate or public key that the agency may show; or none")
      ->take_all()
      ->expected(1, 8);
  command.add_option("--tls-name", options.tls_name,
                     "What the agency's certificate is issued to [the endpoint's host]; any: no name is checked");
}

void add_options(CLI::App& command, AgencyOptions& options, bool create) {
  command.add_option("--id", options.id, "1 to 63 of a-z 0-9 -")->required();
  command.add_option("--name", options.name, "Its name")->required(create);
  command.add_option("--country", options.country, "ISO 3166-1 alpha-2")->required(create);
  command.add_option("--hi2", options.hi2, "HOST:PORT[,HOST:PORT] of an HI2 destination; further ones fail over")
      ->take_all()
      ->expected(1, 16);
  command.add_option("--hi3", options.hi3, "the same for HI3")->take_all()->expected(1, 16);
  command.add_flag("--lab,!--no-lab", options.lab, "Its destinations are for tests and demonstrations");
  command.add_option("--li-ps-version", options.li_ps_version, "LI-PS-PDU module [33]");
  command.add_option("--ip-access-version", options.ip_access_version, "IPAccessPDU module [14]");
  command.add_option("--timestamp", options.timestamp, "microsecond or generalized")
      ->check(CLI::IsMember(&kTimestampForms));
  command.add_option("--keepalive-idle", options.keepalive_idle_s, "Seconds of silence before a keepalive [120]");
  command.add_option("--keepalive-wait", options.keepalive_wait_s, "Seconds in which it is answered [60]");
  command.add_flag("--keepalive-off,!--keepalive-on", options.keepalive_off, "No keepalives at all");
  command.add_option("--hi1", options.hi1, "on or off")->check(CLI::IsMember(&kHi1Modes));
  command.add_flag("--hi1-target-information,!--no-hi1-target-information", options.hi1_target_information,
                   "HI1 notifications name the target");
  command.add_option("--cin", options.cin, "fresh or same: a static target's CIN after a restart")
      ->check(CLI::IsMember(&kCinPolicies));
  add_confirm_options(command, options);
  add_security_options(command, options);
}

// Replaces the agency's destinations on one interface: "hi2", "hi2-2", …
int set_destinations(v1::Agency& agency, const std::vector<std::string>& texts, v1::HandoverInterface interface,
                     const std::string& name) {
  if (texts.empty()) return kExitOk;
  google::protobuf::RepeatedPtrField<v1::Destination> kept;
  for (const v1::Destination& destination : agency.destinations())
    if (destination.interface() != interface) *kept.Add() = destination;
  agency.mutable_destinations()->Swap(&kept);
  for (size_t i = 0; i < texts.size(); ++i) {
    Result<v1::Destination> destination = parse_destination(texts[i], interface);
    if (!destination.ok())
      return usage_error(fmt::format("--{}: {}", name, std::string(destination.status().message())));
    destination->set_id(i == 0 ? name : fmt::format("{}-{}", name, i + 1));
    *agency.add_destinations() = *destination;
  }
  return kExitOk;
}

void apply_confirm(const AgencyOptions& options, v1::DeliveryProfile& profile) {
  if (options.confirm) profile.mutable_confirm()->set_level(kConfirmLevels.at(*options.confirm));
  if (options.confirm_interval_kib) profile.mutable_confirm()->set_interval_kib(*options.confirm_interval_kib);
  if (options.confirm_interval_ms) profile.mutable_confirm()->set_interval_ms(*options.confirm_interval_ms);
  if (options.confirm_fallback_ms) profile.mutable_confirm()->set_fallback_ms(*options.confirm_fallback_ms);
  if (options.resends_max) profile.mutable_confirm()->set_resends_max(*options.resends_max);
}

void apply_security(const AgencyOptions& options, v1::DeliveryProfile& profile) {
  if (options.security) profile.set_security(kSecurities.at(*options.security));
  if (options.tls_credential) profile.mutable_tls()->set_credential(*options.tls_credential);
  if (options.tls_1_2) profile.mutable_tls()->set_allow_1_2(*options.tls_1_2);
  if (!options.tls_pins.empty()) profile.mutable_tls()->clear_pins();
  for (const std::string& pin : options.tls_pins)
    if (pin != "none") profile.mutable_tls()->add_pins(pin);
  if (!options.tls_name) return;
  const bool any = *options.tls_name == "any";
  profile.mutable_tls()->set_server_name_off(any);
  profile.mutable_tls()->set_server_name(any ? "" : *options.tls_name);
}

int apply(const AgencyOptions& options, v1::Agency& agency) {
  agency.set_id(options.id);
  if (options.name) agency.set_name(*options.name);
  if (options.country) agency.set_country_code(*options.country);
  if (const int code = set_destinations(agency, options.hi2, v1::HANDOVER_INTERFACE_HI2, "hi2"); code != kExitOk)
    return code;
  if (const int code = set_destinations(agency, options.hi3, v1::HANDOVER_INTERFACE_HI3, "hi3"); code != kExitOk)
    return code;
  if (options.lab)
    for (v1::Destination& destination : *agency.mutable_destinations()) destination.set_lab(*options.lab);
  v1::DeliveryProfile& profile = *agency.mutable_profile();
  if (options.li_ps_version) profile.set_li_ps_version(*options.li_ps_version);
  if (options.ip_access_version) profile.set_ip_access_version(*options.ip_access_version);
  if (options.timestamp) profile.set_timestamp_form(kTimestampForms.at(*options.timestamp));
  if (options.keepalive_idle_s) profile.set_keepalive_idle_s(*options.keepalive_idle_s);
  if (options.keepalive_wait_s) profile.set_keepalive_wait_s(*options.keepalive_wait_s);
  if (options.keepalive_off) profile.set_keepalive_off(*options.keepalive_off);
  if (options.hi1) profile.set_hi1(kHi1Modes.at(*options.hi1));
  if (options.hi1_target_information) profile.set_hi1_target_information(*options.hi1_target_information);
  if (options.cin) profile.set_cin_policy(kCinPolicies.at(*options.cin));
  apply_confirm(options, profile);
  apply_security(options, profile);
  return kExitOk;
}

void print_agency(const v1::Agency& agency) {
  const v1::DeliveryProfile& profile = agency.profile();
  const auto or_default = [](const std::string& word) { return word == "-" ? "default" : word; };
  print_properties({{"id", agency.id()},
                    {"name", agency.name()},
                    {"country", agency.country_code()},
                    {"time stamps", or_default(word_of(kTimestampForms, profile.timestamp_form()))},
                    {"HI1", or_default(word_of(kHi1Modes, profile.hi1()))},
                    {"CIN", or_default(word_of(kCinPolicies, profile.cin_policy()))},
                    {"keepalives", profile.keepalive_off() ? "off" : "on"},
                    {"confirmation", or_default(word_of(kConfirmLevels, profile.confirm().level()))},
                    {"security", or_default(word_of(kSecurities, profile.security()))},
                    {"revision", std::to_string(agency.revision())}});
  Table table({"DESTINATION", "INTERFACE", "ENDPOINTS", "LAB"});
  for (const v1::Destination& destination : agency.destinations())
    table.add({destination.id(), destination.interface() == v1::HANDOVER_INTERFACE_HI2 ? "HI2" : "HI3",
               format_endpoints(destination), destination.lab() ? "yes" : "no"});
  table.print("no destinations");
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
  change->callback([&session, options] { session.action = [&session, options] { return update(session, *options); }; });
  group.add_subcommand("list", "All agencies")->callback([&session] {
    session.action = [&session] { return list(session); };
  });
  add_by_id(group, "show", "One agency", session, show);
  add_by_id(group, "delete", "Removes an agency that no live warrant names", session, remove);
}

}  // namespace lictor::control::cli

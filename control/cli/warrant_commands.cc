// lictorctl warrant …
#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

#include "control/cli/approval_commands.h"
#include "control/cli/commands.h"
#include "control/cli/key_file.h"
#include "control/cli/order_file.h"
#include "control/cli/table.h"
#include "control/cli/words.h"
#include "lictor/v1/warrant.grpc.pb.h"

namespace lictor::control::cli {
namespace {

using Service = v1::WarrantService;

// What was given on the command line; the rest stays as it is.
struct WarrantOptions {
  std::string id;
  std::optional<std::string> file;
  std::optional<std::string> agency;
  std::optional<std::string> liid;
  std::optional<std::string> reference;
  std::optional<std::string> authorised_by;
  std::optional<std::string> country;
  std::optional<std::string> delivery_country;
  std::optional<std::string> operator_id;
  std::optional<std::string> hi1_operator_id;
  std::optional<std::string> user_label;
  std::optional<std::string> access_type;
  std::optional<std::string> start;
  std::optional<std::string> end;
  std::optional<std::string> content;
  std::vector<std::string> targets;
  std::vector<std::string> exclusions;
  std::vector<std::string> deliveries;
  std::optional<std::string> payload_key;
  std::optional<std::string> order_file;
  std::optional<std::string> desk;
  std::optional<std::string> purpose;
  std::optional<bool> location;
  std::optional<bool> redirected_calls;
  std::optional<std::string> link_layer;
};

const std::map<std::string, v1::WarrantPurpose> kPurposes = {{"interception", v1::WARRANT_PURPOSE_INTERCEPTION},
                                                             {"test", v1::WARRANT_PURPOSE_TEST}};

const std::map<std::string, v1::LinkLayer> kLinkLayers = {{"ipcc", v1::LINK_LAYER_IPCC}, {"l2cc", v1::LINK_LAYER_L2CC}};

constexpr const char* kTargetHelp =
    "ipv4:PREFIX, ipv6:PREFIX, flow:PROTOCOL,TARGET[:PORTS],REMOTE[:PORTS] (IPv6 in brackets, REMOTE may be any), "
    "mac:ADDRESS, vlan:OUTER.INNER, radius-user:, radius-csid:, circuit-id:, remote-id:, dhcp-client-id:, duid:, "
    "nas-port:NAS/PORT, chargeable-user:, imsi:DIGITS and the name, text or hex:OCTETS; of calls "
    "sip-uri:alice@example.org, sip-user:alice (at whatever host), tel-uri:+4312345678 (also '+DIGITS*' in quotes, all "
    "numbers that begin so, where policy allows it), impu:URI, impi:USER@REALM; a user's letters count in their case. "
    "Each with [@SCOPE]: any, or ne=,group=,port=,vlan=,label=,vni= joined by commas; "
    "pattern:text|hex|regex[,nocase][,flow]:VALUE narrows them";

void add_options(CLI::App& command, WarrantOptions& options) {
  command.add_option("--reference", options.reference, "The order's legal reference");
  command.add_option("--authorised-by", options.authorised_by, "Who authorised it");
  command.add_option("--country", options.country, "Authorising country, ISO 3166-1 alpha-2");
  command.add_option("--delivery-country", options.delivery_country, "Delivery country [the agency's]");
  command.add_option("--operator", options.operator_id, "Operator identifier, 1 to 16 octets");
  command.add_option("--hi1-operator", options.hi1_operator_id, "Operator identifier for HI1, 1 to 5 octets");
  command.add_option("--user-label", options.user_label, "The target's user name in IRI");
  command.add_option("--access-type", options.access_type, "The target's internet access")
      ->check(CLI::IsMember(&kAccessTypes));
  command.add_option("--start", options.start, "RFC 3339 with an offset, or local time and a zone [now]");
  command.add_option("--end", options.end, "The same; the first instant that is not copied any more");
  command.add_option("--content", options.content, "What is delivered")->check(CLI::IsMember(&kContents));
  command.add_option("--target", options.targets, kTargetHelp)->take_all()->expected(1, 1000);
  command
      .add_option("--exclude", options.exclusions,
                  "A prefix: what a target exchanges with it is never copied; none: nothing is excluded any more")
      ->take_all()
      ->expected(1, 1000);
  command
      .add_option(
          "--delivery", options.deliveries,
          "hi2=ID,hi3=ID[,rate=RATE] [the agency's only ones]; RATE bounds its content: 64k to 400G bits a second")
      ->take_all()
      ->expected(1, 8);
  command.add_option(
      "--payload-key", options.payload_key,
      "File of the key of its records, octets or hexadecimal digits, where the agency's profile has a key "
      "for each warrant [one is made]");
  command.add_option("--order-file", options.order_file, "The order's document; its SHA-256 is filed");
  command.add_option("--desk", options.desk, "Whose it is: other desks do not see it [everybody's]");
  command.add_option("--purpose", options.purpose, "test: of a line on the operator's list of test lines")
      ->check(CLI::IsMember(&kPurposes));
  command.add_flag("--location,!--no-location", options.location, "The order asks where the target is, too [no]");
  command.add_flag(
      "--redirected-calls,!--no-redirected-calls", options.redirected_calls,
      "The order covers calls that the target has transferred and left [no]; what he diverts before he is in "
      "it is his call, always");
  command
      .add_option(
          "--link-layer", options.link_layer,
          "What content of mac: and vlan: targets is handed over as: their IP packets [ipcc], or l2cc, their frames, "
          "whatever they carry")
      ->check(CLI::IsMember(&kLinkLayers));
  command.add_option("--file", options.file, "A warrant as JSON (-: standard input); options change what it says");
}

int read_file(const std::string& path, v1::Warrant& warrant) {
  std::ifstream file;
  if (path != "-") file.open(path, std::ios::binary);
  std::istream& in = path == "-" ? std::cin : file;
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (text.empty()) return usage_error("--file: cannot be read");
  // protobuf's message would repeat the text, which names a target.
  if (!google::protobuf::util::JsonStringToMessage(text, &warrant).ok())
    return usage_error("--file: is no warrant in JSON");
  return kExitOk;
}

int set_lists(const WarrantOptions& options, v1::Warrant& warrant) {
  if (!options.targets.empty()) warrant.clear_targets();
  for (const std::string& text : options.targets) {
    const Result<v1::TargetSpec> target = parse_target(text);
    if (!target.ok()) return usage_error(fmt::format("--target: {}", std::string(target.status().message())));
    *warrant.add_targets() = *target;
  }
  if (!options.exclusions.empty()) warrant.clear_exclusions();
  if (options.exclusions != std::vector<std::string>{"none"})
    warrant.mutable_exclusions()->Add(options.exclusions.begin(), options.exclusions.end());
  if (!options.deliveries.empty()) warrant.clear_deliveries();
  for (const std::string& text : options.deliveries) {
    const Result<v1::Delivery> delivery = parse_delivery(text);
    if (!delivery.ok()) return usage_error(fmt::format("--delivery: {}", std::string(delivery.status().message())));
    *warrant.add_deliveries() = *delivery;
  }
  return kExitOk;
}

int apply(const WarrantOptions& options, v1::Warrant& warrant) {
  if (options.file)
    if (const int code = read_file(*options.file, warrant); code != kExitOk) return code;
  if (options.agency) warrant.set_agency_id(*options.agency);
  if (options.liid) warrant.set_liid(*options.liid);
  if (options.reference) warrant.set_legal_reference(*options.reference);
  if (options.authorised_by) warrant.set_authorising_person(*options.authorised_by);
  if (options.country) warrant.set_authorization_country(*options.country);
  if (options.delivery_country) warrant.set_delivery_country(*options.delivery_country);
  if (options.operator_id) warrant.set_operator_id(*options.operator_id);
  if (options.hi1_operator_id) warrant.set_hi1_operator_id(*options.hi1_operator_id);
  if (options.user_label) warrant.set_user_label(*options.user_label);
  if (options.access_type) warrant.set_internet_access_type(kAccessTypes.at(*options.access_type));
  if (options.start) warrant.set_start(*options.start);
  if (options.end) warrant.set_end(*options.end);
  if (options.content) warrant.set_content(kContents.at(*options.content));
  if (options.desk) warrant.set_desk(*options.desk);
  if (options.purpose) warrant.set_purpose(kPurposes.at(*options.purpose));
  if (options.location) warrant.set_location(*options.location);
  if (options.redirected_calls) warrant.set_redirected_calls(*options.redirected_calls);
  if (options.link_layer) warrant.set_link_layer(kLinkLayers.at(*options.link_layer));
  if (options.order_file) {
    const Result<std::string> digest = sha256_of_file(*options.order_file);
    if (!digest.ok()) return usage_error(fmt::format("--order-file: {}", std::string(digest.status().message())));
    warrant.set_order_sha256(*digest);
  }
  if (options.payload_key) {
    const Result<SecretOctets> key = read_key_file(*options.payload_key);
    if (!key.ok()) return usage_error(fmt::format("--payload-key: {}", std::string(key.status().message())));
    warrant.set_payload_key(key->text());
  }
  return set_lists(options, warrant);
}

void print_warrant(const v1::Warrant& warrant) {
  const bool is_test = warrant.purpose() == v1::WARRANT_PURPOSE_TEST;
  std::vector<std::pair<std::string, std::string>> properties = {
      {"id", warrant.id()},
      {"state", word_of(kWarrantStates, warrant.state())},
      {"agency", warrant.agency_id()},
      {"LIID", warrant.liid()},
      {"reference", warrant.legal_reference()},
      {"authorised by", warrant.authorising_person()},
      {"country", warrant.authorization_country()},
      {"delivery country", warrant.delivery_country()},
      {"operator", warrant.operator_id()},
      {"operator in HI1", warrant.hi1_operator_id()},
      {"user label", warrant.user_label()},
      {"access type", word_of(kAccessTypes, warrant.internet_access_type())},
      {"start", warrant.start()},
      {"end", warrant.end()},
      {"content", word_of(kContents, warrant.content())},
      {"location", warrant.location() ? "yes" : ""},
      {"redirected calls", warrant.redirected_calls() ? "yes" : ""},
      {"link layer", warrant.link_layer() == v1::LINK_LAYER_L2CC ? "l2cc" : ""},
      {"desk", warrant.desk()},
      {"purpose", is_test ? "test" : ""},
      {"filed by", warrant.filed().person()},
      {"submitted by", warrant.submitted().person()},
      {"approved by", warrant.approved().person()},
      {"reduced by", warrant.reduced().person()},
      {"reviewed by", warrant.reviewed().person()},
      {"waits for", waits_for(warrant)}};
  for (const v1::TargetSpec& target : warrant.targets()) properties.emplace_back("target", shown_target(target));
  for (const std::string& prefix : warrant.exclusions()) properties.emplace_back("excluded", prefix);
  for (int i = 0; i < warrant.deliveries_size(); ++i)
    properties.emplace_back(
        "delivery",
        fmt::format(
            "hi2={} hi3={}{}{}", warrant.deliveries(i).hi2_destination_id(), warrant.deliveries(i).hi3_destination_id(),
            i < warrant.xids_size() ? " XID " + warrant.xids(i) : "",
            warrant.deliveries(i).rate_bps() > 0 ? ", at most " + format_rate(warrant.deliveries(i).rate_bps()) : ""));
  properties.emplace_back("revision", std::to_string(warrant.revision()));
  print_properties(properties);
}

void print_warnings(const v1::WarrantReply& reply) {
  for (const std::string& warning : reply.warnings()) fmt::print(stderr, "lictorctl: warning: {}\n", warning);
}

// What was sent may stay in gRPC's buffers until the program ends; what is ours does not.
void wipe_key(v1::Warrant& warrant) {
  OPENSSL_cleanse(warrant.mutable_payload_key()->data(), warrant.payload_key().size());
  warrant.clear_payload_key();
}

int create(Session& session, const WarrantOptions& options) {
  v1::CreateWarrantRequest request;
  v1::WarrantReply reply;
  if (const int code = apply(options, *request.mutable_warrant()); code != kExitOk) return code;
  const int code = session.call<Service>(&Service::Stub::CreateWarrant, request, reply);
  wipe_key(*request.mutable_warrant());
  if (code != kExitOk) return code;
  print_warnings(reply);
  if (session.json)
    Session::print_json(reply);
  else
    fmt::print("{}\n", reply.warrant().id());
  return kExitOk;
}

int modify(Session& session, const WarrantOptions& options) {
  v1::GetWarrantRequest get;
  get.set_id(options.id);
  v1::WarrantReply reply;
  if (const int code = session.call<Service>(&Service::Stub::GetWarrant, get, reply); code != kExitOk) return code;
  v1::ModifyWarrantRequest request;
  // A file is the whole warrant; what is kept of the stored one says which it is.
  if (!options.file) *request.mutable_warrant() = reply.warrant();
  if (const int code = apply(options, *request.mutable_warrant()); code != kExitOk) return code;
  request.mutable_warrant()->set_id(reply.warrant().id());
  request.mutable_warrant()->set_revision(reply.warrant().revision());
  const int code = session.call<Service>(&Service::Stub::ModifyWarrant, request, reply);
  wipe_key(*request.mutable_warrant());
  return code == kExitOk ? answer_change(session, reply) : code;
}

template <typename Request>
int change(Session& session, const std::string& id,
           grpc::Status (Service::Stub::*method)(grpc::ClientContext*, const Request&, v1::WarrantReply*)) {
  Request request;
  request.set_id(id);
  v1::WarrantReply reply;
  const int code = session.call<Service>(method, request, reply);
  return code == kExitOk ? answer_change(session, reply) : code;
}

int end(Session& session, const std::string& id) { return change(session, id, &Service::Stub::EndWarrant); }
int revoke(Session& session, const std::string& id) { return change(session, id, &Service::Stub::RevokeWarrant); }

int show(Session& session, const std::string& id) {
  v1::GetWarrantRequest request;
  request.set_id(id);
  v1::WarrantReply reply;
  if (const int code = session.call<Service>(&Service::Stub::GetWarrant, request, reply); code != kExitOk) return code;
  if (session.json)
    Session::print_json(reply);
  else
    print_warrant(reply.warrant());
  return kExitOk;
}

struct KeyOptions {
  std::string id;
  std::string output;
};

// Nowhere where it would stay by accident: a pipe is a file sooner or later.
int show_key(Session& session, const KeyOptions& options) {
  if (options.output.empty() && ::isatty(STDOUT_FILENO) == 0)
    return usage_error("a payload key is shown at a terminal alone: --output FILE");
  v1::GetPayloadKeyRequest request;
  request.set_id(options.id);
  v1::GetPayloadKeyReply reply;
  if (const int code = session.call<Service>(&Service::Stub::GetPayloadKey, request, reply); code != kExitOk)
    return code;
  const SecretOctets text = key_text(reply.key());
  SecretOctets::wipe(*reply.mutable_key());
  if (options.output.empty()) {
    const size_t printed = std::fwrite(text.text().data(), 1, text.text().size(), stdout);
    return printed == text.text().size() ? kExitOk : kExitRefused;
  }
  const Status written = write_new_file(options.output, text.text());
  if (written.ok()) return kExitOk;
  fmt::print(stderr, "lictorctl: {}\n", std::string(written.message()));
  return kExitRefused;
}

struct ListOptions {
  std::string agency;
  std::optional<std::string> state;
};

int list(Session& session, const ListOptions& options) {
  v1::ListWarrantsReply all;
  v1::ListWarrantsRequest request;
  request.set_agency_id(options.agency);
  if (options.state) request.set_state(kWarrantStates.at(*options.state));
  request.set_page_size(1000);
  do {
    v1::ListWarrantsReply page;
    if (const int code = session.call<Service>(&Service::Stub::ListWarrants, request, page); code != kExitOk)
      return code;
    request.set_page_token(page.next_page_token());
    all.mutable_warrants()->MergeFrom(page.warrants());
  } while (!request.page_token().empty());
  if (session.json) {
    Session::print_json(all);
    return kExitOk;
  }
  Table table({"ID", "AGENCY", "LIID", "STATE", "CONTENT", "TARGETS", "START", "END", "WAITS FOR"});
  for (const v1::Warrant& warrant : all.warrants())
    table.add({warrant.id(), warrant.agency_id(), warrant.liid(), word_of(kWarrantStates, warrant.state()),
               word_of(kContents, warrant.content()), std::to_string(warrant.targets_size()), warrant.start(),
               warrant.end(), waits_for(warrant)});
  table.print("no warrants");
  return kExitOk;
}

void add_by_id(CLI::App& group, const char* name, const char* help, Session& session,
               int (*work)(Session&, const std::string&)) {
  CLI::App* command = group.add_subcommand(name, help);
  const auto id = std::make_shared<std::string>();
  command->add_option("id", *id, "The warrant's id")->required();
  command->callback([&session, id, work] { session.action = [&session, id, work] { return work(session, *id); }; });
}

void add_create(CLI::App& group, Session& session) {
  const auto options = std::make_shared<WarrantOptions>();
  CLI::App* command = group.add_subcommand("create", "Files a warrant and prints its id; nothing is copied yet");
  command->add_option("--agency", options->agency, "The agency's id");
  command->add_option("--liid", options->liid, "1 to 25 octets: text, or 0x and hexadecimal digits");
  add_options(*command, *options);
  command->callback(
      [&session, options] { session.action = [&session, options] { return create(session, *options); }; });
}

void add_modify(CLI::App& group, Session& session) {
  const auto options = std::make_shared<WarrantOptions>();
  CLI::App* command = group.add_subcommand("modify", "Changes what is given, also of a warrant in force");
  command->add_option("id", options->id, "The warrant's id")->required();
  add_options(*command, *options);
  command->callback(
      [&session, options] { session.action = [&session, options] { return modify(session, *options); }; });
}

void add_show_key(CLI::App& group, Session& session) {
  const auto options = std::make_shared<KeyOptions>();
  CLI::App* command = group.add_subcommand(
      "payload-key", "The key of its records, in hexadecimal digits: for the agency, and nobody else");
  command->add_option("id", options->id, "The warrant's id")->required();
  command->add_option("--output", options->output, "A new file that nobody else can read [the terminal]");
  command->callback(
      [&session, options] { session.action = [&session, options] { return show_key(session, *options); }; });
}

}  // namespace

void add_warrant_commands(CLI::App& app, Session& session) {
  CLI::App& group = *app.add_subcommand("warrant", "The orders that make copying lawful")->require_subcommand(1);
  add_create(group, session);
  add_modify(group, session);
  add_approval_commands(group, session);
  add_by_id(group, "end", "Ends interception now; what was copied is still delivered", session, end);
  add_by_id(group, "revoke", "Annuls the order: what is not delivered yet is purged", session, revoke);
  add_by_id(group, "show", "One warrant", session, show);
  add_show_key(group, session);
  const auto options = std::make_shared<ListOptions>();
  CLI::App* listing = group.add_subcommand("list", "Warrants");
  listing->add_option("--agency", options->agency, "Only of this agency");
  listing->add_option("--state", options->state, "Only in this state")->check(CLI::IsMember(&kWarrantStates));
  listing->callback([&session, options] { session.action = [&session, options] { return list(session, *options); }; });
}

}  // namespace lictor::control::cli

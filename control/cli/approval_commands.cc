// lictorctl warrant submit, preview, approve, reject, suspend, resume, review, activate.
#include "control/cli/approval_commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <set>

#include "control/cli/key_file.h"
#include "control/cli/order_file.h"
#include "control/cli/order_signer.h"
#include "control/cli/table.h"
#include "control/cli/words.h"
#include "lictor/v1/approval.grpc.pb.h"
#include "lictor/v1/fleet.grpc.pb.h"
#include "lictor/v1/warrant.grpc.pb.h"

namespace lictor::control::cli {
namespace {

using Service = v1::ApprovalService;

template <typename Request>
int change(Session& session, const std::string& id,
           grpc::Status (Service::Stub::*method)(grpc::ClientContext*, const Request&, v1::WarrantReply*)) {
  Request request;
  request.set_id(id);
  v1::WarrantReply reply;
  const int code = session.call<Service>(method, request, reply);
  return code == kExitOk ? answer_change(session, reply) : code;
}

int submit(Session& session, const std::string& id) { return change(session, id, &Service::Stub::SubmitWarrant); }
int suspend(Session& session, const std::string& id) { return change(session, id, &Service::Stub::SuspendWarrant); }
int resume(Session& session, const std::string& id) { return change(session, id, &Service::Stub::ResumeWarrant); }
int review(Session& session, const std::string& id) { return change(session, id, &Service::Stub::ReviewReduction); }

int fail(const char* option, const Status& status) {
  return usage_error(fmt::format("{}: {}", option, std::string(status.message())));
}

int look(Session& session, const std::string& id, v1::PreviewWarrantReply& reply) {
  v1::PreviewWarrantRequest request;
  request.set_id(id);
  return session.call<Service>(&Service::Stub::PreviewWarrant, request, reply);
}

struct PreviewOptions {
  std::string id;
  std::string order_output;
};

void print_preview(const v1::PreviewWarrantReply& reply) {
  const v1::Warrant& warrant = reply.warrant();
  std::vector<std::pair<std::string, std::string>> properties = {{"agency", warrant.agency_id()},
                                                                 {"LIID", warrant.liid()},
                                                                 {"reference", warrant.legal_reference()},
                                                                 {"authorised by", warrant.authorising_person()},
                                                                 {"start", warrant.start()},
                                                                 {"end", warrant.end()},
                                                                 {"content", word_of(kContents, warrant.content())}};
  if (warrant.location()) properties.emplace_back("location", "yes");
  for (int i = 0; i < warrant.targets_size(); ++i) {
    std::string text = format_target(warrant.targets(i));
    if (i < reply.targets_size() && reply.targets(i).shared()) text += ", shared by many";
    if (i < reply.targets_size() && reply.targets(i).other_warrants() > 0)
      text += fmt::format(", in {} other warrants", reply.targets(i).other_warrants());
    properties.emplace_back("target", text);
  }
  for (const std::string& prefix : warrant.exclusions()) properties.emplace_back("excluded", prefix);
  for (const std::string& field : reply.extends()) properties.emplace_back("extends", field);
  properties.emplace_back("tasks", std::to_string(reply.tasks()));
  properties.emplace_back("mismatches", std::to_string(reply.mismatches()));
  properties.emplace_back("revision", std::to_string(reply.revision()));
  print_properties(properties);
}

int preview(Session& session, const PreviewOptions& options) {
  v1::PreviewWarrantReply reply;
  if (const int code = look(session, options.id, reply); code != kExitOk) return code;
  if (!options.order_output.empty()) {
    const Status written = write_new_file(options.order_output, reply.order());
    if (!written.ok()) return fail("--order", written);
  }
  if (session.json)
    Session::print_json(reply);
  else
    print_preview(reply);
  return kExitOk;
}

struct ApproveOptions {
  std::string id;
  std::vector<std::string> targets;
  std::string liid;
  std::string end;
  std::string order_file;
  uint64_t revision = 0;
  std::string order;
  std::string signature;
  std::string certificate;
  std::string sign_key;
  std::string sign_certificate;
};

std::string ask(const char* what) {
  fmt::print(stderr, "{}: ", what);
  std::string line;
  std::getline(std::cin, line);
  return line;
}

// What was not given is asked for, where there is somebody to ask: from the order's document, not from the screen.
int complete(ApproveOptions& options) {
  const bool is_complete =
      !options.targets.empty() && !options.liid.empty() && !options.end.empty() && !options.order_file.empty();
  if (is_complete) return kExitOk;
  if (::isatty(STDIN_FILENO) == 0) return usage_error("approve: needs --target, --liid, --end and --order-file");
  if (options.order_file.empty()) options.order_file = ask("file of the order's document");
  if (options.liid.empty()) options.liid = ask("LIID in the order");
  if (options.end.empty()) options.end = ask("end in the order");
  if (!options.targets.empty()) return kExitOk;
  for (std::string line = ask("target in the order"); !line.empty(); line = ask("next target, or nothing"))
    options.targets.push_back(line);
  return kExitOk;
}

int read_entry(const ApproveOptions& options, v1::BlindEntry& entry) {
  for (const std::string& text : options.targets) {
    const Result<v1::TargetSpec> target = parse_target(text);
    if (!target.ok()) return fail("--target", target.status());
    *entry.add_targets() = *target;
  }
  entry.set_liid(options.liid);
  entry.set_end(options.end);
  const Result<std::string> digest = sha256_of_file(options.order_file);
  if (!digest.ok()) return fail("--order-file", digest.status());
  entry.set_order_sha256(*digest);
  return kExitOk;
}

int read_signed_order(const ApproveOptions& options, v1::ApproveWarrantRequest& request) {
  if (options.order.empty()) return kExitOk;
  const Result<std::string> order = read_small_file(options.order);
  if (!order.ok()) return fail("--order", order.status());
  const Result<std::string> signature = read_small_file(options.signature);
  if (!signature.ok()) return fail("--signature", signature.status());
  const Result<std::string> certificate = read_small_file(options.certificate);
  if (!certificate.ok()) return fail("--certificate", certificate.status());
  request.mutable_order()->set_order(*order);
  request.mutable_order()->set_signature(*signature);
  request.mutable_order()->set_certificate(*certificate);
  return kExitOk;
}

// By the approver's own key, on this machine: only what he has entered.
int sign_order(const ApproveOptions& options, const std::string& order, v1::ApproveWarrantRequest& request) {
  const Result<std::unique_ptr<OrderSigner>> signer = OrderSigner::load(options.sign_key, options.sign_certificate);
  if (!signer.ok()) return fail("--sign-key", signer.status());
  const OrderClaim claim{.targets = {request.entry().targets().begin(), request.entry().targets().end()},
                         .end = options.end};
  Result<v1::SignedOrder> made = (*signer)->sign(order, claim);
  if (!made.ok()) return fail("--sign-key", made.status());
  *request.mutable_order() = *std::move(made);
  return kExitOk;
}

int approve(Session& session, ApproveOptions& options) {
  if (const int code = complete(options); code != kExitOk) return code;
  v1::ApproveWarrantRequest request;
  if (const int code = read_entry(options, *request.mutable_entry()); code != kExitOk) return code;
  if (const int code = read_signed_order(options, request); code != kExitOk) return code;
  request.set_id(options.id);
  request.set_revision(options.revision);
  if (options.revision == 0 || !options.sign_key.empty()) {
    v1::PreviewWarrantReply waiting;
    if (const int code = look(session, options.id, waiting); code != kExitOk) return code;
    if (options.revision == 0) request.set_revision(waiting.revision());
    if (!options.sign_key.empty())
      if (const int code = sign_order(options, waiting.order(), request); code != kExitOk) return code;
  }
  v1::WarrantReply reply;
  const int code = session.call<Service>(&Service::Stub::ApproveWarrant, request, reply);
  return code == kExitOk ? answer_change(session, reply) : code;
}

int reject(Session& session, const std::string& id) {
  v1::PreviewWarrantReply waiting;
  if (const int code = look(session, id, waiting); code != kExitOk) return code;
  v1::RejectWarrantRequest request;
  request.set_id(id);
  request.set_revision(waiting.revision());
  v1::WarrantReply reply;
  const int code = session.call<Service>(&Service::Stub::RejectWarrant, request, reply);
  return code == kExitOk ? answer_change(session, reply) : code;
}

struct ActivateOptions {
  std::string id;
  bool emergency = false;
  std::string reason;
};

int activate(Session& session, const ActivateOptions& options) {
  v1::WarrantReply reply;
  int code = kExitOk;
  if (options.emergency) {
    v1::ActivateEmergencyRequest request;
    request.set_id(options.id);
    request.set_reason(options.reason);
    code = session.call<Service>(&Service::Stub::ActivateEmergency, request, reply);
  } else {
    v1::ActivateWarrantRequest request;
    request.set_id(options.id);
    code = session.call<v1::WarrantService>(&v1::WarrantService::Stub::ActivateWarrant, request, reply);
  }
  return code == kExitOk ? answer_change(session, reply) : code;
}

void add_by_id(CLI::App& group, const char* name, const char* help, Session& session,
               int (*work)(Session&, const std::string&)) {
  CLI::App* command = group.add_subcommand(name, help);
  const auto id = std::make_shared<std::string>();
  command->add_option("id", *id, "The warrant's id")->required();
  command->callback([&session, id, work] { session.action = [&session, id, work] { return work(session, *id); }; });
}

void add_preview(CLI::App& group, Session& session) {
  const auto options = std::make_shared<PreviewOptions>();
  CLI::App* command = group.add_subcommand("preview", "What waits for approval, as it would be approved");
  command->add_option("id", options->id, "The warrant's id")->required();
  command->add_option("--order", options->order_output, "A new file: the octets that its approver signs");
  command->callback(
      [&session, options] { session.action = [&session, options] { return preview(session, *options); }; });
}

void add_approve(CLI::App& group, Session& session) {
  const auto options = std::make_shared<ApproveOptions>();
  CLI::App* command = group.add_subcommand(
      "approve", "Agrees to what waits: enter again what the order's document says (asked for at a terminal)");
  command->add_option("id", options->id, "The warrant's id")->required();
  command->add_option("--target", options->targets, "Each target of the order")->take_all()->expected(1, 1000);
  command->add_option("--liid", options->liid, "The order's LIID");
  command->add_option("--end", options->end, "The order's end");
  command->add_option("--order-file", options->order_file, "The order's document; its SHA-256 is compared");
  command->add_option("--revision", options->revision, "As `preview` showed it [what waits now]");
  CLI::Option* const order = command->add_option("--order", options->order, "File that `preview --order` has written");
  CLI::Option* const signature = command->add_option("--signature", options->signature, "File: its signature");
  CLI::Option* const certificate =
      command->add_option("--certificate", options->certificate, "File: the signer's certificate, DER");
  order->needs(signature);
  order->needs(certificate);
  CLI::Option* const key = command->add_option(
      "--sign-key", options->sign_key, "Instead: your private key (PEM), which signs here what you have entered");
  key->needs(command->add_option("--sign-certificate", options->sign_certificate, "Its certificate (PEM)"));
  key->excludes(order);
  command->callback(
      [&session, options] { session.action = [&session, options] { return approve(session, *options); }; });
}

void add_activate(CLI::App& group, Session& session) {
  const auto options = std::make_shared<ActivateOptions>();
  CLI::App* command = group.add_subcommand("activate", "Brings a warrant into force that was approved");
  command->add_option("id", options->id, "The warrant's id")->required();
  CLI::Option* const emergency = command->add_flag(
      "--emergency", options->emergency, "Before anybody has approved it, for some hours, where policy allows that");
  CLI::Option* const reason = command->add_option("--reason", options->reason, "Why it cannot wait");
  emergency->needs(reason);
  reason->needs(emergency);
  command->callback(
      [&session, options] { session.action = [&session, options] { return activate(session, *options); }; });
}

// Whether it is in force nowhere, as each dataplane that was told of it refuses it. Those that have only not answered
// in time are no refusal.
bool is_refused_by_all(Session& session, const v1::WarrantReply& reply) {
  if (reply.dataplanes_told() == 0 || reply.dataplanes_acknowledged() > 0) return false;
  v1::ListTapsReply held;
  const int code = session.call<v1::FleetService>(&v1::FleetService::Stub::ListTaps, v1::ListTapsRequest(), held);
  if (code != kExitOk) return false;
  std::set<std::string> refusing;
  for (const v1::TapStatus& tap : held.taps())
    if (tap.warrant_id() == reply.warrant().id() && !tap.refusal().empty()) refusing.insert(tap.network_element_id());
  return refusing.size() >= reply.dataplanes_told();
}

}  // namespace

std::string waits_for(const v1::Warrant& warrant) {
  std::string waits;
  const auto add = [&](const std::string& what) { waits += (waits.empty() ? "" : "; ") + what; };
  if (warrant.state() == v1::WARRANT_STATE_APPROVED) add("activation");
  if (warrant.state() == v1::WARRANT_STATE_SUBMITTED || warrant.has_proposed())
    add(fmt::format("approval, not by {}", warrant.submitted().person()));
  if (warrant.emergency_until_unix_ns() != 0 && warrant.has_proposed())
    add(fmt::format("ends {}", time_text(warrant.emergency_until_unix_ns())));
  if (warrant.has_reduced() && !warrant.has_reviewed())
    add(fmt::format("review, not by {}", warrant.reduced().person()));
  return waits;
}

int answer_change(Session& session, const v1::WarrantReply& reply) {
  for (const std::string& warning : reply.warnings()) fmt::print(stderr, "lictorctl: warning: {}\n", warning);
  if (session.json) {
    Session::print_json(reply);
  } else {
    fmt::print("{}  {}  {} of {} acknowledged\n", reply.warrant().id(),
               word_of(kWarrantStates, reply.warrant().state()), reply.dataplanes_acknowledged(),
               counted(reply.dataplanes_told(), "dataplane"));
  }
  if (!is_refused_by_all(session, reply)) return kExitOk;
  fmt::print(stderr, "lictorctl: it is in force nowhere: every dataplane that was told of it refuses it\n");
  return kExitRefused;
}

void add_approval_commands(CLI::App& group, Session& session) {
  add_by_id(group, "submit", "Says that a filed warrant is complete: it waits for approval", session, submit);
  add_preview(group, session);
  add_approve(group, session);
  add_by_id(group, "reject", "Sends back what waits for approval; an emergency ends", session, reject);
  add_activate(group, session);
  add_by_id(group, "suspend", "Nothing is copied until it is resumed; what was copied is delivered", session, suspend);
  add_by_id(group, "resume", "Copies again, as soon as policy has its approval", session, resume);
  add_by_id(group, "review", "Agrees to what another person has reduced or ended", session, review);
}

}  // namespace lictor::control::cli

// lictorctl warrant submit, preview, reject, suspend, resume, review, activate.
#include "control/cli/approval_commands.h"

#include <fmt/format.h>

#include <set>

#include "control/cli/approve_command.h"
#include "control/cli/key_file.h"
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

struct PreviewOptions {
  std::string id;
  std::string order_output;
};

void print_preview(const v1::PreviewWarrantReply& reply, const OrderOffer& offer) {
  const v1::Warrant& warrant = reply.warrant();
  std::vector<std::pair<std::string, std::string>> properties = {{"agency", warrant.agency_id()},
                                                                 {"LIID", warrant.liid()},
                                                                 {"reference", warrant.legal_reference()},
                                                                 {"authorised by", warrant.authorising_person()},
                                                                 {"start", warrant.start()},
                                                                 {"end", warrant.end()},
                                                                 {"content", word_of(kContents, warrant.content())}};
  if (warrant.location()) properties.emplace_back("location", "yes");
  if (warrant.redirected_calls()) properties.emplace_back("redirected calls", "yes");
  if (warrant.link_layer() == v1::LINK_LAYER_L2CC) properties.emplace_back("link layer", "l2cc");
  for (int i = 0; i < warrant.targets_size(); ++i) {
    std::string text = shown_target(warrant.targets(i));
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
  for (auto& text : unentered(offer)) properties.push_back(std::move(text));
  properties.emplace_back("seen", seen_digest(offer.octets));
  print_properties(properties);
}

int preview(Session& session, const PreviewOptions& options) {
  v1::PreviewWarrantReply reply;
  OrderOffer offer;
  if (const int code = look(session, options.id, reply, offer); code != kExitOk) return code;
  if (const Status status = follows(offer); !status.ok()) return refuse(status);
  if (!options.order_output.empty()) {
    const Status written = write_new_file(options.order_output, reply.order());
    if (!written.ok()) return fail("--order", written);
  }
  if (session.json)
    Session::print_json(reply);
  else
    print_preview(reply, offer);
  return kExitOk;
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
  if (reply.warrant().state() == v1::WARRANT_STATE_ACTIVE && reply.dataplanes_told() == 0)
    fmt::print(stderr, "lictorctl: warning: no dataplane that it concerns is attached: nothing is copied yet\n");
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

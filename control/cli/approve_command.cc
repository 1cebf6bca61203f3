#include "control/cli/approve_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "control/cli/approval_commands.h"
#include "control/cli/order_file.h"
#include "control/cli/order_signer.h"
#include "control/cli/words.h"
#include "lictor/v1/agency.grpc.pb.h"
#include "lictor/v1/approval.grpc.pb.h"

namespace lictor::control::cli {
namespace {

using Service = v1::ApprovalService;

struct ApproveOptions {
  std::string id;
  std::vector<std::string> targets;
  std::vector<std::string> exclusions;
  std::vector<std::string> deliveries;
  std::string content;
  std::string liid;
  std::string end;
  std::string order_file;
  uint64_t revision = 0;
  std::string order;
  std::string signature;
  std::string certificate;
  std::string sign_key;
  std::string sign_certificate;
  std::string seen;
};

std::string ask(const std::string& what) {
  fmt::print(stderr, "{}: ", what);
  std::string line;
  std::getline(std::cin, line);
  return line;
}

void ask_all(const std::string& what, std::vector<std::string>& lines) {
  if (!lines.empty()) return;
  for (std::string line = ask(what); !line.empty(); line = ask("next one, or nothing")) lines.push_back(line);
}

bool is_at_a_terminal() { return ::isatty(STDIN_FILENO) == 1; }

// What was not given is asked for, where there is somebody to ask: from the order's document, not from the screen. The
// revision alone is what `preview` showed.
int complete(ApproveOptions& options) {
  const bool is_complete = !options.targets.empty() && !options.liid.empty() && !options.end.empty() &&
                           !options.order_file.empty() && !options.content.empty() && options.revision != 0;
  if (is_complete) return kExitOk;
  if (!is_at_a_terminal())
    return usage_error(
        "approve: needs --revision as `preview` showed it, and --target, --liid, --end, --content and --order-file");
  if (options.order_file.empty()) options.order_file = ask("file of the order's document");
  if (options.liid.empty()) options.liid = ask("LIID in the order");
  if (options.end.empty()) options.end = ask("end in the order");
  if (options.content.empty()) options.content = ask("content in the order (iri, cc or both)");
  ask_all("target in the order", options.targets);
  ask_all("prefix that the order excludes, or nothing", options.exclusions);
  ask_all("delivery (hi2=ID,hi3=ID), or nothing: to the agency's only ones", options.deliveries);
  if (options.revision == 0)
    options.revision = std::strtoull(ask("revision that you have looked at").c_str(), nullptr, 10);
  return kExitOk;
}

int read_entry(const ApproveOptions& options, v1::BlindEntry& entry) {
  for (const std::string& text : options.targets) {
    const Result<v1::TargetSpec> target = parse_target(text);
    if (!target.ok()) return fail("--target", target.status());
    *entry.add_targets() = *target;
  }
  for (const std::string& text : options.deliveries) {
    const Result<v1::Delivery> delivery = parse_delivery(text);
    if (!delivery.ok()) return fail("--delivery", delivery.status());
    *entry.add_deliveries() = *delivery;
  }
  const auto content = kContents.find(options.content);
  if (content == kContents.end()) return usage_error("--content: iri, cc or both");
  entry.set_content(content->second);
  entry.mutable_exclusions()->Add(options.exclusions.begin(), options.exclusions.end());
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

// Empty: he has not said that he has seen it.
std::string seen_by_him(const ApproveOptions& options, const OrderOffer& offer) {
  if (!options.seen.empty()) return options.seen;
  if (!is_at_a_terminal()) return {};
  for (const auto& [name, text] : unentered(offer))
    if (!text.empty()) fmt::print(stderr, "  {}: {}\n", name, text);
  return ask("this is in the order too, nothing else; sign it? (yes)") == "yes" ? seen_digest(offer.octets)
                                                                                : std::string();
}

// By the approver's own key, on this machine: what he has entered, and seen.
int sign_order(Session& session, const ApproveOptions& options, v1::ApproveWarrantRequest& request) {
  const Result<std::unique_ptr<OrderSigner>> signer = OrderSigner::load(options.sign_key, options.sign_certificate);
  if (!signer.ok()) return fail("--sign-key", signer.status());
  v1::PreviewWarrantReply waiting;
  OrderOffer offer;
  if (const int code = look(session, options.id, waiting, offer); code != kExitOk) return code;
  if (const Status status = agrees(offer, options.id, request.entry()); !status.ok()) return refuse(status);
  const std::string seen = seen_by_him(options, offer);
  if (seen.empty()) return usage_error("--seen: needed, as `preview` showed it; nothing is signed");
  Result<v1::SignedOrder> made = (*signer)->sign(offer, options.id, request.entry(), seen);
  if (!made.ok()) return refuse(made.status());
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
  if (!options.sign_key.empty())
    if (const int code = sign_order(session, options, request); code != kExitOk) return code;
  v1::WarrantReply reply;
  const int code = session.call<Service>(&Service::Stub::ApproveWarrant, request, reply);
  return code == kExitOk ? answer_change(session, reply) : code;
}

}  // namespace

int fail(const char* option, const Status& status) {
  return usage_error(fmt::format("{}: {}", option, std::string(status.message())));
}

int refuse(const Status& status) {
  fmt::print(stderr, "lictorctl: {}\n", std::string(status.message()));
  return kExitRefused;
}

int look(Session& session, const std::string& id, v1::PreviewWarrantReply& reply) {
  v1::PreviewWarrantRequest request;
  request.set_id(id);
  return session.call<Service>(&Service::Stub::PreviewWarrant, request, reply);
}

// What waits, with the octets to sign and the agency that they are about.
int look(Session& session, const std::string& id, v1::PreviewWarrantReply& reply, OrderOffer& offer) {
  if (const int code = look(session, id, reply); code != kExitOk) return code;
  v1::GetAgencyRequest request;
  request.set_id(reply.warrant().agency_id());
  v1::AgencyReply agency;
  const int code = session.call<v1::AgencyService>(&v1::AgencyService::Stub::GetAgency, request, agency);
  offer = {.octets = reply.order(), .warrant = reply.warrant(), .agency = agency.agency()};
  return code;
}

void add_approve(CLI::App& group, Session& session) {
  const auto options = std::make_shared<ApproveOptions>();
  CLI::App* command = group.add_subcommand(
      "approve", "Agrees to what waits: enter again what the order's document says (asked for at a terminal)");
  command->add_option("id", options->id, "The warrant's id")->required();
  command->add_option("--target", options->targets, "Each target of the order")->take_all()->expected(1, 1000);
  command->add_option("--liid", options->liid, "The order's LIID");
  command->add_option("--end", options->end, "The order's end");
  command->add_option("--content", options->content, "What the order wants delivered")
      ->check(CLI::IsMember(&kContents));
  command->add_option("--exclude", options->exclusions, "Each prefix that the order excludes")
      ->take_all()
      ->expected(1, 64);
  command
      ->add_option("--delivery", options->deliveries,
                   "hi2=ID,hi3=ID of each delivery [to the agency's only HI2 and only HI3 destination]")
      ->take_all()
      ->expected(1, 8);
  command->add_option("--order-file", options->order_file, "The order's document; its SHA-256 is compared");
  command->add_option("--revision", options->revision, "As `preview` showed it");
  CLI::Option* const order = command->add_option("--order", options->order, "File that `preview --order` has written");
  CLI::Option* const signature = command->add_option("--signature", options->signature, "File: its signature");
  CLI::Option* const certificate =
      command->add_option("--certificate", options->certificate, "File: the signer's certificate, DER");
  order->needs(signature);
  order->needs(certificate);
  CLI::Option* const key =
      command->add_option("--sign-key", options->sign_key,
                          "Instead: your private key (PEM), which signs here what you have entered and seen");
  command
      ->add_option("--seen", options->seen, "That you have seen all of the order: as `preview` showed it [asked for]")
      ->needs(key);
  key->needs(command->add_option("--sign-certificate", options->sign_certificate, "Its certificate (PEM)"));
  key->excludes(order);
  command->callback(
      [&session, options] { session.action = [&session, options] { return approve(session, *options); }; });
}

}  // namespace lictor::control::cli

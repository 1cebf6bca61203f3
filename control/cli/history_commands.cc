#include "control/cli/history_commands.h"

#include <fmt/format.h>

#include <memory>

#include "control/cli/agency_view.h"
#include "control/cli/commands.h"
#include "control/cli/table.h"
#include "control/cli/words.h"
#include "control/registry/hex.h"
#include "lictor/v1/history.grpc.pb.h"

namespace lictor::control::cli {
namespace {

using Service = v1::HistoryService;

int warrant_history(Session& session, const std::string& id) {
  v1::GetWarrantHistoryReply all;
  if (const int code = fetch_history(session, id, all); code != kExitOk) return code;
  if (session.json) {
    Session::print_json(all);
    return kExitOk;
  }
  for (const v1::FormerWarrant& former : all.versions()) {
    print_properties(properties_of(former));
    fmt::print("\n");
  }
  print_properties({{"now in the account", hex_of(all.sha256())}});
  return kExitOk;
}

int agency_history(Session& session, const std::string& id) {
  v1::GetAgencyHistoryReply all;
  v1::GetAgencyHistoryRequest request;
  request.set_id(id);
  do {
    v1::GetAgencyHistoryReply page;
    const int code = session.call<Service>(&Service::Stub::GetAgencyHistory, request, page);
    if (code != kExitOk) return code;
    all.mutable_versions()->MergeFrom(page.versions());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (session.json) {
    Session::print_json(all);
    return kExitOk;
  }
  for (const v1::FormerAgency& former : all.versions()) {
    print_agency(former.agency());
    print_properties({{"until", time_text(former.replaced().time_unix_ns())},
                      {"changed by", former.replaced().person()},
                      {"by", former.action()},
                      {"in the account", hex_of(former.sha256())}});
    fmt::print("\n");
  }
  return kExitOk;
}

void add(CLI::App& group, const char* help, Session& session, int (*work)(Session&, const std::string&)) {
  CLI::App* command = group.add_subcommand("history", help);
  const auto id = std::make_shared<std::string>();
  command->add_option("id", *id, "Its id")->required();
  command->callback([&session, id, work] { session.action = [&session, id, work] { return work(session, *id); }; });
}

}  // namespace

Properties properties_of(const v1::FormerWarrant& former) {
  const v1::Warrant& warrant = former.warrant();
  Properties properties = {{"until", time_text(former.replaced().time_unix_ns())},
                           {"changed by", former.replaced().person()},
                           {"by", former.action()},
                           {"reference", warrant.legal_reference()},
                           {"authorised by", warrant.authorising_person()},
                           {"start", warrant.start()},
                           {"end", warrant.end()},
                           {"content", word_of(kContents, warrant.content())},
                           {"location", warrant.location() ? "yes" : ""},
                           {"redirected calls", warrant.redirected_calls() ? "yes" : ""},
                           {"link layer", warrant.link_layer() == v1::LINK_LAYER_L2CC ? "l2cc" : ""},
                           {"user label", warrant.user_label()}};
  for (const v1::TargetSpec& target : warrant.targets()) properties.emplace_back("target", shown_target(target));
  for (const std::string& prefix : warrant.exclusions()) properties.emplace_back("excluded", prefix);
  for (const v1::Delivery& delivery : warrant.deliveries())
    properties.emplace_back("delivery", delivery.hi2_destination_id() + " " + delivery.hi3_destination_id());
  properties.emplace_back("order", hex_of(warrant.order_sha256()));
  properties.emplace_back("in the account", hex_of(former.sha256()));
  return properties;
}

int fetch_history(Session& session, const std::string& warrant_id, v1::GetWarrantHistoryReply& all) {
  v1::GetWarrantHistoryRequest request;
  request.set_id(warrant_id);
  do {
    v1::GetWarrantHistoryReply page;
    const int code = session.call<Service>(&Service::Stub::GetWarrantHistory, request, page);
    if (code != kExitOk) return code;
    all.mutable_versions()->MergeFrom(page.versions());
    all.set_sha256(page.sha256());
    all.set_salt(page.salt());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return kExitOk;
}

void add_history_commands(CLI::App& app, Session& session) {
  add(*app.get_subcommand("warrant"), "What it was before it was changed, and who changed it", session,
      warrant_history);
  add(*app.get_subcommand("agency"), "What it was before it was changed, and who changed it", session, agency_history);
}

}  // namespace lictor::control::cli

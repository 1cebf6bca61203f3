// lictorctl status …: for agencies.
#include <fmt/format.h>

#include "control/cli/commands.h"
#include "control/cli/table.h"
#include "control/cli/words.h"
#include "lictor/v1/status.grpc.pb.h"

namespace lictor::control::cli {
namespace {

using Service = v1::StatusService;

constexpr uint32_t kPageSize = 1000;

int list_own(Session& session) {
  v1::ListOwnWarrantsRequest request;
  request.set_page_size(kPageSize);
  v1::ListOwnWarrantsReply all;
  do {
    v1::ListOwnWarrantsReply page;
    if (const int code = session.call<Service>(&Service::Stub::ListOwnWarrants, request, page); code != kExitOk)
      return code;
    all.mutable_warrants()->MergeFrom(page.warrants());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (session.json) {
    Session::print_json(all);
    return kExitOk;
  }
  Table table({"LIID", "REFERENCE", "STATE", "START", "END", "CONFIRMED", "WAITING"});
  for (const v1::OwnWarrant& own : all.warrants())
    table.add({own.liid(), own.legal_reference(), word_of(kWarrantStates, own.state()), own.start(), own.end(),
               std::to_string(own.confirmed()), std::to_string(own.waiting())});
  table.print("no warrants");
  return kExitOk;
}

}  // namespace

void add_status_commands(CLI::App& app, Session& session) {
  CLI::App& group = *app.add_subcommand("status", "What an agency may know")->require_subcommand(1);
  group.add_subcommand("list", "The agency's own warrants, and what of them was delivered")->callback([&session] {
    session.action = [&session] { return list_own(session); };
  });
}

}  // namespace lictor::control::cli

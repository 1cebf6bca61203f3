// lictorctl store …
#include <fmt/format.h>

#include "control/cli/commands.h"
#include "lictor/v1/platform.grpc.pb.h"

namespace lictor::control::cli {
namespace {

using Service = v1::PlatformService;

int back_up(Session& session) {
  v1::BackUpStoreReply reply;
  const int code = session.call<Service>(&Service::Stub::BackUpStore, v1::BackUpStoreRequest(), reply);
  if (code != kExitOk) return code;
  if (session.json)
    Session::print_json(reply);
  else
    fmt::print("{} ({} octets): sealed by today's master key, which is not in it\n", reply.path(), reply.bytes());
  return kExitOk;
}

}  // namespace

void add_store_commands(CLI::App& app, Session& session) {
  CLI::App* const store = app.add_subcommand("store", "The database of lictord");
  store->require_subcommand(1);
  CLI::App* const backup = store->add_subcommand(
      "backup", "Copies it while it runs, sealed, into store.backups.directory on lictord's host; lictord --restore");
  backup->callback([&session] { session.action = [&session] { return back_up(session); }; });
}

}  // namespace lictor::control::cli

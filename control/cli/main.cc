// lictorctl, the provisioning client: every call of the API, for a person at a terminal and for scripts.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "control/cli/commands.h"
#include "control/cli/history_commands.h"

namespace lictor::control::cli {
namespace {

// The arguments, which are then wiped where they were: they name targets, and every process may read the command lines
// of the others.
std::vector<std::string> take_arguments(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  for (int i = 1; i < argc; ++i) std::fill_n(argv[i], arguments[static_cast<size_t>(i - 1)].size(), ' ');
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  return arguments;
}

// Only the names of options are repeated: a word, or what stands behind a "=", may be a target.
int unexpected(const CLI::App& command, const std::vector<std::string>& unknown) {
  const auto option = std::ranges::find_if(unknown, [](const std::string& word) { return word.starts_with("--"); });
  if (option == unknown.end())
    return usage_error(fmt::format("{} takes no such word: --help lists what it takes", command.get_name()));
  return usage_error(
      fmt::format("{}: there is no option {}", command.get_name(), option->substr(0, option->find('='))));
}

// Where a word stands in a subcommand's place that is none, CLI11 only says that there is no subcommand. Only a word
// that comes first is repeated: what is behind it, or behind an option, may name a target.
int usage(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  const std::vector<std::string> unknown = app.remaining(true);
  const bool is_word = !unknown.empty() && !unknown.front().starts_with('-');
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError)) return unexpected(*command, unknown);
  if (error.get_name() != "RequiredError" || !is_word) return app.exit(error) == 0 ? kExitOk : kExitUsage;
  std::string known;
  for (const CLI::App* const each : command->get_subcommands([](const CLI::App*) { return true; }))
    known += (known.empty() ? "" : ", ") + each->get_name();
  const std::string path = command == &app ? "" : command->get_name() + " ";
  return usage_error(fmt::format("{}{}: there is no such command; possible are: {}", path, unknown.front(), known));
}

int run(int argc, char** argv) {
  CLI::App app("lictorctl: provisions lictord", "lictorctl");
  Session session;
  app.require_subcommand(1);
  app.fallthrough();  // --json may stand behind the subcommand
  app.add_option("--server", session.server.address, "unix:PATH or HOST:PORT")
      ->envname("LICTOR_SERVER")
      ->default_val("unix:/run/lictor/lictord.sock");
  app.add_option("--tls-ca", session.server.tls_ca, "PEM file, for HOST:PORT");
  app.add_option("--tls-certificate", session.server.tls_certificate, "PEM file, for HOST:PORT");
  app.add_option("--tls-key", session.server.tls_key, "PEM file, for HOST:PORT");
  app.add_flag("--json", session.json, "Protobuf's JSON instead of tables");
  app.set_version_flag("--version", LICTOR_VERSION);
  add_agency_commands(app, session);
  add_acceptance_commands(app, session);
  add_audit_commands(app, session);
  add_warrant_commands(app, session);
  add_destination_commands(app, session);
  add_fleet_commands(app, session);
  add_status_commands(app, session);
  add_store_commands(app, session);
  add_alarm_commands(app, session);
  add_session_commands(app, session);
  add_bundle_commands(app, session);
  add_report_commands(app, session);
  add_history_commands(app, session);
  try {
    app.parse(take_arguments(argc, argv));
  } catch (const CLI::ParseError& error) {
    return usage(app, error);
  }
  return session.action();
}

}  // namespace
}  // namespace lictor::control::cli

int main(int argc, char** argv) { return lictor::control::cli::run(argc, argv); }

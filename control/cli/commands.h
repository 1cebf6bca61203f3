// The subcommands of lictorctl. Each function adds its group; the subcommand that was given leaves its work in
// session.action. `app` and `session` outlive the parsing and the action.
#pragma once

#include <CLI/CLI.hpp>

#include "control/cli/session.h"

namespace lictor::control::cli {

void add_acceptance_commands(CLI::App& app, Session& session);
void add_agency_commands(CLI::App& app, Session& session);
void add_audit_commands(CLI::App& app, Session& session);
void add_warrant_commands(CLI::App& app, Session& session);
void add_destination_commands(CLI::App& app, Session& session);
void add_fleet_commands(CLI::App& app, Session& session);
void add_status_commands(CLI::App& app, Session& session);
void add_store_commands(CLI::App& app, Session& session);
void add_alarm_commands(CLI::App& app, Session& session);
void add_session_commands(CLI::App& app, Session& session);
void add_bundle_commands(CLI::App& app, Session& session);
// Behind add_warrant_commands.
void add_report_commands(CLI::App& app, Session& session);

}  // namespace lictor::control::cli

// lictorctl warrant history and agency history: what they were before they were changed. One thread.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "control/cli/session.h"
#include "lictor/v1/history.pb.h"

namespace lictor::control::cli {

// Behind add_warrant_commands and add_agency_commands.
void add_history_commands(CLI::App& app, Session& session);

// What is printed of a former warrant: names and values, an empty one is left out. Any thread.
using Properties = std::vector<std::pair<std::string, std::string>>;
Properties properties_of(const v1::FormerWarrant& former);

// All of it, the oldest first. The exit code; not kExitOk: it was printed why.
int fetch_history(Session& session, const std::string& warrant_id, v1::GetWarrantHistoryReply& all);

}  // namespace lictor::control::cli

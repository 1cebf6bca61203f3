// The commands below `lictorctl agency` that take a second person. One thread.
#pragma once

#include <CLI/CLI.hpp>

#include "control/cli/session.h"
#include "lictor/v1/agency.pb.h"

namespace lictor::control::cli {

// To the group `agency`. Both outlive the parsing and the action.
void add_agency_change_commands(CLI::App& group, Session& session);

// The exit code.
int propose_agency(Session& session, const v1::Agency& agency);

}  // namespace lictor::control::cli

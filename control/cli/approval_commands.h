// The commands below `lictorctl warrant` that take a second person. One thread.
#pragma once

#include <CLI/CLI.hpp>

#include "control/cli/session.h"
#include "lictor/v1/warrant.pb.h"

namespace lictor::control::cli {

// To the group `warrant`. Both outlive the parsing and the action.
void add_approval_commands(CLI::App& group, Session& session);

// What somebody has to do about it next, and who must not: "approval, not by anna". Empty: nobody waits.
std::string waits_for(const v1::Warrant& warrant);

// After a change that dataplanes were told of: prints the reply; kExitRefused where every one of them refuses it.
int answer_change(Session& session, const v1::WarrantReply& reply);

}  // namespace lictor::control::cli

// lictorctl warrant approve: what the approver enters again, sees and signs. One thread.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "control/cli/order_offer.h"
#include "control/cli/session.h"

namespace lictor::control::cli {

// To the group `warrant`. Both outlive the parsing and the action.
void add_approve(CLI::App& group, Session& session);

// What waits. The exit code; not kExitOk: it was printed why.
int look(Session& session, const std::string& id, v1::PreviewWarrantReply& reply);
// The same with the octets to sign, and the agency that they are about.
int look(Session& session, const std::string& id, v1::PreviewWarrantReply& reply, OrderOffer& offer);

// Printed; kExitRefused.
int refuse(const Status& status);
// What is wrong with an option's value: printed; kExitUsage.
int fail(const char* option, const Status& status);

}  // namespace lictor::control::cli

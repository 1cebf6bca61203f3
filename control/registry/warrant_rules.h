// What a warrant must look like, when it is filed and when it is changed. Pure functions, any thread.
#pragma once

#include <string>
#include <vector>

#include "control/registry/policy.h"
#include "control/registry/records.pb.h"
#include "dataplane/base/clock.h"
#include "dataplane/base/result.h"
#include "lictor/v1/agency.pb.h"
#include "lictor/v1/warrant.pb.h"

namespace lictor::control {

struct WarrantContext {
  const Policy& policy;
  LegalTime now;
  const v1::Agency* agency;   // null: unknown, which is a violation
  const v1::Warrant* stored;  // the warrant that is changed; null: a new one
};

struct CheckedWarrant {
  v1::Warrant warrant;  // normalised; output fields are the stored ones, or empty; never with its payload key
  std::vector<std::string> warnings;
};

// InvalidArgument with every field that is wrong ("warrant.targets[1].selector: …"). Times come out in UTC, selectors
// and prefixes in one spelling, deliveries and countries filled in. A start that is empty or past becomes `now`, except
// that of a stored warrant that was already in force: it stays.
Result<CheckedWarrant> check_warrant(const v1::Warrant& given, const WarrantContext& context);

// The window of a checked warrant, as it orders it.
v1::Window window_of(const v1::Warrant& warrant);
// The same as it may be in force: an emergency activation cuts it.
v1::Window window_in_force(const v1::Warrant& warrant);

// What a client says of fields that only lictord writes does not count; the id stays.
void clear_outputs(v1::Warrant& warrant);
// The same, and what `stored` has in them instead; null: nothing.
void keep_outputs(v1::Warrant& warrant, const v1::Warrant* stored);

// Whether it came into force, and is not over.
bool is_in_force(v1::WarrantState state);
// Of a test line, and nobody's interception.
bool is_test(const v1::Warrant& warrant);

}  // namespace lictor::control

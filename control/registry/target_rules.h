// Which targets and exclusions a warrant may have. Pure functions, any thread.
#pragma once

#include <string>
#include <vector>

#include "control/registry/policy.h"
#include "control/registry/violations.h"
#include "lictor/v1/warrant.pb.h"

namespace lictor::control {

// Addresses and flows. An IPIRI names all of them, and its record has a bound (EtsiTaskParameters::kTargetsMax).
constexpr int kTargetsPerWarrantMax = 100;
constexpr int kPatternsPerWarrantMax = 16;
constexpr int kExclusionsPerWarrantMax = 64;

// Checks warrant.targets and rewrites each selector in its one spelling. Warnings are for the person who filed it.
void check_targets(v1::Warrant& warrant, const Policy& policy, Violations& violations,
                   std::vector<std::string>& warnings);

// The same for warrant.exclusions. Behind check_targets: it warns of flows that are excluded whole.
void check_exclusions(v1::Warrant& warrant, Violations& violations, std::vector<std::string>& warnings);

}  // namespace lictor::control

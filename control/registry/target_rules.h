// Which targets and exclusions a warrant may have. Pure functions, any thread.
#pragma once

#include <string>
#include <vector>

#include "control/registry/policy.h"
#include "control/registry/violations.h"
#include "lictor/v1/warrant.pb.h"

namespace lictor::control {

// Addresses, flows, names, MAC addresses and lines. An IPIRI names all of them, and its record has a bound
// (EtsiTaskParameters::kTargetsMax).
constexpr int kTargetsPerWarrantMax = 100;
constexpr int kPatternsPerWarrantMax = 16;
constexpr int kExclusionsPerWarrantMax = 64;

// Whether policy lists the target as one that many subscribers share.
bool is_shared(const v1::AddressPrefix& prefix, const Policy& policy);
bool is_shared(const v1::TapTarget& name, const Policy& policy);

// Checks warrant.targets and warrant.link_layer, and rewrites each selector in its one spelling. Warnings are for the
// person who filed it.
void check_targets(v1::Warrant& warrant, const Policy& policy, Violations& violations,
                   std::vector<std::string>& warnings);

// The same for warrant.exclusions. Behind check_targets: it warns of flows that are excluded whole.
void check_exclusions(v1::Warrant& warrant, Violations& violations, std::vector<std::string>& warnings);

}  // namespace lictor::control

// Which targets and deliveries a warrant may have. Pure functions, any thread.
#pragma once

#include <string>
#include <vector>

#include "control/registry/policy.h"
#include "control/registry/violations.h"
#include "lictor/v1/agency.pb.h"
#include "lictor/v1/warrant.pb.h"

namespace lictor::control {

// An IPIRI names all of them, and its record has a bound (EtsiTaskParameters::kTargetsMax).
constexpr int kTargetsPerWarrantMax = 100;
constexpr int kDeliveriesPerWarrantMax = 8;

// Checks warrant.targets and rewrites each selector in its one spelling. Warnings are for the person who filed it.
void check_targets(v1::Warrant& warrant, const Policy& policy, Violations& violations,
                   std::vector<std::string>& warnings);

// Checks warrant.deliveries against the agency, content first, and fills in what may be left away.
void check_deliveries(v1::Warrant& warrant, const v1::Agency& agency, Violations& violations,
                      std::vector<std::string>& warnings);

}  // namespace lictor::control

// Which deliveries a warrant may have. Pure functions, any thread.
#pragma once

#include <string>
#include <vector>

#include "control/registry/violations.h"
#include "lictor/v1/agency.pb.h"
#include "lictor/v1/warrant.pb.h"

namespace lictor::control {

constexpr int kDeliveriesPerWarrantMax = 8;

// Whether this delivery's destination is one of files.
bool goes_into_files(const v1::Agency& agency, const v1::Delivery& delivery);

// Whether the agency's profile wants one number series of the LIID where several deliveries would count in it.
bool shares_number_series(const v1::Warrant& warrant, const v1::Agency& agency);

// Checks warrant.deliveries against the agency, content first, and fills in what may be left away.
void check_deliveries(v1::Warrant& warrant, const v1::Agency& agency, Violations& violations,
                      std::vector<std::string>& warnings);

}  // namespace lictor::control

// An agency as a person at a terminal sees it. One thread.
#pragma once

#include <string>

#include "lictor/v1/agency.pb.h"

namespace lictor::control::cli {

// Its endpoints, or the directory of the dataplane.
std::string place_of(const v1::Agency& agency, const v1::Destination& destination);

void print_agency(const v1::Agency& agency);

}  // namespace lictor::control::cli

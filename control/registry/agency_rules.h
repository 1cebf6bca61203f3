// What an agency must look like. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/base/result.h"
#include "lictor/v1/agency.pb.h"

namespace lictor::control {

constexpr int kDestinationsPerAgencyMax = 16;
constexpr int kEndpointsPerDestinationMax = 4;
constexpr int kPinsPerAgencyMax = 8;
constexpr uint64_t kRateMinBps = 64'000;
constexpr uint64_t kRateMaxBps = 400'000'000'000;

// Bits a second in these bounds, or none.
bool is_rate(uint64_t bps);

// InvalidArgument with every field that is wrong ("agency.destinations[0].endpoints[1].port: …").
Status check_agency(const v1::Agency& agency);

// Whether it is a directory of files, and that directory's name.
bool is_pcapng(const v1::Destination& destination);
const std::string& directory_of(const v1::Destination& destination);

// The agency's destination with this id, or null.
const v1::Destination* find_destination(const v1::Agency& agency, const std::string& id);

// Its destinations on one interface, in order. They live as long as the agency.
std::vector<const v1::Destination*> destinations_on(const v1::Agency& agency, v1::HandoverInterface interface);

}  // namespace lictor::control

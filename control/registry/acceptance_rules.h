// What an acceptance run may be ordered with. Pure functions, any thread.
#pragma once

#include <string>

#include "dataplane/base/result.h"
#include "lictor/v1/acceptance.pb.h"
#include "lictor/v1/agency.pb.h"
#include "lictor/v1/warrant.pb.h"

namespace lictor::control {

constexpr uint32_t kStepTimeoutDefaultS = 30;
constexpr uint32_t kStepTimeoutMaxS = 600;

// The LIID of the agency's test records, as a warrant would spell it.
std::string test_liid(const v1::Agency& agency);

// What is delivered, in the form of a warrant that orders nothing: no target, no window, one delivery with a new XID.
// InvalidArgument with every field that is wrong.
Result<v1::Warrant> make_test_line(const v1::StartAcceptanceRequest& given, const v1::Agency& agency);

}  // namespace lictor::control

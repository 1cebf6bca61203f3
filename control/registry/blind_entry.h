// Whether what an approver has entered again, from the order's document, is what was filed. Pure function, any thread.
#pragma once

#include <string>
#include <vector>

#include "lictor/v1/approval.pb.h"
#include "lictor/v1/warrant.pb.h"

namespace lictor::control {

// The fields ("targets", "liid", "end", "order_sha256") in which `entry` does not mean what the checked warrant says.
// What cannot be read does not agree either: an answer says which field, and nothing of its value.
std::vector<std::string> disagreeing_fields(const v1::Warrant& warrant, const v1::BlindEntry& entry);

}  // namespace lictor::control

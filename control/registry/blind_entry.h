// Whether what an approver has entered again, from the order's document, is what was filed. lictord asks so of what it
// keeps, lictorctl of what lictord shows before it signs. Pure function over hostile values; any thread.
#pragma once

#include <string>
#include <vector>

#include "lictor/v1/agency.pb.h"
#include "lictor/v1/approval.pb.h"
#include "lictor/v1/warrant.pb.h"

namespace lictor::control {

// The fields ("targets", "liid", "end", "content", "exclusions", "deliveries", "order_sha256") in which `entry` does
// not mean what the warrant says. What cannot be read, on either side, does not agree: an answer says which field, and
// nothing of its value. Deliveries that are not entered are those that filing fills in; rates, and destinations that
// the warrant's content has no use for, do not count.
std::vector<std::string> disagreeing_fields(const v1::Warrant& warrant, const v1::Agency& agency,
                                            const v1::BlindEntry& entry);

}  // namespace lictor::control

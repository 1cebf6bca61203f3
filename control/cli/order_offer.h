// What lictord offers an approver for his signature, held against what he has entered: its octets must be those that
// follow from the warrant and the agency that are shown, and those must say what he has read in the order's document.
// lictord may have been told to lie, so the octets are made anew here. Pure functions over hostile values; any thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "dataplane/base/result.h"
#include "lictor/v1/agency.pb.h"
#include "lictor/v1/approval.pb.h"
#include "lictor/v1/warrant.pb.h"

namespace lictor::control::cli {

struct OrderOffer {
  std::string octets;   // a serialised lictor.v1.Order
  v1::Warrant warrant;  // what waits
  v1::Agency agency;    // its agency
};

// FailedPrecondition names what the octets say otherwise than the warrant and the agency, or that they cannot be read.
// Behind it the octets say nothing that is not in those two, but the fleet's id and the version.
Status follows(const OrderOffer& offer);

// What the approver has entered about the warrant of this id. FailedPrecondition names the field, and no value.
Status agrees(const OrderOffer& offer, const std::string& warrant_id, const v1::BlindEntry& entry);

// What an order says that nobody enters again, for the approver's eyes: "name", "value". Of one that follows().
std::vector<std::pair<std::string, std::string>> unentered(const OrderOffer& offer);

// SHA-256 of the octets, 64 lower-case hexadecimal digits: who gives it says that he has seen all of it.
std::string seen_digest(const std::string& octets);

}  // namespace lictor::control::cli

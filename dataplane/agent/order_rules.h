// What an approver's order says, read from the octets that were signed, and whether a tap keeps within it. An order is
// read by the rules of a tap: what a tap could not say, or this dataplane does not know, is no order. Pure functions
// over hostile octets; any thread.
#pragma once

#include <string>
#include <vector>

#include "dataplane/agent/directive.h"
#include "dataplane/trust/sha256.h"

namespace lictor {

constexpr size_t kOrderTextBytesMax = 64;
// A warrant's deliveries: Order.handover_sha256 has one SHA-256 for each of them, one behind the other.
constexpr size_t kOrderHandoversMax = 64;

struct OrderLimits {
  std::string fleet_id;
  std::string warrant_id;
  uint64_t version = 0;
  bool location = false;          // records may say where the target is
  bool redirected_calls = false;  // calls that a target has left may be followed
  std::vector<Sha256> handovers;  // of what its mediations may be
  TapDirective tap;               // without an XID: the most that may be copied
};

// InvalidArgument names the field.
Result<OrderLimits> read_order(Bytes octets);

// FailedPrecondition names the field of the tap that goes further.
Status keeps_within(const TapDirective& tap, const TapDirective& limits);

}  // namespace lictor

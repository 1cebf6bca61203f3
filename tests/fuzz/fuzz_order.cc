// What lictord, or somebody in its place, sends as an approver's order: any octets. What is read keeps within itself,
// and nothing that it reads goes further than a tap may.

#include <cstddef>
#include <cstdint>

#include "dataplane/agent/order_rules.h"
#include "dataplane/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lictor;
  const Result<OrderLimits> order = read_order(Bytes(data, size));
  if (!order.ok()) {
    LICTOR_CHECK(!order.status().message().empty());
    return 0;
  }
  const TapDirective& tap = order->tap;
  LICTOR_CHECK(order->version != 0 && !order->warrant_id.empty() && !order->fleet_id.empty());
  LICTOR_CHECK(!order->handovers.empty() && order->handovers.size() <= kOrderHandoversMax);
  LICTOR_CHECK(!tap.targets.empty() && tap.targets.size() <= kTargetsPerTapMax && (tap.iri || tap.cc));
  LICTOR_CHECK(tap.start < tap.stop);
  LICTOR_CHECK(keeps_within(tap, tap).ok());
  TapDirective longer = tap;
  longer.stop.unix_ns += tap.stop.unix_ns == INT64_MAX ? 0 : 1;
  LICTOR_CHECK(longer.stop == tap.stop || !keeps_within(longer, tap).ok());
  TapDirective narrower = tap;
  narrower.targets.resize(1);
  LICTOR_CHECK(keeps_within(narrower, tap).ok());
  return 0;
}

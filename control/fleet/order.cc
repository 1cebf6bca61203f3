#include "control/fleet/order.h"

#include "control/fleet/directives.h"
#include "control/fleet/handover_digest.h"
#include "control/registry/warrant_rules.h"

namespace lictor::control {

std::string make_order(const v1::Warrant& warrant, const v1::Agency& agency, const std::string& fleet_id,
                       uint64_t version) {
  v1::Order order;
  order.set_fleet_id(fleet_id);
  order.set_warrant_id(warrant.id());
  order.set_version(version);
  const v1::Tap tap = make_whole_tap(warrant);
  *order.mutable_targets() = tap.targets();
  *order.mutable_patterns() = tap.patterns();
  *order.mutable_exclusions() = tap.exclusions();
  *order.mutable_window() = window_of(warrant);
  order.set_content(warrant.content());
  order.set_location(warrant.location());
  order.set_redirected_calls(warrant.redirected_calls());
  order.set_link_layer(tap.link_layer());
  for (int i = 0; i < warrant.deliveries_size(); ++i)
    order.mutable_handover_sha256()->append(handover_digest(make_handover(warrant, i, agency)));
  return order.SerializeAsString();  // no map in it: the same order gives the same octets
}

}  // namespace lictor::control

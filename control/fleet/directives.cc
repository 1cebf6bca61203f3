// Warrants and agencies to taps and mediations. Pure functions.
#include "control/fleet/directives.h"

#include <algorithm>

#include "control/registry/agency_rules.h"
#include "control/registry/liid.h"
#include "control/registry/selector.h"
#include "control/registry/uuid.h"
#include "control/registry/warrant_rules.h"
#include "dataplane/base/check.h"

namespace lictor::control {
namespace {

std::string octets_of(const std::string& xid) {
  const Result<Xid> id = parse_uuid(xid);
  LICTOR_CHECK(id.ok());  // made by make_random_uuid
  return {id->octets.begin(), id->octets.end()};
}

v1::Destination told(const v1::Destination& destination, const v1::Agency& agency) {
  v1::Destination copy = destination;
  copy.set_id(agency.id() + "/" + destination.id());
  return copy;
}

bool counts_at(const v1::TargetSpec& target, const std::string& network_element_id) {
  const std::string& only = target.scope().network_element_id();
  return only.empty() || only == network_element_id;
}

// A pattern narrows whatever targets the tap has. False where the selector is none: what a client wrote is no program
// error, even in a warrant that was accepted.
bool add_target(const v1::TargetSpec& spec, v1::Tap& tap) {
  const Result<Selector> selector = parse_selector(spec.selector());
  if (!selector.ok()) return false;
  std::optional<v1::TapTarget> target = tap_target_of(*selector);
  if (!target) {
    *tap.add_patterns() = std::get<v1::Pattern>(*selector);
    return true;
  }
  *target->mutable_scope() = spec.scope();
  *tap.add_targets() = *std::move(target);
  return true;
}

// What is the same in a tap for one dataplane and for all.
void add_limits(const v1::Warrant& warrant, v1::Tap& tap) {
  for (const std::string& text : warrant.exclusions()) {
    const Result<v1::AddressPrefix> prefix = parse_prefix(text);
    LICTOR_CHECK(prefix.ok());  // of a checked warrant
    *tap.add_exclusions() = *prefix;
  }
  if (warrant.link_layer() == v1::LINK_LAYER_L2CC) tap.set_link_layer(v1::LINK_LAYER_L2CC);
}

}  // namespace

bool is_seen_at(const v1::Warrant& warrant, const std::string& network_element_id) {
  return std::any_of(warrant.targets().begin(), warrant.targets().end(), [&](const v1::TargetSpec& target) {
    return !is_pattern(target.selector()) && counts_at(target, network_element_id);
  });
}

std::optional<v1::Tap> make_tap(const v1::Warrant& warrant, const std::string& xid,
                                const std::string& network_element_id) {
  if (!is_seen_at(warrant, network_element_id)) return std::nullopt;
  v1::Tap tap;
  for (const v1::TargetSpec& spec : warrant.targets())
    if (counts_at(spec, network_element_id) && !add_target(spec, tap)) return std::nullopt;
  add_limits(warrant, tap);
  tap.set_xid(octets_of(xid));
  *tap.mutable_window() = warrant.window();
  tap.set_lease_unix_ns(warrant.window().end_unix_ns());
  tap.set_content(warrant.content());
  return tap;
}

v1::Tap make_whole_tap(const v1::Warrant& warrant) {
  v1::Tap tap;
  for (const v1::TargetSpec& spec : warrant.targets()) (void)add_target(spec, tap);
  add_limits(warrant, tap);
  return tap;
}

// A MAC address is a name in DHCP, too.
bool names_sessions(const v1::Tap& tap) {
  return std::any_of(tap.targets().begin(), tap.targets().end(),
                     [](const v1::TapTarget& target) { return target.has_identity() || target.has_mac(); });
}

v1::Mediation make_handover(const v1::Warrant& warrant, int index, const v1::Agency& agency) {
  const Result<std::string> liid = parse_liid(warrant.liid());
  LICTOR_CHECK(liid.ok());  // of a checked warrant
  v1::Mediation mediation;
  mediation.set_liid(*liid);
  *mediation.mutable_profile() = agency.profile();
  const v1::Delivery& delivery = warrant.deliveries(index);
  if (const v1::Destination* hi2 = find_destination(agency, delivery.hi2_destination_id()))
    *mediation.mutable_hi2() = told(*hi2, agency);
  if (const v1::Destination* hi3 = find_destination(agency, delivery.hi3_destination_id()))
    *mediation.mutable_hi3() = told(*hi3, agency);
  mediation.set_authorization_country(warrant.authorization_country());
  mediation.set_delivery_country(warrant.delivery_country());
  mediation.set_operator_id(warrant.operator_id());
  mediation.set_hi1_operator_id(warrant.hi1_operator_id());
  mediation.set_user_label(warrant.user_label());
  mediation.set_internet_access_type(warrant.internet_access_type());
  mediation.set_raw_aaa(agency.profile().raw_aaa() && warrant.content() != v1::CONTENT_IRI);
  return mediation;
}

v1::Mediation make_mediation(const v1::Warrant& warrant, int index, const v1::Agency& agency, Cin cin) {
  v1::Mediation mediation = make_handover(warrant, index, agency);
  mediation.set_xid(octets_of(warrant.xids(index)));
  mediation.mutable_cin()->set_static_cin(cin.value);
  mediation.mutable_cin()->set_reset_first(cin.reset_first);
  mediation.mutable_cin()->set_leased_first(cin.leased_first);
  mediation.mutable_cin()->set_leased_count(cin.leased_count);
  mediation.set_rate_bps(warrant.deliveries(index).rate_bps());
  mediation.set_location(warrant.location());
  mediation.set_redirected_calls(warrant.redirected_calls());
  return mediation;
}

bool is_lab_delivery(const v1::Warrant& warrant, int index, const v1::Agency& agency) {
  const v1::Delivery& delivery = warrant.deliveries(index);
  for (const std::string& id : {delivery.hi2_destination_id(), delivery.hi3_destination_id()}) {
    const v1::Destination* destination = find_destination(agency, id);
    if (destination != nullptr && !destination->lab()) return false;
  }
  return true;
}

std::string sign(const v1::Directive& directive) {
  v1::SignedDirective signed_directive;
  signed_directive.set_directive(directive.SerializeAsString());
  return signed_directive.SerializeAsString();
}

v1::Directive directive_of(const StoredDirective& stored) {
  v1::SignedDirective signed_directive;
  v1::Directive directive;
  if (!signed_directive.ParseFromString(stored.signed_directive()) ||
      !directive.ParseFromString(signed_directive.directive()))
    return {};
  return directive;
}

}  // namespace lictor::control

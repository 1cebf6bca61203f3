// The rules for targets and deliveries, a function for each part of one. Pure functions.
#include "control/registry/target_rules.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

#include "control/registry/agency_rules.h"
#include "control/registry/scope.h"
#include "control/registry/selector.h"

namespace lictor::control {
namespace {

constexpr uint32_t kIpv6SubscriberLength = 64;

// Whether the prefix names somebody whom policy allows to name.
bool check_prefix(const v1::AddressPrefix& prefix, const v1::Scope& scope, const Policy& policy,
                  const std::string& field, Violations& violations) {
  const uint32_t widest = is_ipv4(prefix) ? policy.prefix_ipv4_min : policy.prefix_ipv6_min;
  if (prefix.prefix_length() < widest) {
    violations.add(field, fmt::format("wider than policy allows (/{})", widest));
    return false;
  }
  switch (kind_of(prefix)) {
    case AddressKind::kPublic:
      return true;
    case AddressKind::kNobody:
      // In the lab a capture says which addresses there are, not a registry.
      return violations.expect(policy.lab, field,
                               "unspecified, multicast, broadcast and reserved addresses name nobody");
    case AddressKind::kNonPublic:
      break;
  }
  return violations.expect(policy.lab || !is_any(scope), field,
                           "a non-public address needs a scope: it exists in many networks");
}

// Targets that were accepted so far, to find repetitions and overlaps. A scope is compared by its text.
class SeenTargets {
 public:
  enum class Relation { kNew, kOverlaps, kRepeats };

  Relation add(const v1::AddressPrefix& prefix, const v1::Scope& scope) {
    std::vector<v1::AddressPrefix>& seen = by_scope_[format_scope(scope)];
    Relation relation = Relation::kNew;
    for (const v1::AddressPrefix& other : seen) {
      const bool inside = contains(other, prefix);
      const bool around = contains(prefix, other);
      if (inside && around) return Relation::kRepeats;
      if (inside || around) relation = Relation::kOverlaps;
    }
    seen.push_back(prefix);
    return relation;
  }

 private:
  std::map<std::string, std::vector<v1::AddressPrefix>> by_scope_;
};

void check_target(v1::TargetSpec& target, const std::string& path, const Policy& policy, SeenTargets& seen,
                  Violations& violations, std::vector<std::string>& warnings) {
  check_scope(target.scope(), path + ".scope", violations);
  const std::string field = path + ".selector";
  const Result<v1::AddressPrefix> prefix = parse_selector(target.selector());
  if (!prefix.ok()) return violations.add(field, std::string(prefix.status().message()));
  target.set_selector(format_selector(*prefix));
  if (!check_prefix(*prefix, target.scope(), policy, field, violations)) return;
  switch (seen.add(*prefix, target.scope())) {
    case SeenTargets::Relation::kRepeats:
      return violations.add(field, "the same target is there twice");
    case SeenTargets::Relation::kOverlaps:
      warnings.push_back(field + ": overlaps another target; packets of both are delivered once");
      break;
    case SeenTargets::Relation::kNew:
      break;
  }
  if (!is_ipv4(*prefix) && prefix->prefix_length() > kIpv6SubscriberLength)
    warnings.push_back(field + ": narrower than /64: privacy addresses (RFC 8981) of the same subscriber are missed");
}

// The only destination on an interface; none where there is not exactly one.
const v1::Destination* only_on(const v1::Agency& agency, v1::HandoverInterface interface) {
  const std::vector<const v1::Destination*> found = destinations_on(agency, interface);
  return found.size() == 1 ? found[0] : nullptr;
}

bool wants_iri(v1::Content content) { return content == v1::CONTENT_IRI || content == v1::CONTENT_IRI_AND_CC; }
bool wants_cc(v1::Content content) { return content == v1::CONTENT_CC || content == v1::CONTENT_IRI_AND_CC; }

void fill_in_only_delivery(v1::Warrant& warrant, const v1::Agency& agency, Violations& violations) {
  const v1::Destination* hi2 = only_on(agency, v1::HANDOVER_INTERFACE_HI2);
  const v1::Destination* hi3 = only_on(agency, v1::HANDOVER_INTERFACE_HI3);
  v1::Delivery delivery;
  if (hi2 != nullptr) delivery.set_hi2_destination_id(hi2->id());
  if (hi3 != nullptr && wants_cc(warrant.content())) delivery.set_hi3_destination_id(hi3->id());
  violations.expect(hi2 != nullptr || !wants_iri(warrant.content()), "warrant.deliveries",
                    "the agency has not exactly one HI2 destination: name one");
  violations.expect(hi3 != nullptr || !wants_cc(warrant.content()), "warrant.deliveries",
                    "the agency has not exactly one HI3 destination: name one");
  *warrant.add_deliveries() = delivery;
}

void check_destination_id(const v1::Agency& agency, const std::string& id, v1::HandoverInterface interface, bool needed,
                          const std::string& field, Violations& violations) {
  if (id.empty()) {
    violations.expect(!needed, field, "missing: the warrant's content needs it");
    return;
  }
  const v1::Destination* destination = find_destination(agency, id);
  violations.expect(destination != nullptr && destination->interface() == interface, field,
                    "the agency has no destination of this id on this interface");
}

void warn_of_missing_hi2(const v1::Delivery& delivery, const v1::Agency& agency, const std::string& field,
                         std::vector<std::string>& warnings) {
  if (delivery.hi2_destination_id().empty() && agency.profile().hi1() != v1::HI1_MODE_OFF)
    warnings.push_back(field + ": without an HI2 destination the agency gets no HI1 notifications");
}

}  // namespace

void check_targets(v1::Warrant& warrant, const Policy& policy, Violations& violations,
                   std::vector<std::string>& warnings) {
  if (!violations.expect(warrant.targets_size() >= 1, "warrant.targets", "missing")) return;
  if (!violations.expect(warrant.targets_size() <= kTargetsPerWarrantMax, "warrant.targets",
                         fmt::format("at most {}", kTargetsPerWarrantMax)))
    return;
  SeenTargets seen;
  for (int i = 0; i < warrant.targets_size(); ++i)
    check_target(*warrant.mutable_targets(i), fmt::format("warrant.targets[{}]", i), policy, seen, violations,
                 warnings);
}

void check_deliveries(v1::Warrant& warrant, const v1::Agency& agency, Violations& violations,
                      std::vector<std::string>& warnings) {
  if (warrant.deliveries_size() == 0) {
    fill_in_only_delivery(warrant, agency, violations);
    return warn_of_missing_hi2(warrant.deliveries(0), agency, "warrant.deliveries", warnings);
  }
  if (!violations.expect(warrant.deliveries_size() <= kDeliveriesPerWarrantMax, "warrant.deliveries",
                         fmt::format("at most {}", kDeliveriesPerWarrantMax)))
    return;
  std::set<std::pair<std::string, std::string>> seen;
  for (int i = 0; i < warrant.deliveries_size(); ++i) {
    const v1::Delivery& delivery = warrant.deliveries(i);
    const std::string field = fmt::format("warrant.deliveries[{}]", i);
    check_destination_id(agency, delivery.hi2_destination_id(), v1::HANDOVER_INTERFACE_HI2,
                         wants_iri(warrant.content()), field + ".hi2_destination_id", violations);
    check_destination_id(agency, delivery.hi3_destination_id(), v1::HANDOVER_INTERFACE_HI3, wants_cc(warrant.content()),
                         field + ".hi3_destination_id", violations);
    violations.expect(seen.emplace(delivery.hi2_destination_id(), delivery.hi3_destination_id()).second, field,
                      "the same delivery is there twice");
    warn_of_missing_hi2(delivery, agency, field, warnings);
  }
}

}  // namespace lictor::control

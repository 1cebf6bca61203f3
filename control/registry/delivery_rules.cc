// The rules for deliveries. Pure functions.
#include "control/registry/delivery_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "control/registry/agency_rules.h"

namespace lictor::control {
namespace {

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
  if (hi3 != nullptr && is_pcapng(*hi3) && hi2 == nullptr) {
    delivery.set_hi3_destination_id(hi3->id());
    *warrant.add_deliveries() = delivery;
    return;
  }
  if (hi3 != nullptr && is_pcapng(*hi3)) hi3 = nullptr;  // both are there: one has to be named
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

void check_files_of_frames(const v1::Warrant& warrant, const v1::Agency& agency, Violations& violations) {
  if (warrant.link_layer() != v1::LINK_LAYER_L2CC) return;
  violations.expect(
      std::ranges::none_of(warrant.deliveries(), [&](const v1::Delivery& one) { return goes_into_files(agency, one); }),
      "warrant.link_layer", "a pcapng destination takes IP packets alone (ipcc)");
}

void warn_of_missing_hi2(const v1::Delivery& delivery, const v1::Agency& agency, const std::string& field,
                         std::vector<std::string>& warnings) {
  if (goes_into_files(agency, delivery)) return;
  if (delivery.hi2_destination_id().empty() && agency.profile().hi1() != v1::HI1_MODE_OFF)
    warnings.push_back(field + ": without an HI2 destination the agency gets no HI1 notifications");
}

}  // namespace

bool goes_into_files(const v1::Agency& agency, const v1::Delivery& delivery) {
  const v1::Destination* destination = find_destination(agency, delivery.hi3_destination_id());
  return destination != nullptr && is_pcapng(*destination);
}

bool shares_number_series(const v1::Warrant& warrant, const v1::Agency& agency) {
  const auto numbered = std::ranges::count_if(
      warrant.deliveries(), [&](const v1::Delivery& delivery) { return !goes_into_files(agency, delivery); });
  return agency.profile().number_series() == v1::NUMBER_SERIES_LIID && numbered > 1;
}

void check_deliveries(v1::Warrant& warrant, const v1::Agency& agency, Violations& violations,
                      std::vector<std::string>& warnings) {
  if (warrant.deliveries_size() == 0) {
    fill_in_only_delivery(warrant, agency, violations);
    check_files_of_frames(warrant, agency, violations);
    return warn_of_missing_hi2(warrant.deliveries(0), agency, "warrant.deliveries", warnings);
  }
  if (!violations.expect(warrant.deliveries_size() <= kDeliveriesPerWarrantMax, "warrant.deliveries",
                         fmt::format("at most {}", kDeliveriesPerWarrantMax)))
    return;
  violations.expect(!shares_number_series(warrant, agency), "warrant.deliveries",
                    "the agency's profile.number_series counts by LIID, which only one delivery can");
  std::set<std::pair<std::string, std::string>> seen;
  for (int i = 0; i < warrant.deliveries_size(); ++i) {
    const v1::Delivery& delivery = warrant.deliveries(i);
    const std::string field = fmt::format("warrant.deliveries[{}]", i);
    const bool all = goes_into_files(agency, delivery);
    violations.expect(!all || delivery.hi2_destination_id().empty(), field + ".hi2_destination_id",
                      "a pcapng destination takes events too: name it alone");
    check_destination_id(agency, delivery.hi2_destination_id(), v1::HANDOVER_INTERFACE_HI2,
                         wants_iri(warrant.content()) && !all, field + ".hi2_destination_id", violations);
    check_destination_id(agency, delivery.hi3_destination_id(), v1::HANDOVER_INTERFACE_HI3, wants_cc(warrant.content()),
                         field + ".hi3_destination_id", violations);
    violations.expect(seen.emplace(delivery.hi2_destination_id(), delivery.hi3_destination_id()).second, field,
                      "the same delivery is there twice");
    violations.expect(is_rate(delivery.rate_bps()), field + ".rate_bps",
                      fmt::format("must be {} to {} bits a second, or 0", kRateMinBps, kRateMaxBps));
    warn_of_missing_hi2(delivery, agency, field, warnings);
  }
  check_files_of_frames(warrant, agency, violations);
}

}  // namespace lictor::control

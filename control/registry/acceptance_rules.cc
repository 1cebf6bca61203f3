#include "control/registry/acceptance_rules.h"

#include <fmt/format.h>

#include "control/registry/agency_rules.h"
#include "control/registry/text_rules.h"
#include "control/registry/uuid.h"
#include "control/registry/violations.h"

namespace lictor::control {
namespace {

constexpr const char* kTestLiid = "LICTOR-TEST";
constexpr const char* kTestUser = "lictor-acceptance-test";
constexpr size_t kOperatorIdMax = 16;
constexpr size_t kHi1OperatorIdMax = 5;  // TS 101 671, Operator-Identifier

void check_operator(const v1::StartAcceptanceRequest& given, v1::Warrant& line, Violations& violations) {
  line.set_operator_id(given.operator_id());
  violations.expect(is_printable(given.operator_id(), 1, kOperatorIdMax), "operator_id",
                    fmt::format("must be 1 to {} octets of printable ASCII", kOperatorIdMax));
  const bool is_short = given.operator_id().size() <= kHi1OperatorIdMax;
  line.set_hi1_operator_id(given.hi1_operator_id().empty() ? given.operator_id() : given.hi1_operator_id());
  if (given.hi1_operator_id().empty())
    violations.expect(is_short, "hi1_operator_id",
                      fmt::format("missing: operator_id is longer than {} octets", kHi1OperatorIdMax));
  else
    violations.expect(is_printable(given.hi1_operator_id(), 1, kHi1OperatorIdMax), "hi1_operator_id",
                      fmt::format("must be 1 to {} octets of printable ASCII", kHi1OperatorIdMax));
}

// The destination on an interface that was named, or the only one; empty where the agency has none there.
std::string destination_on(const v1::Agency& agency, v1::HandoverInterface interface, const std::string& named,
                           const std::string& field, Violations& violations) {
  std::vector<const v1::Destination*> all = destinations_on(agency, interface);
  std::erase_if(all, [](const v1::Destination* one) { return is_pcapng(*one); });  // nobody answers there
  if (named.empty()) {
    violations.expect(all.size() <= 1, field, "the agency has several on this interface: name one");
    return all.size() == 1 ? all[0]->id() : "";
  }
  const v1::Destination* const found = find_destination(agency, named);
  violations.expect(found != nullptr && found->interface() == interface && !is_pcapng(*found), field,
                    "the agency has no receiver of this id on this interface");
  return named;
}

}  // namespace

std::string test_liid(const v1::Agency& agency) {
  return agency.profile().test_liid().empty() ? kTestLiid : agency.profile().test_liid();
}

Result<v1::Warrant> make_test_line(const v1::StartAcceptanceRequest& given, const v1::Agency& agency) {
  Violations violations;
  v1::Warrant line;
  line.set_agency_id(agency.id());
  line.set_liid(test_liid(agency));
  line.set_authorization_country(given.authorization_country().empty() ? agency.country_code()
                                                                       : given.authorization_country());
  violations.expect(is_country(line.authorization_country()), "authorization_country",
                    "must be two of A-Z (ISO 3166-1 alpha-2)");
  line.set_delivery_country(agency.country_code());
  line.set_user_label(kTestUser);
  line.set_internet_access_type(v1::INTERNET_ACCESS_TYPE_UNDEFINED);
  check_operator(given, line, violations);
  v1::Delivery& delivery = *line.add_deliveries();
  delivery.set_hi2_destination_id(destination_on(agency, v1::HANDOVER_INTERFACE_HI2,
                                                 given.delivery().hi2_destination_id(), "delivery.hi2_destination_id",
                                                 violations));
  delivery.set_hi3_destination_id(destination_on(agency, v1::HANDOVER_INTERFACE_HI3,
                                                 given.delivery().hi3_destination_id(), "delivery.hi3_destination_id",
                                                 violations));
  violations.expect(!delivery.hi2_destination_id().empty() || !delivery.hi3_destination_id().empty(), "agency_id",
                    "the agency has no destination");
  violations.expect(given.step_timeout_s() <= kStepTimeoutMaxS, "step_timeout_s",
                    fmt::format("must be 1 to {}, or 0 for the default", kStepTimeoutMaxS));
  line.add_xids(make_random_uuid().to_string());
  if (Status status = violations.status(); !status.ok()) return status;
  return line;
}

}  // namespace lictor::control

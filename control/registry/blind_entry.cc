#include "control/registry/blind_entry.h"

#include <optional>
#include <set>
#include <utility>

#include "control/registry/address.h"
#include "control/registry/delivery_rules.h"
#include "control/registry/liid.h"
#include "control/registry/scope.h"
#include "control/registry/selector.h"
#include "control/registry/target_rules.h"
#include "control/registry/time_text.h"

namespace lictor::control {
namespace {

using Texts = google::protobuf::RepeatedPtrField<std::string>;
using Names = std::optional<std::set<std::string>>;

// Each target in its one spelling, with its scope. Nothing where one cannot be read, or is there twice.
Names names_of(const google::protobuf::RepeatedPtrField<v1::TargetSpec>& targets) {
  constexpr int kTargetsMax = kTargetsPerWarrantMax + kPatternsPerWarrantMax;
  if (targets.empty() || targets.size() > kTargetsMax) return std::nullopt;
  std::set<std::string> names;
  for (const v1::TargetSpec& target : targets) {
    Violations violations;
    check_scope(target.scope(), "scope", violations);
    const Result<Selector> selector = parse_selector(target.selector());
    if (!selector.ok() || !violations.empty()) return std::nullopt;
    if (!names.insert(format_scope(target.scope()) + "@" + format_selector(*selector)).second) return std::nullopt;
  }
  return names;
}

Names prefixes_of(const Texts& texts) {
  if (texts.size() > kExclusionsPerWarrantMax) return std::nullopt;
  std::set<std::string> prefixes;
  for (const std::string& text : texts) {
    const Result<v1::AddressPrefix> prefix = parse_prefix(text);
    if (!prefix.ok()) return std::nullopt;
    prefixes.insert(format_prefix(*prefix));
  }
  return prefixes;
}

using Ends = std::set<std::pair<std::string, std::string>>;

// Where its records go: of IRI alone nothing goes to an HI3 destination that is no directory.
std::optional<Ends> ends_of(const google::protobuf::RepeatedPtrField<v1::Delivery>& deliveries, v1::Content content,
                            const v1::Agency& agency) {
  v1::Warrant as_filed;
  as_filed.set_content(content);
  for (v1::Delivery delivery : deliveries) {
    delivery.clear_rate_bps();
    *as_filed.add_deliveries() = std::move(delivery);
  }
  Violations violations;
  std::vector<std::string> warnings;
  check_deliveries(as_filed, agency, violations, warnings);
  if (!violations.empty()) return std::nullopt;
  Ends ends;
  for (const v1::Delivery& delivery : as_filed.deliveries()) {
    const bool takes_content = content != v1::CONTENT_IRI || goes_into_files(agency, delivery);
    ends.emplace(delivery.hi2_destination_id(), takes_content ? delivery.hi3_destination_id() : std::string());
  }
  return ends;
}

bool is_same_liid(const std::string& filed, const std::string& entered) {
  const Result<std::string> ours = parse_liid(filed);
  const Result<std::string> octets = parse_liid(entered);
  return ours.ok() && octets.ok() && *octets == *ours;
}

bool is_same_time(const std::string& filed, const std::string& entered) {
  const Result<LegalTime> ours = parse_time(filed);
  const Result<LegalTime> time = parse_time(entered);
  return ours.ok() && time.ok() && time->unix_ns == ours->unix_ns;
}

template <typename Value>
bool is_same(const std::optional<Value>& filed, const std::optional<Value>& entered) {
  return filed && entered && *filed == *entered;
}

}  // namespace

std::vector<std::string> disagreeing_fields(const v1::Warrant& warrant, const v1::Agency& agency,
                                            const v1::BlindEntry& entry) {
  std::vector<std::string> fields;
  const auto expect = [&](bool agrees, const char* field) {
    if (!agrees) fields.emplace_back(field);
  };
  const v1::Content content = warrant.content();
  expect(is_same(names_of(warrant.targets()), names_of(entry.targets())), "targets");
  expect(is_same_liid(warrant.liid(), entry.liid()), "liid");
  expect(is_same_time(warrant.end(), entry.end()), "end");
  expect(content != v1::CONTENT_UNSPECIFIED && content == entry.content(), "content");
  expect(is_same(prefixes_of(warrant.exclusions()), prefixes_of(entry.exclusions())), "exclusions");
  expect(is_same(ends_of(warrant.deliveries(), content, agency), ends_of(entry.deliveries(), content, agency)),
         "deliveries");
  expect(!warrant.order_sha256().empty() && warrant.order_sha256() == entry.order_sha256(), "order_sha256");
  return fields;
}

}  // namespace lictor::control

#include "control/registry/blind_entry.h"

#include <set>

#include "control/registry/liid.h"
#include "control/registry/scope.h"
#include "control/registry/selector.h"
#include "control/registry/target_rules.h"
#include "control/registry/time_text.h"

namespace lictor::control {
namespace {

// Each target in its one spelling, with its scope. Nothing where one cannot be read, or is there twice.
std::set<std::string> names_of(const google::protobuf::RepeatedPtrField<v1::TargetSpec>& targets) {
  std::set<std::string> names;
  for (const v1::TargetSpec& target : targets) {
    Violations violations;
    check_scope(target.scope(), "scope", violations);
    const Result<Selector> selector = parse_selector(target.selector());
    if (!selector.ok() || !violations.empty()) return {};
    if (!names.insert(format_scope(target.scope()) + "@" + format_selector(*selector)).second) return {};
  }
  return names;
}

bool is_same_liid(const std::string& filed, const std::string& entered) {
  const Result<std::string> octets = parse_liid(entered);
  return octets.ok() && *octets == *parse_liid(filed);
}

bool is_same_time(const std::string& filed, const std::string& entered) {
  const Result<LegalTime> time = parse_time(entered);
  return time.ok() && time->unix_ns == parse_time(filed)->unix_ns;
}

}  // namespace

std::vector<std::string> disagreeing_fields(const v1::Warrant& warrant, const v1::BlindEntry& entry) {
  std::vector<std::string> fields;
  constexpr int kTargetsMax = kTargetsPerWarrantMax + kPatternsPerWarrantMax;
  if (entry.targets_size() > kTargetsMax || names_of(entry.targets()) != names_of(warrant.targets()))
    fields.emplace_back("targets");
  if (!is_same_liid(warrant.liid(), entry.liid())) fields.emplace_back("liid");
  if (!is_same_time(warrant.end(), entry.end())) fields.emplace_back("end");
  if (warrant.order_sha256().empty() || warrant.order_sha256() != entry.order_sha256())
    fields.emplace_back("order_sha256");
  return fields;
}

}  // namespace lictor::control

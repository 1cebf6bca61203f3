#include "control/registry/sealing_rules.h"

#include "control/registry/keys.h"
#include "control/registry/records.pb.h"

namespace lictor::control {
namespace {

Result<std::string> subject_of(const std::string& key, const std::string& value) {
  if (key.starts_with(kWarrantPrefix)) {
    StoredWarrant warrant;
    if (!warrant.ParseFromString(value)) return absl::InvalidArgumentError("store: a warrant cannot be read");
    // A tombstone outlives the warrant's key.
    return warrant.erased_unix_ns() != 0 ? std::string() : key.substr(kWarrantPrefix.size());
  }
  if (key.starts_with(kSaltPrefix)) return key.substr(kSaltPrefix.size());
  if (key.starts_with(kFormerWarrantPrefix))
    return key.substr(kFormerWarrantPrefix.size(), key.rfind('/') - kFormerWarrantPrefix.size());
  if (!key.starts_with(kHoldPrefix)) return std::string();
  StoredHold hold;
  if (!hold.ParseFromString(value)) return absl::InvalidArgumentError("store: a hold cannot be read");
  return hold.warrant_id();
}

}  // namespace

SealingRules sealing_rules() {
  return {.is_blind = [](const std::string& key) { return key.starts_with(kLiidPrefix); }, .subject_of = subject_of};
}

}  // namespace lictor::control

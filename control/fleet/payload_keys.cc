#include "control/fleet/payload_keys.h"

#include "control/registry/payload_key_rules.h"

namespace lictor::control {

Result<std::unique_ptr<PayloadKeys>> PayloadKeys::open(const std::string& directory) {
  Result<std::unique_ptr<KeyFiles>> files = KeyFiles::open(directory, ".payload");
  if (!files.ok()) return files.status();
  return std::unique_ptr<PayloadKeys>(new PayloadKeys(*std::move(files)));
}

size_t PayloadKeys::bytes_of(const std::string& warrant_id) const {
  const auto found = files_->sizes().find(warrant_id);
  return found != files_->sizes().end() && is_payload_key_length(found->second) ? found->second : 0;
}

std::set<std::string> PayloadKeys::warrant_ids() const {
  std::set<std::string> ids;
  for (const auto& [id, bytes] : files_->sizes()) ids.insert(id);
  return ids;
}

Result<SecretOctets> PayloadKeys::get(const std::string& warrant_id) const {
  if (bytes_of(warrant_id) == 0) return absl::NotFoundError("id: the warrant has no payload key, or has it no more");
  return files_->read(warrant_id);
}

}  // namespace lictor::control

#include "control/fleet/spool_keys.h"

namespace lictor::control {
namespace {

constexpr size_t kKeyBytes = 32;

}  // namespace

Result<std::unique_ptr<SpoolKeys>> SpoolKeys::open(const std::string& directory) {
  Result<std::unique_ptr<KeyFiles>> files = KeyFiles::open(directory, "");
  if (!files.ok()) return files.status();
  return std::unique_ptr<SpoolKeys>(new SpoolKeys(*std::move(files)));
}

std::set<std::string> SpoolKeys::xids() const {
  std::set<std::string> xids;
  for (const auto& [xid, bytes] : files_->sizes()) xids.insert(xid);
  return xids;
}

Result<SecretOctets> SpoolKeys::get_or_make(const std::string& xid) {
  if (has(xid)) {
    Result<SecretOctets> key = files_->read(xid);
    if (key.ok() && key->text().size() != kKeyBytes)
      return absl::UnavailableError("keys: a spool's key is no whole key");
    return key;
  }
  Result<SecretOctets> key = SecretOctets::random(kKeyBytes);
  if (!key.ok()) return key;
  if (Status status = files_->write(xid, key->text()); !status.ok()) return status;
  return key;
}

Status SpoolKeys::make(const std::vector<std::string>& xids) {
  std::map<std::string, SecretOctets> keys;
  for (const std::string& xid : xids) {
    Result<SecretOctets> key = SecretOctets::random(kKeyBytes);
    if (!key.ok()) return key.status();
    keys.emplace(xid, *std::move(key));
  }
  return files_->write_new(keys);
}

}  // namespace lictor::control

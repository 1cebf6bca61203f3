#include "control/sealed/key_ring.h"

namespace lictor::control {
namespace {

constexpr std::string_view kTable = "entries";
// What the vault calls the store's own key. Subjects are UUIDs: none is called so.
constexpr std::string_view kStoreSubject = "store";

std::string_view vault_subject(std::string_view subject) { return subject.empty() ? kStoreSubject : subject; }

}  // namespace

std::string KeyRing::name_of(std::string_view subject) { return subject_key(std::string(vault_subject(subject))); }

Result<SharedDataKey> KeyRing::find(const std::string& subject) {
  const std::lock_guard lock(mutex_);
  if (const auto known = open_.find(subject); known != open_.end()) return known->second;
  const Result<std::optional<Entry>> wrapped = rows_.get(name_of(subject));
  if (!wrapped.ok()) return wrapped.status();
  if (!wrapped->has_value()) return absl::NotFoundError("store: a value's key was erased");
  Result<SharedDataKey> key = vault_->unwrap(vault_subject(subject), as_bytes((*wrapped)->value));
  if (!key.ok()) return key.status();
  if (open_.size() >= kOpenMax) open_.clear();
  open_[subject] = *key;
  return key;
}

Result<Vault::NewKey> KeyRing::make(const std::string& subject) {
  const std::lock_guard lock(mutex_);
  return vault_->make_key(vault_subject(subject));
}

void KeyRing::keep(const std::string& subject, SharedDataKey key) {
  const std::lock_guard lock(mutex_);
  if (open_.size() >= kOpenMax) open_.clear();
  open_[subject] = std::move(key);
}

void KeyRing::forget(const std::string& subject) {
  const std::lock_guard lock(mutex_);
  open_.erase(subject);
}

Digest KeyRing::index(std::string_view column, std::string_view value) {
  const std::lock_guard lock(mutex_);
  return vault_->index(kTable, column, value);
}

Result<std::unique_ptr<Vault>> KeyRing::next(const MasterKeySource& source) {
  const std::lock_guard lock(mutex_);
  return vault_->rotate(source);
}

Result<std::string> KeyRing::rewrap(const Vault& next, const std::string& name, const std::string& wrapped) {
  const std::lock_guard lock(mutex_);
  return next.rewrap(*vault_, name.substr(subject_key("").size()), as_bytes(wrapped));
}

Status KeyRing::replace(std::unique_ptr<const Vault> next, const std::function<Status()>& commit) {
  const std::lock_guard lock(mutex_);
  if (Status status = commit(); !status.ok()) return status;
  vault_ = std::move(next);
  return absl::OkStatus();
}

}  // namespace lictor::control

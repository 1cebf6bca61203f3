#include "control/sealed/batch.h"

#include "control/sealed/seal.h"
#include "control/sealed/sealed_row.h"

namespace lictor::control {

Status SealedStore::Batch::add(const Write& write) {
  if (write.key.starts_with(kSealedPrefix)) {
    const std::string prefix = subject_key("");
    if (write.value || !write.key.starts_with(prefix) || write.key == KeyRing::name_of(""))
      return absl::InvalidArgumentError("store: rows of the sealing are not written to");
    erased_.insert(write.key.substr(prefix.size()));
    return put(write.key, std::nullopt, write.expected_revision);
  }
  const std::string name = store_.row_name_of(write.key);
  if (!write.value) return put(name, std::nullopt, write.expected_revision);
  const Result<std::string> subject = store_.rules_.subject_of(write.key, *write.value);
  if (!subject.ok()) return subject.status();
  const Result<SharedDataKey> key = key_of(*subject);
  if (!key.ok()) return key.status();
  Result<std::string> octets = seal_row(**key, *subject, name, *write.value);
  if (!octets.ok()) return octets.status();
  return put(name, *std::move(octets), write.expected_revision);
}

Result<SharedDataKey> SealedStore::Batch::key_of(const std::string& subject) {
  if (erased_.count(subject) != 0)
    return absl::InvalidArgumentError("store: a value is written for a subject that is erased");
  if (const auto made = made_.find(subject); made != made_.end()) return made->second;
  Result<SharedDataKey> known = store_.keys_.find(subject);
  if (!absl::IsNotFound(known.status())) return known;
  Result<Vault::NewKey> key = store_.keys_.make(subject);
  if (!key.ok()) return key.status();
  if (Status status = put(KeyRing::name_of(subject), std::move(key->wrapped), kMustBeAbsent); !status.ok())
    return status;
  made_[subject] = key->key;
  return key->key;
}

Result<std::optional<Digest>> SealedStore::Batch::former(const std::string& name) {
  if (const auto known = written_.find(name); known != written_.end()) return known->second;
  const Result<std::optional<Entry>> row = store_.rows_.get(name);
  if (!row.ok()) return row.status();
  if (!row->has_value()) return std::optional<Digest>();
  return std::optional<Digest>(store_.digest_of(name, (*row)->value));
}

Status SealedStore::Batch::put(std::string name, std::optional<std::string> octets,
                               std::optional<uint64_t> expected_revision) {
  const Result<std::optional<Digest>> before = former(name);
  if (!before.ok()) return before.status();
  std::optional<Digest> after;
  if (octets) after = store_.digest_of(name, *octets);
  if (is_summed(name)) {
    if (*before) sum_.remove(**before);
    if (after) sum_.add(*after);
  }
  written_[name] = after;
  rows_.push_back({.key = std::move(name), .value = std::move(octets), .expected_revision = expected_revision});
  return absl::OkStatus();
}

Status SealedStore::Batch::finish() {
  if (purges_ || !erased_.empty()) rows_.push_back({.key = kPurgeName, .value = ""});
  const Result<SharedDataKey> key = key_of("");
  if (!key.ok()) return key.status();
  Result<std::string> octets = seal_row(**key, "", kSumName, sum_.octets());
  if (!octets.ok()) return octets.status();
  rows_.push_back({.key = kSumName, .value = *std::move(octets)});
  return absl::OkStatus();
}

void SealedStore::Batch::keep_keys() {
  for (const auto& [subject, key] : made_) store_.keys_.keep(subject, key);
  for (const std::string& subject : erased_) store_.keys_.forget(subject);
}

}  // namespace lictor::control

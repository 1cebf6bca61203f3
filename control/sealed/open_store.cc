#include "control/sealed/open_store.h"

#include <fmt/format.h>
#include <unistd.h>

namespace lictor::control {
namespace {

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// Whether a key was made. A store that is sealed already would not open by a new one.
Result<bool> provide_default_key(Store& rows, const MasterKeyOptions& master_key) {
  if (!master_key.is_default() || is_there(master_key.default_file) || is_there(next_key_file(master_key.default_file)))
    return false;
  const Result<bool> sealed = SealedStore::is_sealed(rows);
  if (!sealed.ok()) return sealed.status();
  if (*sealed)
    return absl::FailedPreconditionError(fmt::format(
        "store: it is sealed, store.master_key names no key, and there is none in {}", master_key.default_file));
  if (Status status = make_master_key_file(master_key.default_file); !status.ok()) return status;
  return true;
}

// The new key of a rotation that did not come to its end: either the store has it, or nobody needs it.
Result<std::unique_ptr<SealedStore>> open_with(Store& rows, const MasterKeyOptions& master_key,
                                               const SealingRules& rules) {
  const Result<std::unique_ptr<MasterKeySource>> source = master_key_of(master_key);
  if (!source.ok()) return source.status();
  Result<std::unique_ptr<SealedStore>> store = SealedStore::open(rows, **source, rules);
  const std::string next = next_key_file(master_key.path());
  if (master_key.path().empty() || !is_there(next)) return store;
  if (store.ok()) {
    if (Status status = erase_key_file(next); !status.ok()) return status;
    return store;
  }
  if (!absl::IsPermissionDenied(store.status())) return store;
  Result<std::unique_ptr<SealedStore>> rotated = SealedStore::open(rows, FileMasterKey(next), rules);
  if (!rotated.ok()) return store;
  if (Status status = replace_master_key_file(master_key.path(), next); !status.ok()) return status;
  return rotated;
}

// Not this key's: of another key, or of another kind of key.
bool is_anothers(const Status& status) {
  return absl::IsPermissionDenied(status) || absl::IsFailedPrecondition(status);
}

}  // namespace

std::string next_key_file(const std::string& path) { return path + ".next"; }

Result<OpenedStore> open_sealed_store(const std::string& path, const MasterKeyOptions& master_key,
                                      const SealingRules& rules, const MasterKeyOptions* next) {
  Result<std::unique_ptr<SqliteStore>> rows = SqliteStore::open(path);
  if (!rows.ok()) return rows.status();
  const Result<bool> made_key = provide_default_key(**rows, master_key);
  if (!made_key.ok()) return made_key.status();
  Result<std::unique_ptr<SealedStore>> store = open_with(**rows, master_key, rules);
  bool by_next = false;
  if (next != nullptr && is_anothers(store.status())) {
    Result<std::unique_ptr<SealedStore>> rotated = open_with(**rows, *next, rules);
    by_next = rotated.ok();
    if (by_next) store = std::move(rotated);
  }
  if (!store.ok()) return store.status();
  return OpenedStore{.rows = *std::move(rows), .store = *std::move(store), .made_key = *made_key, .by_next = by_next};
}

Status rotate_to(const OpenedStore& opened, const MasterKeyOptions& next) {
  if (opened.by_next) return absl::OkStatus();
  const Result<std::unique_ptr<MasterKeySource>> source = master_key_of(next);
  if (!source.ok()) return source.status();
  if (Status status = opened.store->rotate(**source); !status.ok()) return status;
  return opened.store->purge(Store::Purge::kLog);
}

Status rotate_key_file(const OpenedStore& opened, const std::string& path) {
  const std::string next = next_key_file(path);
  if (Status status = make_master_key_file(next); !status.ok()) return status;
  if (Status status = opened.store->rotate(FileMasterKey(next)); !status.ok()) return status;
  if (Status status = opened.store->purge(Store::Purge::kLog); !status.ok()) return status;
  return replace_master_key_file(path, next);
}

}  // namespace lictor::control

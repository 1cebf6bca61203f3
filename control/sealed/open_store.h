// The store's file with its master key: what lictord opens at start. On one thread.
#pragma once

#include <memory>
#include <string>

#include "control/sealed/master_key.h"
#include "control/sealed/sealed_store.h"
#include "control/store/sqlite_store.h"

namespace lictor::control {

struct OpenedStore {
  std::unique_ptr<SqliteStore> rows;
  std::unique_ptr<SealedStore> store;  // goes before its rows
  bool made_key = false;               // at MasterKeyOptions::default_file
  bool by_next = false;                // it was rotated to the next key before
};

// FailedPrecondition: no key is configured, and the one that lictord had made is gone; else as SqliteStore::open and
// SealedStore::open. A rotation that a crash cut off is brought to its end, or back. `next`: the key that it shall go
// under, or is under already; null: there is none.
Result<OpenedStore> open_sealed_store(const std::string& path, const MasterKeyOptions& master_key,
                                      const SealingRules& rules, const MasterKeyOptions* next = nullptr);

// From now on under the key of `next`, which the configuration has to name as the master key from the next start on, or
// already under it.
Status rotate_to(const OpenedStore& opened, const MasterKeyOptions& next);
// From now on under a new key, which takes the place of the one in this file.
Status rotate_key_file(const OpenedStore& opened, const std::string& path);

// Where a rotation keeps the new key until the store has it.
std::string next_key_file(const std::string& path);

}  // namespace lictor::control

// The data keys of a sealed store: one a subject (a warrant), and the store's own. Their wrapped forms are rows of the
// store; those that were used last are kept open, in locked memory. Any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "control/store/store.h"
#include "control/vault/vault.h"

namespace lictor::control {

class KeyRing {
 public:
  // That are kept open; with one more all others are let go. An unwrapping costs about 10 us.
  static constexpr size_t kOpenMax = 4096;
  // What Secret::prepare needs for it, with room for what is on its way.
  static constexpr size_t kSecretsMax = 2 * kOpenMax;

  // `rows` outlives it.
  KeyRing(Store& rows, std::unique_ptr<const Vault> vault) : rows_(rows), vault_(std::move(vault)) {}

  // Of the row that holds this subject's wrapped key; empty: the store's own.
  static std::string name_of(std::string_view subject);

  // NotFound where the subject has none, or has it no more.
  Result<SharedDataKey> find(const std::string& subject);
  // A new one, whose wrapped form belongs into the commit that uses it.
  Result<Vault::NewKey> make(const std::string& subject);
  // Behind that commit.
  void keep(const std::string& subject, SharedDataKey key);
  void forget(const std::string& subject);

  // HMAC under a key that stays the same over rotations.
  Digest index(std::string_view column, std::string_view value);

  // --- another master key ---
  [[nodiscard]] Result<std::unique_ptr<Vault>> next(const MasterKeySource& source);
  // What stands in the row of this name, wrapped by `next`.
  [[nodiscard]] Result<std::string> rewrap(const Vault& next, const std::string& name, const std::string& wrapped);
  // Puts `next` in the vault's place where `commit` goes well. Nobody reads a key meanwhile.
  Status replace(std::unique_ptr<const Vault> next, const std::function<Status()>& commit);

 private:
  Store& rows_;
  std::mutex mutex_;  // guards what follows; held while a wrapped key is read, so that no forgotten one comes back
  std::unique_ptr<const Vault> vault_;
  std::map<std::string, SharedDataKey> open_;
};

}  // namespace lictor::control

// Envelope encryption of the store's sensitive columns: a master key wraps data keys, one a subject (a warrant), and
// each data key seals that subject's values. Deleting a wrapped key erases all that it sealed. Holds what is derived
// from the master key, never that key itself. Any thread: nothing changes after it was made.
//
//   auto vault = Vault::open(header, FileMasterKey(path));          // or make(), which gives a header to store
//   auto made = (*vault)->make_key(warrant_id);                     // made->wrapped goes into the store
//   auto sealed = made->key->seal({"warrant", "liid", warrant_id}, liid);
//   auto found = (*vault)->index("warrant", "liid", liid);          // equality without opening
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "control/vault/data_key.h"
#include "control/vault/formats.h"
#include "control/vault/master_key_source.h"

namespace lictor::control {

class Vault {
 public:
  struct NewKey {
    SharedDataKey key;
    std::string wrapped;
  };

  // A new vault of generation 1, with a header that the store has to keep.
  static Result<std::unique_ptr<Vault>> make(const MasterKeySource& source, const ScryptCost& cost = {});
  // PermissionDenied: the wrong master key (or another salt was put into the header); DataLoss: the header was altered;
  // FailedPrecondition: the header wants another kind of master key, or is of a newer program.
  static Result<std::unique_ptr<Vault>> open(Bytes header, const MasterKeySource& source);

  // The same vault under another master key, one generation on. Nothing wrapped by this one opens there before rewrap.
  // Its header and every rewrapped key belong into one commit.
  [[nodiscard]] Result<std::unique_ptr<Vault>> rotate(const MasterKeySource& source, const ScryptCost& cost = {}) const;
  // What `former` wrapped, wrapped by this vault's master key. Sealed values stay as they are.
  [[nodiscard]] Result<std::string> rewrap(const Vault& former, std::string_view subject, Bytes wrapped) const;

  [[nodiscard]] const std::string& header() const { return header_; }
  [[nodiscard]] uint32_t generation() const { return generation_; }

  [[nodiscard]] Result<NewKey> make_key(std::string_view subject) const;
  // FailedPrecondition: wrapped under a master key of another generation; DataLoss: altered, or another subject's.
  [[nodiscard]] Result<SharedDataKey> unwrap(std::string_view subject, Bytes wrapped) const;

  // HMAC-SHA-256 of a value, for look-ups by equality in one column. Stays the same over rotations: a LIID that was
  // used is refused for ever, also when nobody can read any more which one it was.
  [[nodiscard]] Digest index(std::string_view table, std::string_view column, std::string_view value) const;

 private:
  struct Keys;  // derived from a master key

  Vault(Secret wrapping, SharedDataKey index_key, const VaultId& id, uint32_t generation, std::string header)
      : wrapping_(std::move(wrapping)),
        index_key_(std::move(index_key)),
        id_(id),
        generation_(generation),
        header_(std::move(header)) {}

  static Result<Keys> derive(const MasterKeySource& source, const MasterKeyHint& hint);
  // `header` lacks check, index key and MAC.
  static Result<std::unique_ptr<Vault>> found(VaultHeader header, const MasterKeySource& source,
                                              SharedDataKey index_key);

  const Secret wrapping_;
  const SharedDataKey index_key_;
  const VaultId id_;
  const uint32_t generation_;
  const std::string header_;
};

}  // namespace lictor::control

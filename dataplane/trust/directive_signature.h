// The daemon's signature over a directive. What is signed is the directive's octets behind what binds them to one
// process of one network element of one fleet, so that nothing that was signed for another, or for a former process,
// can be replayed to it:
//
//   "lictor-directive-1", fleet id, network-element id, incarnation, directive: each behind its length (4 octets)
//
// Many that go out together have one signature, which costs as much as one of a single directive:
//
//   "lictor-directives-1", fleet id, network-element id, incarnation, directive, directive, …: in the same form
//
// Keys are Ed25519. Any thread, each object by one at a time.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"
#include "dataplane/trust/openssl_owner.h"

namespace lictor {

constexpr size_t kDirectiveKeysMax = 16;
// Directives under one signature: it costs each of 64 less than a microsecond.
constexpr size_t kDirectiveBatchMax = 64;

// Whom a directive is for.
struct DirectiveReader {
  std::string fleet_id;
  std::string network_element_id;
  std::string incarnation;  // 16 octets
};

// The first 16 hexadecimal digits of the SHA-256 of the key's SubjectPublicKeyInfo.
std::string key_id_of(EVP_PKEY& key);

class DirectiveSigner {
 public:
  // The key in this file (PEM, mode 0400); makes it where it is missing, and beside it PATH.pub, which dataplanes pin.
  // FailedPrecondition: others have rights on it, or it holds another kind of key. Unavailable: it cannot be made.
  static Result<std::unique_ptr<DirectiveSigner>> open(const std::string& path);

  [[nodiscard]] const std::string& key_id() const { return key_id_; }
  // Any thread.
  [[nodiscard]] Result<std::string> sign(const DirectiveReader& reader, Bytes directive) const;
  // In this order, none left out and none added.
  [[nodiscard]] Result<std::string> sign_batch(const DirectiveReader& reader, std::span<const Bytes> directives) const;

 private:
  explicit DirectiveSigner(OwnedKey key);

  const OwnedKey key_;
  const std::string key_id_;
};

// The keys that a dataplane pins: several while one follows another.
class DirectiveKeys {
 public:
  // NotFound, FailedPrecondition or InvalidArgument name the file.
  static Result<std::unique_ptr<DirectiveKeys>> load(const std::vector<std::string>& paths);

  // PermissionDenied: nobody signed it, a key did that is not pinned, or the signature does not hold.
  [[nodiscard]] Status verify(const DirectiveReader& reader, Bytes directive, const std::string& key_id,
                              Bytes signature) const;
  [[nodiscard]] Status verify_batch(const DirectiveReader& reader, std::span<const Bytes> directives,
                                    const std::string& key_id, Bytes signature) const;

 private:
  [[nodiscard]] Status verify_statement(const std::string& statement, const std::string& key_id, Bytes signature) const;
  explicit DirectiveKeys(std::vector<std::pair<std::string, OwnedKey>> keys) : keys_(std::move(keys)) {}

  const std::vector<std::pair<std::string, OwnedKey>> keys_;  // by key id
};

}  // namespace lictor

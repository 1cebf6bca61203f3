// The key of one subject (a warrant): seals and opens the sensitive values of its rows. Each value is bound to its
// place, so that no value can be moved to another row or column. Shared; any thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "control/vault/formats.h"
#include "control/vault/secret.h"

namespace lictor::control {

// Where a value stands: whoever opens it names the same.
struct Place {
  std::string_view table;
  std::string_view column;
  std::string_view row;
};

class DataKey {
 public:
  // SP 800-38D 8.3: at most 2^32 random nonces a key. A key that was sealed with so often in one life of the process is
  // refused; a subject is written some thousand times.
  static constexpr uint64_t kSealsMax = uint64_t{1} << 28;

  static Result<std::shared_ptr<const DataKey>> make(Secret secret);

  [[nodiscard]] const KeyId& id() const { return id_; }
  [[nodiscard]] KeyView octets() const { return secret_.octets(); }

  // InvalidArgument above kValueBytesMax; ResourceExhausted behind kSealsMax.
  [[nodiscard]] Result<std::string> seal(const Place& place, std::string_view value) const;
  // FailedPrecondition: sealed under another key (the subject's was erased, or it is another subject's); DataLoss: it
  // was altered, or stood in another place. The plain text is the caller's to wipe.
  [[nodiscard]] Result<std::string> open(const Place& place, Bytes sealed) const;

 private:
  DataKey(Secret secret, const KeyId& id) : secret_(std::move(secret)), id_(id) {}

  const Secret secret_;
  const KeyId id_;
  mutable std::atomic<uint64_t> seals_ = 0;
};

using SharedDataKey = std::shared_ptr<const DataKey>;

}  // namespace lictor::control

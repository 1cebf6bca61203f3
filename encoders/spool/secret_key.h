// A task's spool key: 32 octets in OpenSSL's secure heap (locked, between guard pages, not in core dumps), erased when
// its last owner lets go. Shared by the control thread, encoder lcores' seals and handover threads; never changes.
#pragma once

#include <cstddef>
#include <memory>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"

namespace lictor {

class SecretKey {
 public:
  static constexpr size_t kBytes = 32;

  // Once, before the first key: memory for `keys` of them, and so many octets of others' secrets in the same heap.
  // False where it could not be locked; keys work all the same.
  static bool prepare(size_t keys, size_t other_bytes = 0);

  // InvalidArgument where `octets` are not kBytes.
  static Result<std::shared_ptr<const SecretKey>> make(Bytes octets);
  ~SecretKey();
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;

  [[nodiscard]] Bytes octets() const { return {memory_, kBytes}; }

 private:
  explicit SecretKey(uint8_t* memory) : memory_(memory) {}

  uint8_t* const memory_;
};

using SharedKey = std::shared_ptr<const SecretKey>;

}  // namespace lictor

// A key of 32 octets in OpenSSL's secure heap (locked, between guard pages, in no core dump), erased when its owner
// lets go. Moves, is not copied. Any thread, one at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"

namespace lictor::control {

// Octets of the secure heap, for what is no key yet (a passphrase, the text of a key file).
class SecretBuffer {
 public:
  // ResourceExhausted where no locked memory is left. All zeros.
  static Result<SecretBuffer> make(size_t bytes);

  [[nodiscard]] MutableBytes octets() { return {memory_.get(), memory_.get_deleter().bytes}; }
  [[nodiscard]] Bytes octets() const { return {memory_.get(), memory_.get_deleter().bytes}; }

 private:
  struct Erase {
    size_t bytes;
    void operator()(uint8_t* memory) const;
  };
  SecretBuffer(uint8_t* memory, size_t bytes) : memory_(memory, Erase{bytes}) {}

  std::unique_ptr<uint8_t, Erase> memory_;
};

class Secret {
 public:
  static constexpr size_t kBytes = 32;

  // Once in a process, before the first: locked memory for `keys` of them. False where it could not be locked (see
  // RLIMIT_MEMLOCK); keys work all the same, in memory that may be swapped out.
  static bool prepare(size_t keys);

  static Result<Secret> make();         // zeros, to be written to
  static Result<Secret> make_random();  // by OpenSSL's generator for private values

  [[nodiscard]] std::span<uint8_t, kBytes> octets() { return buffer_.octets().first<kBytes>(); }
  [[nodiscard]] std::span<const uint8_t, kBytes> octets() const { return buffer_.octets().first<kBytes>(); }

 private:
  explicit Secret(SecretBuffer buffer) : buffer_(std::move(buffer)) {}

  SecretBuffer buffer_;
};

}  // namespace lictor::control

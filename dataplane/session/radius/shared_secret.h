// The secret that a RADIUS client and a server share, in OpenSSL's secure heap (locked, between guard pages, not in
// core dumps) with what HMAC-MD5 makes of it once. The process prepares that heap, with kLockedBytes for each secret.
// Made by the control thread, read by session lcores; never changes.
#pragma once

#include <cstddef>
#include <memory>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"

namespace lictor::radius {

class SharedSecret {
 public:
  static constexpr size_t kBytesMax = 128;
  // What one secret takes of the heap, whose pieces are powers of two.
  static constexpr size_t kLockedBytes = 512;

  // InvalidArgument where there are none, or more than kBytesMax octets; ResourceExhausted where no memory is left.
  static Result<std::shared_ptr<const SharedSecret>> make(Bytes octets);
  ~SharedSecret();
  SharedSecret(const SharedSecret&) = delete;
  SharedSecret& operator=(const SharedSecret&) = delete;

 private:
  friend class Md5;
  struct Memory;
  explicit SharedSecret(Memory* memory) : memory_(memory) {}

  Memory* const memory_;
};

using SecretPointer = std::shared_ptr<const SharedSecret>;

}  // namespace lictor::radius

// One number over all rows of a store, which changes with every commit and is kept sealed among them: so that no row
// can be removed, added or put back to what it was, by somebody who has the file and not the key. The exclusive or of
// a keyed digest of each row: the order does not matter, and a change costs what was changed. Any thread, one at a
// time.
#pragma once

#include <cstdint>
#include <string>

#include "control/vault/ciphers.h"

namespace lictor::control {

class StoreSum {
 public:
  // InvalidArgument: these octets are no sum.
  static Result<StoreSum> parse(Bytes octets);
  [[nodiscard]] std::string octets() const;

  void add(const Digest& row);
  // That was added.
  void remove(const Digest& row);

  bool operator==(const StoreSum&) const = default;

 private:
  Digest digest_{};
  uint64_t rows_ = 0;
};

}  // namespace lictor::control

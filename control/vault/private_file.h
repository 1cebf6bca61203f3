// Files that hold a secret: a key, a PIN.
#pragma once

#include <string>

#include "control/vault/secret.h"

namespace lictor::control {

struct PrivateText {
  SecretBuffer room;  // as long as was asked for, and one octet
  size_t length = 0;

  [[nodiscard]] Bytes octets() const { return room.octets().first(length); }
};

// What is in a plain file of mode 0400 or 0600 and of this process' user or root, without the line ends at its end, in
// locked memory. A link is not followed. FailedPrecondition where it is not such a file or has more than `bytes_max`
// octets; `what` begins the text ("master key"), which says nothing of what is in it. At start, on one thread.
Result<PrivateText> read_private_file(const std::string& path, size_t bytes_max, const char* what);

}  // namespace lictor::control

// The order's document on its way into a warrant or an approval: only its SHA-256 leaves this machine. One thread.
#pragma once

#include <string>

#include "dataplane/base/result.h"

namespace lictor::control::cli {

// 32 octets. FailedPrecondition where the file cannot be read to its end, or is empty.
Result<std::string> sha256_of_file(const std::string& path);

// At most so many octets of a file: an order, a signature, a certificate.
constexpr size_t kSmallFileBytesMax = 1 << 20;
Result<std::string> read_small_file(const std::string& path);

}  // namespace lictor::control::cli

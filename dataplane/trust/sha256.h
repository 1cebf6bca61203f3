// SHA-256 over octets. Any thread.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/base/bytes.h"

namespace lictor {

using Sha256 = std::array<uint8_t, 32>;

Sha256 sha256_digest(Bytes octets);

}  // namespace lictor

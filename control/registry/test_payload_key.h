// The payload key of acceptance runs towards agencies with a key for each warrant: 00 01 02 … up to the method's
// length. No secret, and none is needed: test records are about nobody. So an agency can give it to its receiver, for
// its test LIID, before the first run, and nothing has to be handed over. Pure, any thread.
#pragma once

#include <cstddef>
#include <string>

namespace lictor::control {

inline std::string test_payload_key(size_t bytes) {
  std::string key(bytes, '\0');
  for (size_t i = 0; i < bytes; ++i) key[i] = static_cast<char>(i);
  return key;
}

}  // namespace lictor::control

// The file of a key for encrypted payloads: any octets.
#include <cstddef>
#include <cstdint>

#include "dataplane/base/check.h"
#include "encoders/etsi/payload_key.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lictor;
  const auto key = PayloadKey::parse(as_text(Bytes(data, size)));
  if (!key.ok()) return 0;
  const size_t bytes = (*key)->octets().size();
  LICTOR_CHECK(bytes == PayloadKey::kAes192Bytes || bytes == PayloadKey::kAes256Bytes);
  LICTOR_CHECK(size >= 2 * bytes);
  return 0;
}

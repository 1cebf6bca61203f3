// What a sealed store's file gives back: a row, and the sum of all rows; any octets. What is read writes as the same
// octets again.
#include <cstddef>
#include <cstdint>

#include "control/sealed/sealed_row.h"
#include "control/sealed/store_sum.h"
#include "dataplane/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lictor;
  using namespace lictor::control;
  const Bytes octets(data, size);
  if (const Result<SealedRow> row = parse_sealed_row(octets); row.ok()) {
    const Result<std::string> written = to_octets(*row);
    LICTOR_CHECK(written.ok() && *written == as_text(octets));
  }
  if (const Result<StoreSum> sum = StoreSum::parse(octets); sum.ok()) LICTOR_CHECK(sum->octets() == as_text(octets));
  return 0;
}

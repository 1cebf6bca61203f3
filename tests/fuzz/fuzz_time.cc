// Times as anybody may write them: whatever is accepted is in the years that are promised, and reads back as the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "control/registry/time_text.h"
#include "dataplane/base/check.h"

using namespace lictor;
using namespace lictor::control;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Result<LegalTime> time = parse_time({reinterpret_cast<const char*>(data), size});
  if (!time.ok()) return 0;
  LICTOR_CHECK(time->unix_ns > 946'598'400 * kNanosecondsPerSecond);    // 1999-12-31: an offset may lead a day back
  LICTOR_CHECK(time->unix_ns < 7'258'204'800 * kNanosecondsPerSecond);  // 2200-01-02
  const std::string text = format_time(*time);
  // At the edge of the years that are accepted an offset leads out of them.
  const Result<LegalTime> again = parse_time(text);
  LICTOR_CHECK(again.ok() ? *again == *time : text.starts_with("1999") || text.starts_with("2200"));
  return 0;
}

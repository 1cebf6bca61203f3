#include "dataplane/base/utc_text.h"

#include <fmt/format.h>

#include <ctime>

namespace lictor {

std::string utc_text(int64_t unix_ns, TimeDigits digits) {
  std::time_t seconds = unix_ns / kNanosecondsPerSecond;
  int64_t rest_ns = unix_ns % kNanosecondsPerSecond;
  if (rest_ns < 0) {
    --seconds;
    rest_ns += kNanosecondsPerSecond;
  }
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  const std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
  if (digits == TimeDigits::kSeconds) return text + "Z";
  const auto shown = static_cast<size_t>(digits);
  return fmt::format("{}.{}Z", text, fmt::format("{:09}", rest_ns).substr(0, shown));
}

}  // namespace lictor

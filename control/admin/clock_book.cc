#include "control/admin/clock_book.h"

#include <sys/timex.h>

#include <algorithm>

namespace lictor::control {

bool host_clock_is_disciplined() {
  constexpr long kErrorUsMax = 2'000'000;
  timex kernel{};
  const int state = adjtimex(&kernel);
  return state >= 0 && state != TIME_ERROR && (kernel.status & STA_UNSYNC) == 0 && kernel.maxerror <= kErrorUsMax;
}

void ClockBook::note(const std::string& network_element_id, const v1::ClockStatistics& clock, LegalTime now) {
  Clock& known = clocks_[network_element_id];
  known.untrusted = clock.untrusted();
  // The difference of any two clocks, also of one that shows nonsense.
  const auto ahead = static_cast<int64_t>(static_cast<uint64_t>(clock.unix_ns()) - static_cast<uint64_t>(now.unix_ns));
  known.offsets[known.count++ % kReports] = ahead;
}

std::optional<int64_t> ClockBook::offset_ns(const std::string& network_element_id) const {
  const auto found = clocks_.find(network_element_id);
  if (found == clocks_.end() || found->second.count == 0) return std::nullopt;
  const Clock& clock = found->second;
  const auto end = clock.offsets.begin() + static_cast<ptrdiff_t>(std::min(clock.count, kReports));
  return *std::max_element(clock.offsets.begin(), end);
}

bool ClockBook::is_untrusted(const std::string& network_element_id) const {
  const auto found = clocks_.find(network_element_id);
  return found != clocks_.end() && found->second.untrusted;
}

}  // namespace lictor::control

#include "dataplane/agent/given_up_watch.h"

#include <fmt/format.h>

#include <utility>

#include "dataplane/base/utc_text.h"

namespace lictor {

// What an annulled order had copied is nobody's loss.
void GivenUpWatch::take(const HandoverTaskAccount& account, LegalTime now) {
  const uint64_t sent = account.unconfirmed_lost.get();
  const uint64_t total = account.given_up.total() - account.given_up.get(GivenUp::kRevoked) + sent;
  if (total > seen_) {
    if (untold_ == 0) since_ = looked_ == LegalTime{} ? now : looked_;
    untold_ += total - seen_;
    seen_ = total;
    sent_untold_ += sent - std::exchange(sent_seen_, sent);
    grew_ = now;
  }
  looked_ = now;
}

std::string GivenUpWatch::tell(std::string_view side, LegalTime now) {
  std::string text = fmt::format(
      "{}: {} records that were copied could not be kept until they were delivered; they were given up between {} and "
      "{}, the oldest first",
      side, std::exchange(untold_, 0), utc_text(std::exchange(since_, now)), utc_text(grew_));
  const uint64_t sent = std::exchange(sent_untold_, 0);
  if (sent > 0) text += fmt::format("; {} were sent, unconfirmed", sent);
  return text;
}

std::optional<std::string> GivenUpWatch::look(std::string_view side, const HandoverTaskAccount& account,
                                              LegalTime now) {
  take(account, now);
  if (untold_ == 0) return std::nullopt;
  const bool is_over = now.unix_ns - grew_.unix_ns >= kQuietNs;
  if (!is_over && now.unix_ns - since_.unix_ns < kTellEveryNs) return std::nullopt;
  return tell(side, now);
}

std::optional<std::string> GivenUpWatch::last_look(std::string_view side, const HandoverTaskAccount& account,
                                                   LegalTime now) {
  take(account, now);
  if (untold_ == 0) return std::nullopt;
  return tell(side, now);
}

}  // namespace lictor

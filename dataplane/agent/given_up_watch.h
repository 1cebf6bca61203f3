// Records of one task and side that were copied and then given up in the spool: gathered, so that the agency hears of
// them in one sentence when no more are lost, and once in a while as long as more are. Control thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/base/clock.h"
#include "dataplane/base/task_account.h"

namespace lictor {

class GivenUpWatch {
 public:
  static constexpr int64_t kQuietNs = 2 * kNanosecondsPerSecond;
  static constexpr int64_t kTellEveryNs = 60 * kNanosecondsPerSecond;

  // `account`'s counters only grow. Answers what is to be told now, 256 octets at most; `side` is "HI2" or "HI3".
  std::optional<std::string> look(std::string_view side, const HandoverTaskAccount& account, LegalTime now);
  // The same for all that is not told yet, because there is no later.
  std::optional<std::string> last_look(std::string_view side, const HandoverTaskAccount& account, LegalTime now);

 private:
  void take(const HandoverTaskAccount& account, LegalTime now);
  std::string tell(std::string_view side, LegalTime now);

  uint64_t seen_ = 0;
  uint64_t untold_ = 0;
  uint64_t sent_seen_ = 0;  // of them, handed to TCP before
  uint64_t sent_untold_ = 0;
  LegalTime looked_;  // the last time: what is new was given up behind that
  LegalTime since_;
  LegalTime grew_;
};

}  // namespace lictor

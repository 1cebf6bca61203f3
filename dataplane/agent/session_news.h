// What dataplanes tell each other of targets' sessions, by way of lictord, as plain values. What comes is handed to a
// SessionNewsSink by the control thread. Of identities only a tap's own are in it, on their way up alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/base/clock.h"
#include "dataplane/base/ids.h"
#include "dataplane/base/result.h"
#include "dataplane/packet/payload_types.h"
#include "dataplane/packet/session_words.h"
#include "dataplane/session/watch_table.h"

namespace lictor {

namespace v1 {
class SessionNews;
}  // namespace v1

constexpr size_t kNewsAddressesMax = 64;
constexpr size_t kNewsOwnerBytesMax = 16;

// A session of a tap's target, whole.
struct SessionNews {
  Xid xid;
  uint32_t cin = 0;
  std::string owner;  // network element; of what goes up empty
  PacketTime since;
  PacketTime changed;
  bool over = false;                              // forget it
  std::vector<SessionAddress> addresses;          // all that it has, at most kNewsAddressesMax
  SessionSource source = SessionSource::kRadius;  // kSip: it is a call, and has media alone
  CallDescriptions described;                     // of a call
  // Of what goes up:
  uint64_t session = 0;                // SessionReport::session
  std::vector<WatchedIdentity> names;  // of the tap, that it has
};

// InvalidArgument names the field. The message came from lictord, which had it from another dataplane: nothing of it is
// believed before.
Result<SessionNews> read_session_news(const v1::SessionNews& message);
v1::SessionNews session_news_message(const SessionNews& news);

// Who binds what other dataplanes know. Control thread.
class SessionNewsSink {
 public:
  virtual ~SessionNewsSink() = default;
  virtual void take(const SessionNews& news) = 0;
  // lictord's stream begins anew: what was heard before and is not said again before in_sync() is over.
  virtual void begin() = 0;
  // Behind it, this dataplane tells all of its live sessions, and then, by a message without XID, that these were all.
  virtual void in_sync() = 0;
};

}  // namespace lictor

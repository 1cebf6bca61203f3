// What dataplanes tell each other of targets' sessions, by way of lictord: as plain values, and the two ways that it
// takes here. What comes is handed to a SessionNewsSink by the control thread; what goes up is put into a
// SessionNewsQueue by whoever knows it. No identity is in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "dataplane/base/clock.h"
#include "dataplane/base/counter.h"
#include "dataplane/base/ids.h"
#include "dataplane/base/result.h"
#include "dataplane/packet/session_words.h"

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
  bool over = false;                      // forget it
  std::vector<SessionAddress> addresses;  // all that it has, at most kNewsAddressesMax
  bool all_told = false;  // of what goes up, and then nothing else of it counts: all live sessions were told
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
  // Behind it, this dataplane tells all of its live sessions, and then that these were all (all_told).
  virtual void in_sync() = 0;
};

// What is to go up to lictord. Any thread puts in; the control thread takes out.
class SessionNewsQueue {
 public:
  static constexpr size_t kWaitingMax = 16384;

  // `wake`: called without the lock when the first of many was put in; may be empty.
  explicit SessionNewsQueue(std::function<void()> wake = {}) : wake_(std::move(wake)) {}

  // False: too much waits; counted, and the session is told to lictord with the next begin of a stream.
  bool push(SessionNews news);
  [[nodiscard]] std::vector<SessionNews> take_all();
  [[nodiscard]] uint64_t refused() const { return refused_.get(); }

 private:
  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::vector<SessionNews> waiting_;
  Counter refused_;  // under mutex_
};

}  // namespace lictor

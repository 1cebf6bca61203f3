// Which endpoint to try next, and when: the primary first, the others in order while one is away, then a pause that
// doubles from its minimum to its maximum. One handover thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

#include "dataplane/base/clock.h"

namespace lictor {

// Why a connection that stood has ended.
enum class Lost : uint8_t {
  kByPeer,      // closed or reset: the primary is tried first
  kUnanswered,  // it accepts but does not answer or read: the next endpoint is tried first
};

class Redial {
 public:
  Redial(size_t endpoints, uint32_t pause_min_ms, uint32_t pause_max_ms, uint32_t seed);

  // The endpoints changed: begins with the first one, at once.
  void restart(size_t endpoints, SocketTime now);

  [[nodiscard]] size_t endpoint() const { return endpoint_; }
  [[nodiscard]] bool may_try(SocketTime now) const { return now >= not_before_; }

  // The endpoint could not be reached. True where it was the last one of a round: a pause follows.
  bool failed(SocketTime now);
  void connected(SocketTime now) { connected_ = now; }
  // At once where the connection had stood for the longest pause, else after a pause: a peer that accepts and closes
  // again is not called in a tight loop.
  void lost(Lost how, SocketTime now);

 private:
  void pause(SocketTime now);

  size_t endpoints_;
  const int64_t pause_min_ns_;
  const int64_t pause_max_ns_;
  std::minstd_rand random_;
  int64_t pause_ns_;
  size_t first_ = 0;  // where a round begins
  size_t endpoint_ = 0;
  SocketTime not_before_{INT64_MIN};
  SocketTime connected_;
};

}  // namespace lictor

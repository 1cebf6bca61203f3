// SIGINT and SIGTERM as something that can be waited for, so that a run ends in order. Main thread; threads that are
// started while this exists do not get these signals either.
#pragma once

#include <csignal>
#include <ctime>

#include "dataplane/base/clock.h"

namespace lictor::perf {

class EndSignals {
 public:
  EndSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }
  ~EndSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;

  // Until `end`, or until one of them has come. Whether one has.
  bool wait_until(SocketTime end) {
    while (true) {
      const int64_t left_ns = end.ns - socket_now().ns;
      if (left_ns <= 0) return false;
      const timespec left{.tv_sec = left_ns / kNanosecondsPerSecond, .tv_nsec = left_ns % kNanosecondsPerSecond};
      if (sigtimedwait(&signals_, nullptr, &left) > 0) return true;
    }
  }

 private:
  sigset_t signals_{};
  sigset_t before_{};
};

}  // namespace lictor::perf

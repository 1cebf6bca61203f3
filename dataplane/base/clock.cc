#include "dataplane/base/clock.h"

#include <ctime>

namespace lictor {
namespace {

int64_t read_clock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec * kNanosecondsPerSecond + now.tv_nsec;
}

}  // namespace

LegalTime legal_now() { return {read_clock(CLOCK_REALTIME)}; }

SocketTime socket_now() { return {read_clock(CLOCK_MONOTONIC)}; }

}  // namespace lictor

#include "perf/rest.h"

#include <rte_pause.h>

#include <ctime>

namespace lictor::perf {

void rest(IdleBackoff& backoff) noexcept {
  const uint32_t sleep_us = backoff.next_sleep_us();
  if (sleep_us == 0) return rte_pause();
  const timespec sleep{.tv_sec = 0, .tv_nsec = static_cast<long>(sleep_us) * 1000};
  nanosleep(&sleep, nullptr);
}

}  // namespace lictor::perf

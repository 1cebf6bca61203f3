// The pause of an lcore that found nothing to do. One lcore each.
#pragma once

#include "dataplane/dpdk/idle_backoff.h"

namespace lictor::perf {

void rest(IdleBackoff& backoff) noexcept;

}  // namespace lictor::perf

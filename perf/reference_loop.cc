#include "perf/reference_loop.h"

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <array>

#include "dataplane/packet/packet_batch.h"

namespace lictor::perf {

bool ReferenceLoop::round() noexcept {
  std::array<rte_mbuf*, kBurst> mbufs;
  const uint16_t count = rte_eth_rx_burst(port_, 0, mbufs.data(), kBurst);
  if (count == 0) return false;
  received_.add(count);
  // One at a time, as testpmd does; rte_pktmbuf_free_bulk would be another program.
  for (uint16_t i = 0; i < count; ++i) rte_pktmbuf_free(mbufs[i]);
  return true;
}

}  // namespace lictor::perf

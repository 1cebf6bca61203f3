#include "perf/stage_loop.h"

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "dataplane/dpdk/mbuf_pool.h"
#include "dataplane/packet/parse_frame.h"
#include "perf/rule_sets.h"

namespace lictor::perf {

StageLoop::StageLoop(const StagePlan& plan) : plan_(plan), prefilter_({}, plan.frame_bytes_max), matches_(kTasksMax) {}

bool StageLoop::round() noexcept {
  batch_.count = rte_eth_rx_burst(plan_.port, 0, mbufs_.data(), kBurst);
  if (batch_.count == 0) return false;
  if (plan_.last == LastStage::kPrefilter) prefilter();
  if (plan_.last >= LastStage::kParse) {
    describe();
    parse_batch(batch_, plan_.frame_bytes_max, {});
  }
  if (plan_.last >= LastStage::kClassify) {
    const LegalTime now = legal_now();
    classify_batch(batch_, *plan_.targets, now, matches_);
  }
  count();
  received_.add(batch_.count);
  free_burst(mbufs_.data(), batch_.count);
  return true;
}

void StageLoop::prefilter() noexcept {
  for (size_t i = 0; i < batch_.count; ++i) rte_prefetch0(rte_pktmbuf_mtod(mbufs_[i], const void*));
  const Prefiltered looked = prefilter_burst(batch_.count, prefilter_, *plan_.targets, [this](size_t i) {
    return FrameView{rte_pktmbuf_mtod(mbufs_[i], const uint8_t*), mbufs_[i]->data_len, mbufs_[i]->pkt_len};
  });
  looked_into_.add(static_cast<uint64_t>(std::popcount(looked.candidates)));
}

void StageLoop::describe() noexcept {
  for (size_t i = 0; i < batch_.count; ++i) rte_prefetch0(rte_pktmbuf_mtod(mbufs_[i], const void*));
  for (size_t i = 0; i < batch_.count; ++i) {
    const rte_mbuf& frame = *mbufs_[i];
    batch_.header[i] = {rte_pktmbuf_mtod(&frame, const uint8_t*), frame.data_len};
    batch_.frame_bytes[i] = frame.pkt_len;
  }
}

void StageLoop::count() noexcept {
  uint64_t dropped = 0;
  uint64_t matched = 0;
  uint64_t unmatched = 0;
  if (plan_.last < LastStage::kParse) return;
  for (size_t i = 0; i < batch_.count; ++i) {
    if (batch_.parsed[i].result == ParseResult::kDropped) {
      ++dropped;
    } else if (plan_.last == LastStage::kClassify) {
      ++(matches_.tasks(i).empty() ? unmatched : matched);
    }
  }
  dropped_.add(dropped);
  matched_.add(matched);
  unmatched_.add(unmatched);
}

}  // namespace lictor::perf

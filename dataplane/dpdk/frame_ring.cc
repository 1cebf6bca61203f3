#include "dataplane/dpdk/frame_ring.h"

#include <fmt/format.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

namespace lictor {

Result<std::unique_ptr<FrameRing>> FrameRing::make(const std::string& name, uint32_t frames) {
  rte_ring* const ring =
      rte_ring_create(name.c_str(), frames, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
  if (ring == nullptr) {
    return absl::ResourceExhaustedError(
        fmt::format("buffers.spread_ring_frames: no ring for {} frames: {}", frames, rte_strerror(rte_errno)));
  }
  return std::unique_ptr<FrameRing>(new FrameRing(ring));
}

FrameRing::~FrameRing() {
  drop_all();
  rte_ring_free(ring_);
}

FrameRing::Dropped FrameRing::drop_all() noexcept {
  Dropped dropped;
  rte_mbuf* frame = nullptr;
  while (take(&frame, 1) == 1) {
    dropped.bytes += frame->pkt_len;
    ++dropped.frames;
    rte_pktmbuf_free(frame);
  }
  return dropped;
}

size_t FrameRing::put(rte_mbuf** frames, size_t count) noexcept {
  return rte_ring_sp_enqueue_burst(ring_, reinterpret_cast<void**>(frames), static_cast<unsigned>(count), nullptr);
}

size_t FrameRing::room() const noexcept { return rte_ring_free_count(ring_); }

size_t FrameRing::take(rte_mbuf** frames, size_t count) noexcept {
  return rte_ring_sc_dequeue_burst(ring_, reinterpret_cast<void**>(frames), static_cast<unsigned>(count), nullptr);
}

bool FrameRing::empty() const noexcept { return rte_ring_empty(ring_) != 0; }

}  // namespace lictor

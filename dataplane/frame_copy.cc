#include "dataplane/frame_copy.h"

#include <rte_mbuf.h>

#include <cstring>

namespace lictor {

void copy_segments(const rte_mbuf& frame, uint8_t* at) noexcept {
  for (const rte_mbuf* segment = &frame; segment != nullptr; segment = segment->next) {
    std::memcpy(at, rte_pktmbuf_mtod(segment, const uint8_t*), segment->data_len);
    at += segment->data_len;
  }
}

}  // namespace lictor

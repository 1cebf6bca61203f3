// A port that receives what a test puts on its wire: DPDK's net_ring with one queue, and a pool of buffers.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/dpdk/mbuf_pool.h"
#include "tests/unit/dataplane/packet/frame_octets.h"

struct rte_ring;

namespace lictor {

class RingPort {
 public:
  static constexpr uint32_t kMbufs = 4095;

  RingPort();
  ~RingPort();
  RingPort(const RingPort&) = delete;
  RingPort& operator=(const RingPort&) = delete;

  [[nodiscard]] uint16_t id() const { return id_; }
  // Puts a frame on the wire, cut into segments of at most `segment_bytes`, with the stamp of a card where one is
  // given.
  void send(const Octets& frame, size_t segment_bytes = 2000, std::optional<uint64_t> stamp = std::nullopt);
  // Frames that nobody has received yet.
  [[nodiscard]] unsigned waiting() const;
  [[nodiscard]] unsigned buffers_in_use() const;

 private:
  rte_mbuf* buffer_of(const Octets& frame, size_t segment_bytes);

  MbufPool pool_;
  rte_ring* wire_ = nullptr;
  uint16_t id_ = 0;
};

}  // namespace lictor

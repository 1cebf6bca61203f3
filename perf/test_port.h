// The ports that a measurement receives from: a capture file that net_pcap offers without end, or buffers that were
// filled before and go round in a net_ring. Opened and closed by the main thread, polled by one lcore.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "dataplane/base/result.h"
#include "dataplane/dpdk/mbuf_pool.h"
#include "dataplane/dpdk/port.h"
#include "perf/traffic.h"

namespace lictor::perf {

// offered == received + imissed + ierrors + nombuf, of the port's own counters.
struct PortTotals {
  uint64_t received = 0;
  uint64_t imissed = 0;
  uint64_t ierrors = 0;
  uint64_t nombuf = 0;

  [[nodiscard]] uint64_t lost() const { return imissed + ierrors + nombuf; }
  [[nodiscard]] uint64_t offered() const { return received + lost(); }
};

class TestPort {
 public:
  // A capture file, again and again (net_pcap's infinite_rx): the driver copies each frame into a fresh buffer. The
  // capture's frames are at most `frame_bytes_max` long, and there are at most `frames_max` of them.
  static Result<std::unique_ptr<TestPort>> open_capture(const std::string& path, uint32_t frame_bytes_max,
                                                        uint32_t frames_max);
  // The same with frames that are written to a file of its own first.
  static Result<std::unique_ptr<TestPort>> open_capture(const Traffic& traffic);
  // A net_ring whose ring is the free list of a pool of prepared frames: what is received and freed is offered again,
  // in the order in which it was freed. Nothing is copied, so hardly anything but the receiver is measured.
  static Result<std::unique_ptr<TestPort>> open_ring(const Traffic& traffic);
  ~TestPort();
  TestPort(const TestPort&) = delete;
  TestPort& operator=(const TestPort&) = delete;

  [[nodiscard]] uint16_t id() const { return id_; }
  // As RxQueue wants to know it.
  [[nodiscard]] bool in_caches() const { return port_ != nullptr && port_->copies_frames(); }
  [[nodiscard]] uint32_t frame_bytes_max() const { return frame_bytes_max_; }
  [[nodiscard]] PortTotals totals() const;
  // Buffers that are neither free nor the driver's own, when nobody receives: 0, or somebody forgot to free some.
  [[nodiscard]] int64_t buffers_missing() const;

 private:
  TestPort() = default;
  Status fill(const Traffic& traffic);
  Status start_ring(const std::string& pool_name);

  std::unique_ptr<BufferPools> pools_;  // of a capture, as the product has them
  MbufPool ring_pool_;                  // of a ring
  rte_mempool* pool_ = nullptr;         // the one that is used
  std::unique_ptr<Port> port_;          // of a capture
  uint16_t id_ = UINT16_MAX;
  uint32_t frame_bytes_max_ = 0;
  uint32_t buffers_kept_ = 0;  // by the driver
};

}  // namespace lictor::perf

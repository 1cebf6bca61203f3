// The port and the buffers behind the bench (see the header).
#include "tests/unit/dataplane/dpdk/rx_bench.h"

#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

namespace lictor {

RxBench::RxBench(RxBenchPlan plan) : account_(1, plan.tasks_max), open_(plan.open) {
  static int number = 0;
  const std::string name = "bench" + std::to_string(number++);
  pool_.reset(rte_pktmbuf_pool_create(name.c_str(), kMbufs, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY));
  wire_ = rte_ring_create(name.c_str(), 4096, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
  const int port = rte_eth_from_rings(name.c_str(), &wire_, 1, &wire_, 1, 0);
  LICTOR_CHECK(pool_ != nullptr && wire_ != nullptr && port >= 0);
  port_id_ = static_cast<uint16_t>(port);
  const rte_eth_conf configuration{};
  LICTOR_CHECK(rte_eth_dev_configure(port_id_, 1, 1, &configuration) == 0);
  LICTOR_CHECK(rte_eth_rx_queue_setup(port_id_, 0, 1024, 0, nullptr, pool_.get()) == 0);
  LICTOR_CHECK(rte_eth_tx_queue_setup(port_id_, 0, 1024, 0, nullptr) == 0);
  LICTOR_CHECK(rte_eth_dev_start(port_id_) == 0);
  quiescence_ = *Quiescence::make(1);
  tables_ = std::make_unique<LiveTable<RxTables>>(*quiescence_, RxTables::make_empty());
  for (size_t i = 0; i < plan.encoders; ++i) {
    rings_.push_back(std::make_unique<MatchRing>());
    rings_.back()->bytes = *SpscByteRing::make(plan.ring_bytes);
  }
  plan_ = {.queues = {{.port_id = port_id_, .arrival = plan.arrival}},
           .rings = {},
           .tables = tables_.get(),
           .quiescence = quiescence_.get(),
           .account = &account_,
           .tasks_max = plan.tasks_max,
           .frame_bytes_max = kFrameBytesMax,
           .idle_sleep_us_max = 50,
           .lossless = plan.lossless,
           .open = &open_,
           .stop = &stop_};
  for (const auto& ring : rings_) plan_.rings.push_back(ring.get());
}

RxBench::~RxBench() {
  stop();
  rte_eth_dev_stop(port_id_);
  rte_eth_dev_close(port_id_);
  rte_ring_free(wire_);
}

void RxBench::send(const Octets& frame, size_t segment_bytes) {
  LICTOR_CHECK(rte_ring_enqueue(wire_, buffer_of(frame, segment_bytes)) == 0);
}

void RxBench::send_stamped(const Octets& frame, uint64_t stamp) {
  rte_mbuf* const buffer = buffer_of(frame, 2000);
  put_arrival(*buffer, *find_stamp_field(), {static_cast<int64_t>(stamp)});
  LICTOR_CHECK(rte_ring_enqueue(wire_, buffer) == 0);
}

rte_mbuf* RxBench::buffer_of(const Octets& frame, size_t segment_bytes) {
  rte_mbuf* first = nullptr;
  for (size_t at = 0; at < frame.size() || first == nullptr;) {
    rte_mbuf* const segment = rte_pktmbuf_alloc(pool_.get());
    LICTOR_CHECK(segment != nullptr);
    const size_t bytes = std::min(segment_bytes, frame.size() - at);
    std::memcpy(rte_pktmbuf_append(segment, static_cast<uint16_t>(bytes)), frame.data() + at, bytes);
    at += bytes;
    if (first == nullptr) {
      first = segment;
    } else {
      LICTOR_CHECK(rte_pktmbuf_chain(first, segment) == 0);
    }
  }
  return first;
}

unsigned RxBench::buffers_in_use() const { return rte_mempool_in_use_count(pool_.get()); }

}  // namespace lictor

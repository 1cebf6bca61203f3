#include "tests/unit/dataplane/dpdk/ring_port.h"

#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <cstring>
#include <string>

#include "dataplane/base/check.h"
#include "dataplane/dpdk/port.h"

namespace lictor {

RingPort::RingPort() {
  static int number = 0;
  const std::string name = "bench" + std::to_string(number++);
  pool_.reset(rte_pktmbuf_pool_create(name.c_str(), kMbufs, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY));
  wire_ = rte_ring_create(name.c_str(), 4096, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
  const int port = rte_eth_from_rings(name.c_str(), &wire_, 1, &wire_, 1, 0);
  LICTOR_CHECK(pool_ != nullptr && wire_ != nullptr && port >= 0);
  id_ = static_cast<uint16_t>(port);
  const rte_eth_conf configuration{};
  LICTOR_CHECK(rte_eth_dev_configure(id_, 1, 1, &configuration) == 0);
  LICTOR_CHECK(rte_eth_rx_queue_setup(id_, 0, 1024, 0, nullptr, pool_.get()) == 0);
  LICTOR_CHECK(rte_eth_tx_queue_setup(id_, 0, 1024, 0, nullptr) == 0);
  LICTOR_CHECK(rte_eth_dev_start(id_) == 0);
}

RingPort::~RingPort() {
  rte_eth_dev_stop(id_);
  rte_eth_dev_close(id_);
  rte_ring_free(wire_);
}

void RingPort::send(const Octets& frame, size_t segment_bytes, std::optional<uint64_t> stamp) {
  rte_mbuf* const buffer = buffer_of(frame, segment_bytes);
  if (stamp) put_arrival(*buffer, *find_stamp_field(), {static_cast<int64_t>(*stamp)});
  LICTOR_CHECK(rte_ring_enqueue(wire_, buffer) == 0);
}

rte_mbuf* RingPort::buffer_of(const Octets& frame, size_t segment_bytes) {
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

unsigned RingPort::waiting() const { return rte_ring_count(wire_); }

unsigned RingPort::buffers_in_use() const { return rte_mempool_in_use_count(pool_.get()); }

}  // namespace lictor

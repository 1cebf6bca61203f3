#include "perf/test_port.h"

#include <fmt/format.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/packet/packet_batch.h"

namespace lictor::perf {
namespace {

constexpr unsigned kCache = 256;
constexpr uint16_t kDataBytesMin = 2176;  // the product's default
constexpr unsigned kSpareBuffers = 4096;  // of a capture port: bursts under way and caches of two lcores

// Pools and ports need names of their own, also after one was closed.
std::string next_name(const char* stem) {
  static unsigned number = 0;
  return fmt::format("{}{}", stem, number++);
}

uint16_t data_bytes_of(uint32_t frame_bytes_max) {
  return static_cast<uint16_t>(std::max<uint32_t>(kDataBytesMin, frame_bytes_max + RTE_PKTMBUF_HEADROOM));
}

// A file that is gone when its reader has opened it and this is over.
class TemporaryFile {
 public:
  TemporaryFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "lictor-perf-XXXXXX").string();
    const int descriptor = mkstemp(pattern.data());
    LICTOR_CHECK(descriptor >= 0);
    close(descriptor);
    path_ = pattern;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Status refused(const char* what, int code) {
  return absl::UnavailableError(fmt::format("ring port: {}: {}", what, rte_strerror(std::abs(code))));
}

}  // namespace

Result<std::unique_ptr<TestPort>> TestPort::open_capture(const std::string& path, uint32_t frame_bytes_max,
                                                         uint32_t frames_max) {
  std::unique_ptr<TestPort> port(new TestPort());
  const uint16_t data_bytes = data_bytes_of(frame_bytes_max);
  port->pools_ = std::make_unique<BufferPools>(frames_max + kSpareBuffers, data_bytes);
  Result<std::unique_ptr<Port>> opened =
      Port::open({.name = "capture",
                  .device = fmt::format("{},rx_pcap={},infinite_rx=1", next_name("net_pcap_perf"), path),
                  .frame_bytes_max = frame_bytes_max,
                  .mbuf_data_bytes = data_bytes},
                 *port->pools_);
  if (!opened.ok()) return opened.status();
  port->port_ = *std::move(opened);
  const Result<rte_mempool*> pool = port->pools_->of_node(port->port_->node());
  if (!pool.ok()) return pool.status();
  port->pool_ = *pool;
  port->id_ = port->port_->id();
  port->frame_bytes_max_ = frame_bytes_max;
  port->buffers_kept_ = rte_mempool_in_use_count(port->pool_);
  return port;
}

Result<std::unique_ptr<TestPort>> TestPort::open_capture(const Traffic& traffic) {
  const TemporaryFile file;
  if (Status status = write_capture(traffic, file.path()); !status.ok()) return status;
  return open_capture(file.path(), traffic.longest(), static_cast<uint32_t>(traffic.count()));
}

Result<std::unique_ptr<TestPort>> TestPort::open_ring(const Traffic& traffic) {
  std::unique_ptr<TestPort> port(new TestPort());
  const std::string name = next_name("ring-pool");
  // One lcore receives and frees: single producer, single consumer.
  port->ring_pool_.reset(rte_pktmbuf_pool_create_by_ops(name.c_str(), static_cast<unsigned>(traffic.count()), kCache, 0,
                                                        data_bytes_of(traffic.longest()),
                                                        static_cast<int>(rte_socket_id()), "ring_sp_sc"));
  port->pool_ = port->ring_pool_.get();
  if (port->pool_ == nullptr) {
    return absl::ResourceExhaustedError(
        fmt::format("no memory for {} buffers: {}", traffic.count(), rte_strerror(rte_errno)));
  }
  port->frame_bytes_max_ = traffic.longest();
  if (Status status = port->fill(traffic); !status.ok()) return status;
  if (Status status = port->start_ring(name); !status.ok()) return status;
  return port;
}

// Every buffer of the pool gets a frame and goes back, in an order that is not that of their memory. An allocation
// changes neither the octets nor the lengths of a buffer, so it can be taken straight off the free list as received.
Status TestPort::fill(const Traffic& traffic) {
  std::vector<rte_mbuf*> mbufs(traffic.count());
  void** const objects = reinterpret_cast<void**>(mbufs.data());
  const auto count = static_cast<unsigned>(mbufs.size());
  if (rte_mempool_generic_get(pool_, objects, count, nullptr) != 0) {
    return absl::InternalError("a new pool has fewer buffers than it was made with");
  }
  for (size_t i = 0; i < mbufs.size(); ++i) {
    const Bytes frame = traffic.frame(i);
    rte_pktmbuf_reset(mbufs[i]);
    std::memcpy(rte_pktmbuf_mtod(mbufs[i], void*), frame.data(), frame.size());
    mbufs[i]->data_len = static_cast<uint16_t>(frame.size());
    mbufs[i]->pkt_len = static_cast<uint32_t>(frame.size());
  }
  std::ranges::shuffle(mbufs, std::mt19937(1));
  rte_mempool_generic_put(pool_, objects, count, nullptr);
  return absl::OkStatus();
}

Status TestPort::start_ring(const std::string& pool_name) {
  rte_ring* const ring = rte_ring_lookup(fmt::format(RTE_MEMPOOL_MZ_PREFIX "{}", pool_name).c_str());
  if (ring == nullptr) return absl::InternalError("ring port: the pool keeps its free buffers in no ring");
  rte_ring* rings[] = {ring};
  const int id = rte_eth_from_rings(next_name("perf").c_str(), rings, 1, rings, 1, rte_socket_id());
  if (id < 0) return refused("cannot be made", rte_errno);
  id_ = static_cast<uint16_t>(id);
  const rte_eth_conf configuration{};
  if (const int code = rte_eth_dev_configure(id_, 1, 0, &configuration); code != 0) return refused("configure", code);
  if (const int code = rte_eth_rx_queue_setup(id_, 0, 512, rte_socket_id(), nullptr, pool_); code != 0) {
    return refused("receive queue", code);
  }
  if (const int code = rte_eth_dev_start(id_); code != 0) return refused("start", code);
  return absl::OkStatus();
}

TestPort::~TestPort() {
  if (port_ != nullptr || id_ == UINT16_MAX) return;
  rte_eth_dev_info info{};
  rte_device* const device = rte_eth_dev_info_get(id_, &info) == 0 ? info.device : nullptr;
  static_cast<void>(rte_eth_dev_stop(id_));  // what it answers changes nothing: the port is closed next
  rte_eth_dev_close(id_);
  if (device != nullptr) rte_dev_remove(device);
}

PortTotals TestPort::totals() const {
  rte_eth_stats stats{};
  if (rte_eth_stats_get(id_, &stats) != 0) return {};
  return {.received = stats.ipackets, .imissed = stats.imissed, .ierrors = stats.ierrors, .nombuf = stats.rx_nombuf};
}

int64_t TestPort::buffers_missing() const { return int64_t{rte_mempool_in_use_count(pool_)} - int64_t{buffers_kept_}; }

}  // namespace lictor::perf

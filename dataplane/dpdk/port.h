// Owner of one receiving port: any device that DPDK has a driver for. Only receives; nothing is ever sent. Opened and
// closed by the main thread; counters and link may be read by the control thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "dataplane/base/result.h"

struct rte_mempool;

namespace lictor {

struct PortPlan {
  std::string name;    // the configuration's, for errors
  std::string device;  // "net_pcap0,rx_pcap=FILE", "net_af_xdp0,iface=veth0", "0000:03:00.0"
  uint16_t queues = 1;
  uint16_t rx_descriptors = 1024;
  uint32_t frame_bytes_max = 9728;
  uint16_t mbuf_data_bytes = 2176;
};

// What a port lost before anybody could look at it, since it was opened.
struct PortLosses {
  uint64_t imissed = 0;  // no room in its queues
  uint64_t ierrors = 0;  // came in damaged
  uint64_t nombuf = 0;   // no buffer
};

class Port {
 public:
  // Attaches the device, configures its queues with buffers of `pool` and starts it, promiscuous. The pool outlives the
  // port. The error names the port and what failed.
  static Result<std::unique_ptr<Port>> open(const PortPlan& plan, rte_mempool& pool);
  ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  [[nodiscard]] uint16_t id() const { return id_; }
  [[nodiscard]] const std::string& driver() const { return driver_; }
  // Whether its buffers carry the stamps of a capture file, in microseconds since the epoch (net_pcap).
  [[nodiscard]] bool has_capture_stamps() const { return driver_ == "net_pcap"; }
  [[nodiscard]] PortLosses losses() const;
  [[nodiscard]] bool link_up() const;

 private:
  Port(uint16_t id, std::string driver) : id_(id), driver_(std::move(driver)) {}
  Status configure(const PortPlan& plan, rte_mempool& pool);
  Status start(const PortPlan& plan);

  const uint16_t id_;
  const std::string driver_;
};

// Where a driver puts a buffer's arrival stamp, and the flag that says that it did.
struct StampField {
  int offset = -1;
  uint64_t flag = 0;
};

// Internal where DPDK has no room for the field.
Result<StampField> find_stamp_field();

}  // namespace lictor

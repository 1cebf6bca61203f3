// Owner of one receiving port: any device that DPDK has a driver for. Only receives; nothing is ever sent. Opened and
// closed by the main thread; counters, link and clock may be read by the control thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "dataplane/base/result.h"
#include "dataplane/dpdk/arrival_stamps.h"
#include "dataplane/dpdk/device_clock.h"
#include "dataplane/dpdk/interface_claim.h"
#include "dataplane/dpdk/kernel_link.h"
#include "dataplane/dpdk/mbuf_pool.h"
#include "dataplane/dpdk/port_errors.h"
#include "dataplane/dpdk/port_setup.h"

namespace lictor {

// What a port lost before anybody could look at it, since it was opened.
struct PortLosses {
  uint64_t imissed = 0;  // no room in its queues
  uint64_t ierrors = 0;  // came in damaged
  uint64_t nombuf = 0;   // no buffer
  uint64_t idle = 0;     // nobody was tapped, and nobody looked: the engine's account
};

class Port {
 public:
  // Attaches the device, configures its queues with buffers of its NUMA node and starts it, promiscuous. The pools
  // outlive the port. The error names the port and what failed. An interface that net_af_xdp receives from is claimed
  // before anything is attached.
  static Result<std::unique_ptr<Port>> open(const PortPlan& plan, BufferPools& pools);
  ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  [[nodiscard]] uint16_t id() const { return id_; }
  [[nodiscard]] const std::string& driver() const { return driver_; }
  [[nodiscard]] int node() const { return node_; }
  // Whether its buffers carry the stamps of a capture file, in microseconds since the epoch (net_pcap).
  [[nodiscard]] bool has_capture_stamps() const { return driver_ == "net_pcap"; }
  // Whether the driver copies each frame into its buffer on the lcore that receives it: its octets are in the caches
  // then, where those that a card wrote must be asked for early.
  [[nodiscard]] bool copies_frames() const {
    return driver_ == "net_pcap" || driver_ == "net_af_packet" || driver_ == "net_tap";
  }
  // The longest frame that the device takes.
  [[nodiscard]] uint32_t frame_bytes_max() const { return frame_bytes_max_; }
  // How many frames can wait in each of its queues before one is received.
  [[nodiscard]] uint32_t frames_waiting_max() const { return frames_waiting_max_; }
  // Whether each of its queues can wake who sleeps until it has received (RxInterrupts).
  [[nodiscard]] bool has_interrupts() const { return has_interrupts_; }
  [[nodiscard]] PortLosses losses() const;
  [[nodiscard]] FrameErrorCounts frame_errors() const { return errors_->read(); }
  // What the driver says and, where the port receives from an interface of the kernel, what that says.
  [[nodiscard]] bool link_up() const;

  // Where the card stamps frames by a clock that can be read: brings the stamps to UTC. Null for all others.
  [[nodiscard]] const StampConverter* card_stamps() const { return card_stamps_.get(); }
  // Control thread, evenly spaced, a few times a second: holds the card's clock against the host's.
  void discipline_stamps();

 private:
  Port(uint16_t id, std::string driver, int node) : id_(id), driver_(std::move(driver)), node_(node) {}
  Status bring_up(const PortPlan& plan, BufferPools& pools);
  Status configure(const PortPlan& plan, BufferPools& pools, rte_eth_conf& configuration);
  Status set_up_queues(const PortPlan& plan, uint16_t tx_queues, rte_mempool& pool);
  Status start(const PortPlan& plan, const rte_eth_conf& configuration);
  [[nodiscard]] Status ensure_spreading(const PortPlan& plan, rte_eth_rss_conf wanted) const;

  const uint16_t id_;
  const std::string driver_;
  const int node_;
  std::optional<InterfaceClaim> claim_;
  std::optional<KernelLink> kernel_link_;
  uint32_t frame_bytes_max_ = 0;
  uint32_t frames_waiting_max_ = 0;
  bool has_interrupts_ = false;
  DeviceClock clock_ = DeviceClock::kNone;
  std::unique_ptr<StampConverter> card_stamps_;
  std::unique_ptr<const PortErrors> errors_;
};

// Where drivers put a buffer's arrival stamp. Internal where DPDK has no room for the field.
Result<StampField> find_stamp_field();

}  // namespace lictor

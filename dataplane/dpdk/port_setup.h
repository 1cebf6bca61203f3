// How a port is set up, given what its driver offers: decided here, done in port.cc. Pure, so that what no card in the
// house can do is tested with what its driver would say of itself. Main thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "dataplane/base/result.h"

struct rte_eth_conf;
struct rte_eth_dev_info;
struct rte_eth_rss_conf;

namespace lictor {

struct PortPlan {
  std::string name;    // the configuration's, for errors
  std::string device;  // "net_pcap0,rx_pcap=FILE", "net_af_xdp0,iface=veth0", "0000:03:00.0"
  uint16_t queues = 1;
  // Whoever fills the queues spreads frames over them by address, both directions alike: nothing is asked of the card.
  bool prespread = false;
  bool card_stamps = true;  // take the card's time stamps where it has them
  bool interrupts = true;   // have receive interrupts where the driver can
  uint16_t rx_descriptors = 1024;
  uint32_t frame_bytes_max = 9728;
  uint16_t mbuf_data_bytes = 2176;
};

// What is asked of the device: receive-side scaling where it has several queues, frames of `frame_bytes_max` in as many
// buffers as they need, time stamps. InvalidArgument, with the key, where several queues could not be filled as
// flows need it: by addresses alone, because a fragment has no ports, and alike for both directions.
Status choose_configuration(const PortPlan& plan, const rte_eth_dev_info& info, rte_eth_conf& configuration);

// Whether a driver may have receive interrupts. Nothing but trying says whether it has; of those that are no cards
// net_tap is the one that does.
bool may_have_interrupts(std::string_view driver, std::string_view bus);

// The longest frame that a device takes which was configured so; the driver counts longer ones as errors.
uint32_t frame_bytes_taken(const rte_eth_conf& configuration);

// How many frames can wait in a queue that was set up with `rx_descriptors`, on a device of this bus. A card's wait
// under its descriptors; what the kernel or a ring holds for a device that is none, DPDK does not say.
constexpr uint32_t kUnknownQueueFramesMax = 16384;
uint32_t frames_waiting_max(uint16_t rx_descriptors, std::string_view bus);

// A key of Toeplitz' hash of which every 16 bits are the same: swapping two aligned fields does not change the hash.
// At most kRssKeyBytesMax octets, which is what DPDK can say; lives for ever.
constexpr size_t kRssKeyBytesMax = 255;
std::span<uint8_t> symmetric_rss_key(size_t bytes);

// Whether a device that says that this is in force spreads as was asked.
bool spreads_symmetrically(const rte_eth_rss_conf& in_force);

}  // namespace lictor

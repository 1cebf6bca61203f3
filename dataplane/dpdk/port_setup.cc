#include "dataplane/dpdk/port_setup.h"

#include <fmt/format.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace lictor {
namespace {

constexpr uint32_t kEthernetOverhead = 18;  // header and checksum, which an MTU does not count
constexpr size_t kRssKeyBytesDefault = 40;  // what DPDK assumes where a driver does not say

// A capture file a queue: whoever cut the capture has spread it.
bool is_capture(const rte_eth_dev_info& info) {
  return info.driver_name != nullptr && std::strcmp(info.driver_name, "net_pcap") == 0;
}

uint16_t mtu_for(uint32_t frame_bytes_max, const rte_eth_dev_info& info) {
  const uint32_t mtu_max = std::min<uint32_t>(info.max_mtu, UINT16_MAX);
  const uint32_t wanted = frame_bytes_max - std::min(frame_bytes_max, kEthernetOverhead);
  return static_cast<uint16_t>(std::clamp<uint32_t>(wanted, std::min<uint32_t>(info.min_mtu, mtu_max), mtu_max));
}

Status choose_spreading(const PortPlan& plan, const rte_eth_dev_info& info, rte_eth_conf& configuration) {
  if (plan.queues == 1 || plan.prespread || is_capture(info)) return absl::OkStatus();
  const uint64_t types = RTE_ETH_RSS_IP & info.flow_type_rss_offloads;
  const size_t key_bytes = info.hash_key_size == 0 ? kRssKeyBytesDefault : info.hash_key_size;
  if (types == 0 || key_bytes > kRssKeyBytesMax) {
    return absl::InvalidArgumentError(
        fmt::format("port {} ({}): queues: the device does not spread frames over its queues by address (RSS): take "
                    "one queue and lcores.spreaders, or say prespread where something before it spreads them",
                    plan.name, plan.device));
  }
  configuration.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
  configuration.rx_adv_conf.rss_conf.rss_hf = types;
  configuration.rx_adv_conf.rss_conf.rss_key = symmetric_rss_key(key_bytes).data();
  configuration.rx_adv_conf.rss_conf.rss_key_len = static_cast<uint8_t>(key_bytes);
  return absl::OkStatus();
}

std::array<uint8_t, kRssKeyBytesMax> make_symmetric_key() {
  std::array<uint8_t, kRssKeyBytesMax> key{};
  for (size_t i = 0; i < key.size(); ++i) key[i] = i % 2 == 0 ? 0x6d : 0x5a;
  return key;
}

}  // namespace

Status choose_configuration(const PortPlan& plan, const rte_eth_dev_info& info, rte_eth_conf& configuration) {
  configuration = {};
  configuration.rxmode.mtu = mtu_for(plan.frame_bytes_max, info);
  const bool frames_exceed_buffers = plan.frame_bytes_max + RTE_PKTMBUF_HEADROOM > plan.mbuf_data_bytes;
  const uint64_t wanted =
      (frames_exceed_buffers ? RTE_ETH_RX_OFFLOAD_SCATTER : 0) | (plan.card_stamps ? RTE_ETH_RX_OFFLOAD_TIMESTAMP : 0);
  configuration.rxmode.offloads = info.rx_offload_capa & wanted;
  configuration.intr_conf.rxq = plan.interrupts ? 1 : 0;
  return choose_spreading(plan, info, configuration);
}

uint32_t frame_bytes_taken(const rte_eth_conf& configuration) { return configuration.rxmode.mtu + kEthernetOverhead; }

bool may_have_interrupts(std::string_view driver, std::string_view bus) { return bus != "vdev" || driver == "net_tap"; }

// AF_XDP and TAP hold 4096 at most, the ring of net_af_packet is as long as its `framecnt` says.
uint32_t frames_waiting_max(uint16_t rx_descriptors, std::string_view bus) {
  return bus == "vdev" ? std::max<uint32_t>(rx_descriptors, kUnknownQueueFramesMax) : rx_descriptors;
}

std::span<uint8_t> symmetric_rss_key(size_t bytes) {
  // DPDK takes a key that it does not change by a pointer that would let it.
  static std::array<uint8_t, kRssKeyBytesMax> key = make_symmetric_key();
  return std::span(key).first(std::min(bytes, key.size()));
}

bool spreads_symmetrically(const rte_eth_rss_conf& in_force) {
  // Ports in the hash would tear the fragments of a datagram from its first one.
  const bool by_addresses = (in_force.rss_hf & RTE_ETH_RSS_IP) != 0 && (in_force.rss_hf & ~RTE_ETH_RSS_IP) == 0;
  const std::span<const uint8_t> key = symmetric_rss_key(in_force.rss_key_len);
  return by_addresses && in_force.rss_key != nullptr && in_force.rss_key_len == key.size() &&
         std::equal(key.begin(), key.end(), in_force.rss_key);
}

}  // namespace lictor

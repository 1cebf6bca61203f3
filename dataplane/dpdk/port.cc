#include "dataplane/dpdk/port.h"

#include <fmt/format.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf_dyn.h>

#include <algorithm>
#include <cstring>

namespace lictor {
namespace {

constexpr uint32_t kEthernetOverhead = 18;  // header and checksum, which an MTU does not count

Status failed(const PortPlan& plan, const char* what, int code) {
  return absl::UnavailableError(
      fmt::format("port {} ({}): {}: {}", plan.name, plan.device, what, rte_strerror(std::abs(code))));
}

rte_eth_conf configuration_of(const PortPlan& plan, const rte_eth_dev_info& info) {
  rte_eth_conf configuration{};
  const uint32_t mtu_max = std::min<uint32_t>(info.max_mtu, UINT16_MAX);
  const uint32_t mtu_wanted = plan.frame_bytes_max - std::min(plan.frame_bytes_max, kEthernetOverhead);
  configuration.rxmode.mtu = std::clamp<uint32_t>(mtu_wanted, std::min<uint32_t>(info.min_mtu, mtu_max), mtu_max);
  const bool frames_exceed_buffers = plan.frame_bytes_max + RTE_PKTMBUF_HEADROOM > plan.mbuf_data_bytes;
  if (frames_exceed_buffers) configuration.rxmode.offloads = info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER;
  if (plan.queues > 1 && info.flow_type_rss_offloads != 0) {
    // By addresses alone: a fragment has no ports and must land where the rest of its flow does.
    configuration.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    configuration.rx_adv_conf.rss_conf.rss_hf = RTE_ETH_RSS_IP & info.flow_type_rss_offloads;
  }
  return configuration;
}

}  // namespace

Result<std::unique_ptr<Port>> Port::open(const PortPlan& plan, rte_mempool& pool) {
  if (const int code = rte_dev_probe(plan.device.c_str()); code != 0)
    return failed(plan, "device: cannot be attached", code);
  const std::string device_name = plan.device.substr(0, plan.device.find(','));
  uint16_t id = 0;
  if (const int code = rte_eth_dev_get_port_by_name(device_name.c_str(), &id); code != 0) {
    return failed(plan, "device: is no port", code);
  }
  rte_eth_dev_info info{};
  if (const int code = rte_eth_dev_info_get(id, &info); code != 0) return failed(plan, "cannot be asked", code);
  std::unique_ptr<Port> port(new Port(id, info.driver_name == nullptr ? "" : info.driver_name));
  if (Status status = port->configure(plan, pool); !status.ok()) return status;
  if (Status status = port->start(plan); !status.ok()) return status;
  return port;
}

Status Port::configure(const PortPlan& plan, rte_mempool& pool) {
  rte_eth_dev_info info{};
  if (const int code = rte_eth_dev_info_get(id_, &info); code != 0) return failed(plan, "cannot be asked", code);
  if (plan.queues > info.max_rx_queues) {
    return absl::InvalidArgumentError(fmt::format("port {} ({}): queues: the device has {}, the configuration wants {}",
                                                  plan.name, plan.device, info.max_rx_queues, plan.queues));
  }
  const rte_eth_conf configuration = configuration_of(plan, info);
  // Some drivers insist on as many queues for sending; they stay unused.
  const uint16_t tx_queues = std::min<uint16_t>(plan.queues, info.max_tx_queues);
  if (const int code = rte_eth_dev_configure(id_, plan.queues, tx_queues, &configuration); code != 0) {
    return failed(plan, "cannot be configured", code);
  }
  uint16_t rx_descriptors = plan.rx_descriptors;
  uint16_t tx_descriptors = 512;
  if (const int code = rte_eth_dev_adjust_nb_rx_tx_desc(id_, &rx_descriptors, &tx_descriptors); code != 0) {
    return failed(plan, "rx_descriptors", code);
  }
  const auto socket = static_cast<unsigned>(rte_eth_dev_socket_id(id_));
  for (uint16_t queue = 0; queue < plan.queues; ++queue) {
    const int code = rte_eth_rx_queue_setup(id_, queue, rx_descriptors, socket, nullptr, &pool);
    if (code != 0) return failed(plan, "queues: cannot be set up", code);
  }
  for (uint16_t queue = 0; queue < tx_queues; ++queue) {
    const int code = rte_eth_tx_queue_setup(id_, queue, tx_descriptors, socket, nullptr);
    if (code != 0) return failed(plan, "queues: cannot be set up", code);
  }
  return absl::OkStatus();
}

Status Port::start(const PortPlan& plan) {
  if (const int code = rte_eth_dev_start(id_); code != 0) return failed(plan, "cannot be started", code);
  const int code = rte_eth_promiscuous_enable(id_);
  if (code != 0 && code != -ENOTSUP) return failed(plan, "cannot be made promiscuous", code);
  return absl::OkStatus();
}

Port::~Port() {
  static_cast<void>(rte_eth_dev_stop(id_));  // what it answers changes nothing: the port is closed next
  rte_eth_dev_info info{};
  rte_device* const device = rte_eth_dev_info_get(id_, &info) == 0 ? info.device : nullptr;
  rte_eth_dev_close(id_);
  if (device != nullptr) rte_dev_remove(device);
}

PortLosses Port::losses() const {
  rte_eth_stats stats{};
  if (rte_eth_stats_get(id_, &stats) != 0) return {};
  return {.imissed = stats.imissed, .ierrors = stats.ierrors, .nombuf = stats.rx_nombuf};
}

bool Port::link_up() const {
  rte_eth_link link{};
  return rte_eth_link_get_nowait(id_, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

Result<StampField> find_stamp_field() {
  StampField field;
  if (rte_mbuf_dyn_rx_timestamp_register(&field.offset, &field.flag) != 0) {
    return absl::InternalError(fmt::format("the stamp field of buffers: {}", rte_strerror(rte_errno)));
  }
  return field;
}

}  // namespace lictor

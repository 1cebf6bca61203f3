#include "dataplane/dpdk/port.h"

#include <fmt/format.h>
#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf_dyn.h>

#include <algorithm>
#include <array>

namespace lictor {
namespace {

Status failed(const PortPlan& plan, const char* what, int code) {
  return absl::UnavailableError(
      fmt::format("port {} ({}): {}: {}", plan.name, plan.device, what, rte_strerror(std::abs(code))));
}

constexpr std::string_view kAfXdp = "net_af_xdp";

Status failed(const PortPlan& plan, const Status& status) {
  return {status.code(),
          fmt::format("port {} ({}): device: {}", plan.name, plan.device, std::string(status.message()))};
}

// Empty where nothing needs to be claimed, or the driver itself will refuse the device.
std::string claimed_interface_of(const std::string& device) {
  return device.starts_with(kAfXdp) ? kernel_interface_of(kAfXdp, device) : "";
}

std::string bus_of(uint16_t port) {
  rte_eth_dev_info info{};
  if (rte_eth_dev_info_get(port, &info) != 0 || info.device == nullptr) return "";
  return rte_bus_name(rte_dev_bus(info.device));
}

}  // namespace

Result<std::unique_ptr<Port>> Port::open(const PortPlan& plan, BufferPools& pools) {
  std::optional<InterfaceClaim> claim;
  if (const std::string interface = claimed_interface_of(plan.device); !interface.empty()) {
    Result<InterfaceClaim> made = InterfaceClaim::make(interface);
    if (!made.ok()) return failed(plan, made.status());
    claim.emplace(*std::move(made));
  }
  if (const int code = rte_dev_probe(plan.device.c_str()); code != 0)
    return failed(plan, "device: cannot be attached", code);
  const std::string device_name = plan.device.substr(0, plan.device.find(','));
  uint16_t id = 0;
  if (const int code = rte_eth_dev_get_port_by_name(device_name.c_str(), &id); code != 0) {
    return failed(plan, "device: is no port", code);
  }
  rte_eth_dev_info info{};
  if (const int code = rte_eth_dev_info_get(id, &info); code != 0) return failed(plan, "cannot be asked", code);
  const std::string driver = info.driver_name == nullptr ? "" : info.driver_name;
  std::unique_ptr<Port> port(new Port(id, driver, rte_eth_dev_socket_id(id)));
  if (claim) port->claim_.emplace(*std::move(claim));
  PortPlan tried = plan;
  tried.interrupts = plan.interrupts && may_have_interrupts(driver, bus_of(id));
  Status status = port->bring_up(tried, pools);
  if (!status.ok() && tried.interrupts) {
    // Some drivers refuse to start with interrupts that the host cannot give them.
    static_cast<void>(rte_eth_dev_stop(id));
    tried.interrupts = false;
    status = port->bring_up(tried, pools);
  }
  if (!status.ok()) return status;
  if (const std::string interface = kernel_interface_of(driver, plan.device); !interface.empty()) {
    Result<KernelLink> link = KernelLink::open(interface);
    if (!link.ok()) return failed(plan, link.status());
    port->kernel_link_.emplace(*std::move(link));
  }
  return port;
}

Status Port::bring_up(const PortPlan& plan, BufferPools& pools) {
  rte_eth_conf configuration{};
  if (Status status = configure(plan, pools, configuration); !status.ok()) return status;
  if (Status status = start(plan, configuration); !status.ok()) return status;
  has_interrupts_ = plan.interrupts;
  for (uint16_t queue = 0; has_interrupts_ && queue < plan.queues; ++queue) {
    has_interrupts_ = rte_eth_dev_rx_intr_ctl_q_get_fd(id_, queue) >= 0;
  }
  return absl::OkStatus();
}

Status Port::configure(const PortPlan& plan, BufferPools& pools, rte_eth_conf& configuration) {
  rte_eth_dev_info info{};
  if (const int code = rte_eth_dev_info_get(id_, &info); code != 0) return failed(plan, "cannot be asked", code);
  if (plan.queues > info.max_rx_queues) {
    return absl::InvalidArgumentError(fmt::format("port {} ({}): queues: the device has {}, the configuration wants {}",
                                                  plan.name, plan.device, info.max_rx_queues, plan.queues));
  }
  if (Status status = choose_configuration(plan, info, configuration); !status.ok()) return status;
  frame_bytes_max_ = std::min(plan.frame_bytes_max, frame_bytes_taken(configuration));
  // Some drivers insist on as many queues for sending; they stay unused.
  const uint16_t tx_queues = std::min<uint16_t>(plan.queues, info.max_tx_queues);
  if (const int code = rte_eth_dev_configure(id_, plan.queues, tx_queues, &configuration); code != 0) {
    return failed(plan, "cannot be configured", code);
  }
  const Result<rte_mempool*> pool = pools.of_node(node_);
  if (!pool.ok()) return pool.status();
  return set_up_queues(plan, tx_queues, **pool);
}

Status Port::set_up_queues(const PortPlan& plan, uint16_t tx_queues, rte_mempool& pool) {
  uint16_t rx_descriptors = plan.rx_descriptors;
  uint16_t tx_descriptors = 512;
  if (const int code = rte_eth_dev_adjust_nb_rx_tx_desc(id_, &rx_descriptors, &tx_descriptors); code != 0) {
    return failed(plan, "rx_descriptors", code);
  }
  frames_waiting_max_ = lictor::frames_waiting_max(rx_descriptors, bus_of(id_));
  const auto node = static_cast<unsigned>(node_);
  for (uint16_t queue = 0; queue < plan.queues; ++queue) {
    const int code = rte_eth_rx_queue_setup(id_, queue, rx_descriptors, node, nullptr, &pool);
    if (code != 0) return failed(plan, "queues: cannot be set up", code);
  }
  for (uint16_t queue = 0; queue < tx_queues; ++queue) {
    const int code = rte_eth_tx_queue_setup(id_, queue, tx_descriptors, node, nullptr);
    if (code != 0) return failed(plan, "queues: cannot be set up", code);
  }
  return absl::OkStatus();
}

Status Port::start(const PortPlan& plan, const rte_eth_conf& configuration) {
  if (const int code = rte_eth_dev_start(id_); code != 0) return failed(plan, "cannot be started", code);
  const int code = rte_eth_promiscuous_enable(id_);
  if (code != 0 && code != -ENOTSUP) return failed(plan, "cannot be made promiscuous", code);
  if (configuration.rxmode.mq_mode == RTE_ETH_MQ_RX_RSS) {
    if (Status status = ensure_spreading(plan, configuration.rx_adv_conf.rss_conf); !status.ok()) return status;
  }
  if ((configuration.rxmode.offloads & RTE_ETH_RX_OFFLOAD_TIMESTAMP) != 0) clock_ = find_device_clock(id_);
  if (clock_ != DeviceClock::kNone) card_stamps_ = std::make_unique<StampConverter>();
  errors_ = std::make_unique<const PortErrors>(id_);
  return absl::OkStatus();
}

// Some drivers take a key with the configuration and keep their own: then it is given once more, by itself.
Status Port::ensure_spreading(const PortPlan& plan, rte_eth_rss_conf wanted) const {
  for (int attempt = 0; attempt < 2; ++attempt) {
    std::array<uint8_t, kRssKeyBytesMax> key{};
    rte_eth_rss_conf in_force{};
    in_force.rss_key = key.data();
    in_force.rss_key_len = wanted.rss_key_len;
    const int code = rte_eth_dev_rss_hash_conf_get(id_, &in_force);
    if (code == -ENOTSUP) return absl::OkStatus();  // a driver that cannot say: it was told
    if (code != 0) return failed(plan, "queues: the hash in force cannot be read", code);
    if (spreads_symmetrically(in_force)) return absl::OkStatus();
    if (rte_eth_dev_rss_hash_update(id_, &wanted) != 0) break;
  }
  return absl::FailedPreconditionError(
      fmt::format("port {} ({}): queues: the device does not spread by addresses alone, alike for both directions, "
                  "though it was told to: take one queue and lcores.spreaders",
                  plan.name, plan.device));
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
  if (kernel_link_ && !kernel_link_->is_up()) return false;
  rte_eth_link link{};
  return rte_eth_link_get_nowait(id_, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

void Port::discipline_stamps() {
  if (card_stamps_ == nullptr) return;
  if (const std::optional<ClockSample> sample = read_device_clock(id_, clock_)) card_stamps_->add(*sample);
}

Result<StampField> find_stamp_field() {
  StampField field;
  if (rte_mbuf_dyn_rx_timestamp_register(&field.offset, &field.flag) != 0) {
    return absl::InternalError(fmt::format("the stamp field of buffers: {}", rte_strerror(rte_errno)));
  }
  return field;
}

}  // namespace lictor

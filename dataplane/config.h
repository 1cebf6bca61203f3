// The configuration of lictor-dataplane: read once at start by the main thread, then constant for every thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/base/config_reader.h"
#include "dataplane/control_config.h"
#include "dataplane/flow_limits.h"
#include "dataplane/packet/encapsulation.h"
#include "dataplane/signalling_config.h"
#include "dataplane/spool_config.h"
#include "dataplane/stage_config.h"
#include "encoders/etsi/payload_key.h"
#include "encoders/handover/credential_plan.h"
#include "encoders/handover/files_plan.h"
#include "encoders/integrity/signing_key_files.h"

namespace lictor {

struct PortConfig {
  std::string name;    // unique; what scopes call it
  std::string device;  // a DPDK device: "net_af_xdp0,iface=veth0", a PCI address
  std::string tap_group;
  std::string leg;
  uint16_t queues = 1;
  // Whoever fills the queues spreads frames over them by address, both directions alike: an interface that was set up
  // so, a capture that was cut so. Else the device's RSS is told to, and a device without it is refused.
  bool prespread = false;
  bool card_stamps = true;  // stamps = "card" | "host"
  bool interrupts = true;   // interrupts = "auto" | "off"
  uint16_t rx_descriptors = 1024;
  // encapsulations = ["gre", "vxlan", …] or ["all"]: those that the operator runs itself behind this port, whose
  // insides count; vxlan_ports, geneve_ports, l2tpv3_cookie_bytes say what nothing on the wire does.
  EncapsulationTrust trust;
  std::vector<IpPrefix> exclude;  // what is exchanged with these is never copied
};

struct BuffersConfig {
  uint32_t mbufs = 16384;  // of each NUMA node that has a port
  uint16_t mbuf_data_bytes = 2176;
  uint32_t frame_bytes_max = 9728;
  uint32_t spread_ring_frames = 1024;  // of each (queue of a spreader, rx lcore)
  uint64_t copy_ring_bytes = 8 << 20;  // of each (rx lcore, encoder lcore)
  uint64_t backlog_bytes = 64 << 20;   // of each (encoder lcore, destination), where the spool is memory
  uint32_t tasks_max = 4096;
};

struct HandoverConfig {
  uint32_t threads = 1;
  uint32_t connect_retry_min_ms = 200;
  uint32_t connect_retry_max_ms = 10000;
  uint32_t drain_ms = 5000;
  uint32_t lanes_max = 64;  // spools of warrants with a rate, or that flood, to each interface of a destination
  // A warrant floods a connection that it shares where so much of its content waits for it, or some of it for so long,
  // and more than of all others together; 0: no such bound.
  uint64_t lane_backlog_bytes = 4 << 20;
  uint32_t lane_wait_ms = 2000;
  CredentialPlan
      credentials;  // credentials = ({ name; certificate; key; ca; }), credential_check_ms, certificate_warn_days
  PayloadKeyFiles payload_keys;  // payload_keys = ({ name; file; })
  SigningKeyFiles signing_keys;  // signing_keys = ({ name; file; })
  uint64_t integrity_ring_bytes = size_t{16}
                                  << 20;  // of records on their way to the thread that hashes them, an encoder lcore
};

struct AlarmsConfig {
  uint32_t silent_leg_s = 10;   // a port that receives nothing for so long while its group does; 0: no alarm
  uint32_t outage_told_s = 10;  // a destination that was away for less is not told to its agency
  uint32_t quiet_s = 60;        // an alarm about a counter is over after so long without growth
  // time = "on" | "off" | "auto", which is off in the laboratory alone: whether the host's clock can be trusted is
  // watched, and told where it cannot.
  bool time_watched = true;
  uint32_t time_error_us = 2'000'000;  // it may be wrong by more, as the kernel reckons
  uint32_t time_step_ms = 500;         // it was set by more
  uint32_t time_settle_s = 10;         // so long either state lasts before it is told
};

struct ReplayConfig {
  uint32_t taps = 0;
  uint64_t packets = 0;
  uint64_t packets_per_s = 0;  // 0: as fast as they can be taken; else all rx lcores together
};

struct DataplaneConfig {
  std::string network_element_id;
  std::string interception_point_id;
  ControlConfig control;
  bool lab = false;
  std::vector<std::string> eal;
  std::vector<PortConfig> ports;
  std::vector<unsigned> rx_lcores;
  std::vector<unsigned> spreader_lcores;
  std::vector<unsigned> session_lcores;
  std::vector<unsigned> encoder_lcores;
  BuffersConfig buffers;
  HandoverConfig handover;
  SpoolPlan spool;
  SignallingConfig signalling;
  FilesPlan files;  // files = { root; window_bytes; }
  DeduplicateConfig deduplicate;
  PatternLimits patterns;
  FragmentLimits fragments;
  std::optional<ReplayConfig> replay;
  AlarmsConfig alarms;
  FlowLimits flows;
  uint32_t idle_sleep_us_max = 200;
  uint32_t idle_interrupt_wait_ms = 10;  // an lcore whose ports have receive interrupts sleeps for that long at most
  uint32_t idle_untapped_poll_ms = 100;  // 0: lcores never sleep for that nothing is tapped
  std::string statistics_file;           // empty: none
  uint32_t statistics_interval_ms = 1000;
  std::string log_level;
};

// InvalidArgument or NotFound: the file, the key and what is wrong with it.
Result<DataplaneConfig> load_config(const std::string& path);
// The same from a text.
Result<DataplaneConfig> parse_config(const std::string& text);

}  // namespace lictor

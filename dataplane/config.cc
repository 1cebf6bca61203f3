#include "dataplane/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "dataplane/hardening.h"
#include "dataplane/match_writer.h"
#include "dataplane/packet/parse_frame.h"
#include "dataplane/queue_plan.h"

namespace lictor {
namespace {

constexpr int64_t kLcoreMax = 127;  // DPDK's RTE_MAX_LCORE is 128 in Debian's build
constexpr int64_t kQueuesMax = 64;

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool is_word(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != ',' && c != '='; });
}

template <typename T>
T number(ConfigGroup& group, std::string_view key, int64_t min, int64_t max, std::optional<int64_t> fallback) {
  return static_cast<T>(group.integer(key, {.min = min, .max = max, .fallback = fallback}));
}

std::string word(ConfigGroup& group, std::string_view key, const TextRule& rule) {
  std::string text = group.text(key, rule);
  if (!is_word(text)) group.refuse(key, "must be printable, without blanks, commas and equals signs");
  return text;
}

void read_identity(ConfigGroup& root, DataplaneConfig& config) {
  config.network_element_id = root.text("network_element_id", {.min = 1, .max = 16});
  if (!is_printable(config.network_element_id)) root.refuse("network_element_id", "must be printable");
  config.interception_point_id = root.text("interception_point_id", {.max = 8, .fallback = ""});
  if (!is_printable(config.interception_point_id)) root.refuse("interception_point_id", "must be printable");
  config.control = read_control(root);
  config.lab = root.flag("lab", false);
  config.eal = root.texts("eal");
}

// Whether a key that takes two words has the first of them, which is its default.
bool is_first_of(ConfigGroup& group, std::string_view key, const std::string& first, std::string_view second) {
  const std::string text = group.text(key, {.max = 8, .fallback = first});
  if (text != first && text != second) group.refuse(key, fmt::format("must be {} or {}", first, second));
  return text == first;
}

void read_encapsulations(ConfigGroup& group, EncapsulationTrust& trust) {
  for (const std::string& name : group.texts("encapsulations")) {
    const auto known = std::ranges::find(kEncapsulationNames, name);
    if (name == "all") {
      trust.trusted = EncapsulationTrust::all().trusted;
    } else if (known != kEncapsulationNames.end()) {
      trust.trust(static_cast<Encapsulation>(known - kEncapsulationNames.begin()));
    } else {
      group.refuse("encapsulations",
                   fmt::format("each element must be all or one of {}", fmt::join(kEncapsulationNames, ", ")));
    }
  }
}

// UDP ports of one encapsulation, in place of the ones that IANA gave it.
void read_udp_ports(ConfigGroup& group, std::string_view key,
                    std::array<uint16_t, EncapsulationTrust::kPortsMax>& ports) {
  if (!group.has(key)) return;
  const std::vector<int64_t> numbers = group.integers(key, {.min = 1, .max = UINT16_MAX});
  if (numbers.size() > ports.size()) return group.refuse(key, fmt::format("at most {} are possible", ports.size()));
  ports = {};
  std::ranges::transform(numbers, ports.begin(), [](int64_t number) { return static_cast<uint16_t>(number); });
}

EncapsulationTrust read_trust(ConfigGroup& group) {
  EncapsulationTrust trust;
  read_encapsulations(group, trust);
  read_udp_ports(group, "vxlan_ports", trust.vxlan_ports);
  read_udp_ports(group, "geneve_ports", trust.geneve_ports);
  trust.l2tpv3_cookie_bytes = number<uint8_t>(group, "l2tpv3_cookie_bytes", 0, 8, 0);
  if (trust.l2tpv3_cookie_bytes % 4 != 0) group.refuse("l2tpv3_cookie_bytes", "must be 0, 4 or 8");
  for (const uint16_t port : trust.geneve_ports) {
    const bool taken = port != 0 && std::ranges::find(trust.vxlan_ports, port) != trust.vxlan_ports.end();
    if (taken) group.refuse("geneve_ports", fmt::format("{} is one of vxlan_ports, too", port));
  }
  return trust;
}

PortConfig read_port(ConfigGroup& group) {
  return {.name = word(group, "name", {.min = 1, .max = 63}),
          .device = group.text("device", {.min = 1, .max = 4096}),
          .tap_group = word(group, "tap_group", {.max = 63, .fallback = ""}),
          .leg = word(group, "leg", {.max = 63, .fallback = ""}),
          .queues = number<uint16_t>(group, "queues", 1, kQueuesMax, 1),
          .prespread = group.flag("prespread", false),
          .card_stamps = is_first_of(group, "stamps", "card", "host"),
          .interrupts = is_first_of(group, "interrupts", "auto", "off"),
          .rx_descriptors = number<uint16_t>(group, "rx_descriptors", 32, 32768, 1024),
          .trust = read_trust(group),
          .exclude = read_exclusions(group, "exclude")};
}

void read_ports(ConfigGroup& root, DataplaneConfig& config) {
  for (ConfigGroup& group : root.groups("ports")) config.ports.push_back(read_port(group));
  if (config.ports.empty()) root.refuse("ports", "at least one is needed");
  if (config.ports.size() > kPortsMax) root.refuse("ports", fmt::format("at most {} are possible", kPortsMax));
  std::set<std::string> names;
  std::set<std::string> devices;
  for (const PortConfig& port : config.ports) {
    if (!names.insert(port.name).second) root.refuse("ports", fmt::format("two are called {}", port.name));
    if (!devices.insert(port.device.substr(0, port.device.find(','))).second) {
      root.refuse("ports", fmt::format("{}: its device is another port's too", port.name));
    }
  }
}

std::vector<unsigned> read_lcores(ConfigGroup& group, std::string_view key, std::set<unsigned>& taken, bool needed) {
  std::vector<unsigned> lcores;
  for (const int64_t lcore : group.integers(key, {.min = 0, .max = kLcoreMax})) {
    lcores.push_back(static_cast<unsigned>(lcore));
    if (!taken.insert(lcores.back()).second) group.refuse(key, fmt::format("lcore {} has two roles", lcore));
  }
  if (lcores.empty() && needed) group.refuse(key, "at least one lcore is needed");
  return lcores;
}

void read_buffers(ConfigGroup group, BuffersConfig& buffers) {
  buffers.mbufs = number<uint32_t>(group, "mbufs", 256, 1 << 24, buffers.mbufs);
  buffers.mbuf_data_bytes = number<uint16_t>(group, "mbuf_data_bytes", 512, 65535, buffers.mbuf_data_bytes);
  buffers.frame_bytes_max = number<uint32_t>(group, "frame_bytes_max", 64, 1 << 20, buffers.frame_bytes_max);
  buffers.spread_ring_frames = number<uint32_t>(group, "spread_ring_frames", kBurst, 65536, buffers.spread_ring_frames);
  const int64_t ring_max = int64_t{16} << 30;
  buffers.copy_ring_bytes = number<uint64_t>(group, "copy_ring_bytes", 65536, ring_max, 8 << 20);
  buffers.backlog_bytes = number<uint64_t>(group, "backlog_bytes", 65536, ring_max, 64 << 20);
  // 16,384: a report names every task, and must stay below gRPC's 4 MiB.
  buffers.tasks_max = number<uint32_t>(group, "tasks_max", 1, 16384, buffers.tasks_max);
}

void read_credentials(ConfigGroup& group, CredentialPlan& plan) {
  plan.check_ms = number<uint32_t>(group, "credential_check_ms", 10, 3'600'000, plan.check_ms);
  plan.warn_days = number<uint32_t>(group, "certificate_warn_days", 1, 3650, plan.warn_days);
  std::set<std::string> names;
  for (ConfigGroup& one : group.groups("credentials")) {
    plan.files.push_back({.name = word(one, "name", {.min = 1, .max = 63}),
                          .certificate = one.text("certificate", {.min = 1}),
                          .key = one.text("key", {.min = 1}),
                          .ca = one.text("ca", {.fallback = ""})});
    if (!names.insert(plan.files.back().name).second) one.refuse("name", "is there twice");
  }
}

void read_key_files(ConfigGroup& group, const char* list, std::map<std::string, std::string>& paths) {
  for (ConfigGroup& one : group.groups(list)) {
    const std::string name = word(one, "name", {.min = 1, .max = 63});
    if (!paths.emplace(name, one.text("file", {.min = 1})).second) one.refuse("name", "is there twice");
  }
}

void read_handover(ConfigGroup group, HandoverConfig& handover) {
  handover.threads = number<uint32_t>(group, "threads", 1, 64, 1);
  handover.connect_retry_min_ms = number<uint32_t>(group, "connect_retry_min_ms", 1, 3'600'000, 200);
  handover.connect_retry_max_ms = number<uint32_t>(group, "connect_retry_max_ms", 1, 3'600'000, 10'000);
  handover.drain_ms = number<uint32_t>(group, "drain_ms", 0, 3'600'000, 5000);
  handover.lanes_max = number<uint32_t>(group, "lanes_max", 1, 16384, handover.lanes_max);
  handover.lane_backlog_bytes =
      number<uint64_t>(group, "lane_backlog_bytes", 0, int64_t{1} << 40, handover.lane_backlog_bytes);
  handover.lane_wait_ms = number<uint32_t>(group, "lane_wait_ms", 0, 3'600'000, handover.lane_wait_ms);
  if (handover.connect_retry_max_ms < handover.connect_retry_min_ms) {
    group.refuse("connect_retry_max_ms", "is below connect_retry_min_ms");
  }
  read_credentials(group, handover.credentials);
  read_key_files(group, "signing_keys", handover.signing_keys.paths);
  read_key_files(group, "payload_keys", handover.payload_keys.paths);
  handover.integrity_ring_bytes =
      number<uint64_t>(group, "integrity_ring_bytes", 65536, int64_t{1} << 30, handover.integrity_ring_bytes);
}

void read_files(ConfigGroup group, FilesPlan& files) {
  files.root = group.text("root", {.max = 3072, .fallback = ""});
  files.window_bytes = number<uint64_t>(group, "window_bytes", 1 << 20, int64_t{1} << 32, files.window_bytes);
  if (!files.root.empty() && files.root.front() != '/') group.refuse("root", "must be an absolute path");
}

void read_replay(ConfigGroup& root, DataplaneConfig& config) {
  if (!root.has("replay")) return;
  ConfigGroup group = root.group("replay");
  config.replay = ReplayConfig{.taps = number<uint32_t>(group, "taps", 0, 16384, std::nullopt),
                               .packets = number<uint64_t>(group, "packets", 0, INT64_MAX, std::nullopt),
                               .packets_per_s = number<uint64_t>(group, "packets_per_s", 0, 1'000'000'000, 0)};
  if (!config.lab) root.refuse("replay", "is for the laboratory: it needs lab = true");
  if (config.replay->taps > config.buffers.tasks_max) group.refuse("taps", "are more than buffers.tasks_max");
}

void read_limits(ConfigGroup group, FlowLimits& flows) {
  flows.rules_max = number<size_t>(group, "flows_max", 0, 1'000'000, 10'000);
  flows.acl_bytes_max = number<size_t>(group, "flow_acl_bytes_max", 1 << 20, int64_t{4} << 30, 64 << 20);
  flows.build_ms_max = number<uint32_t>(group, "flow_build_ms", 1, 60'000, 2'000);
}

// Without a laboratory's word a host whose clock nobody disciplines is an appliance with a fault.
void read_time_alarms(ConfigGroup& group, DataplaneConfig& config) {
  AlarmsConfig& alarms = config.alarms;
  const std::string time = group.text("time", {.max = 8, .fallback = "auto"});
  if (time != "auto" && time != "on" && time != "off") group.refuse("time", "must be auto, on or off");
  alarms.time_watched = time == "on" || (time == "auto" && !config.lab);
  alarms.time_error_us = number<uint32_t>(group, "time_error_us", 1, 16'000'000, alarms.time_error_us);
  alarms.time_step_ms = number<uint32_t>(group, "time_step_ms", 1, 86'400'000, alarms.time_step_ms);
  alarms.time_settle_s = number<uint32_t>(group, "time_settle_s", 0, 86'400, alarms.time_settle_s);
}

void read_rest(ConfigGroup& root, DataplaneConfig& config) {
  ConfigGroup alarms = root.group("alarms");
  config.alarms.silent_leg_s = number<uint32_t>(alarms, "silent_leg_s", 0, 86'400, config.alarms.silent_leg_s);
  config.alarms.outage_told_s = number<uint32_t>(alarms, "outage_told_s", 0, 86'400, config.alarms.outage_told_s);
  config.alarms.quiet_s = number<uint32_t>(alarms, "quiet_s", 1, 86'400, config.alarms.quiet_s);
  read_time_alarms(alarms, config);
  ConfigGroup idle = root.group("idle");
  config.idle_sleep_us_max = number<uint32_t>(idle, "sleep_us_max", 0, 100'000, 200);
  config.idle_interrupt_wait_ms = number<uint32_t>(idle, "interrupt_wait_ms", 1, 10'000, config.idle_interrupt_wait_ms);
  config.idle_untapped_poll_ms = number<uint32_t>(idle, "untapped_poll_ms", 0, 10'000, config.idle_untapped_poll_ms);
  ConfigGroup statistics = root.group("statistics");
  config.statistics_file = statistics.text("file", {.fallback = ""});
  config.statistics_interval_ms = number<uint32_t>(statistics, "interval_ms", 10, 3'600'000, 1000);
  read_hardening(root.group("hardening"));  // load_hardening's; here for its complaints
  ConfigGroup log = root.group("log");
  config.log_level = log.text("level", {.max = 16, .fallback = "info"});
  static const std::set<std::string> kLevels = {"trace", "debug", "info", "warning", "error"};
  if (!kLevels.contains(config.log_level)) log.refuse("level", "must be trace, debug, info, warning or error");
}

std::vector<QueueReceiver> queues_of(const DataplaneConfig& config) {
  return plan_queues(config.ports, config.rx_lcores.size(), config.spreader_lcores.size());
}

void check_receivers(ConfigGroup& lcores, const DataplaneConfig& config) {
  if (config.rx_lcores.empty() || config.ports.empty()) return;  // refused already
  std::set<size_t> rx;
  std::set<size_t> spreaders;
  for (const QueueReceiver& receiver : queues_of(config)) (receiver.spread ? spreaders : rx).insert(receiver.lcore);
  for (size_t i = 0; i < config.rx_lcores.size(); ++i) {
    if (rx.contains(i) || !spreaders.empty()) continue;
    lcores.refuse("rx", fmt::format("lcore {} would have no queue: queues of one number of a tap group share an lcore",
                                    config.rx_lcores[i]));
  }
  for (size_t i = 0; i < config.spreader_lcores.size(); ++i) {
    if (spreaders.contains(i)) continue;
    lcores.refuse("spreaders", fmt::format("lcore {} would have no queue: there are {} of ports that have fewer "
                                           "queues than there are rx lcores",
                                           config.spreader_lcores[i], spreaders.size()));
  }
}

// Buffers that can be away at the same time: under the ports' descriptors, in spreaders' rings, in bursts under way,
// and as candidates of each queue of an rx lcore; replay looks into these at once.
uint64_t mbufs_under_way(const DataplaneConfig& config) {
  const BuffersConfig& buffers = config.buffers;
  const uint64_t buffers_a_frame = buffers.frame_bytes_max / (buffers.mbuf_data_bytes - 128U) + 1;
  const size_t lcores = config.rx_lcores.size() + config.spreader_lcores.size();
  uint64_t mbufs = lcores * kBurst * buffers_a_frame;
  for (const PortConfig& port : config.ports) {
    // A capture port has no descriptors: it takes a buffer when it reads a frame.
    if (!port.device.starts_with("net_pcap")) mbufs += uint64_t{port.queues} * port.rx_descriptors;
  }
  for (const QueueReceiver& receiver : queues_of(config)) {
    const uint64_t queues = receiver.spread ? config.rx_lcores.size() : 1;
    if (!config.replay) mbufs += queues * kBurst * buffers_a_frame;
    if (receiver.spread) mbufs += queues * buffers.spread_ring_frames;
  }
  return mbufs;
}

// What no single key can know.
void check_together(ConfigGroup& root, const DataplaneConfig& config) {
  const BuffersConfig& buffers = config.buffers;
  ConfigGroup group = root.group("buffers");
  const size_t burst_bytes = burst_bytes_from(config.ports, buffers.frame_bytes_max);
  if (buffers.copy_ring_bytes < burst_bytes && config.replay) {
    group.refuse("copy_ring_bytes",
                 fmt::format("replay needs room for a burst of the longest frames, each with a copy for every level "
                             "that can match: {} octets at least",
                             burst_bytes));
  }
  if (buffers.copy_ring_bytes < match_record_bytes(kTasksPerPacketMax, buffers.frame_bytes_max)) {
    group.refuse("copy_ring_bytes", "cannot hold one frame of frame_bytes_max");
  }
  if (buffers.backlog_bytes < buffers.frame_bytes_max * uint64_t{2}) {
    group.refuse("backlog_bytes", "cannot hold one record of frame_bytes_max");
  }
  if (config.files.window_bytes < buffers.frame_bytes_max * uint64_t{4}) {
    root.group("files").refuse("window_bytes", "must hold some records of frame_bytes_max");
  }
  if (config.handover.integrity_ring_bytes < buffers.frame_bytes_max * uint64_t{2}) {
    root.group("handover").refuse("integrity_ring_bytes", "cannot hold one record of frame_bytes_max");
  }
  ConfigGroup lcores = root.group("lcores");
  check_receivers(lcores, config);
  if (const uint64_t mbufs_min = mbufs_under_way(config); buffers.mbufs < mbufs_min) {
    group.refuse("mbufs", fmt::format("descriptors, rings and bursts under way need {}", mbufs_min));
  }
}

Result<DataplaneConfig> read(Result<std::unique_ptr<ConfigFile>> file) {
  if (!file.ok()) return file.status();
  DataplaneConfig config;
  ConfigGroup root = (*file)->root();
  read_identity(root, config);
  read_ports(root, config);
  ConfigGroup lcores = root.group("lcores");
  std::set<unsigned> taken;
  config.rx_lcores = read_lcores(lcores, "rx", taken, true);
  config.spreader_lcores = read_lcores(lcores, "spreaders", taken, false);
  config.session_lcores = read_lcores(lcores, "sessions", taken, false);
  config.encoder_lcores = read_lcores(lcores, "encoders", taken, true);
  read_buffers(root.group("buffers"), config.buffers);
  read_handover(root.group("handover"), config.handover);
  read_files(root.group("files"), config.files);
  config.spool = read_spool(root.group("spool"), config.buffers.backlog_bytes, config.buffers.frame_bytes_max);
  config.deduplicate = read_deduplicate(root.group("deduplicate"), config.ports);
  config.patterns = read_patterns(root.group("patterns"));
  config.fragments = read_fragments(root.group("fragments"));
  config.signalling = read_signalling(root.group("signalling"), config.ports, config.session_lcores.size());
  read_replay(root, config);
  read_limits(root.group("limits"), config.flows);
  read_rest(root, config);
  check_together(root, config);
  if (Status status = (*file)->finish(); !status.ok()) return status;
  return config;
}

}  // namespace

Result<DataplaneConfig> load_config(const std::string& path) { return read(ConfigFile::open(path)); }

Result<DataplaneConfig> parse_config(const std::string& text) { return read(ConfigFile::parse(text)); }

}  // namespace lictor

#include "perf/traffic.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <map>

#include "dataplane/packet/parse_frame.h"
#include "perf/random_address.h"

namespace lictor::perf {
namespace {

constexpr uint16_t kTypeIpv4 = 0x0800;
constexpr uint16_t kTypeIpv6 = 0x86dd;
constexpr uint16_t kTypeVlan = 0x8100;
constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;
constexpr size_t kTcpHeader = 20;
constexpr size_t kUdpHeader = 8;

struct Flow {
  IpPrefix source;
  IpPrefix destination;
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
  uint16_t vlan = 0;  // 0: none
  bool tcp = false;
};

// Writes from the front of a frame that is long enough.
class Writer {
 public:
  explicit Writer(MutableBytes out) : out_(out) {}
  void u8(uint8_t value) { out_[at_++] = value; }
  void u16(uint16_t value) {
    u8(static_cast<uint8_t>(value >> 8));
    u8(static_cast<uint8_t>(value));
  }
  void octets(Bytes bytes) {
    for (const uint8_t octet : bytes) u8(octet);
  }
  [[nodiscard]] size_t at() const { return at_; }
  [[nodiscard]] uint16_t remaining() const { return static_cast<uint16_t>(out_.size() - at_); }

 private:
  MutableBytes out_;
  size_t at_ = 0;
};

uint16_t checksum(Bytes header) {
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < header.size(); i += 2) sum += static_cast<uint32_t>(header[i] << 8 | header[i + 1]);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

void write_ipv4(const Flow& flow, uint8_t protocol, uint16_t identification, MutableBytes frame, Writer& out) {
  const size_t ip = out.at();
  out.u16(0x4500);
  out.u16(static_cast<uint16_t>(frame.size() - ip));
  out.u16(identification);
  out.u16(0x4000);  // do not fragment
  out.u8(64);
  out.u8(protocol);
  out.u16(0);
  out.octets(Bytes(flow.source.octets).first(4));
  out.octets(Bytes(flow.destination.octets).first(4));
  const uint16_t sum = checksum(frame.subspan(ip, 20));
  frame[ip + 10] = static_cast<uint8_t>(sum >> 8);
  frame[ip + 11] = static_cast<uint8_t>(sum);
}

void write_ipv6(const Flow& flow, uint8_t protocol, MutableBytes frame, Writer& out) {
  out.u16(0x6000);
  out.u16(0);
  out.u16(static_cast<uint16_t>(frame.size() - out.at() - 36));
  out.u8(protocol);
  out.u8(64);
  out.octets(flow.source.octets);
  out.octets(flow.destination.octets);
}

// UDP without a checksum where TCP's header finds no room.
void write_frame(const Flow& flow, uint16_t identification, MutableBytes frame) {
  Writer out(frame);
  out.octets(as_bytes({"\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02", 12}));
  if (flow.vlan != 0) {
    out.u16(kTypeVlan);
    out.u16(flow.vlan);
  }
  out.u16(flow.source.ipv6 ? kTypeIpv6 : kTypeIpv4);
  const size_t header = flow.source.ipv6 ? 40 : 20;
  const bool tcp = flow.tcp && out.at() + header + kTcpHeader <= frame.size();
  const uint8_t protocol = tcp ? kTcp : kUdp;
  flow.source.ipv6 ? write_ipv6(flow, protocol, frame, out) : write_ipv4(flow, protocol, identification, frame, out);
  const uint16_t payload = out.remaining();
  out.u16(flow.source_port);
  out.u16(flow.destination_port);
  if (tcp) {
    out.octets(as_bytes({"\x00\x00\x00\x01\x00\x00\x00\x01\x50\x10\x20\x00\x00\x00\x00\x00", kTcpHeader - 4}));
  } else {
    out.u16(payload);
    out.u16(0);
  }
}

Flow random_flow(const TrafficPlan& plan, uint32_t number, Random& random) {
  // A stride that has no divisor with 100, so that the kinds are spread evenly over the flows, popular and rare ones.
  const uint32_t kind = number * 37 % 100;
  const bool ipv6 = kind < plan.ipv6_percent;
  const bool vlan = !ipv6 && kind < plan.ipv6_percent + plan.vlan_percent;
  return {.source = random_host(random, ipv6),
          .destination = random_host(random, ipv6),
          .source_port = static_cast<uint16_t>(1024 + random() % 60'000),
          .destination_port = static_cast<uint16_t>(random() % 2 == 0 ? 443 : 1024 + random() % 60'000),
          .vlan = static_cast<uint16_t>(vlan ? 1 + random() % 4000 : 0),
          .tcp = random() % 100 < plan.tcp_percent};
}

// Which flow a packet belongs to, by the flows' popularity.
class FlowDraw {
 public:
  FlowDraw(size_t flows, double zipf) : cumulated_(flows) {
    double sum = 0;
    for (size_t i = 0; i < flows; ++i) cumulated_[i] = sum += std::pow(static_cast<double>(i + 1), -zipf);
  }
  size_t operator()(Random& random) {
    const double at = std::uniform_real_distribution<double>(0, cumulated_.back())(random);
    const auto found = std::ranges::upper_bound(cumulated_, at);
    return static_cast<size_t>(std::min(found, cumulated_.end() - 1) - cumulated_.begin());
  }

 private:
  std::vector<double> cumulated_;
};

uint32_t draw_size(const std::vector<SizeShare>& sizes, Random& random) {
  uint64_t total = 0;
  for (const SizeShare& share : sizes) total += share.weight;
  uint64_t at = random() % total;
  for (const SizeShare& share : sizes) {
    if (at < share.weight) return share.bytes;
    at -= share.weight;
  }
  return sizes.back().bytes;
}

Result<uint32_t> parse_number(std::string_view text, std::string_view what, uint32_t min, uint32_t max) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < min || value > max) {
    return absl::InvalidArgumentError(fmt::format("sizes: {}: a {} is {} to {}", text, what, min, max));
  }
  return value;
}

// Source and destination as hosts.
std::pair<IpPrefix, IpPrefix> addresses_of(const IpLevel& level, Bytes frame) {
  const auto host = [&](size_t at) {
    IpPrefix prefix{.ipv6 = level.ipv6, .bits = static_cast<uint8_t>(level.ipv6 ? 128 : 32)};
    std::ranges::copy(frame.subspan(level.offset + at, level.ipv6 ? 16 : 4), prefix.octets.begin());
    return prefix;
  };
  return level.ipv6 ? std::pair(host(8), host(24)) : std::pair(host(12), host(16));  // RFC 8200, RFC 791
}

void sort_unique(std::vector<IpPrefix>& hosts) {
  std::ranges::sort(hosts);
  hosts.erase(std::ranges::unique(hosts).begin(), hosts.end());
}

IpPrefix host_of(const IpPrefix& prefix) {
  IpPrefix host = prefix;
  host.bits = prefix.ipv6 ? 128 : 32;
  return host;
}

bool covers(const IpPrefix& prefix, const IpPrefix& host) {
  if (prefix.ipv6 != host.ipv6) return false;
  for (size_t bit = 0; bit < prefix.bits; ++bit) {
    if (((prefix.octets[bit / 8] ^ host.octets[bit / 8]) & 0x80U >> bit % 8) != 0) return false;
  }
  return true;
}

}  // namespace

Result<std::vector<SizeShare>> parse_sizes(std::string_view text) {
  if (text == "imix") return std::vector<SizeShare>{{64, 7}, {590, 4}, {1514, 1}};
  std::vector<SizeShare> sizes;
  while (true) {
    const std::string_view one = text.substr(0, text.find(','));
    const size_t colon = one.find(':');
    const Result<uint32_t> bytes = parse_number(one.substr(0, colon), "frame", kFrameMin, kFrameMax);
    if (!bytes.ok()) return bytes.status();
    SizeShare share{.bytes = *bytes};
    if (colon != std::string_view::npos) {
      const Result<uint32_t> weight = parse_number(one.substr(colon + 1), "weight", 1, 1'000'000);
      if (!weight.ok()) return weight.status();
      share.weight = *weight;
    }
    sizes.push_back(share);
    if (one.size() == text.size()) return sizes;
    text.remove_prefix(one.size() + 1);
  }
}

Status check(const TrafficPlan& plan) {
  const auto refuse = [](const char* what) { return absl::InvalidArgumentError(what); };
  if (plan.sizes.empty()) return refuse("sizes: none");
  if (plan.packets < kPacketsMin || plan.packets > kPacketsMax) return refuse("packets: 1024 to 1048576 are possible");
  if (plan.flows > kPacketsMax) return refuse("flows: at most 1048576 are possible");
  if (!(plan.zipf >= 0 && plan.zipf <= 4)) return refuse("zipf: an exponent is 0 to 4");
  if (plan.ipv6_percent + plan.vlan_percent > 100) return refuse("ipv6 and vlan: more than 100 percent together");
  if (!(plan.match_percent >= 0 && plan.match_percent <= 100)) return refuse("match: 0 to 100 percent");
  if (plan.match_percent > 0 && (plan.match_targets == 0 || plan.match_targets > kPacketsMax)) {
    return refuse("match targets: 1 to 1048576 are possible");
  }
  return absl::OkStatus();
}

Traffic::Traffic(const TrafficPlan& plan) {
  Random random(plan.seed);
  const uint32_t flow_count = plan.flows == 0 ? plan.packets : plan.flows;
  std::vector<Flow> flows;
  for (uint32_t i = 0; i < flow_count; ++i) flows.push_back(random_flow(plan, i, random));
  std::vector<Flow> matching;
  const uint32_t target_count = plan.match_percent > 0 ? plan.match_targets : 0;
  for (uint32_t i = 0; i < target_count; ++i) {
    matching.push_back(random_flow(plan, i, random));
    targets_.push_back(matching.back().source);
  }
  FlowDraw draw(flows.size(), plan.zipf);
  size_t matched = 0;
  for (uint32_t i = 0; i < plan.packets; ++i) {
    // Spread evenly, so that every burst has its share.
    const bool match = std::floor((i + 1) * plan.match_percent / 100) > std::floor(i * plan.match_percent / 100);
    const Flow& flow = match ? matching[matched++ % matching.size()] : plan.flows == 0 ? flows[i] : flows[draw(random)];
    write_frame(flow, static_cast<uint16_t>(i), add_frame(draw_size(plan.sizes, random)));
    addresses_.push_back(flow.source);
    addresses_.push_back(flow.destination);
  }
  sort_unique(addresses_);
}

Traffic::Traffic(const std::vector<std::vector<uint8_t>>& frames, uint32_t targets) {
  std::map<IpPrefix, size_t> sources;
  for (size_t i = 0; i < std::max<size_t>(frames.size(), kPacketsMin); ++i) {
    const std::vector<uint8_t>& frame = frames[i % frames.size()];
    std::ranges::copy(frame, add_frame(static_cast<uint32_t>(frame.size())).begin());
    const ParsedFrame parsed = parse_frame(frame, static_cast<uint32_t>(frame.size()), EncapsulationTrust::all());
    for (const IpLevel& level : parsed.levels()) {
      const auto [source, destination] = addresses_of(level, frame);
      addresses_.insert(addresses_.end(), {source, destination});
      ++sources[source];
    }
  }
  sort_unique(addresses_);
  std::vector<std::pair<size_t, IpPrefix>> by_frames;
  for (const auto& [source, count] : sources) by_frames.emplace_back(count, source);
  std::ranges::sort(by_frames, std::greater());
  for (size_t i = 0; i < std::min<size_t>(targets, by_frames.size()); ++i) targets_.push_back(by_frames[i].second);
}

MutableBytes Traffic::add_frame(uint32_t bytes) {
  const Frame frame{.at = octets_.size(), .bytes = bytes};
  octets_.resize(frame.at + bytes);
  frames_.push_back(frame);
  longest_ = std::max(longest_, bytes);
  return MutableBytes(octets_).subspan(frame.at);
}

bool Traffic::occurs(const IpPrefix& prefix) const {
  const auto found = std::ranges::lower_bound(addresses_, host_of(prefix));
  return found != addresses_.end() && covers(prefix, *found);
}

Status write_capture(const Traffic& traffic, const std::string& path) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  const auto put = [&out](auto value) { out.write(reinterpret_cast<const char*>(&value), sizeof(value)); };
  for (const uint32_t word : {0xa1b2c3d4U, 0x00040002U, 0U, 0U, 65535U, 1U}) put(word);  // version 2.4, Ethernet
  for (size_t i = 0; i < traffic.count(); ++i) {
    const Bytes frame = traffic.frame(i);
    for (const auto word : {uint32_t{1'780'000'000}, static_cast<uint32_t>(i % 1'000'000),
                            static_cast<uint32_t>(frame.size()), static_cast<uint32_t>(frame.size())}) {
      put(word);
    }
    out.write(reinterpret_cast<const char*>(frame.data()), static_cast<std::streamsize>(frame.size()));
  }
  out.flush();
  if (!out) return absl::UnavailableError(fmt::format("{}: cannot be written", path));
  return absl::OkStatus();
}

}  // namespace lictor::perf

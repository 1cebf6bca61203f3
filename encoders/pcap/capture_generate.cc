#include "encoders/pcap/capture_generate.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "encoders/pcap/capture_flows.h"
#include "encoders/pcap/capture_frames.h"
#include "encoders/pcap/capture_talk.h"

namespace lictor {
namespace {

constexpr uint32_t kFirstSecond = 1767225600;  // 2026-01-01T00:00:00Z
constexpr uint32_t kGapMaxUs = 2000;
constexpr uint32_t kFragmentGapUs = 12;  // a full frame at 1 Gbit/s
constexpr uint64_t kNonIpOneIn = 50;     // of what no target takes part in

// Octets of each frame, 0 for imix; nothing where it is neither.
std::optional<uint32_t> parse_size(const std::string& text) {
  if (text == "imix") return 0;
  uint32_t octets = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), octets);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (octets < kGeneratedFrameBytesMin || octets > kGeneratedFrameBytesMax) return std::nullopt;
  return octets;
}

// One run.
class Generator {
 public:
  Generator(const GenerateOptions& options, CaptureWriter& out)
      : options_(options), out_(out), random_(options.seed), flows_(options.targets, options.vlan, random_) {
    sizes_.fixed_bytes = *parse_size(options.size);
    payloads_.resize(kPayloadsBytes);
    for (uint8_t& octet : payloads_) octet = static_cast<uint8_t>(random_.next());
    for (const std::string& target : options.targets) summary_.targets.emplace_back(target, 0);
  }

  GenerateSummary run() {
    while (summary_.packets < options_.packets) {
      const bool continues = builder_.has_next();  // the other fragments of a datagram
      if (!continues) start_something();
      advance(continues ? kFragmentGapUs : static_cast<uint32_t>(1 + random_.below(kGapMaxUs - 1)));
      const Bytes frame = builder_.next();
      out_.write(now_, frame, {}, frame.size());
      count(frame.size());
    }
    return summary_;
  }

 private:
  void start_something() {
    const bool matched = !options_.targets.empty() && random_.percent(options_.match_percent);
    CaptureFlow& flow = matched ? flows_.pick_matched(random_) : flows_.pick_stranger(random_);
    const bool non_ip = !matched && sizes_.fixed_bytes == 0 && !flow.client.ipv6 && random_.below(kNonIpOneIn) == 0;
    talking_ = non_ip ? nullptr : &flow;
    if (non_ip) {
      builder_.start(static_cast<NonIp>(random_.below(3)), flow.client, flow.server);
    } else {
      start_next(flow, sizes_, random_, payloads_, builder_);
    }
  }

  void advance(uint32_t microseconds) {
    now_.microseconds += microseconds;
    now_.seconds += now_.microseconds / 1'000'000;
    now_.microseconds %= 1'000'000;
  }

  void count(size_t frame_bytes) {
    ++summary_.packets;
    summary_.bytes += frame_bytes;
    summary_.longest = std::max(summary_.longest, static_cast<uint32_t>(frame_bytes));
    if (talking_ == nullptr) return;
    if (talking_->client_target) ++summary_.targets[*talking_->client_target].second;
    if (talking_->server_target) ++summary_.targets[*talking_->server_target].second;
    summary_.matched += talking_->client_target || talking_->server_target ? 1 : 0;
  }

  const GenerateOptions& options_;
  CaptureWriter& out_;
  CaptureRandom random_;
  CaptureFlows flows_;
  FrameSizes sizes_;
  FrameBuilder builder_;
  std::vector<uint8_t> payloads_;
  CaptureStamp now_{.seconds = kFirstSecond};
  const CaptureFlow* talking_ = nullptr;  // whose frames the builder gives out; none for what is not IP
  GenerateSummary summary_;
};

}  // namespace

Status check_options(const GenerateOptions& options) {
  const auto refuse = [](const std::string& why) { return absl::InvalidArgumentError(why); };
  if (options.packets == 0 || options.packets > kGeneratedPacketsMax) {
    return refuse(fmt::format("--packets: 1 to {}", kGeneratedPacketsMax));
  }
  if (options.match_percent > 100) return refuse("--match-percent: 0 to 100");
  if (!parse_size(options.size)) {
    return refuse(fmt::format("--size: imix, or {} to {}", kGeneratedFrameBytesMin, kGeneratedFrameBytesMax));
  }
  if (options.targets.size() > kGeneratedTargetsMax) {
    return refuse(fmt::format("--target: at most {} of them", kGeneratedTargetsMax));
  }
  std::vector<std::pair<bool, std::array<uint8_t, 16>>> seen;
  for (const std::string& target : options.targets) {
    const std::optional<CaptureHost> host = parse_host(target);
    if (!host) return refuse(fmt::format("--target: {} is neither an IPv4 nor an IPv6 address", target));
    seen.emplace_back(host->ipv6, host->octets);
  }
  std::sort(seen.begin(), seen.end());
  if (std::adjacent_find(seen.begin(), seen.end()) != seen.end()) return refuse("--target: an address is given twice");
  return absl::OkStatus();
}

Result<GenerateSummary> generate_capture(const GenerateOptions& options, CaptureWriter& out) {
  const Status valid = check_options(options);
  if (!valid.ok()) return valid;
  const GenerateSummary summary = Generator(options, out).run();
  const Status written = out.finish();
  if (!written.ok()) return written;
  return summary;
}

std::string to_json(const GenerateSummary& summary) {
  nlohmann::ordered_json targets = nlohmann::ordered_json::object();
  for (const auto& [address, packets] : summary.targets) targets[address] = packets;
  const nlohmann::ordered_json json = {{"packets", summary.packets},
                                       {"bytes", summary.bytes},
                                       {"matched", summary.matched},
                                       {"longest", summary.longest},
                                       {"targets", targets}};
  return json.dump();
}

}  // namespace lictor

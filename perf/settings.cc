#include "perf/settings.h"

#include <fmt/format.h>

#include <charconv>

namespace lictor::perf {
namespace {

constexpr uint32_t kRulesMax = 4'000'000;  // of one kind: what a measurement still fits into memory

template <typename T>
Result<T> number(std::string_view text, T min, T max) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= min && value <= max)) {
    return absl::InvalidArgumentError(fmt::format("{} to {} are possible", min, max));
  }
  return value;
}

// A number somewhere in the plan: `at(plan)` is a reference to it.
template <typename T, typename At>
Setting numeric(std::string_view name, std::string_view help, T min, T max, At at) {
  return {.name = name,
          .help = help,
          .set = [=](SessionPlan& plan, std::string_view text) -> Status {
            const Result<T> value = number<T>(text, min, max);
            if (!value.ok()) return value.status();
            at(plan) = *value;
            return absl::OkStatus();
          },
          .get = [=](const SessionPlan& plan) { return fmt::format("{}", at(plan)); }};
}

Setting mode_setting() {
  return {.name = "mode",
          .help = "how far a packet goes: reference, receive, prefilter, parse, classify, copy, encode, full",
          .set = [](SessionPlan& plan, std::string_view text) -> Status {
            const std::optional<Mode> mode = mode_of(text);
            if (!mode) return absl::InvalidArgumentError("is none of the modes");
            plan.mode = *mode;
            return absl::OkStatus();
          },
          .get = [](const SessionPlan& plan) { return std::string(name_of(plan.mode)); }};
}

Setting source_setting() {
  return {.name = "source",
          .help = "where packets come from: ring (buffers that go round), capture (net_pcap, copied for each packet)",
          .set = [](SessionPlan& plan, std::string_view text) -> Status {
            if (text != "ring" && text != "capture") return absl::InvalidArgumentError("ring or capture are possible");
            plan.source = text == "ring" ? Source::kRing : Source::kCapture;
            return absl::OkStatus();
          },
          .get = [](const SessionPlan& plan) { return plan.source == Source::kRing ? "ring" : "capture"; }};
}

Setting capture_setting() {
  return {.name = "capture",
          .help = "offer this file's frames instead of the generator's; none: the generator's",
          .set = [](SessionPlan& plan, std::string_view text) -> Status {
            plan.capture = text == "none" ? "" : std::string(text);
            return absl::OkStatus();
          },
          .get = [](const SessionPlan& plan) { return plan.capture.empty() ? "none" : plan.capture; }};
}

Setting sizes_setting() {
  return {.name = "sizes",
          .help = "octets of a frame, 64 to 9216: 64, imix, or 64:7,590:4,1514:1 with weights",
          .set = [](SessionPlan& plan, std::string_view text) -> Status {
            Result<std::vector<SizeShare>> sizes = parse_sizes(text);
            if (!sizes.ok()) return sizes.status();
            plan.traffic.sizes = *std::move(sizes);
            return absl::OkStatus();
          },
          .get =
              [](const SessionPlan& plan) {
                std::string text;
                for (const SizeShare& share : plan.traffic.sizes) {
                  text += fmt::format("{}{}:{}", text.empty() ? "" : ",", share.bytes, share.weight);
                }
                return text;
              }};
}

std::vector<Setting> traffic_settings() {
  return {
      numeric(
          "packets", "frames that a port goes round with", kPacketsMin, kPacketsMax,
          [](auto& plan) -> auto& { return plan.traffic.packets; }),
      numeric(
          "flows", "different flows; 0: one a packet", 0U, kPacketsMax,
          [](auto& plan) -> auto& { return plan.traffic.flows; }),
      numeric(
          "zipf", "exponent of the flows' popularity; 0: all alike", 0.0, 4.0,
          [](auto& plan) -> auto& { return plan.traffic.zipf; }),
      numeric(
          "ipv6", "percent of the flows", 0U, 100U, [](auto& plan) -> auto& { return plan.traffic.ipv6_percent; }),
      numeric(
          "vlan", "percent of the flows that are IPv4 with one tag", 0U, 100U,
          [](auto& plan) -> auto& { return plan.traffic.vlan_percent; }),
      numeric(
          "tcp", "percent of the flows, where frames are long enough", 0U, 100U,
          [](auto& plan) -> auto& { return plan.traffic.tcp_percent; }),
      numeric(
          "match", "percent of the packets that come from a target", 0.0, 100.0,
          [](auto& plan) -> auto& { return plan.traffic.match_percent; }),
      numeric(
          "match-targets", "targets that these come from", 1U, kPacketsMax,
          [](auto& plan) -> auto& { return plan.traffic.match_targets; }),
      numeric(
          "capture-targets", "of a capture: how many of its most frequent sources are targets", 0U, kPacketsMax,
          [](auto& plan) -> auto& { return plan.capture_targets; }),
      numeric(
          "seed", "of all that looks random", uint64_t{0}, UINT64_MAX,
          [](auto& plan) -> auto& { return plan.traffic.seed; }),
  };
}

std::vector<Setting> rule_settings() {
  return {
      numeric(
          "targets", "IPv4 hosts that are installed and do not match", 0U, kRulesMax,
          [](auto& plan) -> auto& { return plan.rules.ipv4_hosts; }),
      numeric(
          "ipv6-targets", "the same, IPv6 hosts", 0U, kRulesMax,
          [](auto& plan) -> auto& { return plan.rules.ipv6_hosts; }),
      numeric(
          "prefixes", "the same, prefixes", 0U, kRulesMax, [](auto& plan) -> auto& { return plan.rules.prefixes; }),
      numeric(
          "five-tuples", "the same, five-tuples", 0U, kRulesMax,
          [](auto& plan) -> auto& { return plan.rules.five_tuples; }),
      numeric(
          "media", "the same, media flows", 0U, kRulesMax, [](auto& plan) -> auto& { return plan.rules.media; }),
      numeric(
          "idle-sleep-us", "how long an lcore without work sleeps at most; 0: never", 0U, 100'000U,
          [](auto& plan) -> auto& { return plan.idle_sleep_us_max; }),
  };
}

}  // namespace

const std::vector<Setting>& settings() {
  static const std::vector<Setting> kSettings = [] {
    std::vector<Setting> all = {mode_setting(), source_setting(), capture_setting(), sizes_setting()};
    for (const std::vector<Setting>& more : {traffic_settings(), rule_settings()}) {
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }();
  return kSettings;
}

Status change(SessionPlan& plan, std::string_view name, std::string_view value) {
  for (const Setting& setting : settings()) {
    if (setting.name != name) continue;
    SessionPlan changed = plan;
    Status status = setting.set(changed, value);
    if (status.ok()) status = check(changed.traffic);
    if (!status.ok()) {
      return absl::InvalidArgumentError(fmt::format("{} {}: {}", name, value, std::string(status.message())));
    }
    plan = changed;
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(fmt::format("{}: there is no such setting", name));
}

}  // namespace lictor::perf

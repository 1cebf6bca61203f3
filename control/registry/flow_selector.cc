// Flows to messages, strictly, and back. Pure functions.
#include "control/registry/flow_selector.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "control/registry/address.h"

namespace lictor::control {
namespace {

constexpr uint32_t kIcmp = 1;
constexpr uint32_t kTcp = 6;
constexpr uint32_t kUdp = 17;
constexpr uint32_t kIcmpv6 = 58;
constexpr uint32_t kSctp = 132;
constexpr uint32_t kProtocolMax = 255;
constexpr uint32_t kPortMax = 65535;

bool has_ports(uint32_t protocol) { return protocol == kTcp || protocol == kUdp || protocol == kSctp; }

// ICMP is what the addresses' family has of it.
uint32_t icmp_of(const v1::AddressPrefix& target) { return is_ipv4(target) ? kIcmp : kIcmpv6; }

std::optional<uint32_t> parse_protocol(std::string_view text, const v1::AddressPrefix& target) {
  if (text == "any") return 0;
  if (text == "tcp") return kTcp;
  if (text == "udp") return kUdp;
  if (text == "sctp") return kSctp;
  if (text == "icmp") return icmp_of(target);
  const std::optional<uint32_t> number = parse_number(text, kProtocolMax);
  return number == 0U ? std::nullopt : number;
}

std::string format_protocol(uint32_t protocol, const v1::AddressPrefix& target) {
  if (protocol == 0) return "any";
  if (protocol == kTcp) return "tcp";
  if (protocol == kUdp) return "udp";
  if (protocol == kSctp) return "sctp";
  return protocol == icmp_of(target) ? "icmp" : std::to_string(protocol);
}

// One side of a flow.
struct Side {
  std::optional<v1::AddressPrefix> prefix;  // none: anybody
  std::optional<v1::PortRange> ports;       // none: any
};

Status parse_ports(std::string_view text, Side& side) {
  if (text == "any") return absl::OkStatus();
  const size_t dash = text.find('-');
  const std::optional<uint32_t> first = parse_number(text.substr(0, dash), kPortMax);
  const std::optional<uint32_t> last =
      dash == std::string_view::npos ? first : parse_number(text.substr(dash + 1), kPortMax);
  if (!first || !last || *first > *last)
    return absl::InvalidArgumentError("ports are a number up to 65535, FIRST-LAST, or any");
  if (*first == 0 && *last == kPortMax) return absl::OkStatus();
  side.ports.emplace();
  side.ports->set_first(*first);
  side.ports->set_last(*last);
  return absl::OkStatus();
}

// Where the address ends and its ports may begin.
size_t end_of_address(std::string_view text) {
  if (!text.starts_with('[')) return std::min(text.find(':'), text.size());
  const size_t bracket = text.find(']');
  return bracket == std::string_view::npos ? text.size() : bracket + 1;
}

Result<Side> parse_side(std::string_view text) {
  Side side;
  const size_t end = end_of_address(text);
  const std::string_view address = text.substr(0, end);
  if (address != "any") {
    const bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
    const Result<v1::AddressPrefix> prefix =
        bracketed ? parse_prefix(address.substr(1, address.size() - 2), AddressFamily::kIpv6)
                  : parse_prefix(address, AddressFamily::kIpv4);
    if (!prefix.ok())
      return absl::InvalidArgumentError(
          fmt::format("{}{}", std::string(prefix.status().message()), bracketed ? "" : " (IPv6 stands in brackets)"));
    side.prefix = *prefix;
  }
  if (end == text.size()) return side;
  if (text[end] != ':') return absl::InvalidArgumentError("behind an address only :PORTS can follow");
  if (Status status = parse_ports(text.substr(end + 1), side); !status.ok()) return status;
  return side;
}

std::string format_side(const v1::AddressPrefix* prefix, const v1::PortRange* ports) {
  std::string text = "any";
  if (prefix != nullptr) text = is_ipv4(*prefix) ? format_prefix(*prefix) : "[" + format_prefix(*prefix) + "]";
  if (ports == nullptr) return text;
  if (ports->first() == ports->last()) return fmt::format("{}:{}", text, ports->first());
  return fmt::format("{}:{}-{}", text, ports->first(), ports->last());
}

Status of_side(const char* name, const Status& status) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", name, std::string(status.message())));
}

std::optional<std::array<std::string_view, 3>> split(std::string_view text) {
  const size_t first = text.find(',');
  const size_t second = first == std::string_view::npos ? first : text.find(',', first + 1);
  if (second == std::string_view::npos || text.find(',', second + 1) != std::string_view::npos) return std::nullopt;
  return std::array{text.substr(0, first), text.substr(first + 1, second - first - 1), text.substr(second + 1)};
}

void put(const Side& target, const Side& remote, v1::FlowKey& flow) {
  *flow.mutable_target() = *target.prefix;
  if (target.ports) *flow.mutable_target_ports() = *target.ports;
  if (remote.prefix && remote.prefix->prefix_length() != 0) *flow.mutable_remote() = *remote.prefix;
  if (remote.ports) *flow.mutable_remote_ports() = *remote.ports;
}

bool share_ports(const v1::FlowKey& a, const v1::FlowKey& b) {
  const auto meet = [](const v1::PortRange& one, const v1::PortRange& other) {
    return one.first() <= other.last() && other.first() <= one.last();
  };
  if (a.has_target_ports() && b.has_target_ports() && !meet(a.target_ports(), b.target_ports())) return false;
  return !a.has_remote_ports() || !b.has_remote_ports() || meet(a.remote_ports(), b.remote_ports());
}

}  // namespace

Result<v1::FlowKey> parse_flow(std::string_view text) {
  const std::optional<std::array<std::string_view, 3>> parts = split(text);
  if (!parts) return absl::InvalidArgumentError("a flow is PROTOCOL,TARGET[:PORTS],REMOTE[:PORTS]");
  const Result<Side> target = parse_side((*parts)[1]);
  if (!target.ok()) return of_side("the target's side", target.status());
  if (!target->prefix) return absl::InvalidArgumentError("the target's side must be an address or a prefix");
  const Result<Side> remote = parse_side((*parts)[2]);
  if (!remote.ok()) return of_side("the other side", remote.status());
  if (remote->prefix && is_ipv4(*remote->prefix) != is_ipv4(*target->prefix))
    return absl::InvalidArgumentError("the two sides are of different families");
  const std::optional<uint32_t> protocol = parse_protocol((*parts)[0], *target->prefix);
  if (!protocol)
    return absl::InvalidArgumentError("the protocol must be any, tcp, udp, sctp, icmp or a number from 1 to 255");
  if ((target->ports || remote->ports) && !has_ports(*protocol))
    return absl::InvalidArgumentError("ports need the protocol tcp, udp or sctp");
  v1::FlowKey flow;
  flow.set_protocol(*protocol);
  put(*target, *remote, flow);
  if (*protocol == 0 && !flow.has_remote())
    return absl::InvalidArgumentError("narrows nothing: write the address as ipv4: or ipv6:");
  return flow;
}

std::string format_flow(const v1::FlowKey& flow) {
  return fmt::format("{},{},{}", format_protocol(flow.protocol(), flow.target()),
                     format_side(&flow.target(), flow.has_target_ports() ? &flow.target_ports() : nullptr),
                     format_side(flow.has_remote() ? &flow.remote() : nullptr,
                                 flow.has_remote_ports() ? &flow.remote_ports() : nullptr));
}

v1::FlowKey flow_of(const v1::AddressPrefix& prefix) {
  v1::FlowKey flow;
  *flow.mutable_target() = prefix;
  return flow;
}

bool overlap(const v1::FlowKey& a, const v1::FlowKey& b) {
  if (!overlap(a.target(), b.target())) return false;
  if (a.protocol() != 0 && b.protocol() != 0 && a.protocol() != b.protocol()) return false;
  if (a.has_remote() && b.has_remote() && !overlap(a.remote(), b.remote())) return false;
  return share_ports(a, b);
}

}  // namespace lictor::control

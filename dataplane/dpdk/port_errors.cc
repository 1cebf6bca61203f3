#include "dataplane/dpdk/port_errors.h"

#include <rte_ethdev.h>

#include <algorithm>

namespace lictor {
namespace {

bool has_any(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::ranges::any_of(parts, [&](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

}  // namespace

std::optional<FrameError> frame_error_of(std::string_view statistic) {
  if (!statistic.starts_with("rx_") || statistic.starts_with("rx_q")) return std::nullopt;
  // Checksums of IP and above are the hosts' business.
  if (has_any(statistic, {"l3_", "l4_", "ip_", "ipv4", "ipv6", "tcp", "udp", "sctp", "csum", "checksum"})) {
    return std::nullopt;
  }
  if (has_any(statistic, {"crc", "fcs", "align", "symbol"})) return FrameError::kChecksum;
  if (has_any(statistic, {"undersize", "undrsz", "runt", "fragment", "too_short"})) return FrameError::kTooShort;
  if (has_any(statistic, {"oversize", "ovrsz", "jabber", "jbr", "too_long"})) return FrameError::kTooLong;
  return std::nullopt;
}

PortErrors::PortErrors(uint16_t id) : id_(id) {
  const int count = rte_eth_xstats_get_names(id, nullptr, 0);
  if (count <= 0) return;
  std::vector<rte_eth_xstat_name> names(static_cast<size_t>(count));
  if (rte_eth_xstats_get_names(id, names.data(), static_cast<unsigned>(count)) != count) return;
  for (size_t i = 0; i < names.size(); ++i) {
    const std::optional<FrameError> error = frame_error_of(names[i].name);
    if (!error) continue;
    statistics_.push_back(i);
    errors_.push_back(*error);
  }
}

FrameErrorCounts PortErrors::read() const {
  FrameErrorCounts counts{};
  if (statistics_.empty()) return counts;
  std::vector<uint64_t> values(statistics_.size());
  const auto size = static_cast<unsigned>(values.size());
  if (rte_eth_xstats_get_by_id(id_, statistics_.data(), values.data(), size) != static_cast<int>(size)) return counts;
  for (size_t i = 0; i < values.size(); ++i) counts[static_cast<size_t>(errors_[i])] += values[i];
  return counts;
}

}  // namespace lictor

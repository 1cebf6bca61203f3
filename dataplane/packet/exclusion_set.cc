#include "dataplane/packet/exclusion_set.h"

#include <algorithm>

namespace lictor {
namespace {

std::vector<TransportEndpoint> sorted(std::vector<TransportEndpoint> endpoints) {
  std::ranges::sort(endpoints);
  endpoints.erase(std::unique(endpoints.begin(), endpoints.end()), endpoints.end());
  return endpoints;
}

std::array<uint8_t, 16> address_from(Bytes octets) {
  std::array<uint8_t, 16> address{};
  std::ranges::copy(octets, address.begin());
  return address;
}

}  // namespace

ExclusionSet::ExclusionSet(std::span<const IpPrefix> prefixes, std::span<const TransportEndpoint> endpoints)
    : ipv4_(ranges_of(prefixes, false)),
      ipv6_(ranges_of(prefixes, true)),
      endpoints_(sorted({endpoints.begin(), endpoints.end()})),
      portless_(endpoints_) {
  for (TransportEndpoint& endpoint : portless_) endpoint.port = 0;
  portless_ = sorted(std::move(portless_));
}

// Prefixes are disjoint or one lies in the other: sorted by first address, wider ones first, a prefix that begins
// inside of the last range lies in it.
std::vector<ExclusionSet::Range> ExclusionSet::ranges_of(std::span<const IpPrefix> prefixes, bool ipv6) {
  std::vector<IpPrefix> own;
  std::ranges::copy_if(prefixes, std::back_inserter(own), [&](const IpPrefix& each) { return each.ipv6 == ipv6; });
  std::ranges::sort(own, [](const IpPrefix& a, const IpPrefix& b) {
    return a.octets != b.octets ? a.octets < b.octets : a.bits < b.bits;
  });
  std::vector<Range> ranges;
  for (const IpPrefix& prefix : own) {
    Range range{prefix.octets, prefix.octets};
    for (size_t i = 0; i < (ipv6 ? 16U : 4U); ++i) {
      const size_t network_bits = prefix.bits > i * 8 ? std::min<size_t>(prefix.bits - i * 8, 8) : 0;
      range.last[i] |= static_cast<uint8_t>(0xffU >> network_bits);
    }
    if (ranges.empty() || ranges.back().last < range.first) ranges.push_back(range);
  }
  return ranges;
}

bool ExclusionSet::holds(const std::vector<Range>& ranges, const Address& address) {
  const auto behind = std::ranges::upper_bound(ranges, address, {}, &Range::first);
  return behind != ranges.begin() && address <= std::prev(behind)->last;
}

bool ExclusionSet::is_endpoint(const TransportEndpoint& end, bool ports_known) const {
  return std::ranges::binary_search(ports_known ? endpoints_ : portless_, end);
}

bool ExclusionSet::excludes(const IpLevel& level, Bytes frame) const noexcept {
  if (empty()) return false;
  const LevelAddresses addresses = addresses_of(level, frame);
  if (addresses.source.empty()) return false;
  const Address source = address_from(addresses.source);
  const Address destination = address_from(addresses.destination);
  const std::vector<Range>& ranges = level.ipv6 ? ipv6_ : ipv4_;
  if (holds(ranges, source) || holds(ranges, destination)) return true;
  if (endpoints_.empty() || (!level.ports_known && level.fragment == FragmentKind::kWhole)) return false;
  const auto is_end = [&](uint16_t port, const Address& address) {
    return is_endpoint({.ipv6 = level.ipv6,
                        .protocol = level.protocol,
                        .port = level.ports_known ? port : uint16_t{0},
                        .address = address},
                       level.ports_known);
  };
  return is_end(level.source_port, source) || is_end(level.destination_port, destination);
}

}  // namespace lictor

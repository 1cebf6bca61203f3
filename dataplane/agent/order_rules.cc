#include "dataplane/agent/order_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "dataplane/agent/common_tap.h"
#include "dataplane/agent/tap_rules.h"
#include "lictor/v1/directive.pb.h"

namespace lictor {
namespace {

// Pairs of targets that are compared where the very same one is not in the order: 10 ms.
constexpr size_t kPairsMax = size_t{1} << 20;

Status wrong(std::string_view field, std::string_view why) {
  return absl::InvalidArgumentError(fmt::format("order.{}: {}", field, why));
}

Status goes_further(std::string_view field) {
  return absl::FailedPreconditionError(fmt::format("tap.{}: goes further than the order", field));
}

bool is_text(const std::string& text) { return !text.empty() && text.size() <= kOrderTextBytesMax; }

// As the tap that copies all of it.
v1::Tap widest_tap(const v1::Order& order) {
  v1::Tap tap;
  tap.set_xid(std::string(16, '\0'));
  *tap.mutable_targets() = order.targets();
  *tap.mutable_patterns() = order.patterns();
  *tap.mutable_exclusions() = order.exclusions();
  *tap.mutable_window() = order.window();
  // An order without a start begins with its activation.
  if (order.window().start_unix_ns() == 0) tap.mutable_window()->set_start_unix_ns(1);
  tap.set_lease_unix_ns(order.window().end_unix_ns());
  tap.set_content(order.content());
  tap.set_link_layer(order.link_layer());
  return tap;
}

Status read_handovers(const std::string& octets, std::vector<Sha256>& handovers) {
  constexpr size_t kOctets = std::tuple_size_v<Sha256>;
  if (octets.empty() || octets.size() % kOctets != 0 || octets.size() / kOctets > kOrderHandoversMax)
    return wrong("handover_sha256", fmt::format("must be 1 to {} times {} octets", kOrderHandoversMax, kOctets));
  for (size_t at = 0; at < octets.size(); at += kOctets)
    std::ranges::copy(as_bytes(octets).subspan(at, kOctets), handovers.emplace_back().begin());
  return absl::OkStatus();
}

bool targets_lie_in(const std::vector<TapTarget>& targets, const std::vector<TapTarget>& limits) {
  const std::set<TapTarget> same(limits.begin(), limits.end());
  size_t pairs = 0;
  return std::ranges::all_of(targets, [&](const TapTarget& target) {
    if (same.contains(target)) return true;
    pairs += limits.size();
    return pairs <= kPairsMax &&
           std::ranges::any_of(limits, [&](const TapTarget& limit) { return lies_in(target, limit); });
  });
}

bool identities_lie_in(const std::vector<TapIdentity>& identities, const std::vector<TapIdentity>& limits) {
  size_t pairs = 0;
  return std::ranges::all_of(identities, [&](const TapIdentity& identity) {
    pairs += limits.size();
    return pairs <= kPairsMax &&
           std::ranges::any_of(limits, [&](const TapIdentity& limit) { return lies_in(identity, limit); });
  });
}

// Without patterns everything of the targets is ordered.
bool patterns_lie_in(const std::vector<TapPattern>& patterns, const std::vector<TapPattern>& limits) {
  if (limits.empty()) return true;
  return !patterns.empty() && std::ranges::all_of(patterns, [&](const TapPattern& pattern) {
    return std::ranges::find(limits, pattern) != limits.end();
  });
}

bool exclusions_hold(const std::vector<IpPrefix>& exclusions, const std::vector<IpPrefix>& limits) {
  return std::ranges::all_of(limits, [&](const IpPrefix& limit) {
    return std::ranges::any_of(exclusions, [&](const IpPrefix& exclusion) { return lies_in(limit, exclusion); });
  });
}

}  // namespace

Result<OrderLimits> read_order(Bytes octets) {
  v1::Order order;
  if (octets.size() > kDirectiveBytesMax || !order.ParseFromArray(octets.data(), static_cast<int>(octets.size())))
    return absl::InvalidArgumentError("order: cannot be parsed");
  const size_t bytes = order.ByteSizeLong();
  order.DiscardUnknownFields();
  if (order.ByteSizeLong() != bytes)
    return absl::InvalidArgumentError("order: has a field that this dataplane does not know");
  if (!is_text(order.fleet_id())) return wrong("fleet_id", "must have 1 to 64 octets");
  if (!is_text(order.warrant_id())) return wrong("warrant_id", "must have 1 to 64 octets");
  if (order.version() == 0) return wrong("version", "must not be 0");
  OrderLimits limits{
      .fleet_id = order.fleet_id(), .warrant_id = order.warrant_id(), .version = order.version(), .handovers = {}};
  limits.location = order.location();
  limits.redirected_calls = order.redirected_calls();
  if (Status status = read_handovers(order.handover_sha256(), limits.handovers); !status.ok()) return status;
  Result<TapDirective> tap = read_tap(widest_tap(order));
  if (!tap.ok()) return absl::InvalidArgumentError(fmt::format("order: as a {}", std::string(tap.status().message())));
  limits.tap = *std::move(tap);
  limits.tap.octets.clear();
  return limits;
}

Status keeps_within(const TapDirective& tap, const TapDirective& limits) {
  if (!targets_lie_in(tap.targets, limits.targets) || !identities_lie_in(tap.identities, limits.identities))
    return goes_further("targets");
  if (!patterns_lie_in(tap.patterns, limits.patterns)) return goes_further("patterns");
  if (!exclusions_hold(tap.exclusions, limits.exclusions)) return goes_further("exclusions");
  if (tap.start < limits.start) return goes_further("window.start_unix_ns");
  if (tap.stop > limits.stop) return goes_further("window.end_unix_ns");
  if (tap.frames != limits.frames) return goes_further("link_layer");
  if ((tap.iri && !limits.iri) || (tap.cc && !limits.cc)) return goes_further("content");
  return absl::OkStatus();
}

}  // namespace lictor

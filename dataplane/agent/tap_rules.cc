#include "dataplane/agent/tap_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "lictor/v1/directive.pb.h"

namespace lictor {
namespace {

constexpr size_t kNameBytesMax = 63;
constexpr uint32_t kVlanMax = 4094;
constexpr int kLineTagsMax = 2;
constexpr uint32_t kLabelMax = (uint32_t{1} << 20) - 1;
constexpr uint32_t kVniMax = (uint32_t{1} << 24) - 1;
constexpr uint32_t kTcp = 6;
constexpr uint32_t kUdp = 17;
constexpr uint32_t kSctp = 132;

Status refused(std::string_view field, std::string_view why) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", field, why));
}

// What is wrong with a member, by its path from further out.
Status within(std::string_view field, const Status& status) {
  return absl::InvalidArgumentError(fmt::format("{}.{}", field, std::string(status.message())));
}

Status read_scope(const v1::Scope& message, TargetScope& scope) {
  if (message.network_element_id().size() > kNameBytesMax) return refused("network_element_id", "too long");
  if (message.tap_group().size() > kNameBytesMax) return refused("tap_group", "too long");
  if (message.port().size() > kNameBytesMax) return refused("port", "too long");
  if (message.vlans_size() > static_cast<int>(kVlanTagsMax)) return refused("vlans", "too many");
  if (message.label() > kLabelMax) return refused("label", fmt::format("must be 0 to {}", kLabelMax));
  if (message.vni() > kVniMax) return refused("vni", fmt::format("must be 0 to {}", kVniMax));
  scope.network_element_id = message.network_element_id();
  scope.tap_group = message.tap_group();
  scope.port = message.port();
  for (const uint32_t vlan : message.vlans()) {
    if (vlan > kVlanMax) return refused("vlans", fmt::format("must be 0 to {}", kVlanMax));
    scope.vlans[scope.vlan_count++] = static_cast<uint16_t>(vlan);
  }
  if (message.has_label()) scope.label = message.label();
  if (message.has_vni()) scope.vni = message.vni();
  return absl::OkStatus();
}

Status read_prefix(const v1::AddressPrefix& message, IpPrefix& prefix) {
  const Result<IpPrefix> made = IpPrefix::make(as_bytes(message.address()), message.prefix_length());
  if (made.ok()) prefix = *made;
  return made.status();
}

Status read_ports(const v1::PortRange& message, PortRange& ports) {
  if (message.first() > message.last() || message.last() > UINT16_MAX) return refused("last", "must be first to 65535");
  ports = {.first = static_cast<uint16_t>(message.first()), .last = static_cast<uint16_t>(message.last())};
  return absl::OkStatus();
}

Status read_flow(const v1::FlowKey& message, TapTarget& target) {
  if (message.protocol() > UINT8_MAX) return refused("protocol", "must be 0 to 255");
  target.protocol = static_cast<uint8_t>(message.protocol());
  if (Status status = read_prefix(message.target(), target.prefix); !status.ok()) return within("target", status);
  if (message.has_target_ports())
    if (Status status = read_ports(message.target_ports(), target.target_ports); !status.ok())
      return within("target_ports", status);
  if (message.has_remote()) {
    if (Status status = read_prefix(message.remote(), target.remote); !status.ok()) return within("remote", status);
    if (target.remote.ipv6 != target.prefix.ipv6) return refused("remote", "is of another family than the target");
    if (target.remote.bits == 0) target.remote = {};
  }
  if (message.has_remote_ports())
    if (Status status = read_ports(message.remote_ports(), target.remote_ports); !status.ok())
      return within("remote_ports", status);
  // Of other protocols the parser knows no ports: such a flow would select nothing, or by something else.
  const bool has_ports = target.protocol == kTcp || target.protocol == kUdp || target.protocol == kSctp;
  if (!has_ports && !(target.target_ports.all() && target.remote_ports.all()))
    return refused("protocol", "has no ports to be narrowed");
  return absl::OkStatus();
}

Status read_mac(const std::string& octets, TapTarget& target) {
  if (octets.size() != target.mac.size()) return refused("mac", "must be 6 octets");
  target.key = RuleKey::kMac;
  std::ranges::copy(octets, target.mac.begin());
  return absl::OkStatus();
}

Status read_vlans(const v1::VlanStack& message, const v1::Scope& scope, TapTarget& target) {
  if (!scope.vlans().empty()) return refused("scope.vlans", "the line has its tags");
  if (message.ids().empty() || message.ids_size() > kLineTagsMax)
    return refused("vlans.ids", fmt::format("must be 1 to {}", kLineTagsMax));
  target.key = RuleKey::kVlans;
  for (const uint32_t id : message.ids()) {
    if (id == 0 || id > kVlanMax) return refused("vlans.ids", fmt::format("must be 1 to {}", kVlanMax));
    target.scope.vlans[target.scope.vlan_count++] = static_cast<uint16_t>(id);
  }
  return absl::OkStatus();
}

// What is not in its one form would name nobody, in silence.
Status read_identity(const v1::Identity& message, TapIdentity& identity) {
  if (!v1::IdentityKind_IsValid(message.kind()) || message.kind() == v1::IDENTITY_KIND_UNSPECIFIED)
    return refused("identity.kind", "is not one that this dataplane knows");
  identity.kind = static_cast<IdentityKind>(message.kind() - 1);
  identity.value = message.value();
  std::array<uint8_t, kIdentityBytesMax> form{};
  const size_t bytes = normal_form(identity.kind, as_bytes(identity.value), IdentityForm(), form);
  if (bytes == 0 || as_text(Bytes(form).first(bytes)) != identity.value)
    return refused("identity.value", "is not in the form of its kind");
  return absl::OkStatus();
}

Status read_key(const v1::TapTarget& message, TapTarget& target) {
  switch (message.key_case()) {
    case v1::TapTarget::kPrefix: {
      const Status status = read_prefix(message.prefix(), target.prefix);
      return status.ok() ? status : within("prefix", status);
    }
    case v1::TapTarget::kFlow: {
      const Status status = read_flow(message.flow(), target);
      return status.ok() ? status : within("flow", status);
    }
    case v1::TapTarget::kMac:
      return read_mac(message.mac(), target);
    case v1::TapTarget::kVlans:
      return read_vlans(message.vlans(), message.scope(), target);
    case v1::TapTarget::kIdentity:  // is no key of a packet
    case v1::TapTarget::KEY_NOT_SET:
      break;
  }
  return refused("key", "is of a kind that this dataplane does not know");
}

Status read_targets(const v1::Tap& message, TapDirective& tap) {
  if (message.targets().empty()) return refused("tap.targets", "none");
  if (message.targets_size() > static_cast<int>(kTargetsPerTapMax)) return refused("tap.targets", "too many");
  for (int i = 0; i < message.targets_size(); ++i) {
    const std::string field = fmt::format("tap.targets[{}]", i);
    const v1::TapTarget& one = message.targets(i);
    TargetScope* scope = nullptr;
    Status status;
    if (one.has_identity()) {
      status = read_identity(one.identity(), tap.identities.emplace_back());
      scope = &tap.identities.back().scope;
    } else {
      status = read_key(one, tap.targets.emplace_back());
      scope = &tap.targets.back().scope;
    }
    if (!status.ok()) return within(field, status);
    if (status = read_scope(one.scope(), *scope); !status.ok()) return within(field + ".scope", status);
  }
  return absl::OkStatus();
}

Status read_patterns(const v1::Tap& message, TapDirective& tap) {
  if (message.patterns_size() > static_cast<int>(kPatternsPerTapMax)) return refused("tap.patterns", "too many");
  for (int i = 0; i < message.patterns_size(); ++i) {
    const v1::Pattern& pattern = message.patterns(i);
    const std::string field = fmt::format("tap.patterns[{}]", i);
    if (pattern.key_case() == v1::Pattern::KEY_NOT_SET)
      return refused(field + ".key", "is of a kind that this dataplane does not know");
    const std::string& octets = pattern.has_expression() ? pattern.expression() : pattern.literal();
    if (octets.empty() || octets.size() > kPatternBytesMax)
      return refused(field, fmt::format("must have 1 to {} octets", kPatternBytesMax));
    tap.patterns.push_back({.expression = pattern.has_expression(),
                            .octets = octets,
                            .any_case = pattern.any_case(),
                            .flow = pattern.flow()});
  }
  return absl::OkStatus();
}

Status read_exclusions(const v1::Tap& message, TapDirective& tap) {
  if (message.exclusions_size() > static_cast<int>(kExclusionsPerTapMax)) return refused("tap.exclusions", "too many");
  for (int i = 0; i < message.exclusions_size(); ++i)
    if (Status status = read_prefix(message.exclusions(i), tap.exclusions.emplace_back()); !status.ok())
      return within(fmt::format("tap.exclusions[{}]", i), status);
  return absl::OkStatus();
}

// A frame is taken as it is: what would look into it, or stand around it, selects nothing.
Status read_link_layer(const v1::Tap& message, TapDirective& tap) {
  if (!v1::LinkLayer_IsValid(message.link_layer())) return refused("tap.link_layer", "is not known");
  tap.frames = message.link_layer() == v1::LINK_LAYER_L2CC;
  if (!tap.frames) return absl::OkStatus();
  const auto has_frames = [](const TapTarget& target) {
    return target.key != RuleKey::kAddress && target.scope.label == kNoContext && target.scope.vni == kNoContext;
  };
  if (!tap.identities.empty() || !std::ranges::all_of(tap.targets, has_frames))
    return refused("tap.link_layer", "is for MAC addresses and lines without label or VNI alone");
  if (!tap.patterns.empty() || !tap.exclusions.empty())
    return refused("tap.link_layer", "has neither patterns nor exclusions");
  return absl::OkStatus();
}

Status read_times(const v1::Tap& message, TapDirective& tap) {
  if (message.window().start_unix_ns() <= 0) return refused("tap.window.start_unix_ns", "must be after 1970");
  if (message.window().end_unix_ns() <= message.window().start_unix_ns()) {
    return refused("tap.window.end_unix_ns", "must be after the start");
  }
  if (message.lease_unix_ns() <= 0) return refused("tap.lease_unix_ns", "must be there");
  tap.start = {message.window().start_unix_ns()};
  tap.stop = {std::min(message.window().end_unix_ns(), message.lease_unix_ns())};
  return absl::OkStatus();
}

}  // namespace

OrderEvidence read_evidence(const v1::SignedOrder& message) {
  return {.octets = message.order(), .signature = message.signature(), .certificate = message.certificate()};
}

Result<TapDirective> read_tap(const v1::Tap& message) {
  TapDirective tap;
  const Result<Xid> xid = Xid::from_octets(as_bytes(message.xid()));
  if (!xid.ok()) return refused("tap.xid", "must be 16 octets");
  tap.xid = *xid;
  for (const auto read : {read_targets, read_patterns, read_exclusions, read_link_layer, read_times})
    if (Status status = read(message, tap); !status.ok()) return status;
  tap.iri = message.content() == v1::CONTENT_IRI || message.content() == v1::CONTENT_IRI_AND_CC;
  tap.cc = message.content() == v1::CONTENT_CC || message.content() == v1::CONTENT_IRI_AND_CC;
  if (!tap.iri && !tap.cc) return refused("tap.content", "must be IRI, CC or both");
  tap.order = read_evidence(message.order());
  tap.octets = message.SerializeAsString();
  return tap;
}

}  // namespace lictor

#include "dataplane/agent/directive.h"

#include <fmt/format.h>

#include <algorithm>

#include "dataplane/agent/mediation_rules.h"
#include "lictor/v1/directive.pb.h"

namespace lictor {
namespace {

constexpr size_t kNameBytesMax = 63;
constexpr uint32_t kVlanMax = 4094;

Status refused(std::string_view field, std::string_view why) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", field, why));
}

Status within(const std::string& field, const Status& status) { return refused(field, std::string(status.message())); }

Status read_scope(const v1::Scope& message, TargetScope& scope) {
  if (message.network_element_id().size() > kNameBytesMax) return refused("network_element_id", "too long");
  if (message.tap_group().size() > kNameBytesMax) return refused("tap_group", "too long");
  if (message.port().size() > kNameBytesMax) return refused("port", "too long");
  if (message.vlans_size() > static_cast<int>(kVlanTagsMax)) return refused("vlans", "too many");
  scope.network_element_id = message.network_element_id();
  scope.tap_group = message.tap_group();
  scope.port = message.port();
  for (const uint32_t vlan : message.vlans()) {
    if (vlan > kVlanMax) return refused("vlans", fmt::format("must be 0 to {}", kVlanMax));
    scope.vlans[scope.vlan_count++] = static_cast<uint16_t>(vlan);
  }
  return absl::OkStatus();
}

Status read_targets(const v1::Tap& message, TapDirective& tap) {
  if (message.targets().empty()) return refused("tap.targets", "none");
  if (message.targets_size() > static_cast<int>(kTargetsPerTapMax)) return refused("tap.targets", "too many");
  for (int i = 0; i < message.targets_size(); ++i) {
    const v1::TapTarget& target = message.targets(i);
    const std::string field = fmt::format("tap.targets[{}]", i);
    if (!target.has_prefix()) return refused(field, "of a kind that this dataplane does not know");
    const Result<IpPrefix> prefix =
        IpPrefix::make(as_bytes(target.prefix().address()), target.prefix().prefix_length());
    if (!prefix.ok()) return within(field + ".prefix", prefix.status());
    TapTarget& read = tap.targets.emplace_back();
    read.prefix = *prefix;
    if (Status status = read_scope(target.scope(), read.scope); !status.ok()) return within(field + ".scope", status);
  }
  return absl::OkStatus();
}

Result<TapDirective> read_tap(const v1::Tap& message) {
  TapDirective tap;
  const Result<Xid> xid = Xid::from_octets(as_bytes(message.xid()));
  if (!xid.ok()) return refused("tap.xid", "must be 16 octets");
  tap.xid = *xid;
  if (Status status = read_targets(message, tap); !status.ok()) return status;
  if (message.window().start_unix_ns() <= 0) return refused("tap.window.start_unix_ns", "must be after 1970");
  if (message.window().end_unix_ns() <= message.window().start_unix_ns()) {
    return refused("tap.window.end_unix_ns", "must be after the start");
  }
  if (message.lease_unix_ns() <= 0) return refused("tap.lease_unix_ns", "must be there");
  tap.start = {message.window().start_unix_ns()};
  tap.stop = {std::min(message.window().end_unix_ns(), message.lease_unix_ns())};
  tap.iri = message.content() == v1::CONTENT_IRI || message.content() == v1::CONTENT_IRI_AND_CC;
  tap.cc = message.content() == v1::CONTENT_CC || message.content() == v1::CONTENT_IRI_AND_CC;
  if (!tap.iri && !tap.cc) return refused("tap.content", "must be IRI, CC or both");
  tap.octets = message.SerializeAsString();
  return tap;
}

Result<WithdrawalDirective> read_withdrawal(const v1::Withdrawal& message) {
  const Result<Xid> xid = Xid::from_octets(as_bytes(message.xid()));
  if (!xid.ok()) return refused("withdrawal.xid", "must be 16 octets");
  if (message.reason() != v1::WITHDRAWAL_REASON_ENDED && message.reason() != v1::WITHDRAWAL_REASON_REVOKED) {
    return refused("withdrawal.reason", "must be ended or revoked");
  }
  return WithdrawalDirective{.xid = *xid, .revoked = message.reason() == v1::WITHDRAWAL_REASON_REVOKED};
}

template <typename Kind>
Status put(Directive& directive, Result<Kind> kind) {
  if (!kind.ok()) return kind.status();
  directive.kind = *std::move(kind);
  return absl::OkStatus();
}

Status read_kind(const v1::Directive& message, Directive& directive) {
  switch (message.kind_case()) {
    case v1::Directive::kTap:
      return put(directive, read_tap(message.tap()));
    case v1::Directive::kMediation:
      return put(directive, read_mediation(message.mediation()));
    case v1::Directive::kWithdrawal:
      return put(directive, read_withdrawal(message.withdrawal()));
    default:
      return refused("directive.kind", "is not one that this dataplane knows");
  }
}

bool parse_message(Bytes octets, v1::Directive& message) {
  return octets.size() <= kDirectiveBytesMax && message.ParseFromArray(octets.data(), static_cast<int>(octets.size()));
}

}  // namespace

Result<Directive> parse_directive(Bytes octets) {
  v1::Directive message;
  if (!parse_message(octets, message)) return refused("directive", "cannot be parsed");
  if (message.epoch() == 0) return refused("directive.epoch", "must not be 0");
  if (message.generation() == 0) return refused("directive.generation", "must not be 0");
  Directive directive{.epoch = message.epoch(), .generation = message.generation(), .kind = WithdrawalDirective{}};
  if (Status status = read_kind(message, directive); !status.ok()) return status;
  return directive;
}

uint64_t generation_of(Bytes octets) {
  v1::Directive message;
  return parse_message(octets, message) ? message.generation() : 0;
}

}  // namespace lictor

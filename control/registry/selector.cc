// Tells the kinds of selectors apart. Pure functions.
#include "control/registry/selector.h"

#include "control/registry/flow_selector.h"
#include "control/registry/name_selector.h"
#include "control/registry/pattern_selector.h"

namespace lictor::control {
namespace {

struct Format {
  std::string operator()(const v1::AddressPrefix& prefix) const {
    return (is_ipv4(prefix) ? "ipv4:" : "ipv6:") + format_prefix(prefix);
  }
  std::string operator()(const v1::FlowKey& flow) const { return "flow:" + format_flow(flow); }
  std::string operator()(const v1::Pattern& pattern) const { return "pattern:" + format_pattern(pattern); }
  std::string operator()(const v1::TapTarget& name) const { return format_name(name); }
};

template <typename Kind>
Result<Selector> selector_of(const Result<Kind>& kind) {
  if (!kind.ok()) return kind.status();
  return Selector(*kind);
}

std::string_view kind_in(std::string_view selector) { return selector.substr(0, selector.find(':')); }

// Where the scope of a name begins: no realm and no identifier ends as a scope does. A URI's parameters are none:
// "example.org;user=phone" is no word and its value.
size_t scope_of_name(std::string_view text) {
  const size_t at = text.rfind('@');
  if (at == std::string_view::npos) return at;
  const std::string_view scope = text.substr(at + 1);
  const std::string_view word = scope.substr(0, scope.find('='));
  const bool is_part = word.size() < scope.size() && word.find_first_of(";.:]") == std::string_view::npos;
  return scope == "any" || is_part ? at : std::string_view::npos;
}

}  // namespace

Result<Selector> parse_selector(std::string_view text) {
  if (text.empty()) return absl::InvalidArgumentError("missing");
  if (text.size() > kSelectorBytesMax) return absl::InvalidArgumentError("too long");
  const size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  const std::string_view value = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (kind == "ipv4") return selector_of(parse_prefix(value, AddressFamily::kIpv4));
  if (kind == "ipv6") return selector_of(parse_prefix(value, AddressFamily::kIpv6));
  if (kind == "flow") return selector_of(parse_flow(value));
  if (kind == "pattern") return selector_of(parse_pattern(value));
  if (is_name_kind(kind) && colon != std::string_view::npos) return selector_of(parse_name(kind, value));
  return absl::InvalidArgumentError(
      "must begin with ipv4:, ipv6:, flow:, pattern:, mac:, vlan: or a kind of name (radius-user:, radius-csid:, "
      "circuit-id:, remote-id:, dhcp-client-id:, duid:, nas-port:, chargeable-user:, imsi:, sip-uri:, sip-user:, "
      "tel-uri:, impi:, impu:)");
}

bool is_pattern(std::string_view selector) { return selector.starts_with("pattern:"); }

SplitTarget split_target(std::string_view text) {
  const std::string_view kind = kind_in(text);
  size_t at = std::string_view::npos;
  if (kind == "ipv4" || kind == "ipv6" || kind == "flow")
    at = text.find('@');
  else if (is_name_kind(kind))
    at = scope_of_name(text);
  if (at == std::string_view::npos) return {.selector = text, .scope = std::nullopt};
  return {.selector = text.substr(0, at), .scope = text.substr(at + 1)};
}

std::optional<v1::TapTarget> tap_target_of(const Selector& selector) {
  if (const auto* name = std::get_if<v1::TapTarget>(&selector)) return *name;
  v1::TapTarget target;
  if (const auto* prefix = std::get_if<v1::AddressPrefix>(&selector))
    *target.mutable_prefix() = *prefix;
  else if (const auto* flow = std::get_if<v1::FlowKey>(&selector))
    *target.mutable_flow() = *flow;
  else
    return std::nullopt;
  return target;
}

std::string format_selector(const Selector& selector) { return std::visit(Format(), selector); }

}  // namespace lictor::control

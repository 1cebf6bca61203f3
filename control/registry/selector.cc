// Tells the kinds of selectors apart. Pure functions.
#include "control/registry/selector.h"

#include "control/registry/flow_selector.h"
#include "control/registry/pattern_selector.h"

namespace lictor::control {
namespace {

struct Format {
  std::string operator()(const v1::AddressPrefix& prefix) const {
    return (is_ipv4(prefix) ? "ipv4:" : "ipv6:") + format_prefix(prefix);
  }
  std::string operator()(const v1::FlowKey& flow) const { return "flow:" + format_flow(flow); }
  std::string operator()(const v1::Pattern& pattern) const { return "pattern:" + format_pattern(pattern); }
};

template <typename Kind>
Result<Selector> selector_of(const Result<Kind>& kind) {
  if (!kind.ok()) return kind.status();
  return Selector(*kind);
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
  return absl::InvalidArgumentError(
      "must begin with ipv4:, ipv6:, flow: or pattern:; identities that signalling names are no targets yet");
}

bool is_pattern(std::string_view selector) { return selector.starts_with("pattern:"); }

bool may_have_scope(std::string_view selector) {
  return selector.starts_with("ipv4:") || selector.starts_with("ipv6:") || selector.starts_with("flow:");
}

std::string format_selector(const Selector& selector) { return std::visit(Format(), selector); }

}  // namespace lictor::control

// Selectors, scopes and LIIDs as anybody may send them: whatever is accepted has one spelling, which reads back as the
// same.
#include <cstddef>
#include <cstdint>
#include <string>

#include "control/registry/flow_selector.h"
#include "control/registry/hex.h"
#include "control/registry/liid.h"
#include "control/registry/name_selector.h"
#include "control/registry/scope.h"
#include "control/registry/selector.h"
#include "control/registry/text_rules.h"
#include "dataplane/base/check.h"

using namespace lictor;
using namespace lictor::control;

static std::string octets_of(const Selector& selector) {
  const std::string octets = std::visit([](const auto& kind) { return kind.SerializeAsString(); }, selector);
  return std::to_string(selector.index()) + octets;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const Result<Selector> selector = parse_selector(text); selector.ok()) {
    const std::string spelling = format_selector(*selector);
    const Result<Selector> again = parse_selector(spelling);
    LICTOR_CHECK(spelling.size() <= kSelectorBytesMax && again.ok() && octets_of(*again) == octets_of(*selector));
    LICTOR_CHECK(format_selector(*again) == spelling);
    if (const auto* flow = std::get_if<v1::FlowKey>(&*selector))
      LICTOR_CHECK(overlap(*flow, flow_of(flow->target())) && overlap(*flow, *flow));
    if (const auto* name = std::get_if<v1::TapTarget>(&*selector))
      LICTOR_CHECK(covers(*name, *name) && is_listed_as(*name, *name) && !tap_target_of(*selector)->has_scope());
  }
  if (const SplitTarget split = split_target(text); split.scope)
    LICTOR_CHECK(split.selector.size() + split.scope->size() + 1 == text.size());
  if (const Result<v1::AddressPrefix> prefix = parse_prefix(text); prefix.ok()) {
    const Result<v1::AddressPrefix> again = parse_prefix(format_prefix(*prefix));
    LICTOR_CHECK(again.ok() && again->SerializeAsString() == prefix->SerializeAsString());
    LICTOR_CHECK(contains(*prefix, *again) && overlap(*prefix, *again) && kind_of(*again) == kind_of(*prefix));
  }
  if (const Result<v1::Scope> scope = parse_scope(text); scope.ok()) {
    const Result<v1::Scope> again = parse_scope(format_scope(*scope));
    LICTOR_CHECK(again.ok() && again->SerializeAsString() == scope->SerializeAsString());
  }
  if (const Result<std::string> liid = parse_liid(text); liid.ok()) {
    LICTOR_CHECK(!liid->empty() && liid->size() <= kLiidOctetsMax);
    const Result<std::string> again = parse_liid("0x" + hex_of(*liid));
    LICTOR_CHECK(again.ok() && *again == *liid);
  }
  LICTOR_CHECK(!is_host(text) || text.size() <= 253);
  LICTOR_CHECK(!is_text(text, 1, 128) || characters_of(text).has_value());
  return 0;
}

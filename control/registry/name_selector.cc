// Names to messages, strictly, and back. What the one form of a name is, dataplane/base/identity.h says. Pure
// functions.
#include "control/registry/name_selector.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "control/registry/address.h"
#include "control/registry/hex.h"
#include "control/registry/name_reasons.h"
#include "control/registry/scope.h"
#include "control/registry/text_rules.h"
#include "dataplane/base/number_range.h"

namespace lictor::control {
namespace {

constexpr std::string_view kVlan = "vlan";
constexpr std::string_view kImpu = "impu";
constexpr std::string_view kHex = "hex:";
constexpr size_t kMacOctets = 6;

std::string_view name_of(IdentityKind kind) { return kIdentityKindNames[static_cast<size_t>(kind)]; }

std::optional<IdentityKind> kind_named(std::string_view name) {
  const auto* const found = std::ranges::find(kIdentityKindNames, name);
  if (found == kIdentityKindNames.end()) return std::nullopt;
  return static_cast<IdentityKind>(found - kIdentityKindNames.begin());
}

v1::IdentityKind wire_kind(IdentityKind kind) { return static_cast<v1::IdentityKind>(static_cast<int>(kind) + 1); }

// Octets that are text to nobody.
bool is_always_hex(IdentityKind kind) { return kind == IdentityKind::kDhcpClientId || kind == IdentityKind::kDuid; }

// Digits, each octet's two behind the other or with one ":" or "-" between all of them, as equipment shows them.
std::optional<std::string> octets_of(std::string_view digits) {
  const char separator = digits.size() > 2 ? digits[2] : '\0';
  if (separator != ':' && separator != '-') return octets_of_hex(digits);
  if (digits.size() % 3 != 2) return std::nullopt;
  std::string bare;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i % 3 != 2)
      bare.push_back(digits[i]);
    else if (digits[i] != separator)
      return std::nullopt;
  }
  return octets_of_hex(bare);
}

// The octets that are meant: a text, or "hex:" and digits.
Result<std::string> shown_octets(IdentityKind kind, std::string_view value) {
  if (value.starts_with(kHex)) {
    std::optional<std::string> octets = octets_of(value.substr(kHex.size()));
    if (!octets || octets->empty())
      return absl::InvalidArgumentError(
          "hex: takes an even number of hexadecimal digits, each two with one : or - between or none");
    return *std::move(octets);
  }
  if (is_always_hex(kind)) return absl::InvalidArgumentError("is octets: write hex: and their digits");
  if (!is_text(value, 1, kIdentityBytesMax))
    return absl::InvalidArgumentError(
        "must be text of 1 to 255 octets without control characters or blanks at the ends; write other octets as hex:");
  return std::string(value);
}

Status check_shape(IdentityKind kind, std::string_view value) {
  const size_t slash = value.find('/');
  if (kind == IdentityKind::kNasPort && (slash == std::string_view::npos || slash == 0 || slash + 1 == value.size()))
    return absl::InvalidArgumentError(
        "a port is NAS/PORT: the NAS's address or identifier, and its port's id or number");
  return absl::OkStatus();
}

Result<v1::TapTarget> parse_identity(IdentityKind kind, std::string_view value) {
  const Result<std::string> shown = shown_octets(kind, value);
  if (!shown.ok()) return shown.status();
  if (Status status = check_shape(kind, *shown); !status.ok()) return status;
  std::array<uint8_t, kIdentityBytesMax> form{};
  const size_t octets = normal_form(kind, as_bytes(*shown), IdentityForm(), form);
  if (octets == 0) return no_name(kind, *shown);
  const std::string_view text = as_text(Bytes(form).first(octets));
  if (Status status = check_meaning(kind, *shown, text); !status.ok()) return status;
  v1::TapTarget target;
  target.mutable_identity()->set_kind(wire_kind(kind));
  target.mutable_identity()->set_value(std::string(text));
  return target;
}

std::string folded(std::string_view text) {
  std::string lower(text);
  for (char& letter : lower)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return lower;
}

// TS 23.003 section 13.4: the URI that it is.
Result<v1::TapTarget> parse_impu(std::string_view value) {
  std::string scheme = folded(value.substr(0, value.find(':')));
  if (scheme == "tel") return parse_identity(IdentityKind::kTelUri, value);
  if (scheme == "sip" || scheme == "sips") return parse_identity(IdentityKind::kSipUri, value);
  return absl::InvalidArgumentError(
      "a public user identity is a sip: or a tel: URI, as impu:sip:alice@example.org or impu:tel:+4312345678");
}

// In octets with "-" or ":", in groups of four digits with ".", or all digits together.
Result<v1::TapTarget> parse_mac(std::string_view value) {
  std::optional<std::string> octets;
  if (value.size() == 14 && value[4] == '.' && value[9] == '.')
    octets = octets_of_hex(fmt::format("{}{}{}", value.substr(0, 4), value.substr(5, 4), value.substr(10)));
  else
    octets = octets_of(value);
  if (!octets || octets->size() != kMacOctets)
    return absl::InvalidArgumentError(
        "a MAC address has 6 octets: 00-53-00-12-34-56, or with : between, or 0053.0012.3456");
  std::array<uint8_t, kMacOctets> form{};
  if (normal_form(IdentityKind::kMac, as_bytes(*octets), IdentityForm(), form) == 0)
    return absl::InvalidArgumentError("is nobody's MAC address");
  v1::TapTarget target;
  target.set_mac(*octets);
  return target;
}

Result<v1::TapTarget> parse_vlans(std::string_view value) {
  const size_t dot = value.find('.');
  v1::TapTarget target;
  bool good = true;
  for (const std::string_view part :
       {value.substr(0, dot), dot == std::string_view::npos ? "" : value.substr(dot + 1)}) {
    if (part.empty() && dot == std::string_view::npos) continue;
    const std::optional<uint32_t> id = parse_number(part, kVlanIdMax);
    good = good && id && *id > 0;
    target.mutable_vlans()->add_ids(id.value_or(0));
  }
  if (!good || target.vlans().ids().empty())
    return absl::InvalidArgumentError("a line is its tags, outermost first: OUTER.INNER or one, each 1 to 4094");
  return target;
}

std::string mac_text(std::string_view octets) {
  std::string text;
  for (const char octet : octets)
    text += fmt::format("{}{:02x}", text.empty() ? "" : "-", static_cast<unsigned>(static_cast<uint8_t>(octet)));
  return text;
}

}  // namespace

bool is_name_kind(std::string_view kind) { return kind == kVlan || kind == kImpu || kind_named(kind); }

Result<v1::TapTarget> parse_name(std::string_view kind, std::string_view value) {
  if (kind == kVlan) return parse_vlans(value);
  if (kind == kImpu) return parse_impu(value);
  const std::optional<IdentityKind> known = kind_named(kind);
  if (!known) return absl::InvalidArgumentError("is of no known kind");
  return *known == IdentityKind::kMac ? parse_mac(value) : parse_identity(*known, value);
}

std::string format_name(const v1::TapTarget& target) {
  if (target.has_vlans()) {
    const auto& ids = target.vlans().ids();
    return fmt::format("{}:{}", kVlan, fmt::join(ids.begin(), ids.end(), "."));
  }
  const std::optional<IdentityKind> kind = kind_of_name(target);
  if (!kind) return "";
  if (target.has_mac()) return fmt::format("{}:{}", name_of(*kind), mac_text(target.mac()));
  const std::string& value = target.identity().value();
  const bool as_it_is = !is_always_hex(*kind) && is_text(value, 1, kIdentityBytesMax) && !value.starts_with(kHex);
  return as_it_is ? fmt::format("{}:{}", name_of(*kind), value)
                  : fmt::format("{}:{}{}", name_of(*kind), kHex, hex_of(value));
}

std::optional<IdentityKind> kind_of_name(const v1::TapTarget& target) {
  if (target.has_mac()) return IdentityKind::kMac;
  const int kind = static_cast<int>(target.identity().kind()) - 1;
  if (!target.has_identity() || kind < 0 || kind >= static_cast<int>(kSelectorKinds)) return std::nullopt;
  return static_cast<IdentityKind>(kind);
}

size_t range_digits(const v1::TapTarget& target) {
  const std::optional<IdentityKind> kind = kind_of_name(target);
  return kind ? range_digits(*kind, as_bytes(target.identity().value())) : 0;
}

bool covers(const v1::TapTarget& wide, const v1::TapTarget& narrow) {
  const std::optional<IdentityKind> kind = kind_of_name(wide);
  if (!kind || kind != kind_of_name(narrow)) return format_name(wide) == format_name(narrow);
  return narrow.mac() == wide.mac() &&
         name_lies_in(*kind, as_bytes(narrow.identity().value()), as_bytes(wide.identity().value()));
}

bool is_listed_as(const v1::TapTarget& listed, const v1::TapTarget& name) {
  if (kind_of_name(listed) != kind_of_name(name)) return false;
  if (covers(listed, name) || covers(name, listed)) return true;
  if (!name.has_identity()) return listed.SerializeAsString() == name.SerializeAsString();
  const std::string meant = folded(listed.identity().value());
  const std::string given = folded(name.identity().value());
  if (meant == given) return true;
  const IdentityKind kind = *kind_of_name(name);
  const bool has_realms = kind == IdentityKind::kRadiusUser || kind == IdentityKind::kChargeableUser;
  return has_realms && meant.find('@') == std::string::npos && given.substr(0, given.rfind('@')) == meant;
}

}  // namespace lictor::control

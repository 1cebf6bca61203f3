// Reasons by kind. Pure functions.
#include "control/registry/name_reasons.h"

#include <fmt/format.h>

#include <algorithm>

#include "dataplane/base/number_range.h"
#include "dataplane/base/octet_text.h"

namespace lictor::control {
namespace {

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool begins_as(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && is_word(as_bytes(text.substr(0, word.size())), word);
}

bool is_sip(std::string_view text) { return begins_as(text, "sip:") || begins_as(text, "sips:"); }

std::string why_no_number(std::string_view shown) {
  if (has(shown, kRangeMark))
    return fmt::format("a range of numbers is + and {} to {} digits with one {} behind them", kRangeDigitsMin,
                       kNumberDigitsMax, kRangeMark);
  if (has(shown, "phone-context="))
    return "a number with a phone-context is one of a place: write it with + and its country code, as "
           "tel-uri:+4312345678";
  if (is_sip(shown) || has(shown, "@")) return "is no number: a SIP URI is sip-uri:+4312345678@example.org";
  if (!begins_as(shown, "+") && !begins_as(shown, "tel:+"))
    return "a number is written with + and its country code, without 0 or 00 before it, as tel-uri:+4312345678";
  return fmt::format("a number is + and 1 to {} digits, as tel-uri:+4312345678", kNumberDigitsMax);
}

std::string why_no_uri(std::string_view shown) {
  if (begins_as(shown, "tel:")) return "is a number: write tel-uri:+4312345678";
  const size_t at = shown.find('@');
  if (at == std::string_view::npos || at == 0)
    return "is a user at a host, as sip-uri:alice@example.org; a user at whatever host is sip-user:alice";
  if (!is_sip(shown) && has(shown.substr(0, at), ":"))
    return "a : before the @ is a password's or another scheme's: write sip-uri:alice@example.org (a : that is the "
           "name's own is %3A)";
  return "is a user at a host, as sip-uri:alice@example.org (an @ that is the name's own is %40; IPv6 in brackets)";
}

std::string why_no_user(std::string_view shown) {
  if (has(shown, "@")) return "is a user without a host: alice@example.org is sip-uri:alice@example.org";
  return "is a user's name, as sip-user:alice";
}

std::string why_no_name(IdentityKind kind, std::string_view shown) {
  if (kind >= IdentityKind::kSipUri && has(shown, "<"))
    return "is written without < and >, and without the name that is shown";
  switch (kind) {
    case IdentityKind::kTelUri:
      return why_no_number(shown);
    case IdentityKind::kSipUri:
      return why_no_uri(shown);
    case IdentityKind::kSipUser:
      return why_no_user(shown);
    case IdentityKind::kImsi:
      return "is no name of this kind: an IMSI is 6 to 15 digits";
    case IdentityKind::kImpi:
      return "is no name of this kind: a private identity is a user at a realm, as impi:alice@ims.example.org";
    default:
      return "is no name of this kind";
  }
}

std::string why_not_meant(IdentityKind kind, std::string_view shown, std::string_view form) {
  if (kind == IdentityKind::kSipUri && has(form, kRangeMark))
    return "a * means nothing in a SIP URI: ranges are of numbers, as tel-uri:+4312345*";
  if (kind == IdentityKind::kSipUser && (has(shown, ";") || has(shown, ":")))
    return "is the user's name alone, as sip-user:alice: without scheme, password and parameters (a ; or : that is its "
           "own is %3B or %3A)";
  const bool is_user_at_host = kind == IdentityKind::kSipUri || kind == IdentityKind::kSipUser;
  // RFC 3323 section 4.1.1.3.
  if (is_user_at_host && is_word(as_bytes(form.substr(0, form.find('@'))), "anonymous"))
    return "is how everybody is written who hides his name: it names nobody";
  return "";
}

}  // namespace

Status check_meaning(IdentityKind kind, std::string_view shown, std::string_view form) {
  const std::string why = why_not_meant(kind, shown, form);
  return why.empty() ? absl::OkStatus() : absl::InvalidArgumentError(why);
}

Status no_name(IdentityKind kind, std::string_view shown) {
  return absl::InvalidArgumentError(why_no_name(kind, shown));
}

}  // namespace lictor::control

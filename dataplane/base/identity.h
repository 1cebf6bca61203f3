// Who somebody is in what networks' signalling says: the kinds of names that a target may have, and the one form of
// each in which two of them are compared. The control daemon and the dataplanes must agree on it. Pure functions, any
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "dataplane/base/bytes.h"

namespace lictor {

enum class IdentityKind : uint8_t {
  kRadiusUser,      // RADIUS User-Name, a PPP user's name
  kCallingStation,  // RADIUS Calling-Station-Id: a number, a MAC address, or what the operator puts there
  kCircuitId,       // Agent-Circuit-Id, of RADIUS, PPPoE and DHCP (RFC 3046 suboption 1, RFC 8415 Interface-Id)
  kRemoteId,        // Agent-Remote-Id, of the same (RFC 3046 suboption 2, RFC 4649 without its enterprise number)
  kMac,             // 6 octets
  kDhcpClientId,    // RFC 2132 option 61, its type octet included
  kDuid,            // RFC 8415 section 11
  kNasPort,         // the NAS, a slash, its NAS-Port-Id or else its NAS-Port in decimal
  kChargeableUser,  // RADIUS Chargeable-User-Identity (RFC 4372)
  kImsi,            // 6 to 15 digits
  // Parties of calls; no session has one.
  kSipUri,   // a user at a host (RFC 3261)
  kSipUser,  // the user part, at whatever host
  kTelUri,   // a number in E.164 (RFC 3966)
  kImpi,     // IMS Private User Identity (TS 23.003 section 13.3): a user at a realm
  kImpu,     // IMS Public User Identity (TS 23.003 section 13.4): a SIP or a tel URI
  kCount,
};
// Those that sessions have; they come first.
constexpr size_t kIdentityKinds = static_cast<size_t>(IdentityKind::kSipUri);
// Those that selectors name. An IMPU is written as one, and is the SIP or the tel URI that it is.
constexpr size_t kSelectorKinds = static_cast<size_t>(IdentityKind::kImpu);

// As selectors and the configuration spell them.
constexpr std::array<std::string_view, kSelectorKinds> kIdentityKindNames = {
    "radius-user", "radius-csid",     "circuit-id", "remote-id", "mac",      "dhcp-client-id", "duid",
    "nas-port",    "chargeable-user", "imsi",       "sip-uri",   "sip-user", "tel-uri",        "impi"};

constexpr bool is_of_calls(IdentityKind kind) { return kind >= IdentityKind::kSipUri; }

// What protocols can carry in one name.
constexpr size_t kIdentityBytesMax = 255;

// How names are compared, where networks differ.
struct IdentityForm {
  // Letters of a user's name compare as they are. A realm, what is behind the last @, is a domain and never does.
  bool fold_user_case = false;
  // Names are compared without their realm.
  bool strip_realm = false;
};

// Writes the form in which `shown`, as a message or a target's selector has it, is compared, and answers its length; 0
// where it is no name of this kind (empty, it or its form longer than kIdentityBytesMax, a MAC address that has not 6
// octets or is zero, an IMSI with a letter), or `room` is too short. With the default `form`, a form's form is itself.
//   kRadiusUser, kChargeableUser   the realm in lower case, or gone; the rest as it is, or in lower case
//   kCallingStation   12 hexadecimal digits in any of the usual groupings: in lower case, without separators; else, of
//   digits and
//                     blanks, "-", ".", "(", ")" alone, with or without a leading "+": the digits; else as it is
//   kCircuitId, kRemoteId   without zeros and blanks at the end
//   kSipUri   of "sip:alice@Example.ORG:5060;user=phone", or without its scheme and a password: "alice@example.org",
//             in the user's case, without password and parameters, escaped as write_user_form (call_uri.h) has it
//   kSipUser  escaped in the same way
//   kTelUri   of "tel:+49-30-123", its scheme or none: "+4930123", or a range (number_range.h). 0 where it is not
//             global: what a number is that was dialled depends on where (dataplane/session/sip/number_plan.h)
//   kImpu     as kSipUri or kTelUri, by its scheme, which it must have
//   kImpi     the realm in lower case
//   the others        as they are
size_t normal_form(IdentityKind kind, Bytes shown, const IdentityForm& form, MutableBytes room);

}  // namespace lictor

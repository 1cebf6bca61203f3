// The header fields of SIP that are read here, by their names and compact forms (RFC 3261 sections 7.3.3 and 20, and
// the RFCs that made the others). Pure functions, any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/base/bytes.h"

namespace lictor::sip {

enum class Header : uint8_t {
  // One name a message: RFC 3261 and, where another is said, that one.
  kCallId,
  kCSeq,
  kContentLength,
  kContentType,
  kContentEncoding,
  kExpires,
  kSessionExpires,       // RFC 4028
  kReplaces,             // RFC 3891
  kJoin,                 // RFC 3911
  kTargetDialog,         // RFC 4538
  kReferTo,              // RFC 3515
  kEvent,                // RFC 6665
  kSubscriptionState,    // RFC 6665
  kRack,                 // RFC 3262
  kRseq,                 // RFC 3262
  kSessionId,            // RFC 7989
  kChargingVector,       // RFC 7315, P-Charging-Vector
  kSubject,              // names content
  kAccessNetworkInfo,    // RFC 7315, P-Access-Network-Info: where somebody is
  kGeolocation,          // RFC 6442: the same
  kCellularNetworkInfo,  // TS 24.229, Cellular-Network-Info: the same
  kVisitedNetwork,       // RFC 7315, P-Visited-Network-ID
  kReason,               // RFC 3326
  kRequire,
  kVia,
  kRoute,
  kRecordRoute,
  kPath,                     // RFC 3327
  kAuthenticationInfo,       // RFC 7615: the nonce that comes next
  kProxyAuthenticationInfo,  // the same of a proxy
  // Who somebody is. These may be several, in several lines.
  kFrom,
  kTo,
  kContact,
  kAsserted,       // RFC 3325, P-Asserted-Identity
  kPreferred,      // RFC 3325, P-Preferred-Identity
  kCalledParty,    // RFC 7315, P-Called-Party-ID
  kRemoteParty,    // Remote-Party-ID, which never became an RFC
  kDiversion,      // RFC 5806
  kHistoryInfo,    // RFC 7044
  kReferredBy,     // RFC 3892
  kAssociatedUri,  // RFC 7315, P-Associated-URI: what a registrar says that somebody is called, too
  kAuthorization,
  kProxyAuthorization,
  kAuthenticate,  // WWW-Authenticate: a server's challenge
  kProxyAuthenticate,
  kOther,
  kCount = kOther,
};
constexpr size_t kHeaders = static_cast<size_t>(Header::kCount);

// Every line of these is kept, as far as there is room; of the others the first.
constexpr bool may_repeat(Header header) { return header >= Header::kFrom && header < Header::kOther; }
constexpr size_t kRepeatableHeaders = static_cast<size_t>(Header::kOther) - static_cast<size_t>(Header::kFrom);

// kOther for any name that is not above. `name` has no blanks at its ends.
[[nodiscard]] Header header_named(Bytes name) noexcept;

}  // namespace lictor::sip

#include "dataplane/session/sip/header_name.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "dataplane/base/octet_text.h"

namespace lictor::sip {
namespace {

struct Name {
  std::string_view text;  // in lower case
  Header header;
};

constexpr size_t kNameBytesMax = 25;

constexpr auto kNames = [] {
  std::array names = {
      Name{"call-id", Header::kCallId},
      Name{"i", Header::kCallId},
      Name{"cseq", Header::kCSeq},
      Name{"content-length", Header::kContentLength},
      Name{"l", Header::kContentLength},
      Name{"content-type", Header::kContentType},
      Name{"c", Header::kContentType},
      Name{"content-encoding", Header::kContentEncoding},
      Name{"e", Header::kContentEncoding},
      Name{"expires", Header::kExpires},
      Name{"session-expires", Header::kSessionExpires},
      Name{"x", Header::kSessionExpires},
      Name{"replaces", Header::kReplaces},
      Name{"join", Header::kJoin},
      Name{"target-dialog", Header::kTargetDialog},
      Name{"refer-to", Header::kReferTo},
      Name{"r", Header::kReferTo},
      Name{"event", Header::kEvent},
      Name{"o", Header::kEvent},
      Name{"subscription-state", Header::kSubscriptionState},
      Name{"rack", Header::kRack},
      Name{"rseq", Header::kRseq},
      Name{"session-id", Header::kSessionId},
      Name{"p-charging-vector", Header::kChargingVector},
      Name{"subject", Header::kSubject},
      Name{"s", Header::kSubject},
      Name{"p-access-network-info", Header::kAccessNetworkInfo},
      Name{"geolocation", Header::kGeolocation},
      Name{"cellular-network-info", Header::kCellularNetworkInfo},
      Name{"p-visited-network-id", Header::kVisitedNetwork},
      Name{"reason", Header::kReason},
      Name{"require", Header::kRequire},
      Name{"via", Header::kVia},
      Name{"v", Header::kVia},
      Name{"route", Header::kRoute},
      Name{"record-route", Header::kRecordRoute},
      Name{"path", Header::kPath},
      Name{"from", Header::kFrom},
      Name{"f", Header::kFrom},
      Name{"to", Header::kTo},
      Name{"t", Header::kTo},
      Name{"contact", Header::kContact},
      Name{"m", Header::kContact},
      Name{"p-asserted-identity", Header::kAsserted},
      Name{"p-preferred-identity", Header::kPreferred},
      Name{"p-called-party-id", Header::kCalledParty},
      Name{"remote-party-id", Header::kRemoteParty},
      Name{"diversion", Header::kDiversion},
      Name{"history-info", Header::kHistoryInfo},
      Name{"referred-by", Header::kReferredBy},
      Name{"b", Header::kReferredBy},
      Name{"p-associated-uri", Header::kAssociatedUri},
      Name{"authorization", Header::kAuthorization},
      Name{"proxy-authorization", Header::kProxyAuthorization},
      Name{"www-authenticate", Header::kAuthenticate},
      Name{"proxy-authenticate", Header::kProxyAuthenticate},
      Name{"authentication-info", Header::kAuthenticationInfo},
      Name{"proxy-authentication-info", Header::kProxyAuthenticationInfo},
  };
  std::ranges::sort(names, {}, [](const Name& name) { return name.text.size(); });
  return names;
}();

// Where the names of so many octets begin.
constexpr auto kFirstOfLength = [] {
  std::array<uint8_t, kNameBytesMax + 2> first{};
  for (size_t bytes = 0; bytes < first.size(); ++bytes) {
    size_t at = 0;
    while (at < kNames.size() && kNames[at].text.size() < bytes) ++at;
    first[bytes] = static_cast<uint8_t>(at);
  }
  return first;
}();
static_assert(kNames.back().text.size() <= kNameBytesMax);

}  // namespace

Header header_named(Bytes name) noexcept {
  if (name.empty() || name.size() > kNameBytesMax) return Header::kOther;
  const auto initial = static_cast<char>(lower_octet(name[0]));
  const size_t end = kFirstOfLength[name.size() + 1];
  for (size_t at = kFirstOfLength[name.size()]; at < end; ++at)
    if (kNames[at].text[0] == initial && is_word(name, kNames[at].text)) return kNames[at].header;
  return Header::kOther;
}

}  // namespace lictor::sip

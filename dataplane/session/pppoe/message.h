// PPPoE (RFC 2516) and the PPP that negotiates in it (RFC 1661, 1332, 1334, 1994, 5072), as views of the octets. Pure
// functions over hostile octets, nothing is allocated; any thread. A password, a challenge and a response are in no
// view: what is not here cannot be exported or logged.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "dataplane/base/bytes.h"
#include "dataplane/base/drop_reason.h"
#include "dataplane/session/shown_message.h"

namespace lictor {

// What came of some octets, and the counter that they are counted under. With any but kRead the message is empty.
enum class PppoeReading : uint8_t {
  kRead,
  kTruncated,    // ends inside of what it claims to be
  kBadVersion,   // not version 1, type 1
  kUnknownCode,  // a code of PPPoE that the EtherType does not have
  kBadLength,    // a length that is shorter than its own header, or that overruns what is around it
  kBadOption,    // an option that overruns, comes twice, or has not the length that it must have
  kCount,
};

constexpr std::array<std::string_view, kReasons<PppoeReading>> kPppoeReadingNames = {
    "read", "truncated", "bad_version", "unknown_code", "bad_length", "bad_option"};

// --- discovery: EtherType 0x8863 ---

enum class PppoeCode : uint8_t {
  kSession = 0x00,
  kPado = 0x07,
  kPadi = 0x09,
  kPadr = 0x19,
  kPads = 0x65,
  kPadt = 0xa7
};

// A discovery packet. Texts are what stands there, neither terminated nor of any character set, at most 1500 octets.
struct PppoeDiscovery {
  PppoeCode code = PppoeCode::kSession;
  uint16_t session_id = 0;  // 0 but in PADS and PADT; a PADS of session 0 refuses
  bool refused = false;     // an error tag (0x0201 to 0x0203)
  Bytes service_name;       // 0x0101, the first of several
  Bytes concentrator_name;  // 0x0102, the first
  Bytes host_uniq;          // 0x0103, the first
  Bytes cookie;             // 0x0104, the first

  // The Broadband Forum's tag (0x0105 with 0x00000de9: TR-101, 3.9.2), which the access node puts into what a
  // subscriber sends. Where it comes more than once, nobody knows which of them is the node's: `line_tags` says so.
  uint8_t line_tags = 0;  // at most 255 are counted
  Bytes circuit_id;       // sub-option 1 of the last such tag
  Bytes remote_id;        // sub-option 2; both are empty where a sub-option of the tag overruns it
};

// `payload` is what stands behind the EtherType. What is behind the PPPoE length is padding and is not looked at; tags
// behind End-Of-List are not either.
PppoeReading parse_pppoe_discovery(Bytes payload, PppoeDiscovery& message) noexcept;

// --- sessions: EtherType 0x8864 ---

enum class PppKind : uint8_t { kOther, kLcp, kPap, kChap, kIpcp, kIpv6cp };

// Codes of LCP, which IPCP and IPv6CP share up to kCodeReject (RFC 1661, 5; RFC 1332, 2; RFC 5072, 3).
enum class PppCode : uint8_t {
  kConfigureRequest = 1,
  kConfigureAck = 2,
  kConfigureNak = 3,
  kConfigureReject = 4,
  kTerminateRequest = 5,
  kTerminateAck = 6,
  kCodeReject = 7,
  kProtocolReject = 8,
  kEchoRequest = 9,
  kEchoReply = 10,
  kDiscardRequest = 11,
};
enum class PapCode : uint8_t { kRequest = 1, kAck = 2, kNak = 3 };
enum class ChapCode : uint8_t { kChallenge = 1, kResponse = 2, kSuccess = 3, kFailure = 4 };

// A frame of a session. What each kind fills besides the first four is said at the field.
struct PppMessage {
  uint16_t session_id = 0;
  uint16_t protocol = 0;           // of PPP
  PppKind kind = PppKind::kOther;  // kOther: somebody's packet, or a protocol that is not looked into; the rest is 0
  uint8_t code = 0;                // PppCode, PapCode or ChapCode by `kind`; may be none of them
  uint8_t identifier = 0;
  Bytes name;                   // Peer-Id of a PAP request; Name of a CHAP challenge or response
  uint16_t authentication = 0;  // LCP Configure-…, option 3: 0xc023 PAP, 0xc223 CHAP, else what stands there
  uint16_t rejected = 0;        // LCP Protocol-Reject: which
  std::optional<std::array<uint8_t, 4>> address;       // IPCP Configure-…, option 3 (RFC 1332, 3.3)
  std::optional<std::array<uint8_t, 8>> interface_id;  // IPv6CP Configure-…, option 1 (RFC 5072, 4.1)
};

// `payload` is what stands behind the EtherType. Protocol fields of one octet are read (RFC 1661, 6.5). Padding behind
// the PPPoE length and behind a control protocol's own length is not looked at. kTruncated too where the frame was cut
// inside of the PPPoE length: a control message is short, and half of one says nothing.
PppoeReading parse_pppoe_session(Bytes payload, PppMessage& message) noexcept;

// Copies a packet of either EtherType into `room` as an agency may have it, and answers its octets; 0 where it cannot
// be read or `room` is too small. What PAP and CHAP carry is overwritten, and so is all else that may quote it or is
// nobody's signalling: the data of every control message but Configure-…, other protocols, and padding.
size_t copy_masked_pppoe(Bytes payload, MutableBytes room) noexcept;

// The same, for who tells of sessions. No message says where somebody is.
class ShownPppoe final : public ShownMessage {
 public:
  size_t copy(Bytes payload, ShownLocation /*location*/, MutableBytes room) const noexcept override {
    return copy_masked_pppoe(payload, room);
  }
};

inline const ShownPppoe kShownPppoe;

constexpr bool is_code(const PppMessage& message, PppKind kind, PppCode code) {
  return message.kind == kind && message.code == static_cast<uint8_t>(code);
}
constexpr bool is_code(const PppMessage& message, PapCode code) {
  return message.kind == PppKind::kPap && message.code == static_cast<uint8_t>(code);
}
constexpr bool is_code(const PppMessage& message, ChapCode code) {
  return message.kind == PppKind::kChap && message.code == static_cast<uint8_t>(code);
}

}  // namespace lictor

// What the records of one task say besides the packets: the mediation's and the tap's fields as the encoder needs them.
// Plain values, made by the control thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/base/clock.h"
#include "dataplane/base/local_time.h"
#include "encoders/etsi/lengths.h"
#include "encoders/etsi/payload_key.h"

namespace lictor {

// TS 102 232-1, PSHeader: [7] or [5].
enum class TimestampForm : uint8_t { kMicrosecond, kGeneralized };

// Whether the payload travels in an EncryptionContainer, and how its octets are encrypted.
enum class PayloadEncryption : uint8_t { kOff, kContainer, kAes192Cbc, kAes256Cbc };

struct TargetPrefix {
  bool ipv6 = false;
  std::array<uint8_t, 16> octets{};  // network order; IPv4 takes the first four
  uint8_t length = 32;               // 0 to 32, or 0 to 128
};

// TS 102 232-1, IRIType, with its values.
enum class IriKind : uint8_t { kBegin = 1, kEnd = 2, kContinue = 3, kReport = 4 };

// What is said of sessions where agencies differ.
struct SessionIriProfile {
  // By what DHCP tells: a DISCOVER or SOLICIT, a lease, its renewal, a refusal, its release or end.
  IriKind dhcp_attempt = IriKind::kReport;
  IriKind dhcp_accept = IriKind::kBegin;
  IriKind dhcp_update = IriKind::kContinue;
  IriKind dhcp_reject = IriKind::kReport;
  IriKind dhcp_end = IriKind::kEnd;
  IriKind interception_end = IriKind::kReport;  // of a session that goes on when the interception ends
  bool location = false;                        // where the subscriber is, as far as signalling tells
  bool raw_aaa = false;                         // rawAAAData: the message itself
};

struct EtsiTaskParameters {
  std::string liid;                   // 1 to 25 octets
  std::string authorization_country;  // two letters
  std::string delivery_country;       // two letters
  std::string operator_id;            // 1 to 16 octets
  std::string hi1_operator_id;        // 0 to 5 octets (TS 101 671); empty: left out
  std::string network_element_id;     // 1 to 16 octets
  std::string interception_point_id;  // 0 to 8 printable characters; empty: left out
  uint32_t cin = 0;
  std::string user_label;             // targetUsername where no session has one, 1 to 128 octets
  uint8_t internet_access_type = 0;   // TS 102 232-3, InternetAccessType, 0 to 9
  std::vector<TargetPrefix> targets;  // at most kTargetsMax
  std::string target_information;     // of HI1 notifications, 0 to 256 octets; empty: left out
  bool frames = false;                // content is frames (TS 102 232-4), and IRI is L2IRI
  std::string network_id;             // of frames: targetNetworkID of the L2IRI, 0 to 128 octets; empty: left out
  SessionIriProfile session_iri;
  bool call_content = false;  // the order covers content: messages of calls go as they are, else without it (mask_sip)
  bool call_packets = false;  // such a message goes as the IP packet that it came in, where it came in one
  TimestampForm timestamp_form = TimestampForm::kMicrosecond;
  std::optional<LocalTime> local_time;  // of generalized time; nothing: UTC
  Lengths lengths = Lengths::kShortest;
  PayloadEncryption encryption = PayloadEncryption::kOff;
  SharedPayloadKey payload_key;        // of the method's length; null where it needs none
  LegalTime encryption_started;        // the byte counters of containers begin with it
  uint8_t li_ps_version = 33;          // last arc of LI-PS-PDU's OID, 1 to 127
  uint8_t l2_access_version = 7;       // of L2AccessPDU's, 1 to 127
  uint8_t ip_multimedia_version = 14;  // of IPMultimediaPDU's, 1 to 127
  uint8_t ip_access_version =
      14;  // of IPAccessPDU's, 1 to 127; from kTruncatedPacketVersion on, truncated packets are marked

  // IPIRI lists all of them: 100 addresses take about 2 KiB of a record.
  static constexpr size_t kTargetsMax = 100;
  static constexpr uint8_t kTruncatedPacketVersion = 18;
};

}  // namespace lictor

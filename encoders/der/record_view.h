// What a receiver wants to know of a PS-PDU, as spans into it. Filled by walk_record; plain data, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/bytes.h"
#include "encoders/der/deviation.h"

namespace lictor::der {

// What a record carries: one alternative of Payload, those of TRIPayload one by one. TRI kinds in the order of their
// tags.
enum class Kind : uint8_t {
  kNone,
  kIri,
  kCc,
  kHi1,
  kEncrypted,
  kOther,  // threeGPP-HI1-Operation, iLHIPayload, hI4Payload
  kIntegrityCheck,
  kTestPdu,
  kPadding,
  kKeepAlive,
  kKeepAliveResponse,
  kFirstSegment,
  kLastSegment,
  kCinReset,
  kOperatorMessage,
  kOptionRequest,
  kOptionResponse,
  kOptionComplete,
  kAcknowledgementRequest,
  kAcknowledgementResponse,
  kCount,
};

std::string_view name_of(Kind kind);

// One element of the IRI or CC payload sequence.
struct PayloadView {
  std::optional<int64_t> time_us;     // its own, in an aggregate; since the Unix epoch
  std::optional<uint32_t> iri_type;   // 1 begin, 2 end, 3 continue, 4 report
  std::optional<uint32_t> direction;  // 0 from the target, 1 to it, 2 indeterminate, …
  uint8_t content_tag =
      0;  // the alternative of IRIContents or CCContents: 2 is IPIRI, IPCC; 6 L2IRI, L2CC; 11 IPMMIRI; 12 IPMMCC
  std::optional<uint32_t> access_event;  // of an IPIRI
  Bytes packet;  // of an IPCC: iPPackets or iPTruncatedPacket; of an L2CC: ethernet; of an IPMMCC: mMCCContents
  bool truncated = false;                  // it was iPTruncatedPacket
  std::optional<uint32_t> original_bytes;  // of a truncated packet, where told
  // Of an IPMMCC.
  std::optional<uint32_t> frame_type;      // 0: `packet` begins with its IP header, 1 UDP, 2 RTP, 3 none, …
  std::optional<uint32_t> media_protocol;  // 0 RTP, 1 MSRP, 2 UDPTL
  Bytes stream;                            // streamIdentifier
};

// Payloads of one record; more are told as kTooMany and not shown.
constexpr size_t kPayloadsMax = 4096;

struct RecordView {
  Bytes record;
  Kind kind = Kind::kNone;
  uint8_t hi1_tag = 0;  // 1 liActivated, 2 liDeactivated, 3 liModified, 4 alarms-indicator
  Bytes domain;
  Bytes liid;
  Bytes authorization_country;
  Bytes operator_id;
  Bytes network_element;
  Bytes delivery_country;
  Bytes interception_point;
  std::optional<uint32_t> cin;
  std::optional<uint32_t> number;
  Bytes time_text;                 // GeneralizedTime
  std::optional<int64_t> time_us;  // since the Unix epoch, of either form of time stamp
  std::optional<uint32_t> time_qualifier;
  std::vector<PayloadView> payloads;

  Deviations deviations;
  std::optional<Deviation> worst;  // the first that is not tolerable; else the first
  size_t worst_offset = 0;         // octet of the record
  std::string_view worst_place;    // the name of the member

  // Names the deviation, the octet and the member; nothing of the content.
  [[nodiscard]] std::string complaint() const;
};

}  // namespace lictor::der

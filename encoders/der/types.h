// The types of TS 102 232-1, -3, -4, -5 and TS 101 671 that a PS-PDU is made of, as tables: what the walker checks
// against, what it takes out, and what a printer calls things. Constant data, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace lictor::der {

enum class Form : uint8_t {
  kUnsigned,            // INTEGER; min and max bound its value. Nothing in a PS-PDU is negative
  kEnumerated,          // the same, with names
  kOctets,              // OCTET STRING; min and max bound its size
  kMessage,             // the same, of lines of text: a printer shows them, and nobody judges whether they are
  kText,                // PrintableString, UTF8String: octets that must be UTF-8
  kTime,                // GeneralizedTime, UTCTime
  kObjectIdentifier,    //
  kRelativeIdentifier,  // RELATIVE-OID
  kNull,                //
  kSequence,            // members with ascending context tags
  kSequenceOf,          // elements with universal tags, or of a CHOICE
  kChoice,              // one of its members; a tag on a CHOICE is explicit (X.680 31.2.7)
  kAny,                 // a type of no table here: its TLVs are followed, its values are not judged
};

// What the walker takes out of a record.
enum class Field : uint8_t {
  kNone,
  kDomain,
  kLiid,
  kAuthorizationCountry,
  kOperator,
  kNetworkElement,
  kCin,
  kDeliveryCountry,
  kNumber,
  kTimeText,
  kInterceptionPoint,
  kSeconds,
  kMicroseconds,
  kPayloadTimeText,  // of one payload of an aggregate
  kPayloadSeconds,
  kPayloadMicroseconds,
  kTimeQualifier,
  kKind,         // an alternative of the payload: its place says which
  kTriKind,      // an alternative of the TRI payload
  kHi1Kind,      // an alternative of the HI1 operation
  kPayload,      // one IRI or CC payload begins
  kContentKind,  // the alternative of IRIContents or CCContents
  kIriType,
  kDirection,
  kAccessEvent,
  kPacket,
  kTruncatedPacket,
  kOriginalLength,
  kFrameType,  // of IPMMCC
  kStream,
  kMediaProtocol,
};

struct Type;

struct Member {
  uint8_t tag;  // context-specific
  std::string_view name;
  const Type* type;
  bool optional = false;
  Field field = Field::kNone;
};

struct Type {
  Form form;
  std::span<const Member> members = {};          // of kSequence and kChoice, by ascending tag
  const Type* element = nullptr;                 // of kSequenceOf
  Field element_field = Field::kNone;            // told at the beginning of each element
  std::span<const std::string_view> names = {};  // of kEnumerated, by value; an empty one has no meaning
  uint64_t min = 0;                              // value, or octets
  uint64_t max = std::numeric_limits<uint64_t>::max();
};

constexpr bool is_constructed(Form form) {
  return form == Form::kSequence || form == Form::kSequenceOf || form == Form::kChoice;
}

// The member with that tag, or null.
const Member* find_member(const Type& type, uint32_t tag);

// What stands inside the outer SEQUENCE.
const Type& ps_pdu_type();

}  // namespace lictor::der

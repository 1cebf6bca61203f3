// What a message's body holds: its session descriptions, alone or as parts of multipart bodies (RFC 2046 section 5.1,
// RFC 5621). Views, any thread, no allocation; a body is read at most once for each level of nesting.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/base/bytes.h"
#include "dataplane/session/sip/message.h"
#include "dataplane/session/up_to.h"

namespace lictor::sip {

enum class BodyKind : uint8_t {
  kNone,
  kSdp,          // application/sdp
  kMultipart,    // multipart/…
  kSipFragment,  // message/sipfrag, message/sip (RFC 3420)
  kOther,
};

// Parts of a body, of all levels, that are looked at.
constexpr uint32_t kPartsMax = 32;
constexpr uint32_t kNestingMax = 3;
// Session descriptions of one message: alternatives, or early media apart (RFC 3959). Each part may be one.
constexpr size_t kDescriptionsMax = kPartsMax;
// RFC 2046 section 5.1.1, with the quotes and escapes that it may have; as encoders/mask.
constexpr size_t kBoundaryBytesMax = 142;

struct BodyDescriptions {
  UpTo<Bytes, kDescriptionsMax> sdp;
  uint32_t parts = 0;
  uint16_t parts_beyond = 0;  // behind kPartsMax, or deeper than kNestingMax
  uint16_t odd_parts = 0;     // a multipart without boundary, or whose boundary is nowhere
  uint16_t encoded = 0;       // compressed or the like: descriptions that nobody reads
};

// By the type alone; without one a body that begins as a description does is one, as phones in the field have it.
[[nodiscard]] BodyKind body_kind(Bytes content_type, Bytes body) noexcept;

// Finds the descriptions in the body of `message`. `found` is overwritten.
void find_descriptions(const Message& message, BodyDescriptions& found) noexcept;

}  // namespace lictor::sip

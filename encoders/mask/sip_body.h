// The body of a SIP message, part by part: which parts go, and what goes out of those that stay. For the files of this
// folder; any thread.
#pragma once

#include "encoders/mask/sip_head.h"

namespace lictor::mask {

// What is known of a body, or of a part of one, by its head.
struct BodyHead {
  Bytes type;  // Content-Type
  bool has_type = false;
  bool is_odd = false;      // there are several types: nobody knows which one its reader takes
  bool is_encoded = false;  // compressed or the like: nobody reads it here
  bool is_talk = false;     // of MESSAGE or INFO

  // Takes note of a header line that is about the body.
  void note(const HeadLine& line);
};

// Parts of one body that are looked at; those behind go. Bodies in bodies that are deeper go, too.
constexpr uint32_t kMaskedPartsMax = 32;
constexpr uint32_t kMaskedDepthMax = 3;

// Appends to `out` what may stay of `body`, whose head was noted in `head`; nothing where all of it goes.
void append_masked_body(Octets& out, const BodyHead& head, Bytes body, const SipMaskPolicy& policy);

}  // namespace lictor::mask

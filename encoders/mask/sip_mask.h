// A SIP message without what the order does not cover: without content what people say to each other in signalling,
// without location where they are. Pure function, any thread; allocates what it answers.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/base/bytes.h"

namespace lictor {

struct SipMaskPolicy {
  bool content = false;   // the order covers content
  bool location = false;  // the order asks where somebody is
};

// The message that `octets` begin with, as far as `policy` lets it go; README.md says what is taken out. What is left
// is a message with the Content-Length of its body, and verbatim where nothing had to go. Octets behind the message
// are left out, and so is a line of its head that is cut off. Empty where they begin no message. With a policy that
// covers everything: `octets`, whatever they are. Keys and passwords in its head go whatever is ordered. At most
// kMaskGrowth octets longer than them, and costs no more than their number.
constexpr size_t kMaskGrowth = 512;
[[nodiscard]] std::vector<uint8_t> mask_sip(Bytes octets, const SipMaskPolicy& policy);

}  // namespace lictor

// A RADIUS message as an agency may have it (rawAAAData): without passwords, what could be tried passwords against,
// keys, and what access servers are told about interceptions. Every other octet stays as it was. Pure, any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/session/radius/attribute_map.h"
#include "dataplane/session/shown_message.h"

namespace lictor::radius {

// An attribute that is masked besides the standard ones. vendor 0: the attribute itself.
struct MaskedAttribute {
  uint32_t vendor = 0;
  uint8_t type = 0;
};

// What overwrites an octet.
constexpr uint8_t kMask = '*';

// Copies `message` (Message::octets: what is behind its length is padding) to `into`, which has room for as many
// octets, and overwrites in the copy:
//   - the contents of User-Password, CHAP-Password and -Challenge, EAP-Message, Tunnel-Password, ARAP and Digest
//     secrets, of vendors' passwords and keys, of Cisco's pairs that name one, and of `also`;
//   - types and contents of vendors' lawful-intercept attributes: that they are there is told to nobody;
//   - both authenticators, against which an operator's shared secret could be tried;
//   - what follows an attribute that is no attribute, and vendors' attributes that cannot be divided.
// Answers the octets written. Types and lengths stay, but for intercept attributes, so the copy parses.
size_t copy_masked(Bytes message, std::span<const MaskedAttribute> also, MutableBytes into) noexcept;

// Datagrams as agencies may have them: without what is behind the message's own length, and, unless they may say where
// the subscriber is, without what RFC 5580, 3GPP, 3GPP2 and the operator's own map have for that.
class ShownRadius final : public ShownMessage {
 public:
  explicit ShownRadius(const AttributeMap& attributes);
  size_t copy(Bytes datagram, ShownLocation location, MutableBytes room) const noexcept override;

 private:
  std::vector<MaskedAttribute> location_;
};

}  // namespace lictor::radius

// MPLS (RFC 3032) and what stands under the labels: IP, or an Ethernet pseudowire (RFC 4448) with or without its
// control word.

#include "dataplane/packet/parse_walk.h"

namespace lictor {
namespace {

constexpr uint32_t kEntropyIndicator = 7;  // RFC 6790: the label behind it is a hash, and names nothing

}  // namespace

Layer parse_mpls(Walk& walk) noexcept {
  ByteReader in(walk.rest());
  bool is_entropy = false;
  for (size_t labels = 0;; ++labels) {
    if (labels == kLabelsMax) return walk.stop_deep();
    const uint32_t entry = in.u32();
    if (!in.ok()) return walk.stop(PacketDrop::kTruncated);
    const uint32_t label = entry >> 12;
    if (!is_entropy && label != kEntropyIndicator) walk.level().label = label;
    is_entropy = !is_entropy && label == kEntropyIndicator;
    if ((entry & 0x100) != 0) break;  // bottom of the stack
  }
  walk.advance_to(in);
  const UnnamedPayload payload =
      name_payload(walk.rest(), walk.end - static_cast<uint32_t>(walk.at), ControlWord::kPerhaps);
  const bool is_wire = payload.layer == Layer::kEthernet;
  if (!walk.trust.trusts(is_wire ? Encapsulation::kPseudowire : Encapsulation::kMpls)) return Layer::kNothing;
  walk.at += payload.control_word;
  return payload.layer;
}

}  // namespace lictor

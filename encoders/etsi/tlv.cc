#include "encoders/etsi/tlv.h"

namespace lictor {

std::optional<Tlv> first_tlv(Bytes bytes) {
  ByteReader in(bytes);
  Tlv tlv;
  tlv.tag = in.u8();
  if ((tlv.tag & 0x1f) == 0x1f) return std::nullopt;
  size_t length = in.u8();
  if (length >= 0x80) {
    const size_t octets = length & 0x7f;
    if (octets == 0 || octets > 4) return std::nullopt;
    length = 0;
    for (const uint8_t octet : in.take(octets)) length = length << 8 | octet;
  }
  tlv.content = in.take(length);
  if (!in.ok()) return std::nullopt;
  tlv.whole = bytes.first(bytes.size() - in.remaining());
  return tlv;
}

std::optional<Tlv> find_child(Bytes parent, uint8_t tag) {
  while (!parent.empty()) {
    const std::optional<Tlv> child = first_tlv(parent);
    if (!child || child->tag == tag) return child;
    parent = parent.subspan(child->whole.size());
  }
  return std::nullopt;
}

}  // namespace lictor

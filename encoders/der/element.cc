#include "encoders/der/element.h"

#include "encoders/der/tlv.h"

namespace lictor::der {

std::optional<Element> take_element(Bytes& rest) {
  ByteReader in(rest);
  const TlvHeader header = read_tlv_header(in);
  if (header.status != TlvStatus::kOk || header.length > in.remaining()) return std::nullopt;
  Element element{.identifier = header.identifier, .content = in.take(header.length), .whole = {}};
  element.whole = rest.first(rest.size() - in.remaining());
  rest = rest.subspan(element.whole.size());
  return element;
}

std::optional<Element> child_of(Bytes parent, uint8_t identifier) {
  while (!parent.empty()) {
    const std::optional<Element> element = take_element(parent);
    if (!element || element->identifier == identifier) return element;
  }
  return std::nullopt;
}

std::optional<uint32_t> number_of(Bytes content) {
  if (content.empty() || content.size() > 5) return std::nullopt;
  uint64_t value = 0;
  for (const uint8_t octet : content) value = value << 8 | octet;
  if (value > UINT32_MAX) return std::nullopt;
  return static_cast<uint32_t>(value);
}

void append_element(std::vector<uint8_t>& out, uint8_t identifier, Bytes content) {
  out.push_back(identifier);
  if (content.size() < 0x80) {
    out.push_back(static_cast<uint8_t>(content.size()));
  } else {
    int octets = 1;
    while (content.size() >> (8 * octets) > 0) ++octets;
    out.push_back(static_cast<uint8_t>(0x80 | octets));
    for (; octets > 0; --octets) out.push_back(static_cast<uint8_t>(content.size() >> (8 * (octets - 1))));
  }
  out.insert(out.end(), content.begin(), content.end());
}

}  // namespace lictor::der

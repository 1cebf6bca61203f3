// Names come from clients: whatever they hold, an IRI and a terminal get harmless text.

#include "dataplane/session/domain_name.h"

#include <algorithm>

namespace lictor {
namespace {

constexpr uint8_t kLabelBytesMax = 63;

char harmless(uint8_t octet) {
  const bool letter = (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z');
  const bool other = (octet >= '0' && octet <= '9') || octet == '-' || octet == '_';
  return letter || other ? static_cast<char>(octet) : '?';
}

}  // namespace

std::string_view write_domain(Bytes wire, std::span<char> room) noexcept {
  ByteReader in(wire);
  size_t used = 0;
  while (in.remaining() > 0) {
    const uint8_t length = in.u8();
    const Bytes label = in.take(length);
    const size_t dot = used > 0 ? 1 : 0;
    if (!in.ok() || length == 0 || length > kLabelBytesMax || label.size() + dot > room.size() - used) break;
    if (dot != 0) room[used++] = '.';
    for (const uint8_t octet : label) room[used++] = harmless(octet);
  }
  return {room.data(), used};
}

std::string_view write_host(Bytes text, std::span<char> room) noexcept {
  size_t used = 0;
  for (const uint8_t octet : text.first(std::min(text.size(), room.size()))) {
    if (octet == 0) break;
    room[used++] = octet == '.' ? '.' : harmless(octet);
  }
  return {room.data(), used};
}

}  // namespace lictor

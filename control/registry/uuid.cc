// UUIDs from getrandom(2), and their text form. Any thread.
#include "control/registry/uuid.h"

#include <sys/random.h>

#include "control/registry/text_rules.h"
#include "dataplane/base/check.h"

namespace lictor::control {

Xid make_random_uuid() {
  Xid id;
  // 16 octets are never cut short, and once the pool is up this cannot fail (getrandom(2)).
  LICTOR_CHECK(getrandom(id.octets.data(), id.octets.size(), 0) == static_cast<ssize_t>(id.octets.size()));
  id.octets[6] = static_cast<uint8_t>((id.octets[6] & 0x0f) | 0x40);
  id.octets[8] = static_cast<uint8_t>((id.octets[8] & 0x3f) | 0x80);
  return id;
}

Result<Xid> parse_uuid(std::string_view text) {
  if (!is_uuid(text)) return absl::InvalidArgumentError("must be a UUID in lower case");
  Xid id;
  size_t digits = 0;
  for (const char c : text) {
    if (c == '-') continue;
    const auto value = static_cast<uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    uint8_t& octet = id.octets[digits / 2];
    octet = static_cast<uint8_t>(octet << 4 | value);
    ++digits;
  }
  return id;
}

}  // namespace lictor::control

#include "dataplane/base/ids.h"

#include <algorithm>

namespace lictor {

Result<Xid> Xid::from_octets(Bytes octets) {
  Xid xid;
  if (octets.size() != xid.octets.size()) return absl::InvalidArgumentError("xid: must be 16 octets");
  std::ranges::copy(octets, xid.octets.begin());
  return xid;
}

std::string Xid::to_string() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (size_t i = 0; i < octets.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[octets[i] >> 4];
    text += kDigits[octets[i] & 15];
  }
  return text;
}

}  // namespace lictor

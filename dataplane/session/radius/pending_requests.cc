#include "dataplane/session/radius/pending_requests.h"

#include <algorithm>
#include <bit>

#include "dataplane/session/radius/mask.h"

namespace lictor::radius {
namespace {

// Long, or secret, and of no use when the answer comes.
bool is_left_out(uint8_t type) {
  constexpr std::array<uint8_t, 9> kTypes = {2, 3, 24, 33, 60, 69, 79, 80, 18};
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

}  // namespace

void PendingRequest::keep(const Message& message) noexcept {
  std::copy(message.authenticator.begin(), message.authenticator.end(), authenticator.begin());
  std::array<uint8_t, kOctetsMax> kept;
  size_t length = kHeaderBytes;
  std::copy_n(message.octets.begin(), kHeaderBytes, kept.begin());
  for (Bytes rest = message.octets.subspan(kHeaderBytes); !rest.empty();) {
    const Bytes attribute = rest.first(rest[1]);
    rest = rest.subspan(attribute.size());
    if (is_left_out(attribute[0]) || length + attribute.size() > kept.size()) continue;
    std::copy(attribute.begin(), attribute.end(), kept.begin() + static_cast<ptrdiff_t>(length));
    length += attribute.size();
  }
  kept[2] = static_cast<uint8_t>(length >> 8);
  kept[3] = static_cast<uint8_t>(length);
  bytes = static_cast<uint16_t>(copy_masked(Bytes(kept).first(length), {}, octets));
}

PendingRequests::PendingRequests(size_t entries) : requests_(std::bit_ceil(std::max(entries, kWays))) {}

PendingRequest* PendingRequests::find(uint64_t hash) noexcept {
  const size_t first = first_of(hash);
  for (size_t at = first; at < first + kWays; ++at) {
    if (requests_[at].hash == stored(hash)) return &requests_[at];
  }
  return nullptr;
}

PendingRequests::Added PendingRequests::add(uint64_t hash, PacketTime now) noexcept {
  PendingRequest* place = find(hash);
  bool pushed_out = false;
  if (place == nullptr) {
    const size_t first = first_of(hash);
    place = &requests_[first];
    for (size_t at = first; at < first + kWays && place->hash != 0; ++at) {
      if (requests_[at].hash == 0 || requests_[at].received < place->received) place = &requests_[at];
    }
    pushed_out = place->hash != 0;
  }
  place->hash = stored(hash);
  place->received = now;
  return {place, pushed_out};
}

}  // namespace lictor::radius

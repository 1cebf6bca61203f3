#include "dataplane/session/sip/call_media.h"

namespace lictor::sip {

template <typename Goes>
void CallMedia::remove(const Goes& goes) noexcept {
  uint8_t kept = 0;
  for (uint8_t i = 0; i < count_; ++i) {
    if (goes(owners_[i])) continue;
    endpoints_[kept] = endpoints_[i];
    owners_[kept++] = owners_[i];
  }
  if (kept != count_) ++version_;
  count_ = kept;
}

void CallMedia::add(uint32_t party, bool offered, const MediaEndpoint& endpoint) noexcept {
  if (count_ == kCallEndpointsMax) {
    ++beyond_;
    return;
  }
  ++version_;
  endpoints_[count_] = endpoint;
  owners_[count_++] = {.party = party, .offered = offered};
}

void CallMedia::offer(uint32_t party, std::span<const MediaEndpoint> endpoints) noexcept {
  if (has(party, true, endpoints)) return;
  refuse_offer(party);
  for (const MediaEndpoint& endpoint : endpoints) add(party, true, endpoint);
}

void CallMedia::take_offer(uint32_t party) noexcept {
  bool offered = false;
  for (uint8_t i = 0; i < count_; ++i) offered = offered || (owners_[i].party == party && owners_[i].offered);
  if (!offered) return;
  remove([party](const Owner& owner) { return owner.party == party && !owner.offered; });
  for (uint8_t i = 0; i < count_; ++i)
    if (owners_[i].party == party) owners_[i].offered = false;
}

void CallMedia::refuse_offer(uint32_t party) noexcept {
  remove([party](const Owner& owner) { return owner.party == party && owner.offered; });
}

void CallMedia::answer(uint32_t party, std::span<const MediaEndpoint> endpoints) noexcept {
  if (has(party, false, endpoints)) return refuse_offer(party);
  leave(party);
  for (const MediaEndpoint& endpoint : endpoints) add(party, false, endpoint);
}

void CallMedia::leave(uint32_t party) noexcept {
  remove([party](const Owner& owner) { return owner.party == party; });
}

void CallMedia::clear() noexcept {
  remove([](const Owner& /*owner*/) { return true; });
}

// These and no others.
bool CallMedia::has(uint32_t party, bool offered, std::span<const MediaEndpoint> endpoints) const noexcept {
  size_t at = 0;
  for (uint8_t i = 0; i < count_; ++i) {
    if (owners_[i].party != party || owners_[i].offered != offered) continue;
    if (at == endpoints.size() || !(endpoints[at] == endpoints_[i])) return false;
    ++at;
  }
  return at == endpoints.size();
}

}  // namespace lictor::sip

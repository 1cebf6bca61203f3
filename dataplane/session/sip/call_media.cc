#include "dataplane/session/sip/call_media.h"

#include <algorithm>
#include <optional>

namespace lictor::sip {

template <typename Goes>
void CallMedia::remove(const Goes& goes) noexcept {
  uint8_t kept = 0;
  for (uint8_t i = 0; i < count_; ++i) {
    if (goes(owners_[i])) {
      if (counted_[i]) census_->remove(endpoints_[i]);
      continue;
    }
    endpoints_[kept] = endpoints_[i];
    counted_[kept] = counted_[i];
    owners_[kept++] = owners_[i];
  }
  if (kept != count_) ++version_;
  count_ = kept;
}

// How many endpoints each list may have, where one of `endpoints` comes in the place of what goes.
template <typename Goes>
size_t CallMedia::share_beside(const Goes& goes, size_t endpoints) const noexcept {
  size_t lists = 1;
  size_t others = 0;
  std::optional<MediaOwner> last;  // a list's endpoints stand in a row
  for (uint8_t i = 0; i < count_; ++i) {
    if (goes(owners_[i])) continue;
    if (last != owners_[i]) ++lists;
    last = owners_[i];
    ++others;
  }
  if (others + endpoints <= kCallEndpointsMax) return kCallEndpointsMax;
  return std::max(kCallEndpointsMax / lists, size_t{1});
}

void CallMedia::add(const MediaOwner& owner, std::span<const MediaEndpoint> endpoints, size_t share) noexcept {
  const uint8_t before = count_;
  std::optional<MediaOwner> last;
  size_t place = 0;
  remove([&](const MediaOwner& other) {
    place = last == other ? place + 1 : 0;
    last = other;
    return place >= share;
  });
  beyond_ += before - count_;
  for (const MediaEndpoint& endpoint : endpoints) {
    if (count_ == kCallEndpointsMax) {
      ++beyond_;
      continue;
    }
    ++version_;
    counted_[count_] = census_ != nullptr && census_->add(endpoint);
    endpoints_[count_] = endpoint;
    owners_[count_++] = owner;
  }
}

void CallMedia::offer(const MediaSpeaker& speaker, std::span<const MediaEndpoint> endpoints) noexcept {
  const MediaOwner owner{.speaker = speaker, .offered = true};
  const size_t share = share_beside([&owner](const MediaOwner& other) { return other == owner; }, endpoints.size());
  const auto kept = endpoints.first(std::min(endpoints.size(), share));
  if (has(owner, kept)) return;
  beyond_ += static_cast<uint32_t>(endpoints.size() - kept.size());
  refuse_offer(speaker);
  add(owner, kept, share);
}

void CallMedia::take_offer(const MediaSpeaker& speaker) noexcept {
  bool offered = false;
  for (uint8_t i = 0; i < count_; ++i) offered = offered || (owners_[i].speaker == speaker && owners_[i].offered);
  if (!offered) return;
  remove([&speaker](const MediaOwner& owner) { return owner.speaker == speaker && !owner.offered; });
  for (uint8_t i = 0; i < count_; ++i)
    if (owners_[i].speaker == speaker) owners_[i].offered = false;
}

void CallMedia::refuse_offer(const MediaSpeaker& speaker) noexcept {
  remove([&speaker](const MediaOwner& owner) { return owner.speaker == speaker && owner.offered; });
}

void CallMedia::answer(const MediaSpeaker& speaker, std::span<const MediaEndpoint> endpoints) noexcept {
  const MediaOwner owner{.speaker = speaker};
  const auto is_its_own = [&speaker](const MediaOwner& other) { return other.speaker == speaker; };
  const size_t share = share_beside(is_its_own, endpoints.size());
  const auto kept = endpoints.first(std::min(endpoints.size(), share));
  if (has(owner, kept)) return refuse_offer(speaker);
  beyond_ += static_cast<uint32_t>(endpoints.size() - kept.size());
  remove(is_its_own);
  add(owner, kept, share);
}

void CallMedia::leave(uint32_t party) noexcept {
  remove([party](const MediaOwner& owner) { return owner.speaker.party == party; });
}

void CallMedia::clear() noexcept {
  remove([](const MediaOwner& /*owner*/) { return true; });
}

// These and no others.
bool CallMedia::has(const MediaOwner& owner, std::span<const MediaEndpoint> endpoints) const noexcept {
  size_t at = 0;
  for (uint8_t i = 0; i < count_; ++i) {
    if (owners_[i] != owner) continue;
    if (at == endpoints.size() || !(endpoints[at] == endpoints_[i])) return false;
    ++at;
  }
  return at == endpoints.size();
}

}  // namespace lictor::sip

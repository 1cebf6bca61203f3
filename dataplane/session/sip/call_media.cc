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

namespace {

bool is_by(const MediaOwner& owner, const MediaSpeaker& speaker) {
  return owner.speaker.party == speaker.party && owner.speaker.hop == speaker.hop;
}

// Within a dialog, to the same peer or one that was not known then.
bool is_offer_of(const MediaOwner& owner, const MediaSpeaker& speaker) {
  const bool is_to_it = owner.speaker.peer == speaker.peer || owner.speaker.peer == 0;
  return owner.offered && !owner.opens && is_by(owner, speaker) && is_to_it;
}

}  // namespace

void CallMedia::offer(const MediaSpeaker& speaker, OfferName name, std::span<const MediaEndpoint> endpoints) noexcept {
  put_offer({.speaker = speaker, .offered = true, .offer = name}, endpoints);
}

void CallMedia::offer_to_all(const MediaSpeaker& speaker, OfferName name,
                             std::span<const MediaEndpoint> endpoints) noexcept {
  const MediaSpeaker to_all{.party = speaker.party, .hop = speaker.hop};
  put_offer({.speaker = to_all, .offered = true, .opens = true, .offer = name}, endpoints);
}

void CallMedia::put_offer(const MediaOwner& owner, std::span<const MediaEndpoint> endpoints) noexcept {
  const auto is_it = [&owner](const MediaOwner& other) { return other == owner; };
  if (!has_list(owner)) drop_oldest_offer(owner.speaker);
  const size_t share = share_beside(is_it, endpoints.size());
  const auto kept = endpoints.first(std::min(endpoints.size(), share));
  if (has(owner, kept)) return;
  beyond_ += static_cast<uint32_t>(endpoints.size() - kept.size());
  remove(is_it);
  add(owner, kept, share);
}

// Where its speaker has as many as it may.
void CallMedia::drop_oldest_offer(const MediaSpeaker& speaker) noexcept {
  const auto is_its = [&speaker](const MediaOwner& owner) { return owner.offered && is_by(owner, speaker); };
  size_t offers = 0;
  std::optional<MediaOwner> oldest;
  std::optional<MediaOwner> last;
  for (const MediaOwner& owner : owners()) {
    if (is_its(owner) && last != owner) ++offers;
    if (is_its(owner) && !oldest) oldest = owner;
    last = owner;
  }
  const size_t offers_max = speaker.party == 0 ? 1 : kOpenOffersMax;
  if (offers < offers_max) return;
  const uint8_t before = count_;
  remove([&oldest](const MediaOwner& owner) { return owner == *oldest; });
  beyond_ += before - count_;
}

bool CallMedia::has_list(const MediaOwner& owner) const noexcept {
  return std::ranges::find(owners(), owner) != owners().end();
}

bool CallMedia::has_in_force(const MediaSpeaker& speaker) const noexcept {
  return std::ranges::any_of(
      owners(), [&speaker](const MediaOwner& owner) { return owner.speaker == speaker && !owner.offered; });
}

void CallMedia::take_offer(const MediaSpeaker& speaker, OfferName name) noexcept {
  const auto is_within = [&](const MediaOwner& owner) { return is_offer_of(owner, speaker); };
  const auto is_it = [&](const MediaOwner& owner) { return is_within(owner) && owner.offer == name; };
  if (std::ranges::none_of(owners(), is_it)) return take_opening(speaker, name);
  bool is_earlier = true;  // lists stand by their age
  remove([&](const MediaOwner& owner) {
    is_earlier = is_earlier && !is_it(owner);
    return (owner.speaker == speaker && !owner.offered) || (is_earlier && is_within(owner));
  });
  for (uint8_t i = 0; i < count_; ++i)
    if (is_it(owners_[i])) owners_[i] = {.speaker = speaker};
}

void CallMedia::take_opening(const MediaSpeaker& speaker, OfferName name) noexcept {
  const MediaOwner offered{
      .speaker = {.party = speaker.party, .hop = speaker.hop}, .offered = true, .opens = true, .offer = name};
  const bool is_changed = has_in_force(speaker);  // since an UPDATE or an ACK: the rest of the forks may take it
  MediaOwner taken{.speaker = is_changed ? offered.speaker : speaker, .opens = is_changed, .offer = name};
  if (has_list(offered)) {
    for (uint8_t i = 0; i < count_; ++i)
      if (owners_[i] == offered) owners_[i] = taken;
    return;
  }
  if (is_changed) return;
  // Another one has taken it before, whose answer came over the same proxy.
  const auto of_other = std::ranges::find_if(owners(), [&](const MediaOwner& owner) {
    return !owner.offered && owner.offer == name && is_by(owner, speaker);
  });
  if (of_other == owners().end()) return;
  const MediaOwner other = *of_other;
  std::array<MediaEndpoint, kCallEndpointsMax> endpoints;
  size_t count = 0;
  for (uint8_t i = 0; i < count_; ++i)
    if (owners_[i] == other) endpoints[count++] = endpoints_[i];
  const size_t share = share_beside([](const MediaOwner& /*owner*/) { return false; }, count);
  add(taken, std::span(endpoints).first(std::min(count, share)), share);
}

void CallMedia::refuse_offer(const MediaSpeaker& speaker, OfferName name) noexcept {
  remove([&](const MediaOwner& owner) {
    return owner.offered && owner.offer == name && (owner.opens ? is_by(owner, speaker) : is_offer_of(owner, speaker));
  });
}

void CallMedia::answer(const MediaSpeaker& speaker, std::span<const MediaEndpoint> endpoints) noexcept {
  const MediaOwner owner{.speaker = speaker};
  const auto is_its_own = [&speaker](const MediaOwner& other) { return other.speaker == speaker; };
  const size_t share = share_beside(is_its_own, endpoints.size());
  const auto kept = endpoints.first(std::min(endpoints.size(), share));
  if (has(owner, kept)) return remove([&](const MediaOwner& other) { return is_its_own(other) && other.offered; });
  beyond_ += static_cast<uint32_t>(endpoints.size() - kept.size());
  remove(is_its_own);
  add(owner, kept, share);
}

void CallMedia::leave(uint32_t party) noexcept {
  if (party == 0) return;
  remove([party](const MediaOwner& owner) { return owner.speaker.party == party || owner.speaker.peer == party; });
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

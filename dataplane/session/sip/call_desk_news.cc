// What other dataplanes are to know of targets' calls: whose they are by their CIN, and where their media go. Each news
// is a communication's whole state; one that changes several times by one message has one.
#include <algorithm>
#include <utility>

#include "dataplane/session/sip/call_desk.h"

namespace lictor::sip {

// Spans hold until the next one is made.
SessionReport CallDesk::news_of(const CallKey& key, const Followed& followed, PacketTime now) noexcept {
  const std::span<const SessionAddress> media = media_of_all(key, followed);
  news_media_.assign(media.begin(), media.end());
  for (SessionAddress& address : news_media_) {
    const auto bound = bound_.find({address.prefix, address.ports, key.second});
    address.paired = bound != bound_.end() && bound->second.is_paired;
  }
  news_name_ = {static_cast<uint8_t>(followed.name.kind), static_cast<uint8_t>(followed.name.value.size())};
  news_name_.insert(news_name_.end(), followed.name.value.begin(), followed.name.value.end());
  return {.kind = SessionReport::Kind::kState,
          .source = SessionSource::kSip,
          .slot = key.second,
          .cin = followed.cin,
          .received = now,
          .effective = now,
          .started = followed.began,
          .addresses = news_media_,
          .call = CallPart{.described = described_of_all(key, followed)},
          .session = followed.session,
          .matched = news_name_};
}

bool CallDesk::is_news(const CallKey& key, const Followed& followed) const noexcept {
  if (followed.has_ended) return false;
  const auto whole = communications_.find({key.second, followed.cin});
  return whole != communications_.end() && whole->second.is_told;
}

void CallDesk::tell_news(PacketTime now) noexcept {
  std::ranges::sort(news_due_);
  const auto repeated = std::unique(news_due_.begin(), news_due_.end());
  news_due_.erase(repeated, news_due_.end());
  for (const CallKey& key : news_due_) {
    const auto followed = followed_.find(key);
    if (followed == followed_.end() || !is_news(key, followed->second)) continue;
    office_.tell_others(news_of(key, followed->second, now));
  }
  news_due_.clear();
}

// Nothing is asked of its communication, which may be forgotten already.
void CallDesk::tell_gone(const CallKey& key, const Followed& followed, PacketTime now) noexcept {
  office_.tell_others({.kind = SessionReport::Kind::kGone,
                       .source = SessionSource::kSip,
                       .slot = key.second,
                       .cin = followed.cin,
                       .received = now,
                       .effective = now,
                       .started = followed.began,
                       .call = CallPart{},
                       .session = followed.session});
}

std::optional<CallPlace> CallDesk::next_news(std::optional<CallPlace> last, PacketTime now,
                                             SessionReport& news) noexcept {
  const auto next = last ? followed_.upper_bound({CallId{last->call}, last->slot}) : followed_.begin();
  if (next == followed_.end()) return std::nullopt;
  const auto& [key, followed] = *next;
  news = {};
  if (is_news(key, followed)) news = news_of(key, followed, now);
  return CallPlace{.call = static_cast<uint32_t>(key.first), .slot = key.second};
}

}  // namespace lictor::sip

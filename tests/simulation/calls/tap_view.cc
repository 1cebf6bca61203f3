#include "tests/simulation/calls/tap_view.h"

#include <algorithm>

#include "tests/simulation/calls/known_faults.h"

namespace lictor::simulation {

TapView::Step TapView::hear(const Meaning& meaning, bool again, PacketTime now) {
  using Kind = Meaning::Kind;
  if (!is_known_ && meaning.kind != Kind::kInvite) return Step::kNoCall;
  if (is_over_) return Step::kLater;
  const bool opens = !is_known_;
  is_known_ = true;
  heard_ = std::max(heard_, now);
  Step step = opens ? Step::kBegin : Step::kContinue;
  switch (meaning.kind) {
    case Kind::kInvite:
      branches_.try_emplace(meaning.branch, true);
      retry_since_.reset();
      if (opens && meaning.to != kNobody) dialogs_.try_emplace(called_of(meaning), false);
      break;
    case Kind::kProvisional:
      if (meaning.to != kNobody) dialogs_.try_emplace(called_of(meaning), false);
      break;
    case Kind::kTaken:
      step = take(meaning);
      break;
    case Kind::kRefused:
      step = refuse(meaning);
      break;
    case Kind::kBye:
      if (dialogs_.contains(called_of(meaning))) byes_[called_of(meaning)] = now;
      break;
    case Kind::kByeTaken:
      step = take_bye(meaning);
      break;
    case Kind::kChangeTaken:
      take_offer(meaning);
      break;
    case Kind::kChangeRefused:
      refuse_offer(meaning);
      break;
    case Kind::kOther:
      break;
  }
  if (step != Step::kEnd && !again) describe(meaning);
  if (kRepeatedAnswersCountAnew && is_open() && again && meaning.describes && !meaning.offers) bring_back(meaning);
  return step;
}

TapView::Step TapView::take(const Meaning& meaning) {
  is_answered_ = true;
  branches_[meaning.branch] = false;
  is_revived_ = is_revived_ || (kRepeatedAnswersReviveTheirFork && gone_.contains(called_of(meaning)));
  dialogs_[called_of(meaning)] = true;
  retry_since_.reset();
  take_offer(meaning);
  if (meaning.from == kCaller) media_[{kCaller, meaning.hop}].taken_by.insert(meaning.to);
  return Step::kContinue;
}

TapView::Step TapView::refuse(const Meaning& meaning) {
  branches_[meaning.branch] = false;
  const int called = called_of(meaning);
  const auto dialog = dialogs_.find(called);
  if (dialog != dialogs_.end() && !dialog->second) {
    dialogs_.erase(dialog);
    leave(called, kRefusedForksKeepTheirEnds && has_confirmed());
  }
  refuse_offer(meaning);
  if (has_confirmed()) return Step::kContinue;
  if (has_open_branch()) return Step::kContinue;
  if (!meaning.is_tried_again) return end();
  if (!retry_since_) retry_since_ = heard_;
  return Step::kContinue;
}

TapView::Step TapView::take_bye(const Meaning& meaning) {
  const int called = called_of(meaning);
  if (dialogs_.erase(called) == 0) return Step::kContinue;
  byes_.erase(called);
  gone_.insert(called);
  leave(called);
  if (has_confirmed() || (!is_answered_ && has_open_branch())) return Step::kContinue;
  return end();
}

void TapView::take_offer(const Meaning& meaning) {
  Media& media = media_[{meaning.from, meaning.hop}];
  const auto offer = media.offered.find(offer_of(media, meaning));
  if (offer == media.offered.end()) return;
  if (!offer->second.empty()) media.in_force = offer->second;
  media.offered.erase(offer);
}

void TapView::refuse_offer(const Meaning& meaning) {
  Media& media = media_[{meaning.from, meaning.hop}];
  const auto offer = media.offered.find(offer_of(media, meaning));
  if (offer == media.offered.end()) return;
  if (kForksOnOneHopShareAnOffer)
    for (const auto& [branch, ends] : media.offered) dropped_.insert(ends.begin(), ends.end());
  if (kRefusedForksKeepTheirEnds && offer->first != 0) stale_.insert(offer->second.begin(), offer->second.end());
  media.offered.erase(offer);
}

void TapView::describe(const Meaning& meaning) {
  if (!meaning.describes) return;
  const std::vector<MediaEnd>& ends = *meaning.describes;
  described_.insert(ends.begin(), ends.end());
  Media& media = media_[{meaning.sender(), meaning.hop}];
  if (forks_share_hop_) stale_.insert(ends.begin(), ends.end());
  if (!meaning.offers) {
    media.in_force = ends;
    media.offered.clear();
    return;
  }
  const uint64_t offer = meaning.to == kNobody ? meaning.branch : 0;
  const auto differs = [&](const auto& other) { return other.first != offer && other.second != ends; };
  if (kForksOnOneHopShareAnOffer && offer != 0 && std::ranges::any_of(media.offered, differs)) {
    forks_share_hop_ = true;
    keep_by_fault(media);
    stale_.insert(ends.begin(), ends.end());
  }
  if (kOffersWithoutAnswerGo)
    for (const auto& [other, dropped] : media.offered)
      if (other != offer) dropped_.insert(dropped.begin(), dropped.end());
  for (const MediaEnd& end : ends) dropped_.erase(end);
  media.offered[offer] = ends;
}

// It takes the place of what its sender offers meanwhile, which then is not taken.
void TapView::bring_back(const Meaning& meaning) {
  const std::vector<MediaEnd>& ends = *meaning.describes;
  const Media& media = media_[{meaning.sender(), meaning.hop}];
  keep_by_fault(media);
  stale_.insert(ends.begin(), ends.end());
  for (const MediaEnd& end : media.in_force)
    if (std::ranges::find(ends, end) == ends.end()) dropped_.insert(end);
  for (const auto& [branch, offered] : media.offered)
    for (const MediaEnd& end : offered)
      if (std::ranges::find(ends, end) == ends.end()) dropped_.insert(end);
}

void TapView::keep_by_fault(const Media& media) {
  stale_.insert(media.in_force.begin(), media.in_force.end());
  for (const auto& [branch, ends] : media.offered) stale_.insert(ends.begin(), ends.end());
}

void TapView::leave(int party, bool stays_by_fault) {
  for (const auto& [speaker, media] : media_)
    if (stays_by_fault && speaker.first == party) keep_by_fault(media);
  std::erase_if(media_, [party](const auto& one) { return one.first.first == party; });
  // What who called had for this one alone, at a relay, goes with it.
  for (auto at = media_.begin(); at != media_.end();) {
    const auto one = at++;
    if (one->second.taken_by.erase(party) == 0 || !one->second.taken_by.empty()) continue;
    if (kEndedForksKeepWhatTheyWereOffered) keep_by_fault(one->second);
    media_.erase(one);
  }
}

TapView::Step TapView::end() {
  is_over_ = true;
  media_.clear();
  stale_.clear();
  return Step::kEnd;
}

bool TapView::has_confirmed() const {
  return std::ranges::any_of(dialogs_, [](const auto& one) { return one.second; });
}

bool TapView::has_open_branch() const {
  return std::ranges::any_of(branches_, [](const auto& one) { return one.second; });
}

bool TapView::may_end_by_time(PacketTime now) const {
  constexpr int64_t kTransactionNs = 32 * kNanosecondsPerSecond;
  constexpr int64_t kRingingNs = 240 * kNanosecondsPerSecond;
  constexpr int64_t kSilenceNs = kSilenceSeconds * kNanosecondsPerSecond;
  const auto has_passed = [now](PacketTime since, int64_t ns) { return now.unix_ns >= since.unix_ns + ns; };
  const auto is_over = [&](const auto& bye) { return has_passed(bye.second, kTransactionNs); };
  if (std::ranges::any_of(byes_, is_over)) return true;
  if (retry_since_ && has_passed(*retry_since_, kTransactionNs)) return true;
  return has_passed(heard_, is_answered_ ? kSilenceNs : kRingingNs);
}

bool TapView::knows(const MediaEnd& end) const {
  const auto has = [&end](const std::vector<MediaEnd>& ends) { return std::ranges::find(ends, end) != ends.end(); };
  return std::ranges::any_of(media_, [&has](const auto& one) {
    const Media& media = one.second;
    return has(media.in_force) ||
           std::ranges::any_of(media.offered, [&](const auto& offer) { return has(offer.second); });
  });
}

size_t TapView::ends() const {
  size_t ends = 0;
  for (const auto& [speaker, media] : media_) {
    ends += media.in_force.size();
    for (const auto& [branch, offered] : media.offered) ends += offered.size();
  }
  return ends;
}

}  // namespace lictor::simulation

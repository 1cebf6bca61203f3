#include "tests/simulation/calls/tap_view.h"

#include <algorithm>

namespace lictor::simulation {

TapView::Step TapView::hear(const Meaning& meaning, bool again, PacketTime now) {
  using Kind = Meaning::Kind;
  // An answer opens a call whose INVITE was lost.
  const bool is_accepted =
      (meaning.kind == Kind::kProvisional || meaning.kind == Kind::kTaken) && meaning.to != kNobody;
  if (!is_known_ && meaning.kind != Kind::kInvite && !is_accepted) return Step::kNoCall;
  if (is_over_) return Step::kLater;
  const bool opens = !is_known_;
  if (opens) is_in_midst_ = meaning.to != kNobody;
  if (meaning.is_request || opens) asked_.insert(meaning.branch);
  if (meaning.kind == Kind::kInvite && meaning.describes) offering_.insert(meaning.branch);
  is_known_ = true;
  heard_ = std::max(heard_, now);
  Step step = opens ? Step::kBegin : Step::kContinue;
  switch (meaning.kind) {
    case Kind::kInvite:
      branches_.try_emplace(meaning.branch, true);
      retry_since_.reset();
      if (opens && meaning.to != kNobody) is_answered_ = dialogs_[called_of(meaning)] = true;
      if (meaning.to != kNobody) awaiting_.erase(called_of(meaning));
      break;
    case Kind::kProvisional:
      if (meaning.to != kNobody && !gone_.contains(called_of(meaning))) dialogs_.try_emplace(called_of(meaning), false);
      break;
    case Kind::kTaken:
      if (taken_.emplace(meaning.branch, meaning.hop, meaning.to, is_answer(meaning)).second) take(meaning);
      break;
    case Kind::kRefused:
      if (is_answer(meaning)) step = refuse(meaning);
      break;
    case Kind::kBye:
      if (dialogs_.contains(called_of(meaning))) byes_[called_of(meaning)] = now;
      break;
    case Kind::kByeTaken:
      step = take_bye(meaning, now);
      break;
    case Kind::kChangeTaken:
      take_offer(meaning);
      break;
    case Kind::kChangeRefused:
      refuse_offer(meaning);
      break;
    case Kind::kWithin:
    case Kind::kOther:
      break;
  }
  if (step != Step::kEnd && !again) describe(meaning);
  return step;
}

void TapView::take(const Meaning& meaning) {
  is_answered_ = true;
  branches_[meaning.branch] = false;
  dialogs_[called_of(meaning)] = true;
  gone_.erase(called_of(meaning));
  retry_since_.reset();
  take_offer(meaning);
  if (is_answer(meaning) && !offering_.contains(meaning.branch)) ++awaiting_[called_of(meaning)];
}

TapView::Step TapView::refuse(const Meaning& meaning) {
  branches_[meaning.branch] = false;
  const int called = called_of(meaning);
  const auto dialog = dialogs_.find(called);
  if (dialog != dialogs_.end() && !dialog->second) {
    dialogs_.erase(dialog);
    leave(called);
  }
  refuse_offer(meaning);
  if (has_confirmed()) return Step::kContinue;
  if (has_open_branch()) return Step::kContinue;
  if (!meaning.is_tried_again) return end();
  if (!retry_since_) retry_since_ = heard_;
  return Step::kContinue;
}

TapView::Step TapView::take_bye(const Meaning& meaning, PacketTime now) {
  const int called = called_of(meaning);
  if (!is_answer(meaning)) {
    if (dialogs_.contains(called)) byes_.try_emplace(called, now);
    return Step::kContinue;
  }
  if (dialogs_.erase(called) == 0) return Step::kContinue;
  byes_.erase(called);
  leave(called);
  if (has_confirmed() || (!is_answered_ && has_open_branch())) return Step::kContinue;
  return end();
}

void TapView::take_offer(const Meaning& meaning) {
  if (!is_answer(meaning)) return;
  const Speaker speaker{meaning.from, meaning.hop, meaning.to};
  const auto offer = std::ranges::find_if(offers_, [&](const Offer& one) { return is_answered_by(one, meaning); });
  if (offer == offers_.end()) {
    // Another one has taken it before.
    const auto taken = std::ranges::find_if(in_force_, [&](const auto& one) {
      const auto& [other, media] = one;
      return media.opened_by == meaning.branch && other.from == meaning.from && other.hop == meaning.hop;
    });
    if (taken != in_force_.end()) in_force_.try_emplace(speaker, Media(taken->second));
    return;
  }
  const Offer found = *offer;
  if (found.to == kNobody) {
    if (in_force_.contains(speaker)) return;  // an UPDATE came before
    in_force_[speaker] = {.ends = found.ends, .opened_by = meaning.branch};
    offers_.erase(offer);
    return;
  }
  if (found.ends.empty()) return;
  in_force_[speaker] = {.ends = found.ends, .opened_by = std::nullopt};
  const auto is_earlier = [&](const Offer& one) {
    return one.from == found.from && one.hop == found.hop && one.to == found.to;
  };
  offers_.erase(std::remove_if(offers_.begin(), offer + 1, is_earlier), offer + 1);
}

bool TapView::is_answered_by(const Offer& offer, const Meaning& answer) {
  return offer.from == answer.from && offer.hop == answer.hop && offer.branch == answer.branch;
}

void TapView::refuse_offer(const Meaning& meaning) {
  if (!is_answer(meaning)) return;
  std::erase_if(offers_, [&](const Offer& one) { return is_answered_by(one, meaning); });
}

void TapView::describe(const Meaning& meaning) {
  if (!meaning.describes) return;
  const std::vector<MediaEnd>& ends = *meaning.describes;
  described_.insert(ends.begin(), ends.end());
  if (meaning.offers) {
    if (!ends.empty()) offers_.push_back({meaning.from, meaning.hop, meaning.to, meaning.branch, ends});
    return;
  }
  if (gone_.contains(called_of(meaning))) return;
  const int peer = meaning.sender() == meaning.from ? meaning.to : meaning.from;
  // What answers nothing adds to what is there.
  const auto awaiting = awaiting_.find(called_of(meaning));
  const bool is_awaited = awaiting != awaiting_.end() && awaiting->second > 0;
  if (meaning.is_request ? !is_awaited : !is_answer(meaning)) {
    offers_.push_back({meaning.sender(), meaning.hop, peer, meaning.branch, ends});
    return;
  }
  if (meaning.is_request) --awaiting->second;
  std::erase_if(offers_, [&](const Offer& one) {
    return one.from == meaning.sender() && one.hop == meaning.hop && one.to == peer;
  });
  in_force_[{meaning.sender(), meaning.hop, peer}] = {.ends = ends, .opened_by = std::nullopt};
}

void TapView::leave(int party) {
  gone_.insert(party);
  std::erase_if(in_force_, [party](const auto& one) { return one.first.from == party || one.first.to == party; });
  std::erase_if(offers_, [party](const Offer& one) { return one.from == party || one.to == party; });
}

TapView::Step TapView::end() {
  is_over_ = true;
  in_force_.clear();
  offers_.clear();
  return Step::kEnd;
}

bool TapView::has_confirmed() const {
  return std::ranges::any_of(dialogs_, [](const auto& one) { return one.second; });
}

bool TapView::has_open_branch() const {
  return std::ranges::any_of(branches_, [](const auto& one) { return one.second; });
}

bool TapView::is_part(const Meaning& meaning) const {
  using Kind = Meaning::Kind;
  if (meaning.kind == Kind::kInvite) return true;
  const bool is_within = meaning.kind == Kind::kWithin || meaning.kind == Kind::kBye ||
                         meaning.kind == Kind::kByeTaken || meaning.kind == Kind::kChangeTaken ||
                         meaning.kind == Kind::kChangeRefused;
  if (!is_within && !is_answered_ && meaning.from == kCaller) return true;
  return dialogs_.contains(called_of(meaning)) || gone_.contains(called_of(meaning));
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
  return std::ranges::any_of(in_force_, [&has](const auto& one) { return has(one.second.ends); }) ||
         std::ranges::any_of(offers_, [&has](const Offer& one) { return has(one.ends); });
}

size_t TapView::ends() const {
  size_t ends = 0;
  for (const auto& [speaker, media] : in_force_) ends += media.ends.size();
  for (const Offer& offer : offers_) ends += offer.ends.size();
  return ends;
}

}  // namespace lictor::simulation

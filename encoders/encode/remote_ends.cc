#include "encoders/encode/remote_ends.h"

#include <algorithm>
#include <utility>

namespace lictor {

void RemoteEnds::begin(PacketTime since) {
  since_ = since;
  ends_count_ = oldest_end_ = 0;
  is_settled_ = false;
}

RemoteEnds::End* RemoteEnds::find(const RemoteEnd& end) {
  const auto last = ends_.begin() + ends_count_;
  const auto found = std::find_if(ends_.begin(), last, [&](const End& one) { return one.at == end; });
  return found == last ? nullptr : &*found;
}

RemoteEnds::Known RemoteEnds::take(const RemoteEnd& end, const MediaPassed& passed) {
  End* const known = find(end);
  if (known == nullptr) return Known::kNo;
  return note(*known, passed) && known->is_described_or_known ? Known::kMore : Known::kAsBefore;
}

// Whether it says anything that was not known.
bool RemoteEnds::note(End& end, const MediaPassed& passed) {
  if (!passed.is_rtp) return false;
  std::optional<uint32_t>& last = passed.is_from_endpoint ? end.heard : end.sent;
  const bool is_new = !last || (last != passed.ssrc && !knows_stream(passed.ssrc));
  last = passed.ssrc;
  if (is_new) judge(end);
  return is_new;
}

void RemoteEnds::judge(const End& end) {
  if (!end.is_sure()) return;
  for (const std::optional<uint32_t> ssrc : {end.sent, end.heard})
    if (ssrc) remember(*ssrc);
  if (!is_settled_ && end.sent) settle(end);
}

void RemoteEnds::remember(uint32_t ssrc) {
  if (knows_stream(ssrc)) return;
  if (sources_count_ < kSourcesMax) {
    sources_[sources_count_++] = ssrc;
    return;
  }
  sources_[oldest_source_] = ssrc;
  oldest_source_ = static_cast<uint8_t>((oldest_source_ + 1) % kSourcesMax);
}

// Who was latched before the one that shows itself to be of the call may be so as well; who came behind it is not.
void RemoteEnds::settle(const End& by) {
  is_settled_ = true;
  const auto behind = ends_.begin() + (&by - ends_.data()) + 1;
  const auto last = ends_.begin() + ends_count_;
  const auto kept = std::remove_if(behind, last, [](const End& one) { return !one.is_sure(); });
  ends_count_ = static_cast<uint8_t>(kept - ends_.begin());
}

RemoteEnds::End& RemoteEnds::place_for(const RemoteEnd& end) {
  if (End* const known = find(end); known != nullptr) return *known;
  End* place = nullptr;
  if (ends_count_ < kEndsMax) {
    place = &ends_[ends_count_++];
  } else {
    place = std::ranges::find_if_not(ends_, &End::is_sure);
    if (place == ends_.end()) place = &ends_[std::exchange(oldest_end_, (oldest_end_ + 1) % kEndsMax)];
  }
  *place = {.at = end};
  return *place;
}

void RemoteEnds::add_sure(const RemoteEnd& end, const MediaPassed& passed) {
  End& place = place_for(end);
  place.is_described_or_known = true;
  note(place, passed);
  judge(place);
}

void RemoteEnds::latch(const RemoteEnd& end, const MediaPassed& passed) {
  if (ends_count_ == kEndsMax) return;
  ends_[ends_count_] = {.at = end};
  note(ends_[ends_count_++], passed);
}

bool RemoteEnds::knows_host(const RemoteEnd& end) const {
  return std::any_of(ends_.begin(), ends_.begin() + ends_count_, [&](const End& one) { return one.at.has_host(end); });
}

bool RemoteEnds::knows_stream(uint32_t ssrc) const {
  const auto last = sources_.begin() + sources_count_;
  return std::find(sources_.begin(), last, ssrc) != last;
}

}  // namespace lictor

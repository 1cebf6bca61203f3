#include "dataplane/packet/fragment_park.h"

#include <bit>

#include "dataplane/base/check.h"

namespace lictor {

FragmentPark::FragmentPark(size_t bytes)
    : slots_(std::bit_ceil(std::max<size_t>(bytes / kUnitBytes, 2))), octets_(slots_.size() * kUnitBytes) {
  LICTOR_CHECK(bytes <= size_t{1} << 31);
}

FragmentPark::Ticket FragmentPark::oldest() noexcept {
  while (tail_ != head_ && !slot(tail_).waits) tail_ += slot(tail_).units;
  if (tail_ != head_) return static_cast<Ticket>(tail_ & (slots_.size() - 1));
  head_ = tail_ = 0;  // all of the room in one piece
  return kNone;
}

bool FragmentPark::has_room(size_t bytes) const {
  const size_t needed = units_for(bytes);
  const size_t skipped = needed > to_the_end() ? to_the_end() : 0;
  return needed + skipped <= slots_.size() - (head_ - tail_);
}

FragmentPark::Ticket FragmentPark::put(const Copy& copy, Bytes frame, Bytes note) noexcept {
  LICTOR_CHECK(has_room(frame.size() + note.size()) && note.size() <= UINT16_MAX);
  const size_t needed = units_for(frame.size() + note.size());
  if (needed > to_the_end()) {
    slot(head_) = {.units = static_cast<uint32_t>(to_the_end())};
    head_ += to_the_end();
  }
  const auto ticket = static_cast<Ticket>(head_ & (slots_.size() - 1));
  slots_[ticket] = {.copy = copy,
                    .units = static_cast<uint32_t>(needed),
                    .note_bytes = static_cast<uint16_t>(note.size()),
                    .waits = true};
  slots_[ticket].copy.frame_bytes = static_cast<uint32_t>(frame.size());
  const auto behind = std::ranges::copy(frame, octets_.begin() + static_cast<ptrdiff_t>(ticket * kUnitBytes)).out;
  std::ranges::copy(note, behind);
  head_ += needed;
  ++waiting_;
  return ticket;
}

void FragmentPark::take_out(Ticket ticket) noexcept {
  slots_[ticket].waits = false;
  --waiting_;
}

}  // namespace lictor

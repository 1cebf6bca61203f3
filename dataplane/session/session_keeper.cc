#include "dataplane/session/session_keeper.h"

#include <algorithm>
#include <cstring>

#include "dataplane/base/check.h"
#include "dataplane/session/session_snapshot.h"

namespace lictor {
namespace {

constexpr size_t kHeadBytes = sizeof(uint32_t) + sizeof(KeptKind);

}  // namespace

SessionKeeper::SessionKeeper(SpscByteRing& ring, const SessionBook& book, const Tracker* clocks)
    : ring_(ring), book_(book), clocks_(clocks) {
  LICTOR_CHECK(ring.capacity() >= kHeadBytes + kSnapshotItemBytesMax);
  item_.reserve(kSnapshotItemBytesMax);
}

bool SessionKeeper::put(KeptKind kind, Bytes octets) noexcept {
  const MutableBytes room = ring_.reserve(kHeadBytes + octets.size());
  if (room.empty()) return false;
  const auto bytes = static_cast<uint32_t>(octets.size());
  std::memcpy(room.data(), &bytes, sizeof bytes);
  room[sizeof bytes] = static_cast<uint8_t>(kind);
  std::ranges::copy(octets, room.begin() + kHeadBytes);
  ring_.commit(kHeadBytes + octets.size());
  return true;
}

bool SessionKeeper::put_session(KeptKind kind, SessionId session, const SessionDesk& desk) noexcept {
  item_.clear();
  append_session(book_, desk, session, item_);
  return put(kind, item_);
}

bool SessionKeeper::has_spare_room() const noexcept {
  const size_t share = ring_.capacity() / 2;
  return ring_.room_up_to(share) >= share;
}

void SessionKeeper::given(SessionId session, const SessionDesk& desk) noexcept {
  if (!is_kept(book_, session)) return;
  if (!has_spare_room() || !put_session(KeptKind::kGrown, session, desk)) untold_.add(1);
}

void SessionKeeper::tell(KeptKind kind, SessionId session, const SessionDesk& desk) noexcept {
  if (is_kept(book_, session) && !put_session(kind, session, desk)) lost_.add(1);
}

void SessionKeeper::followed(SessionId session, const SessionDesk& desk) noexcept {
  tell(KeptKind::kGrown, session, desk);
}

void SessionKeeper::changed(SessionId session, const SessionDesk& desk) noexcept {
  tell(KeptKind::kChanged, session, desk);
}

void SessionKeeper::over(SessionId session) noexcept {
  if (!is_kept(book_, session)) return;
  item_.clear();
  append_over(book_.image(session).key, item_);
  if (!put(KeptKind::kOver, item_)) lost_.add(1);
}

// Where the ring is half full it goes on in a later round.
bool SessionKeeper::walk_clocks() noexcept {
  const uint32_t all = clocks_ == nullptr ? 0 : clocks_->clocks_end();
  const uint32_t end = std::min(all, next_clock_ + kSessionsPerRound);
  for (; next_clock_ < end; ++next_clock_) {
    if (!has_spare_room()) return false;
    const std::optional<SourceClock> clock = clocks_->clock(next_clock_);
    if (!clock) continue;
    item_.clear();
    append_clock(*clock, item_);
    if (!put(KeptKind::kWalked, item_)) return false;
  }
  return next_clock_ >= all;
}

// The same.
bool SessionKeeper::walk_sessions(const SessionDesk& desk) noexcept {
  const uint32_t end = std::min(book_.used(), next_ + kSessionsPerRound);
  for (; next_ < end; ++next_) {
    const SessionId session{next_};
    if (!has_spare_room()) return false;
    if (is_kept(book_, session) && !put_session(KeptKind::kWalked, session, desk)) return false;
  }
  return next_ >= book_.used();
}

bool SessionKeeper::turn(const SessionDesk& desk) noexcept {
  const uint32_t asked = asked_.load(std::memory_order_acquire);
  if (walking_ == walked_ && asked != walked_) {
    walking_ = asked;
    next_clock_ = 0;
    next_ = 0;
  }
  if (walking_ != walked_ && walk_clocks() && walk_sessions(desk)) {
    std::array<uint8_t, sizeof walking_> number;
    std::memcpy(number.data(), &walking_, number.size());
    if (put(KeptKind::kWalkEnd, number)) walked_ = walking_;
  }
  ring_.publish();
  return walking_ != walked_;
}

size_t read_kept_piece(Bytes octets, KeptPiece& piece) {
  uint32_t bytes = 0;
  LICTOR_CHECK(octets.size() >= kHeadBytes);
  std::memcpy(&bytes, octets.data(), sizeof bytes);
  LICTOR_CHECK(bytes <= octets.size() - kHeadBytes && octets[sizeof bytes] <= static_cast<uint8_t>(KeptKind::kWalkEnd));
  piece.kind = static_cast<KeptKind>(octets[sizeof bytes]);
  piece.item = octets.subspan(kHeadBytes, bytes);
  return kHeadBytes + bytes;
}

}  // namespace lictor

#include "dataplane/session/sip/stream_framer.h"

#include <algorithm>
#include <cstring>

#include "dataplane/base/check.h"
#include "dataplane/base/octet_text.h"

namespace lictor::sip {
namespace {

constexpr size_t kRoomBytesMin = 4096;

// Where a line stands that begins a message, of those that are whole; kNoOctet: nowhere. `lines_end`: behind them.
size_t find_start_line(Bytes octets, size_t* lines_end = nullptr) {
  size_t at = 0;
  for (size_t end = find_octet(octets, '\n'); end != kNoOctet; end = find_octet(octets, '\n', at)) {
    Bytes line = octets.subspan(at, end - at);
    if (!line.empty() && line.back() == '\r') line = line.first(line.size() - 1);
    if (is_start_line(line)) return at;
    at = end + 1;
  }
  if (lines_end != nullptr) *lines_end = at;
  return kNoOctet;
}

// Of a body, at the front of what has come. Where lengths contradict each other it goes on to what begins a message, as
// somebody believes one of them; and where that has not come, not beyond `room`.
uint64_t length_of(const Message& message, Bytes behind_head, size_t room) {
  if (!message.length_contradicts) return message.content_length.value_or(0);
  if (behind_head.size() <= message.least_length) return message.least_length;
  const size_t least = message.least_length;
  const size_t begin = find_start_line(behind_head.subspan(least));
  if (begin != kNoOctet && begin + least <= room) return begin + least;
  return std::min(behind_head.size(), room);
}

bool is_between_messages(uint8_t octet) { return octet == '\r' || octet == '\n' || octet == 0; }

}  // namespace

StreamFramer::StreamFramer(MutableBytes room, StreamCounters& counters) : room_(room), counters_(counters) {
  LICTOR_CHECK(room.size() >= kRoomBytesMin);
}

void StreamFramer::put(Bytes piece) noexcept {
  LICTOR_CHECK(left() == 0 && given_out_ == 0);
  piece_ = piece;
  at_ = from_piece_ = 0;
  if (state_ == State::kGivenUp && find_start_line(piece) != kNoOctet) start_search();
}

void StreamFramer::lose_place() noexcept {
  LICTOR_CHECK(left() == 0 && given_out_ == 0);
  if (state_ == State::kGivenUp) return;
  pass_over(buffered_);
  if (state_ != State::kSearching) start_search();
}

void StreamFramer::move_to(MutableBytes room) noexcept {
  LICTOR_CHECK(left() == 0 && given_out_ == 0 && room.size() == room_.size());
  std::memcpy(room.data(), room_.data(), buffered_);
  room_ = room;
}

bool StreamFramer::next(Message& message) noexcept {
  use(given_out_);
  given_out_ = 0;
  while (true) {
    switch (state_) {
      case State::kInMessages:
        if (const Look found = look(message); found != Look::kAgain) return found == Look::kMessage;
        break;
      case State::kSkipping: {
        const auto bytes = static_cast<size_t>(std::min<uint64_t>(skip_bytes_, octets().size()));
        use(bytes);
        counters_.bytes_skipped += bytes;
        skip_bytes_ -= bytes;
        if (skip_bytes_ > 0) return false;
        state_ = State::kInMessages;
        break;
      }
      case State::kSearching:
        if (!search()) return false;
        break;
      case State::kGivenUp:
        pass_over(buffered_);
        pass_over(left());
        return false;
    }
  }
}

StreamFramer::Look StreamFramer::look(Message& message) noexcept {
  const Bytes from = octets();
  size_t between = 0;
  while (between < from.size() && is_between_messages(from[between])) ++between;
  if (between > 0) ++counters_.keepalives;
  counters_.bytes_between += between;
  use(between);
  const Bytes seen = octets();
  if (seen.empty()) return Look::kMore;
  if (seen.size() < needed_ || (needed_ == 0 && !has_head(seen))) return fill();
  return take_message(seen, message);
}

// The head is there.
StreamFramer::Look StreamFramer::take_message(Bytes seen, Message& message) noexcept {
  size_t head_bytes = 0;
  if (parse_head(seen, message, head_bytes) != MessageError::kNone) {
    start_search();
    skip_line();
    return Look::kAgain;
  }
  if (head_bytes > room_.size()) return give_up_head();
  const uint64_t length = length_of(message, seen.subspan(head_bytes), room_.size() - head_bytes);
  const bool too_long = head_bytes + length > room_.size();
  if (!too_long && seen.size() < head_bytes + length) {
    needed_ = head_bytes + static_cast<size_t>(length);
    return fill();
  }
  ++counters_.messages;
  if (!message.content_length) ++counters_.no_length;
  given_out_ = head_bytes + (too_long ? 0 : static_cast<size_t>(length));
  message.octets = seen.first(given_out_);
  message.body = message.octets.subspan(head_bytes);
  message.body_cut = too_long;
  if (!too_long) return Look::kMessage;
  ++counters_.too_long;
  skip_bytes_ = length;
  state_ = State::kSkipping;
  // Nobody sends as much: what follows is more likely the next message.
  if (length > kSearchBytesMax) start_search();
  return Look::kMessage;
}

// More of the piece behind what is buffered.
StreamFramer::Look StreamFramer::fill() noexcept {
  const size_t bytes = std::min(room_.size() - buffered_, left());
  if (left() == 0) return Look::kMore;
  if (bytes == 0) return give_up_head();
  std::memcpy(room_.data() + buffered_, piece_.data() + at_, bytes);
  buffered_ += bytes;
  from_piece_ += bytes;
  at_ += bytes;
  return Look::kAgain;
}

StreamFramer::Look StreamFramer::give_up_head() noexcept {
  ++counters_.heads_too_long;
  start_search();
  skip_line();
  return Look::kAgain;
}

// False where the octets are used up, but for a line that has no end yet.
bool StreamFramer::search() noexcept {
  const Bytes seen = octets();
  size_t at = 0;
  if (const size_t begin = find_start_line(seen, &at); begin != kNoOctet) {
    pass_over(begin);
    ++counters_.found_again;
    searched_ = 0;
    state_ = State::kInMessages;
    return true;
  }
  if (seen.size() - at > std::min(kLineBytesMax, room_.size() - 1)) at = seen.size();
  pass_over(at);
  searched_ += at;
  if (searched_ > kSearchBytesMax) {
    ++counters_.given_up;
    state_ = State::kGivenUp;
    return true;
  }
  return left() > 0 && (octets().empty() || fill() == Look::kAgain);
}

// A line's end, and behind it another one.
bool StreamFramer::has_head(Bytes seen) noexcept {
  for (size_t at = find_octet(seen, '\n', head_seen_); at != kNoOctet; at = find_octet(seen, '\n', at + 1)) {
    const Bytes behind = seen.subspan(at + 1);
    head_seen_ = at;
    if (!behind.empty() && behind[0] == '\n') return true;
    if (behind.size() > 1 && behind[0] == '\r' && behind[1] == '\n') return true;
    if (behind.empty() || (behind.size() == 1 && behind[0] == '\r')) return false;
  }
  head_seen_ = seen.size();
  return false;
}

// What is kept of the buffer goes back to the piece that it came from: it need not be moved.
void StreamFramer::use(size_t bytes) noexcept {
  if (bytes == 0) return;
  head_seen_ = needed_ = 0;
  if (buffered_ == 0) {
    at_ += bytes;
    return;
  }
  const size_t kept = buffered_ - bytes;
  if (kept <= from_piece_) {
    at_ -= kept;
    buffered_ = from_piece_ = 0;
  } else {
    std::memmove(room_.data(), room_.data() + bytes, kept);
    buffered_ = kept;
  }
}

// The line at the front, which would be found again otherwise.
void StreamFramer::skip_line() noexcept {
  const Bytes seen = octets();
  pass_over(std::min(find_octet(seen, '\n'), seen.size() - 1) + 1);
}

void StreamFramer::pass_over(size_t bytes) noexcept {
  counters_.bytes_passed_over += bytes;
  use(bytes);
}

void StreamFramer::start_search() noexcept {
  ++counters_.searches;
  searched_ = 0;
  state_ = State::kSearching;
}

}  // namespace lictor::sip

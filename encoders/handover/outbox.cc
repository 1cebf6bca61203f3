#include "encoders/handover/outbox.h"

#include <algorithm>

#include "dataplane/base/check.h"

namespace lictor {

Bytes Outbox::begin_turn(size_t lane, size_t bytes_max) {
  turn_ = lane;
  turn_sent_ = 0;
  return lanes_[lane].next(bytes_max);
}

Bytes Outbox::next(size_t bytes_max) {
  // A peer that takes less than is offered stops inside of a record each time.
  if (lanes_[turn_].inside_record()) {
    return lanes_[turn_].next(std::min(bytes_max, kTurnBytes - std::min(kTurnBytes, turn_sent_)));
  }
  for (size_t lane = left_removed_; lane < left_; ++lane) {
    if (left_held_) return {};
    if (const Bytes bytes = begin_turn(lane, bytes_max); !bytes.empty()) return bytes;
    if (lanes_[lane].unsent()) return {};
  }
  for (size_t tried = left_; tried < lanes_.size(); ++tried) {
    const size_t lane = turn_ + 1 < lanes_.size() ? std::max(turn_ + 1, left_) : left_;
    if (const Bytes bytes = begin_turn(lane, bytes_max); !bytes.empty()) return bytes;
  }
  return {};
}

void Outbox::tend(SocketTime now, LegalTime legal, bool& busy) {
  for (size_t i = left_removed_; i < lanes_.size(); ++i) {
    if (i < left_ && left_held_) continue;
    if (i >= left_ && make_room_for(lanes_[i])) continue;
    lanes_[i].tend(now, legal, busy);
  }
  remove_empty();
}

// The oldest goes first: what a former process left before what this one wrote.
bool Outbox::make_room_for(Lane& lane) {
  if (left_held_ || left_removed_ == left_ || lane.spool().overdue({INT64_MIN}).reason != GivenUp::kBacklogMax) {
    return false;
  }
  for (size_t i = left_removed_; i < left_; ++i) {
    if (!lanes_[i].give_up_part()) continue;
    lane.spool().let_off();
    return true;
  }
  return false;
}

void Outbox::remove_empty() {
  for (; left_removed_ < left_ && !left_held_; ++left_removed_) {
    Lane& lane = lanes_[left_removed_];
    if (lane.spool().backlog_records() > 0) return;
    lane.spool().remove();
  }
}

void Outbox::fly(size_t lane, size_t bytes) {
  in_flight_ += bytes;
  if (!flights_.empty() && flights_.back().lane == lane) {
    flights_.back().bytes += bytes;
  } else {
    flights_.push_back({.lane = lane, .bytes = bytes});
  }
}

void Outbox::sent(size_t bytes) {
  lanes_[turn_].sent(bytes);
  turn_sent_ += bytes;
  fly(turn_, bytes);
}

void Outbox::sent_other(size_t bytes) {
  LICTOR_CHECK(between_records());
  fly(kOther, bytes);
}

uint64_t Outbox::confirm(uint64_t unacknowledged) {
  // A transport may count its own framing too: then what is on its way is less than it says, never more.
  if (unacknowledged >= in_flight_) return 0;
  const uint64_t confirmed = in_flight_ - unacknowledged;
  for (uint64_t rest = confirmed; rest > 0;) {
    Flight& oldest = flights_.front();
    const uint64_t bytes = std::min(rest, oldest.bytes);
    if (oldest.lane != kOther) lanes_[oldest.lane].confirm(bytes);
    rest -= bytes;
    oldest.bytes -= bytes;
    if (oldest.bytes == 0) flights_.pop_front();
  }
  in_flight_ = unacknowledged;
  return confirmed;
}

void Outbox::rewind() {
  for (Lane& lane : lanes_) lane.rewind();
  flights_.clear();
  in_flight_ = 0;
}

void Outbox::take_back() {
  for (Lane& lane : lanes_) lane.take_back();
  rewind();
}

bool Outbox::purge(size_t entries_max) {
  bool found = false;
  for (Lane& lane : lanes_) found = lane.purge(entries_max) || found;
  return found;
}

void Outbox::give_up() {
  rewind();
  for (Lane& lane : lanes_) lane.give_up();
}

uint64_t Outbox::resent_records() const {
  uint64_t sum = 0;
  for (const Lane& lane : lanes_) sum += lane.resent_records();
  return sum;
}

}  // namespace lictor

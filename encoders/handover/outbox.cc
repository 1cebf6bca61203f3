#include "encoders/handover/outbox.h"

#include <algorithm>

#include "dataplane/base/check.h"

namespace lictor {

Outbox::Outbox(std::vector<Lane> lanes, size_t left, std::vector<std::vector<Xid>> left_tasks, size_t express,
               size_t left_express)
    : left_(left), left_express_(left_express), express_end_(left + express), shared_end_(lanes.size()) {
  LICTOR_CHECK(left_express <= left);
  for (Lane& lane : lanes) places_.push_back({.lane = std::make_unique<Lane>(std::move(lane))});
  for (size_t i = 0; i < left_; ++i) at(i).set_former();
  for (size_t i = 0; i < std::min(left_, left_tasks.size()); ++i) places_[i].tasks = std::move(left_tasks[i]);
}

void Outbox::set_apart(const Xid& task, const std::shared_ptr<TokenBucket>& pace) {
  for (size_t i = 0; i < left_; ++i) {
    if (places_[i].tasks != std::vector<Xid>{task}) continue;
    places_[i].apart = true;
    at(i).set_pace(pace);
  }
}

Lane* Outbox::add(Lane lane, bool behind, const Xid& owner) {
  places_.push_back({.lane = std::make_unique<Lane>(std::move(lane)), .behind = behind, .tasks = {owner}});
  return places_.back().lane.get();
}

void Outbox::remove(const Lane* lane) {
  const auto found = std::ranges::find_if(places_, [&](const Place& place) { return place.lane.get() == lane; });
  LICTOR_CHECK(found != places_.end() && found - places_.begin() >= static_cast<std::ptrdiff_t>(shared_end_));
  // What is on its way of records that were given up.
  for (Flight& flight : flights_) {
    if (flight.lane == lane) flight.lane = nullptr;
  }
  resent_gone_ += lane->resent_records();
  confirmed_gone_ += lane->confirmed_records();
  const auto index = static_cast<size_t>(found - places_.begin());
  if (turn_ > index) --turn_;
  places_.erase(found);
  if (turn_ == places_.size()) turn_ = shared_end_ - 1;
  if (resume_ >= index) --resume_;
}

// Whether earlier records of this lane's task, in the shared lanes, are still to be confirmed.
bool Outbox::waits(Place& place) {
  if (!place.behind || !place.lane->unsent()) return place.behind;
  if (place.ends.empty()) {
    for (size_t i = left_; i < shared_end_; ++i) place.ends.push_back(at(i).end());
  }
  for (size_t i = left_; i < shared_end_; ++i) {
    if (at(i).released() < place.ends[i - left_]) return true;
  }
  place.behind = false;
  return false;
}

// Whether there is something that goes before this lane, because it may be of the same tasks.
bool Outbox::waits_for_left(size_t lane) const {
  const std::vector<Xid>& tasks = places_[lane].tasks;
  for (size_t i = left_removed_; i < std::min(lane, left_); ++i) {
    const Place& left = places_[i];
    if (!left.lane->unsent()) continue;
    if (!left.apart || std::ranges::find(tasks, left.tasks.front()) != tasks.end()) return true;
  }
  return false;
}

Bytes Outbox::begin_turn(size_t lane, size_t bytes_max) {
  turn_ = lane;
  turn_sent_ = 0;
  if (waits(places_[lane])) return {};
  return at(lane).next(bytes_max, end_of(lane));
}

// The encoder shows what is in an express lane before it appends what goes behind that: so the ends are looked at
// first.
bool Outbox::express_waits() {
  if (left_ == express_end_) return false;
  std::vector<uint64_t>& ends = ends_seen_;
  ends.clear();
  for (size_t i = express_end_; i < places_.size(); ++i) ends.push_back(at(i).end());
  for (size_t i = left_; i < express_end_; ++i) {
    if (at(i).unsent()) return true;
  }
  for (size_t i = express_end_; i < places_.size(); ++i) places_[i].fence = ends[i - express_end_];
  return false;
}

Bytes Outbox::next_express(size_t bytes_max) {
  const size_t lanes = express_end_ - left_;
  for (size_t tried = 0; tried < lanes; ++tried) {
    express_turn_ = (express_turn_ + 1) % lanes;
    const Bytes bytes = at(left_ + express_turn_).next(bytes_max);
    if (bytes.empty()) continue;
    if (!is_express(turn_)) resume_ = turn_;
    turn_ = left_ + express_turn_;
    turn_sent_ = 0;
    return bytes;
  }
  return {};
}

Bytes Outbox::next(size_t bytes_max) {
  const bool express = express_waits();
  // A peer that takes less than is offered stops inside of a record each time.
  if (at(turn_).inside_record()) {
    const size_t rest = express ? 0 : kTurnBytes - std::min(kTurnBytes, turn_sent_);
    return at(turn_).next(std::min(bytes_max, rest), end_of(turn_));
  }
  if (express) {
    if (const Bytes bytes = next_express(bytes_max); !bytes.empty()) return bytes;
    express_waits();  // of what was revoked nothing waits any more
  }
  if (is_express(turn_)) turn_ = resume_;
  const bool any_left = left_removed_ < left_;
  if (any_left && left_held_) return {};
  for (size_t tried = left_removed_; tried < places_.size(); ++tried) {
    const size_t lane = turn_ + 1 < places_.size() ? std::max(turn_ + 1, left_removed_) : left_removed_;
    if (is_express(lane) || (any_left && waits_for_left(lane))) {
      turn_ = lane;
      continue;
    }
    if (const Bytes bytes = begin_turn(lane, bytes_max); !bytes.empty()) return bytes;
  }
  return {};
}

void Outbox::tend(SocketTime now, LegalTime legal, bool& busy, Bounds bounds) {
  for (size_t i = left_removed_; i < places_.size(); ++i) {
    if (i < left_ && left_held_) continue;
    if (bounds == Bounds::kApply && i >= express_end_ && make_room_for(at(i))) continue;
    at(i).tend(now, legal, busy, bounds);
  }
  remove_empty();
}

// The oldest goes first: what a former process left before what this one wrote. Not what was to go first: it is small,
// and the other lanes' bound does not count it.
bool Outbox::make_room_for(Lane& lane) {
  if (left_held_ || left_removed_ == left_ || lane.spool().overdue({INT64_MIN}).reason != GivenUp::kBacklogMax) {
    return false;
  }
  for (size_t i = std::max(left_removed_, left_express_); i < left_; ++i) {
    if (!at(i).give_up_part()) continue;
    lane.spool().let_off();
    return true;
  }
  return false;
}

void Outbox::remove_empty() {
  for (; left_removed_ < left_ && !left_held_; ++left_removed_) {
    Lane& lane = at(left_removed_);
    if (lane.spool().backlog_records() > 0) return;
    lane.spool().remove();
  }
}

void Outbox::fly(Lane* lane, size_t bytes) {
  in_flight_ += bytes;
  if (!flights_.empty() && flights_.back().lane == lane) {
    flights_.back().bytes += bytes;
  } else {
    flights_.push_back({.lane = lane, .bytes = bytes});
  }
}

void Outbox::sent(size_t bytes, SocketTime now) {
  at(turn_).sent(bytes);
  turn_sent_ += bytes;
  if (!is_express(turn_)) places_[turn_].sent_at = now;  // what goes first waits for no more behind it
  fly(&at(turn_), bytes);
}

void Outbox::sent_other(size_t bytes) {
  LICTOR_CHECK(between_records());
  fly(nullptr, bytes);
}

uint64_t Outbox::confirm(uint64_t unacknowledged) {
  // A transport may count its own framing too: then what is on its way is less than it says, never more.
  if (unacknowledged >= in_flight_) return 0;
  const uint64_t confirmed = in_flight_ - unacknowledged;
  for (uint64_t rest = confirmed; rest > 0;) {
    Flight& oldest = flights_.front();
    const uint64_t bytes = std::min(rest, oldest.bytes);
    if (oldest.lane != nullptr) oldest.lane->confirm(bytes);
    rest -= bytes;
    oldest.bytes -= bytes;
    if (oldest.bytes == 0) flights_.pop_front();
  }
  in_flight_ = unacknowledged;
  return confirmed;
}

void Outbox::rewind() {
  for (Place& place : places_) {
    place.lane->rewind();
    place.sent_at = {INT64_MIN / 2};
    place.fence = 0;  // what goes first goes first in the next connection, too
  }
  flights_.clear();
  in_flight_ = 0;
}

void Outbox::take_back() {
  for (Place& place : places_) place.lane->take_back();
  rewind();
}

bool Outbox::has_sent_revoked() const {
  return std::ranges::any_of(places_, [](const Place& place) { return place.lane->has_sent_revoked(); });
}

bool Outbox::purge(size_t entries_max) {
  bool found = false;
  for (Place& place : places_) found = place.lane->purge(entries_max) || found;
  return found;
}

void Outbox::give_up() {
  rewind();
  for (Place& place : places_) place.lane->give_up();
}

uint64_t Outbox::confirmed_records() const {
  uint64_t sum = confirmed_gone_;
  for (const Place& place : places_) sum += place.lane->confirmed_records();
  return sum;
}

uint64_t Outbox::resent_records() const {
  uint64_t sum = resent_gone_;
  for (const Place& place : places_) sum += place.lane->resent_records();
  return sum;
}

}  // namespace lictor

// A destination's lanes as one stream of bytes: takes turns between the spools, always at a record's end, and maps what
// the peer has acknowledged back onto records in the order in which they were sent. One handover thread.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "encoders/handover/lane.h"

namespace lictor {

class Outbox {
 public:
  // The first `left` lanes are what former processes left: they go first, in their order, and before them nothing goes
  // until let_left_go().
  explicit Outbox(std::vector<Lane> lanes, size_t left = 0) : lanes_(std::move(lanes)), left_(left) {}

  // Once a round, first of all; see Lane::tend().
  void tend(SocketTime now, LegalTime legal, bool& busy);
  // Whose keys are to be had is known: what is left is sent, and what nobody can read is given up.
  void let_left_go() { left_held_ = false; }

  // A lane has the line for this much, and for the end of its record: then the others have their turn, however little
  // the peer takes at a time.
  static constexpr size_t kTurnBytes = size_t{256} << 10;

  // What to send next; see Lane::next(). Empty where there is nothing to send now.
  Bytes next(size_t bytes_max);
  void sent(size_t bytes);
  // Octets that are no record (a keepalive) were sent; only between two records.
  void sent_other(size_t bytes);
  [[nodiscard]] bool between_records() const { return !lanes_[turn_].inside_record(); }

  // Octets sent in this connection and not confirmed.
  [[nodiscard]] uint64_t in_flight() const { return in_flight_; }
  // The transport says that `unacknowledged` octets are still on their way. Answers how many are newly confirmed.
  uint64_t confirm(uint64_t unacknowledged);

  void rewind();
  void take_back();  // see Lane::take_back()
  bool purge(size_t entries_max);
  void give_up();
  [[nodiscard]] uint64_t resent_records() const;

 private:
  static constexpr size_t kOther = SIZE_MAX;
  struct Flight {
    size_t lane;  // or kOther
    uint64_t bytes;
  };

  void fly(size_t lane, size_t bytes);
  Bytes begin_turn(size_t lane, size_t bytes_max);
  bool make_room_for(Lane& lane);
  void remove_empty();

  std::vector<Lane> lanes_;
  size_t left_;              // lanes of former processes
  size_t left_removed_ = 0;  // the first of them are empty, and gone from the disk
  bool left_held_ = true;
  size_t turn_ = 0;             // the lane that next() answered from last
  size_t turn_sent_ = 0;        // octets of it since its turn began
  std::deque<Flight> flights_;  // oldest first; one a change of lane
  uint64_t in_flight_ = 0;
};

}  // namespace lictor

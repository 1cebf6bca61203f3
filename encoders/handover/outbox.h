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
  explicit Outbox(std::vector<Lane> lanes) : lanes_(std::move(lanes)) {}

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

  std::vector<Lane> lanes_;
  size_t turn_ = 0;             // the lane that next() answered from last
  std::deque<Flight> flights_;  // oldest first; one a change of lane
  uint64_t in_flight_ = 0;
};

}  // namespace lictor

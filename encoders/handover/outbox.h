// A destination's lanes as one stream of bytes: takes turns between the spools, always at a record's end, and maps what
// the peer has acknowledged back onto records in the order in which they were sent. Lanes of single tasks come and go.
// One handover thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "encoders/handover/lane.h"

namespace lictor {

class Outbox {
 public:
  // The first `left` lanes are what former processes left: they go first, in their order, and before them nothing goes
  // until let_left_go(). `left_tasks`: whose records are in each of these.
  // Behind these `express` lanes: what is in one goes before all else, what is left too, as it is of other tasks. From
  // the others nothing goes that came after what waits in these: an interception's beginning before its records.
  // `left_express`: the first of what is left were express ones, too; they are not given up for others' room.
  explicit Outbox(std::vector<Lane> lanes, size_t left = 0, std::vector<std::vector<Xid>> left_tasks = {},
                  size_t express = 0, size_t left_express = 0);

  // What a former process left of this task alone takes turns with all that holds nothing of the task, at this pace:
  // the task's new records go through a lane of its own, if there are any.
  void set_apart(const Xid& task, const std::shared_ptr<TokenBucket>& pace);
  // One task's own lane. `behind`: the task's earlier records are in the lanes that everybody shares, so nothing of it
  // goes before what was in these when its first record came.
  Lane* add(Lane lane, bool behind, const Xid& owner = {});
  // Nothing is left in it, and nobody will append.
  void remove(const Lane* lane);

  // Once a round, first of all; see Lane::tend().
  void tend(SocketTime now, LegalTime legal, bool& busy, Bounds bounds = Bounds::kApply);
  // Whose keys are to be had is known: what is left is sent, and what nobody can read is given up.
  void let_left_go() { left_held_ = false; }

  // A lane has the line for this much, and for the end of its record: then the others have their turn, however little
  // the peer takes at a time.
  static constexpr size_t kTurnBytes = size_t{256} << 10;

  // What to send next; see Lane::next(). Empty where there is nothing to send now.
  Bytes next(size_t bytes_max);
  void sent(size_t bytes, SocketTime now = {INT64_MIN / 2});
  // See Lane; of the one that next() answered from.
  [[nodiscard]] size_t front_bytes() const { return at(turn_).front_bytes(); }
  void give_up_front(GivenUp why) { at(turn_).give_up_front(why); }
  [[nodiscard]] bool has_sent_revoked() const;
  // Octets that are no record (a keepalive) were sent; only between two records.
  void sent_other(size_t bytes);
  // When the lane that next() answered from sent something last in this connection.
  [[nodiscard]] SocketTime sent_at() const { return places_[turn_].sent_at; }
  [[nodiscard]] size_t lanes() const { return places_.size(); }
  [[nodiscard]] bool between_records() const { return !at(turn_).inside_record(); }

  // Octets sent in this connection and not confirmed.
  [[nodiscard]] uint64_t in_flight() const { return in_flight_; }
  // The transport says that `unacknowledged` octets are still on their way. Answers how many are newly confirmed.
  uint64_t confirm(uint64_t unacknowledged);

  void rewind();
  void take_back();  // see Lane::take_back()
  bool purge(size_t entries_max);
  void give_up();
  [[nodiscard]] uint64_t resent_records() const;
  [[nodiscard]] uint64_t confirmed_records() const;

 private:
  struct Flight {
    Lane* lane;  // null: no record's
    uint64_t bytes;
  };
  struct Place {
    std::unique_ptr<Lane> lane;
    bool behind = false;
    bool apart = false;           // of a former process; see set_apart()
    std::vector<Xid> tasks = {};  // of the lanes of former processes, and of single tasks
    SocketTime sent_at{INT64_MIN / 2};
    std::vector<uint64_t> ends = {};  // what the shared lanes have to have released first; empty: not known yet
    // Of one that is not express: the records below were there when nothing of an express lane waited.
    uint64_t fence = 0;
  };

  [[nodiscard]] Lane& at(size_t lane) { return *places_[lane].lane; }
  [[nodiscard]] const Lane& at(size_t lane) const { return *places_[lane].lane; }
  bool waits(Place& place);
  [[nodiscard]] bool waits_for_left(size_t lane) const;
  [[nodiscard]] bool is_express(size_t lane) const { return lane >= left_ && lane < express_end_; }
  bool express_waits();
  Bytes next_express(size_t bytes_max);
  // Up to which record a lane may be sent.
  [[nodiscard]] uint64_t end_of(size_t lane) const {
    return left_ == express_end_ || lane < express_end_ ? UINT64_MAX : places_[lane].fence;
  }
  void fly(Lane* lane, size_t bytes);
  Bytes begin_turn(size_t lane, size_t bytes_max);
  bool make_room_for(Lane& lane);
  void remove_empty();

  std::vector<uint64_t> ends_seen_;  // of express_waits(): its memory
  std::vector<Place> places_;        // former processes' lanes, express ones, shared ones, tasks' own
  size_t left_;                      // lanes of former processes
  size_t left_express_;              // of these the first
  size_t express_end_;               // the end of the express ones
  size_t shared_end_;                // the end of the shared ones
  size_t left_removed_ = 0;          // the first of them are empty, and gone from the disk
  bool left_held_ = true;
  size_t express_turn_ = 0;     // the express lane that was tried last
  size_t resume_ = 0;           // whose turn the others' was when an express lane's began
  size_t turn_ = 0;             // the lane that next() answered from last
  size_t turn_sent_ = 0;        // octets of it since its turn began
  std::deque<Flight> flights_;  // oldest first; one a change of lane
  uint64_t in_flight_ = 0;
  uint64_t resent_gone_ = 0;     // by lanes that were removed
  uint64_t confirmed_gone_ = 0;  // in them
};

}  // namespace lictor

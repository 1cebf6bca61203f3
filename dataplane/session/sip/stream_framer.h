// SIP messages of one direction of a TCP connection (RFC 3261 section 18.3): its octets in order and in any pieces, one
// message after the other. What was lost on the way to the tap is said, and messages are looked for behind it. One
// session lcore; nothing is allocated: the memory is the caller's, and with it the bound.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/base/bytes.h"
#include "dataplane/session/sip/message.h"

namespace lictor::sip {

// Octets that are looked through for a message before the connection is given up: it carries something else. From then
// on a message is found where its first line lies in one piece, and nothing waits in the room for that.
constexpr uint64_t kSearchBytesMax = 256 << 10;

// All directions of a lcore share one.
struct StreamCounters {
  uint64_t messages = 0;
  uint64_t keepalives = 0;      // line ends between messages (RFC 5626 section 3.5.1), counted by pieces
  uint64_t too_long = 0;        // of those messages there is the head alone, with `body_cut`
  uint64_t heads_too_long = 0;  // of which nothing could be read
  uint64_t no_length = 0;       // messages without a length that says where they end: without one there is no body,
                                // and where two contradict each other it ends at what begins a message
  uint64_t searches = 0;        // times that the place in the stream was lost
  uint64_t found_again = 0;     // searches that ended at a message
  uint64_t given_up = 0;        // searches that did not
  // Octets that are in no message: between messages, of bodies that are too long, and what was searched or given up.
  uint64_t bytes_between = 0;
  uint64_t bytes_skipped = 0;
  uint64_t bytes_passed_over = 0;
};

class StreamFramer {
 public:
  // `room` is one message's at most, 4096 octets or more, and stays until the framer's end. A message that lies whole
  // in a piece is not copied there.
  StreamFramer(MutableBytes room, StreamCounters& counters);

  // The next octets of the stream. Those before must have been drained: next() answered false.
  void put(Bytes piece) noexcept;
  // What follows does not join what was there: a segment was not seen. The stream's part of a message is given up.
  void lose_place() noexcept;

  // The next whole message into `message`, whose views end with the next call of any function here. False where the
  // octets are used up; what is left of them is kept for the next piece.
  [[nodiscard]] bool next(Message& message) noexcept;

  // Octets that wait in the room. Drained, as for put().
  [[nodiscard]] size_t buffered() const { return buffered_; }
  // From now on they wait in `room`, which is as long as the one before.
  void move_to(MutableBytes room) noexcept;

  // The connection carries something else, so far.
  [[nodiscard]] bool is_given_up() const { return state_ == State::kGivenUp; }

 private:
  enum class State : uint8_t {
    kInMessages,
    kSkipping,   // the body of a message that is too long
    kSearching,  // for a line that begins a message
    kGivenUp,
  };
  // What one look at the octets that are there found.
  enum class Look : uint8_t { kMessage, kMore, kAgain };

  [[nodiscard]] size_t left() const { return piece_.size() - at_; }
  [[nodiscard]] Bytes octets() const { return buffered_ > 0 ? Bytes(room_).first(buffered_) : piece_.subspan(at_); }
  Look look(Message& message) noexcept;
  Look take_message(Bytes seen, Message& message) noexcept;
  Look fill() noexcept;
  Look give_up_head() noexcept;
  bool search() noexcept;
  bool has_head(Bytes seen) noexcept;
  void use(size_t bytes) noexcept;
  void pass_over(size_t bytes) noexcept;
  void start_search() noexcept;
  void skip_line() noexcept;

  MutableBytes room_;
  StreamCounters& counters_;
  State state_ = State::kInMessages;
  Bytes piece_;
  size_t at_ = 0;            // in piece_: what is before is used, or in room_
  size_t buffered_ = 0;      // octets in room_, which come before those of piece_
  size_t from_piece_ = 0;    // the last so many of them are piece_'s
  size_t given_out_ = 0;     // octets at the front that the last message had: used with the next call
  size_t head_seen_ = 0;     // octets at the front that hold no end of a head
  size_t needed_ = 0;        // by the message at the front; 0: not known
  uint64_t skip_bytes_ = 0;  // of kSkipping
  uint64_t searched_ = 0;    // of kSearching
};

}  // namespace lictor::sip

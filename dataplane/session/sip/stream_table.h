// SIP over TCP as a tap sees it: the directions of connections, their segments in order (RFC 9293), and the messages in
// them. What is lost, repeated or comes out of order costs bounded memory, taken once; where it is full, the direction
// that was heard of longest ago goes. One session lcore.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "dataplane/base/counter.h"
#include "dataplane/base/signal_record.h"
#include "dataplane/packet/sip_hash.h"
#include "dataplane/session/private_array.h"
#include "dataplane/session/sip/stream_framer.h"

namespace lictor::sip {

struct StreamTablePlan {
  uint32_t streams_max = 16'384;               // directions of connections; each has some 200 octets
  uint32_t rooms_max = 512;                    // of them, those whose last message is not whole yet; each has 64 KB
  uint32_t held_max = 512;                     // segments that wait for one before them; each has 2 KB
  int64_t gap_ns = kNanosecondsPerSecond / 2;  // that long; then what is missing is given up
  HashKey key;
};

// Written by the session lcore, read by any thread.
struct StreamTableCounters {
  Counter opened;
  Counter evicted;     // directions that others took the place of
  Counter rooms_over;  // messages that were given up for another direction's
  Counter gaps;        // octets that never came: messages are looked for behind them
  Counter held_over;   // segments behind a gap for which there was no room
  Counter odd;         // segments that are none, or far from where their connection is
  Counter too_long;    // messages whose head alone is read
  Counter no_length;   // messages whose head does not say where they end: taken as without body
  Counter searches;    // as of StreamCounters, and what follows
  Counter found_again;
  Counter given_up;
};

class StreamTable {
 public:
  static constexpr uint32_t kStreamsMax = 1 << 22;
  static constexpr size_t kRoomBytes = 65'536;  // the longest message that is read whole: a datagram's
  // InvalidArgument where a bound is 0 or streams_max beyond kStreamsMax, ResourceExhausted where the kernel has not so
  // much memory.
  static Result<std::unique_ptr<StreamTable>> make(const StreamTablePlan& plan);

  // `segment.message` begins with its TCP header. Then next(), until there is none. The record stays until that.
  void put(const SignalRecord& segment) noexcept;
  // The next message that is whole. Its views end with the next call of any function here.
  [[nodiscard]] bool next(Message& message) noexcept;
  // Where the message that next() gave came from, as the last segment of its direction has it.
  [[nodiscard]] const SignalRecordHeader& header() const { return slots_[current_ - 1].header; }
  // Every few milliseconds, by the packets' clock: true where next() may have something, behind a gap that was given
  // up. To be called again until false.
  [[nodiscard]] bool tick(PacketTime now) noexcept;

  [[nodiscard]] const StreamTableCounters& counters() const { return counters_; }
  [[nodiscard]] uint32_t streams() const { return streams_; }

 private:
  static constexpr uint32_t kHeldPerStreamMax = 32;
  static constexpr size_t kHeldBytes = 2048;
  using Room = std::array<uint8_t, kRoomBytes>;
  // Numbers are an index + 1; 0: none.
  struct Stream {
    Hash128 key;
    uint32_t bucket_next = 0;
    uint32_t older = 0;
    uint32_t newer = 0;
    uint32_t sequence = 0;    // of the octet that comes next
    uint32_t odd_next = 0;    // behind the last segment that was not where the connection is
    uint32_t odd_bytes = 0;   // of such ones in a row
    bool odd_begins = false;  // it was a SYN
    uint32_t room = 0;
    uint32_t held = 0;
    PacketTime gap_since;       // of what is held
    bool is_over = false;       // a FIN has come,
    uint32_t over_at = 0;       // and what is before it may not have
    SignalRecordHeader header;  // of the last segment
    std::optional<StreamFramer> framer;
  };
  struct Held {
    uint32_t stream = 0;  // 0: free
    uint32_t sequence = 0;
    uint32_t bytes = 0;
  };
  struct Segment;

  StreamTable(const StreamTablePlan& plan, PrivateArray<Room> rooms,
              PrivateArray<std::array<uint8_t, kHeldBytes>> held);
  static std::optional<Segment> read_segment(Bytes message) noexcept;
  uint32_t find(const Hash128& key) noexcept;
  uint32_t open(const Hash128& key) noexcept;
  void start(Stream& stream, uint32_t sequence, bool in_midst) noexcept;
  bool follows(uint32_t number, const Segment& segment) noexcept;
  void close(uint32_t number) noexcept;
  void touch(uint32_t number) noexcept;
  void unlink(const Stream& stream) noexcept;
  void hold(uint32_t number, const Segment& segment, PacketTime now) noexcept;
  void drop_held(uint32_t number) noexcept;
  void give_up_gap(uint32_t number) noexcept;
  bool feed_held() noexcept;
  void feed(Stream& stream, uint32_t sequence, Bytes octets) noexcept;
  void settle_room(uint32_t number) noexcept;
  uint32_t take_room() noexcept;
  [[nodiscard]] uint32_t& bucket(const Hash128& key) noexcept { return buckets_[key.low % buckets_.size()]; }
  void tell_counters() noexcept;

  const StreamTablePlan plan_;
  std::vector<Stream> slots_;
  std::vector<uint32_t> buckets_;
  std::vector<uint32_t> free_;
  uint32_t oldest_ = 0;
  uint32_t newest_ = 0;
  uint32_t streams_ = 0;
  PrivateArray<Room> rooms_;  // the last one is of whoever has none of its own, for as long as it is asked
  std::vector<uint32_t> free_rooms_;
  std::vector<uint32_t> room_owner_;  // a stream's number
  size_t next_room_ = 0;              // to be taken away next
  std::vector<Held> held_;
  uint32_t held_count_ = 0;
  PrivateArray<std::array<uint8_t, kHeldBytes>> held_octets_;
  uint32_t current_ = 0;  // whose messages next() gives
  uint32_t feeding_ = 0;  // the held segment that is being read
  StreamCounters framing_;
  StreamCounters told_;
  StreamTableCounters counters_;
};

}  // namespace lictor::sip

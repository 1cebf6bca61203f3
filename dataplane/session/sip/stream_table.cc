#include "dataplane/session/sip/stream_table.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace lictor::sip {

struct StreamTable::Segment {
  uint32_t sequence = 0;  // of its first octet
  bool begins = false;    // SYN
  bool ends = false;      // FIN
  bool resets = false;    // RST
  Bytes octets;
};

namespace {

constexpr size_t kTcpHeaderBytes = 20;
constexpr uint8_t kFin = 0x01;
constexpr uint8_t kSyn = 0x02;
constexpr uint8_t kRst = 0x04;
// What is farther from where a connection is was not sent by its ends, or the tap was blind for long.
constexpr int32_t kWindowBytes = 4 << 20;
// Octets in a row that were there before: more is no repetition, but another place in the stream.
constexpr uint32_t kRepeatedBytesMax = 256 << 10;

int32_t distance(uint32_t from, uint32_t to) { return static_cast<int32_t>(to - from); }

}  // namespace

Result<std::unique_ptr<StreamTable>> StreamTable::make(const StreamTablePlan& plan) {
  if (plan.streams_max == 0 || plan.streams_max > kStreamsMax)
    return absl::InvalidArgumentError("streams_max: out of its bounds");
  if (plan.rooms_max == 0 || plan.held_max == 0 || plan.gap_ns <= 0)
    return absl::InvalidArgumentError("rooms_max, held_max, gap_ns: must be more than 0");
  Result<PrivateArray<Room>> rooms = PrivateArray<Room>::make(size_t{plan.rooms_max} + 1);
  if (!rooms.ok()) return rooms.status();
  auto held = PrivateArray<std::array<uint8_t, kHeldBytes>>::make(plan.held_max);
  if (!held.ok()) return held.status();
  return std::unique_ptr<StreamTable>(new StreamTable(plan, *std::move(rooms), *std::move(held)));
}

StreamTable::StreamTable(const StreamTablePlan& plan, PrivateArray<Room> rooms,
                         PrivateArray<std::array<uint8_t, kHeldBytes>> held)
    : plan_(plan),
      slots_(plan.streams_max),
      buckets_(plan.streams_max),
      free_(plan.streams_max),
      rooms_(std::move(rooms)),
      free_rooms_(plan.rooms_max),
      room_owner_(plan.rooms_max),
      held_(plan.held_max),
      held_octets_(std::move(held)) {
  for (uint32_t i = 0; i < plan.streams_max; ++i) free_[i] = plan.streams_max - i;
  for (uint32_t i = 0; i < plan.rooms_max; ++i) free_rooms_[i] = plan.rooms_max - i;
}

std::optional<StreamTable::Segment> StreamTable::read_segment(Bytes message) noexcept {
  if (message.size() < kTcpHeaderBytes) return std::nullopt;
  ByteReader in(message.subspan(4));
  Segment segment{.sequence = in.u32()};
  const size_t header = size_t{message[12]} / 16 * 4;
  if (header < kTcpHeaderBytes || header > message.size()) return std::nullopt;
  const uint8_t flags = message[13];
  segment.begins = (flags & kSyn) != 0;
  segment.ends = (flags & kFin) != 0;
  segment.resets = (flags & kRst) != 0;
  segment.octets = message.subspan(header);
  if (segment.begins) ++segment.sequence;
  return segment;
}

void StreamTable::put(const SignalRecord& record) noexcept {
  current_ = 0;
  const std::optional<Segment> segment = read_segment(record.message);
  if (!segment) return counters_.odd.add(1);
  const SignalRecordHeader& header = record.header;
  std::array<uint8_t, 36> ends;
  std::copy_n(header.source.address.begin(), 16, ends.begin());
  std::copy_n(header.destination.address.begin(), 16, ends.begin() + 16);
  const uint64_t scope = uint64_t{header.source_set} << 33 | uint64_t{header.ipv6} << 32 |
                         uint32_t{header.source.port} << 16 | header.destination.port;
  const Hash128 key = sip_hash(plan_.key, {&scope, 1}, Bytes(ends).first(32));
  uint32_t number = find(key);
  if (number == 0) {
    if (segment->resets || (segment->octets.empty() && !segment->begins)) return;
    number = open(key);
    start(slots_[number - 1], segment->sequence, !segment->begins);
  }
  touch(number);
  Stream& stream = slots_[number - 1];
  stream.header = header;
  if (!follows(number, *segment)) return counters_.odd.add(1);
  if (segment->resets) {  // RFC 5961 section 3.2: elsewhere it is nobody's of the connection
    if (segment->sequence == stream.sequence) return close(number);
    return counters_.odd.add(1);
  }
  if (segment->ends && !stream.is_over) {
    stream.is_over = true;
    stream.over_at = segment->sequence + static_cast<uint32_t>(segment->octets.size());
  }
  current_ = number;
  if (distance(stream.sequence, segment->sequence) > 0) return hold(number, *segment, header.arrival);
  feed(stream, segment->sequence, segment->octets);
}

// Whoever sends one segment that is not where the connection is does not move it: neither by a SYN, unless what comes
// next follows that, nor by what is far away or was there before, unless it goes on so.
bool StreamTable::follows(uint32_t number, const Segment& segment) noexcept {
  Stream& stream = slots_[number - 1];
  const auto bytes = static_cast<uint32_t>(segment.octets.size());
  const int32_t ahead = distance(stream.sequence, segment.sequence);
  const bool is_far = ahead > kWindowBytes || ahead < -kWindowBytes;
  const bool is_old = bytes > 0 && !is_far && distance(stream.sequence, segment.sequence + bytes) <= 0;
  const bool begins_anew = segment.begins && ahead != 0;
  const bool goes_on = segment.sequence == stream.odd_next && stream.odd_bytes > 0;
  const bool follows_syn = stream.odd_begins && segment.sequence == stream.odd_next && bytes > 0 && !segment.begins;
  if (bytes == 0 && !segment.begins) return !is_far;  // an answer alone says nothing of where the connection is
  if (!is_far && !is_old && !begins_anew && !follows_syn) {
    stream.odd_bytes = 0;
    return true;
  }
  stream.odd_bytes = goes_on ? stream.odd_bytes + bytes : bytes;
  stream.odd_next = segment.sequence + bytes;
  const bool moves = follows_syn || (is_far && goes_on) || (is_old && stream.odd_bytes > kRepeatedBytesMax);
  stream.odd_begins = begins_anew;
  if (!moves) return is_old;
  stream.odd_bytes = 0;
  drop_held(number);
  start(stream, segment.sequence, !follows_syn);
  return true;
}

bool StreamTable::next(Message& message) noexcept {
  while (current_ != 0) {
    Stream& stream = slots_[current_ - 1];
    if (stream.framer->next(message)) return true;
    if (feeding_ != 0) held_[std::exchange(feeding_, 0) - 1].stream = 0;
    if (feed_held()) continue;
    settle_room(current_);
    const uint32_t number = std::exchange(current_, 0);
    if (stream.is_over && distance(stream.over_at, stream.sequence) >= 0 && stream.framer->buffered() == 0)
      close(number);
  }
  tell_counters();
  return false;
}

bool StreamTable::tick(PacketTime now) noexcept {
  if (held_count_ == 0) return false;
  for (const Held& held : held_) {
    if (held.stream == 0) continue;
    const Stream& stream = slots_[held.stream - 1];
    if (now >= stream.gap_since && now.unix_ns - stream.gap_since.unix_ns < plan_.gap_ns) continue;
    current_ = held.stream;
    give_up_gap(current_);
    slots_[current_ - 1].gap_since = now;
    return true;
  }
  return false;
}

// The octets that are not known yet.
void StreamTable::feed(Stream& stream, uint32_t sequence, Bytes octets) noexcept {
  const auto known = static_cast<size_t>(-static_cast<int64_t>(distance(stream.sequence, sequence)));
  if (known >= octets.size()) return stream.framer->put({});
  const Bytes fresh = octets.subspan(known);
  stream.sequence += static_cast<uint32_t>(fresh.size());
  stream.framer->put(fresh);
}

// False: none of what is held joins what was read.
bool StreamTable::feed_held() noexcept {
  Stream& stream = slots_[current_ - 1];
  if (stream.held == 0) return false;
  for (uint32_t i = 0; i < held_.size(); ++i) {
    const Held& held = held_[i];
    if (held.stream != current_ || distance(stream.sequence, held.sequence) > 0) continue;
    feeding_ = i + 1;
    --stream.held;
    --held_count_;
    feed(stream, held.sequence, Bytes(held_octets_[i]).first(held.bytes));
    return true;
  }
  return false;
}

void StreamTable::hold(uint32_t number, const Segment& segment, PacketTime now) noexcept {
  Stream& stream = slots_[number - 1];
  stream.framer->put({});
  if (segment.octets.empty()) return;
  const auto place = std::ranges::find(held_, 0U, &Held::stream);
  if (place == held_.end() || segment.octets.size() > kHeldBytes || stream.held == kHeldPerStreamMax) {
    counters_.held_over.add(1);
    // What is held is read, and this one lost; where nothing is held, it is the next.
    give_up_gap(number);
    if (stream.held == 0) {
      stream.sequence = segment.sequence;
      feed(stream, segment.sequence, segment.octets);
    }
    return;
  }
  if (stream.held == 0) stream.gap_since = now;
  *place = {.stream = number, .sequence = segment.sequence, .bytes = static_cast<uint32_t>(segment.octets.size())};
  std::ranges::copy(segment.octets, held_octets_[static_cast<size_t>(place - held_.begin())].begin());
  ++stream.held;
  ++held_count_;
}

// Goes on at the first octet behind it that is held.
void StreamTable::give_up_gap(uint32_t number) noexcept {
  Stream& stream = slots_[number - 1];
  counters_.gaps.add(1);
  stream.framer->lose_place();
  int32_t nearest = INT32_MAX;
  for (const Held& held : held_)
    if (held.stream == number) nearest = std::min(nearest, distance(stream.sequence, held.sequence));
  if (nearest != INT32_MAX) stream.sequence += static_cast<uint32_t>(std::max(nearest, 0));
}

void StreamTable::drop_held(uint32_t number) noexcept {
  Stream& stream = slots_[number - 1];
  if (stream.held == 0) return;
  for (Held& held : held_) {
    if (held.stream != number) continue;
    held.stream = 0;
    --held_count_;
  }
  stream.held = 0;
}

void StreamTable::start(Stream& stream, uint32_t sequence, bool in_midst) noexcept {
  stream.sequence = sequence;
  stream.is_over = false;
  if (stream.room != 0) free_rooms_.push_back(std::exchange(stream.room, 0));
  stream.framer.emplace(rooms_[plan_.rooms_max], framing_);
  if (in_midst) stream.framer->lose_place();
}

// What is left of a message stays in a room of its own, and nobody has one for nothing.
void StreamTable::settle_room(uint32_t number) noexcept {
  Stream& stream = slots_[number - 1];
  const bool needs = stream.framer->buffered() > 0;
  if (!needs && stream.room != 0) {
    stream.framer->move_to(rooms_[plan_.rooms_max]);
    free_rooms_.push_back(std::exchange(stream.room, 0));
  }
  if (!needs || stream.room != 0) return;
  stream.room = take_room();
  room_owner_[stream.room - 1] = number;
  stream.framer->move_to(rooms_[stream.room - 1]);
}

uint32_t StreamTable::take_room() noexcept {
  if (free_rooms_.empty()) {
    const size_t room = next_room_;
    next_room_ = (next_room_ + 1) % room_owner_.size();
    Stream& owner = slots_[room_owner_[room] - 1];
    counters_.rooms_over.add(1);
    owner.framer->lose_place();
    owner.framer->move_to(rooms_[plan_.rooms_max]);
    free_rooms_.push_back(std::exchange(owner.room, 0));
  }
  const uint32_t room = free_rooms_.back();
  free_rooms_.pop_back();
  return room;
}

uint32_t StreamTable::find(const Hash128& key) noexcept {
  uint32_t number = bucket(key);
  while (number != 0 && !(slots_[number - 1].key == key)) number = slots_[number - 1].bucket_next;
  return number;
}

uint32_t StreamTable::open(const Hash128& key) noexcept {
  if (free_.empty()) {
    counters_.evicted.add(1);
    close(oldest_);
  }
  const uint32_t number = free_.back();
  free_.pop_back();
  Stream& stream = slots_[number - 1];
  stream.key = key;
  stream.bucket_next = std::exchange(bucket(key), number);
  stream.older = newest_;
  stream.newer = 0;
  (newest_ != 0 ? slots_[newest_ - 1].newer : oldest_) = number;
  newest_ = number;
  stream.odd_next = stream.odd_bytes = 0;
  stream.odd_begins = false;
  stream.held = 0;
  ++streams_;
  counters_.opened.add(1);
  return number;
}

void StreamTable::unlink(const Stream& stream) noexcept {
  (stream.older != 0 ? slots_[stream.older - 1].newer : oldest_) = stream.newer;
  (stream.newer != 0 ? slots_[stream.newer - 1].older : newest_) = stream.older;
}

void StreamTable::touch(uint32_t number) noexcept {
  if (newest_ == number) return;
  Stream& stream = slots_[number - 1];
  unlink(stream);
  stream.older = newest_;
  stream.newer = 0;
  slots_[newest_ - 1].newer = number;
  newest_ = number;
}

void StreamTable::close(uint32_t number) noexcept {
  Stream& stream = slots_[number - 1];
  drop_held(number);
  if (stream.room != 0) free_rooms_.push_back(std::exchange(stream.room, 0));
  stream.framer.reset();
  unlink(stream);
  uint32_t* place = &bucket(stream.key);
  while (*place != number) place = &slots_[*place - 1].bucket_next;
  *place = stream.bucket_next;
  --streams_;
  free_.push_back(number);
}

void StreamTable::tell_counters() noexcept {
  counters_.too_long.add(framing_.too_long - told_.too_long + framing_.heads_too_long - told_.heads_too_long);
  counters_.no_length.add(framing_.no_length - told_.no_length);
  counters_.searches.add(framing_.searches - told_.searches);
  counters_.found_again.add(framing_.found_again - told_.found_again);
  counters_.given_up.add(framing_.given_up - told_.given_up);
  told_ = framing_;
}

}  // namespace lictor::sip

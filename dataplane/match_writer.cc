#include "dataplane/match_writer.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "dataplane/frame_copy.h"

namespace lictor {
namespace {

uint32_t bytes_of(const rte_mbuf& frame) { return frame.pkt_len; }
uint32_t bytes_of(Bytes frame) { return static_cast<uint32_t>(frame.size()); }

void copy_octets(const rte_mbuf& frame, uint8_t* at) {
  // `next` is on another cache line, which nobody has read.
  if (frame.nb_segs != 1) [[unlikely]]
    return copy_segments(frame, at);
  std::memcpy(at, rte_pktmbuf_mtod(&frame, const uint8_t*), frame.data_len);
}
void copy_octets(Bytes frame, uint8_t* at) { std::memcpy(at, frame.data(), frame.size()); }

}  // namespace

void MatchWriter::write(const rte_mbuf& frame, const ParsedFrame& parsed, PacketTime arrival, uint16_t port,
                        std::span<const TaskMatch> tasks) noexcept {
  write_frame(frame, parsed, arrival, port, tasks);
}

void MatchWriter::write(Bytes frame, const ParsedFrame& parsed, PacketTime arrival, uint16_t port,
                        std::span<const TaskMatch> tasks) noexcept {
  write_frame(frame, parsed, arrival, port, tasks);
}

MatchWriter::View MatchWriter::view_of(const ParsedFrame& parsed, uint8_t level, uint32_t frame_bytes) noexcept {
  const uint8_t at = level == kWholeFrame ? uint8_t{0} : level;
  if (at >= parsed.level_count) [[unlikely]]
    return {.offset = 0, .bytes = frame_bytes, .whole_bytes = frame_bytes, .kind = ViewKind::kFrame};
  const IpLevel& ip = parsed.level[at];
  return {.offset = ip.offset,
          .bytes = ip.bytes,
          .whole_bytes = ip.whole_bytes,
          .kind = ip.ipv6 ? ViewKind::kIpv6 : ViewKind::kIpv4};
}

template <typename Frame>
void MatchWriter::write_frame(const Frame& frame, const ParsedFrame& parsed, PacketTime arrival, uint16_t port,
                              std::span<const TaskMatch> tasks) noexcept {
  if (tasks.size() == 1) {
    const View view = view_of(parsed, tasks[0].level, bytes_of(frame));
    write_to(encoder_of(tasks[0].slot, rings_.size()), frame, {view, arrival, port}, tasks);
  } else {
    write_to_each(frame, parsed, arrival, port, tasks);
  }
  for (const TaskMatch& task : tasks) account_.tasks[index_of(task.slot)].matched.add(1);
}

template <typename Frame>
void MatchWriter::write_to_each(const Frame& frame, const ParsedFrame& parsed, PacketTime arrival, uint16_t port,
                                std::span<const TaskMatch> tasks) noexcept {
  const std::span<const TaskMatch> kept = tasks.first(std::min(tasks.size(), kTasksPerPacketMax));
  for (const TaskMatch& task : tasks.subspan(kept.size())) lose(task.slot, RecordDrop::kFanoutLimit);
  const uint8_t levels = std::max(parsed.level_count, uint8_t{1});
  for (uint8_t level = 0; level < levels; ++level) {
    for (size_t encoder = 0; encoder < rings_.size(); ++encoder) {
      size_t count = 0;
      for (const TaskMatch& task : kept) {
        const uint8_t shared = task.level == kWholeFrame ? uint8_t{0} : task.level;
        if (shared == level && encoder_of(task.slot, rings_.size()) == encoder) chosen_[count++] = task;
      }
      if (count == 0) continue;
      const View view = view_of(parsed, level, bytes_of(frame));
      write_to(encoder, frame, {view, arrival, port}, std::span(chosen_).first(count));
    }
  }
}

// What is written goes into the ring a field at a time: a header that is made elsewhere first and then copied has to
// wait for its own stores, 20 ns a packet.
template <typename Frame>
void MatchWriter::write_to(size_t encoder, const Frame& frame, const Seen& seen,
                           std::span<const TaskMatch> tasks) noexcept {
  const uint32_t frame_bytes = bytes_of(frame);
  if (!shares_.empty() && shares_[encoder].tight()) [[unlikely]] {
    tasks = admitted(encoder, match_record_bytes(1, frame_bytes), tasks);
    if (tasks.empty()) return;
  }
  const size_t bytes = match_record_bytes(tasks.size(), frame_bytes);
  const MutableBytes room = rings_[encoder]->bytes->reserve(bytes);
  if (room.empty()) {
    for (const TaskMatch& task : tasks) lose(task.slot, RecordDrop::kRingFull);
    return;
  }
  new (room.data()) MatchRecordHeader{.record_bytes = static_cast<uint32_t>(bytes),
                                      .frame_bytes = frame_bytes,
                                      .original_bytes = frame_bytes,
                                      .view_offset = seen.view.offset,
                                      .view_bytes = seen.view.bytes,
                                      .view_whole_bytes = seen.view.whole_bytes,
                                      .arrival = seen.arrival,
                                      .task_count = static_cast<uint16_t>(tasks.size()),
                                      .port = seen.port,
                                      .view_kind = seen.view.kind};
  uint8_t* at = room.data() + sizeof(MatchRecordHeader);
  for (const TaskMatch& task : tasks) {
    new (at) MatchedTask{.slot = task.slot,
                         .lost_before = take_lost(task.slot),
                         .direction = task.direction,
                         .whole_frame = task.level == kWholeFrame,
                         .cin = task.cin};
    at += sizeof(MatchedTask);
  }
  copy_octets(frame, at);
  rings_[encoder]->bytes->commit(bytes);
}

// Of a packet's tasks those that have not had their share of what is left of the ring.
std::span<const TaskMatch> MatchWriter::admitted(size_t encoder, size_t bytes,
                                                 std::span<const TaskMatch> tasks) noexcept {
  size_t count = 0;
  for (const TaskMatch& task : tasks) {
    const TaskMatch one = task;  // it may lie in chosen_
    if (shares_[encoder].admits(index_of(one.slot), bytes)) {
      chosen_[count++] = one;
    } else {
      lose(one.slot, RecordDrop::kFairShare);
    }
  }
  return std::span(chosen_).first(count);
}

void MatchWriter::prefetch(TaskSlot slot) const noexcept {
  const auto* const account = reinterpret_cast<const uint8_t*>(&account_.tasks[index_of(slot)]);
  for (size_t line = 0; line < sizeof(RxTaskAccount); line += alignof(RxTaskAccount))
    __builtin_prefetch(account + line, 1);
}

void MatchWriter::lose(TaskSlot slot, RecordDrop reason) noexcept {
  account_.tasks[index_of(slot)].dropped.add(reason);
}

uint32_t MatchWriter::take_lost(TaskSlot slot) noexcept {
  RxTaskAccount& task = account_.tasks[index_of(slot)];
  const uint64_t untold = std::min<uint64_t>(task.dropped.total() - task.lost_told.get(), UINT32_MAX);
  if (untold > 0) task.lost_told.add(untold);
  return static_cast<uint32_t>(untold);
}

void MatchWriter::publish() noexcept {
  for (MatchRing* ring : rings_) ring->bytes->publish();
  for (size_t i = 0; i < shares_.size(); ++i) {
    SpscByteRing& ring = *rings_[i]->bytes;
    const size_t relaxed = ring.capacity() / FairReserve::kRelaxPart;  // with that much, more makes no difference
    shares_[i].look({.free = ring.room_up_to(relaxed), .capacity = ring.capacity()});
  }
}

void MatchWriter::passed(LegalTime now) noexcept {
  for (MatchRing* ring : rings_) ring->passed(now);
}

bool MatchWriter::has_room_for_burst(size_t burst_bytes) noexcept {
  return std::ranges::all_of(rings_, [&](MatchRing* ring) { return ring->bytes->room() >= burst_bytes; });
}

}  // namespace lictor

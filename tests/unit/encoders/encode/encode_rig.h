// An encoder loop with rings, spools and accounts around it, and an encoder whose records are lines of text:
// "IRI 0 begin@100", "CC 7 p5" (the packet's octets), "HI1 1 alarm@200 text"; of sessions with their CIN, and what is
// known of it ("+": that it has begun, "-": that it has ended): "IRI#7 1 update+@300". Records are read back by kind
// and number.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "encoders/encode/encode_loop.h"
#include "encoders/spool/memory_spool.h"

namespace lictor {

inline std::string name_of(EventKind kind) {
  static constexpr std::array kNames = {"reset", "activated", "modified", "deactivated", "alarm",   "begin",
                                        "end",   "test",      "error",    "note",        "session", "call"};
  return kNames[static_cast<size_t>(kind)];
}

inline std::string name_of(RecordKind kind) {
  static constexpr std::array kNames = {"IRI", "CC", "HI1", "IRI-HASH", "CC-HASH", "IRI-SIGN", "CC-SIGN"};
  return kNames[static_cast<size_t>(kind)];
}

inline std::string name_of(const SessionTelling& telling) {
  static constexpr std::array kNames = {"attempt", "accept", "reject", "failed",      "?",
                                        "?",       "update", "active", "session-end", "active-at-end"};
  return kNames[static_cast<size_t>(telling.event)] + std::string(telling.begun ? "+" : "") +
         std::string(telling.ended ? "-" : "");
}

// What is behind the IP header of a packet that has one.
inline std::string text_of(Bytes packet) {
  const bool has_header = packet.size() >= 20 && packet[0] == 0x45;
  return std::string(as_text(has_header ? packet.subspan(20) : packet));
}

// Packets that begin with '!' cannot be encoded. A content record is padded to
// `pad` octets.
class TextEncoder final : public Encoder {
 public:
  explicit TextEncoder(std::string prefix = "", size_t pad = 0) : prefix_(std::move(prefix)), pad_(pad) {}

  size_t content_bytes_max(size_t packet_bytes) const noexcept override { return packet_bytes + 64 + pad_; }
  size_t encode_content(const ContentRecord& record, uint32_t number, MutableBytes room) noexcept override {
    if (!record.packet.empty() && record.packet[0] == '!') return 0;
    return write(room, series("CC", record.cin) + std::to_string(number) + " " + text_of(record.packet), pad_);
  }
  // A payload is the packet in brackets.
  [[nodiscard]] bool aggregates() const noexcept override { return true; }
  size_t payload_bytes_max(size_t packet_bytes) const noexcept override { return packet_bytes + 8; }
  size_t encode_payload(const ContentRecord& record, MutableBytes room) noexcept override {
    if (!record.packet.empty() && record.packet[0] == '!') return 0;
    return write(room, "[" + text_of(record.packet) + "]", 0);
  }
  size_t aggregate_bytes_max(size_t payload_bytes) const noexcept override { return payload_bytes + 64 + pad_; }
  size_t encode_aggregate(Bytes payloads, PacketTime time, uint32_t cin, uint32_t number,
                          MutableBytes room) noexcept override {
    return write(room,
                 series("CC", cin) + std::to_string(number) + " " + std::string(as_text(payloads)) + "@" +
                     std::to_string(time.unix_ns),
                 pad_);
  }
  size_t encode_event(const EventRecord& event, uint32_t number, MutableBytes room) noexcept override {
    EXPECT_EQ(room.size(), kEventBytesMax);
    const std::string name = event.session ? name_of(*event.session) : name_of(event.kind);
    std::string line = series(name_of(event.series), event.cin) + std::to_string(number) + " " + name + "@" +
                       std::to_string(event.time.unix_ns);
    if (!event.text.empty()) line += " " + event.text;
    return write(room, line, 0);
  }
  [[nodiscard]] size_t check_bytes_max(const IntegrityCheck& check) const noexcept override {
    return 64 + prefix_.size() + check.numbers.size() * 11;
  }
  size_t encode_check(const IntegrityCheck& check, uint32_t number, PacketTime, MutableBytes room) noexcept override {
    std::string line = series(name_of(series_of(check)), check.cin) + std::to_string(number) + " of";
    for (const uint32_t one : check.numbers) line += " " + std::to_string(one);
    return write(room, line, 0);
  }

 private:
  [[nodiscard]] std::string series(const std::string& kind, uint32_t cin) const {
    return prefix_ + kind + (cin == 0 ? "" : "#" + std::to_string(cin)) + " ";
  }
  static size_t write(MutableBytes room, std::string line, size_t pad) {
    line.resize(std::max(line.size(), pad), ' ');
    EXPECT_LE(line.size(), room.size());
    std::memcpy(room.data(), line.data(), line.size());
    return line.size();
  }

  const std::string prefix_;
  const size_t pad_;
};

class EncodeRig {
 public:
  static constexpr size_t kSlots = 16;
  static constexpr size_t kRingBytes = 1 << 18;

  // What sessions need; no rings for reports: there are none.
  struct Sessions {
    size_t rings = 0;
    size_t held_bytes = 1 << 16;
    SessionBounds bounds = {};
  };

  explicit EncodeRig(EncodeMode mode = EncodeMode::kLive, size_t ring_count = 1, size_t spool_bytes = 1 << 16)
      : EncodeRig(mode, ring_count, spool_bytes, Sessions{}) {}
  EncodeRig(EncodeMode mode, size_t ring_count, size_t spool_bytes, const Sessions& sessions)
      : commands(64), accounts(kSlots), progress(kSlots) {
    EncodeLoopPlan plan{.commands = &commands,
                        .accounts = accounts,
                        .progress = progress,
                        .alarms = &alarms,
                        .integrity = &lane,
                        .mode = mode};
    for (size_t i = 0; i < ring_count; ++i) {
      rings.push_back(std::make_unique<MatchRing>());
      rings.back()->bytes = *SpscByteRing::make(kRingBytes);
      plan.rings.push_back(rings.back().get());
    }
    for (size_t i = 0; i < sessions.rings; ++i) {
      reports.push_back(std::make_unique<ReportRing>());
      reports.back()->bytes = *SpscByteRing::make(kRingBytes);
      plan.reports.push_back(reports.back().get());
    }
    plan.held_bytes = sessions.held_bytes;
    plan.sessions = sessions.bounds;
    hi2 = *MemorySpool::make(spool_bytes);
    hi3 = *MemorySpool::make(spool_bytes);
    loop = std::make_unique<EncodeLoop>(std::move(plan));
  }

  std::unique_ptr<EncodeTask> task(uint32_t slot, int64_t start, int64_t stop, const std::string& prefix = "") {
    auto made = std::make_unique<EncodeTask>();
    made->slot = TaskSlot{slot};
    made->xid.octets[0] = static_cast<uint8_t>(slot);
    made->start = {start};
    made->stop = {stop};
    made->encoder = std::make_unique<TextEncoder>(prefix, pad);
    made->hi2 = hi2.get();
    made->hi3 = hi3.get();
    return made;
  }

  void command(TaskCommand::Kind kind, std::unique_ptr<EncodeTask> task) {
    ASSERT_TRUE(commands.push({.kind = kind, .slot = task->slot, .task = std::move(task), .text = {}}));
  }
  void command(TaskCommand::Kind kind, uint32_t slot, const std::string& text = "") {
    ASSERT_TRUE(commands.push({.kind = kind, .slot = TaskSlot{slot}, .task = nullptr, .text = text}));
  }

  void test(uint32_t slot, RecordKind series, const std::string& packet = "") {
    TaskCommand command{.kind = TaskCommand::Kind::kTest, .slot = TaskSlot{slot}, .task = nullptr, .text = {}};
    command.test = {.series = series, .packet = packet};
    ASSERT_TRUE(commands.push(std::move(command)));
  }

  // One packet for these tasks: 14 octets of Ethernet, then `packet`.
  void copy(const std::vector<MatchedTask>& tasks, const std::string& packet, size_t ring = 0) {
    const std::string frame = std::string(14, 'e') + packet;
    MatchRecordHeader header{};
    header.record_bytes = static_cast<uint32_t>(match_record_bytes(tasks.size(), frame.size()));
    header.frame_bytes = header.original_bytes = static_cast<uint32_t>(frame.size());
    header.view_offset = 14;
    header.view_bytes = header.view_whole_bytes = static_cast<uint32_t>(packet.size());
    header.task_count = static_cast<uint16_t>(tasks.size());
    header.view_kind = ViewKind::kIpv4;
    header.arrival = arrival;
    SpscByteRing& bytes = *rings[ring]->bytes;
    const MutableBytes room = bytes.reserve(header.record_bytes);
    ASSERT_FALSE(room.empty());
    uint8_t* at = room.data();
    std::memcpy(at, &header, sizeof header);
    std::memcpy(at + sizeof header, tasks.data(), tasks.size() * sizeof(MatchedTask));
    std::memcpy(at + sizeof header + tasks.size() * sizeof(MatchedTask), frame.data(), frame.size());
    bytes.commit(header.record_bytes);
    bytes.publish();
  }
  void copy(uint32_t slot, const std::string& packet, uint32_t lost_before = 0, size_t ring = 0) {
    copy({matched(slot, lost_before)}, packet, ring);
  }
  static MatchedTask matched(uint32_t slot, uint32_t lost_before = 0) {
    MatchedTask made{};
    made.slot = TaskSlot{slot};
    made.lost_before = lost_before;
    made.direction = Direction::kFromTarget;
    return made;
  }

  void passed(int64_t time) {
    for (const auto& ring : rings) ring->passed({time});
  }
  // What an rx lcore that is idle and an encoder lcore do at this time.
  void at(int64_t time) {
    passed(time);
    loop->run_once({time});
  }

  // Takes all published records out of a spool.
  static std::vector<std::string> drain(Spool& spool) {
    std::vector<std::string> lines;
    while (const std::optional<SpoolEntry> entry = spool.entry(0)) {
      std::string line(as_text(spool.readable().first(entry->bytes)));
      line.erase(line.find_last_not_of(' ') + 1);
      lines.push_back(line);
      spool.release_one();
    }
    return lines;
  }

  TaskState state(uint32_t slot) const { return progress[slot].state.load(); }
  // copies + events == appended + aggregated + drops + held: nothing leaves the encoder without a fate.
  void expect_balanced(uint32_t slot) const {
    const EncoderTaskAccount& account = accounts[slot].encoder;
    EXPECT_EQ(account.copies.get() + account.events.get(), account.appended.get() + account.aggregated.get() +
                                                               account.dropped.total() + account.held.get() -
                                                               account.settled.get());
  }

  size_t pad = 0;
  PacketTime arrival{};  // of the copies that come next
  SpscQueue<TaskCommand> commands;
  std::vector<TaskAccount> accounts;
  std::vector<TaskProgress> progress;
  AlarmQueue alarms;
  IntegrityLane lane;
  std::vector<std::unique_ptr<MatchRing>> rings;
  std::vector<std::unique_ptr<ReportRing>> reports;
  std::unique_ptr<Spool> hi2;
  std::unique_ptr<Spool> hi3;
  std::unique_ptr<EncodeLoop> loop;
};

using Lines = std::vector<std::string>;

}  // namespace lictor

// Records of one destination from one encoder lcore, on their way to its handover thread: send buffer and backlog in
// one. Appended at one end, read and released at the other; what is not confirmed stays. In memory (memory_spool.h) it
// survives a broken connection; on disk (disk_spool.h) the process too. One writer thread, one reader thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/base/bytes.h"
#include "dataplane/base/clock.h"
#include "dataplane/base/drop_reason.h"
#include "dataplane/base/ids.h"
#include "encoders/spool/fair_reserve.h"
#include "encoders/spool/spool_entry.h"

namespace lictor {

class Revocations;
class TaskSeal;

// What the writer knows of a record.
struct SpoolRecord {
  TaskSlot slot{};
  uint32_t bytes = 0;
  uint8_t series = 0;        // RecordKind
  uint32_t number = 0;       // in its series
  TaskSeal* seal = nullptr;  // its task's, where the spool is on disk

  [[nodiscard]] SpoolEntry entry() const { return {.bytes = bytes, .slot = slot, .detail = number, .series = series}; }
};

// The oldest records, that are to be given up.
struct Overdue {
  uint64_t records = 0;
  GivenUp reason = GivenUp::kCount;
};

class Spool {
 public:
  virtual ~Spool() = default;

  // A record of more than this never finds room.
  [[nodiscard]] virtual size_t record_bytes_max() const = 0;

  // --- writer: the encoder lcore ---
  // Room for one record, or an empty span where there is none; refusal() says why.
  virtual MutableBytes reserve(size_t bytes) = 0;
  [[nodiscard]] virtual RecordDrop refusal() const { return RecordDrop::kBacklogFull; }
  // Whether a record of `bytes` would find room now.
  [[nodiscard]] bool has_room(size_t bytes) { return !reserve(bytes).empty(); }
  // The first `record.bytes` of what was reserved are a record.
  virtual void append(const SpoolRecord& record) = 0;
  void append(TaskSlot slot, size_t bytes) { append(SpoolRecord{.slot = slot, .bytes = static_cast<uint32_t>(bytes)}); }
  // Shows the reader what was appended. Once a burst.
  virtual void publish() = 0;
  // How many tasks append here: the last of the room is shared out only where there are several.
  void join() { ++users_; }
  void part() { --users_; }
  // Behind publish(): how much room is left, for admits().
  void look_at_room() {
    if (users_ > 1 || reserve_.tight()) reserve_.look(users_ > 1 ? room() : BufferRoom{});
  }
  // Whether a task that may lose records may append one more: not where it has had its share of what is left.
  [[nodiscard]] bool admits(TaskSlot slot, size_t bytes) {
    return !reserve_.tight() || reserve_.admits(index_of(slot), bytes);
  }
  // A task's numbers are kept from now on, until detach(). The seal outlives that.
  virtual void attach(TaskSeal&) {}
  virtual void detach(TaskSeal&) {}

  // --- reader: the handover thread ---
  // Once a round: prepares what is read next. Answers whether there was work.
  virtual bool tend(SocketTime, LegalTime) { return false; }
  // Octets from the oldest unreleased record on, contiguous, always whole records. Valid until their release or tend().
  [[nodiscard]] virtual Bytes readable() const = 0;
  // The entry of the record `index` places behind the oldest unreleased one; nothing where it is not prepared.
  [[nodiscard]] virtual std::optional<SpoolEntry> entry(size_t index) const = 0;
  // Forgets the oldest record.
  virtual void release_one(RecordFate fate = kConfirmedFate) = 0;
  // What was released is noted for whoever comes after this process. Once a round.
  virtual void note_released() {}
  // What a bound, or nobody's key, takes.
  [[nodiscard]] virtual Overdue overdue(LegalTime) { return {}; }
  // The oldest records that share a place on disk: what is given up for one that another spool wants. let_off():
  // somebody else gave room instead of this spool.
  [[nodiscard]] virtual Overdue oldest_part() { return {}; }
  virtual void let_off() {}
  // Whether what is left survives the process.
  [[nodiscard]] virtual bool keeps() const { return false; }
  // Nothing is left and nobody will append: takes away what lies on disk.
  virtual void remove() {}

  // --- any thread ---
  [[nodiscard]] virtual uint64_t backlog_records() const = 0;
  [[nodiscard]] virtual uint64_t backlog_bytes() const = 0;
  // How many records were released since the spool was opened, and, where it is on disk, before that.
  [[nodiscard]] virtual uint64_t released_records() const = 0;

 protected:
  // Of what fills up first. Writer.
  [[nodiscard]] virtual BufferRoom room() const = 0;

 private:
  // Writer's.
  size_t users_ = 0;
  FairReserve reserve_;
};

}  // namespace lictor

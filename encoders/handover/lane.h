// One spool's way into a destination's stream: which of its records were sent, which are confirmed, which are skipped
// because their task was revoked. Every record ends in exactly one account. One handover thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "dataplane/base/task_account.h"
#include "encoders/handover/destination.h"
#include "encoders/handover/revocations.h"
#include "encoders/handover/token_bucket.h"
#include "encoders/spool/spool.h"

namespace lictor {

// The accounts of one handover interface.
// Whose numbers records have: this process's, which accounts tell of, or a former one's, which had series of its own.
enum class NumbersOf : uint8_t { kThisProcess, kFormer };

class SideAccounts {
 public:
  // `nobody`: of records whose task is not known in this process; it outlives this. Null: there are none.
  SideAccounts(std::span<TaskAccount> accounts, HandoverSide side, HandoverTaskAccount* nobody = nullptr,
               NumbersOf numbers = NumbersOf::kThisProcess)
      : accounts_(accounts), side_(side), nobody_(nobody), numbers_(numbers) {}
  // `count` records of that task and series were confirmed, `last` being the last of them.
  void confirmed(const SpoolEntry& last, uint64_t count) const {
    HandoverTaskAccount& account = of(last.slot);
    account.confirmed.add_shared(count);
    if (numbers_ == NumbersOf::kFormer || last.series >= kTaskSeries) return;
    std::atomic<uint64_t>& next = account.confirmed_next[last.series];
    // Of what has a number of its own, where nothing of the series was before it.
    if (last.detail == UINT32_MAX && next.load(std::memory_order_relaxed) == 0) return;
    next.store(uint64_t{last.detail} + 1, std::memory_order_relaxed);
  }
  HandoverTaskAccount& of(TaskSlot slot) const {
    if (slot == kNoTask) return *nobody_;
    TaskAccount& account = accounts_[index_of(slot)];
    return side_ == HandoverSide::kHi2 ? account.hi2 : account.hi3;
  }

 private:
  std::span<TaskAccount> accounts_;
  HandoverSide side_;
  HandoverTaskAccount* nobody_;
  NumbersOf numbers_;
};

// Whether a round gives up what a bound takes.
enum class Bounds : uint8_t { kApply, kWait };

class Lane {
 public:
  // `pace`: of what this lane sends, besides the destination's; null: it has none of its own.
  Lane(Spool& spool, const SideAccounts& accounts, const Revocations& revocations,
       std::shared_ptr<TokenBucket> pace = nullptr)
      : spool_(spool), accounts_(accounts), revocations_(revocations), pace_(std::move(pace)) {}
  ~Lane() { forget_rest(); }
  Lane(const Lane&) = default;
  Lane& operator=(const Lane&) = delete;

  // Once a round, first of all: prepares what is read, gives up what a bound takes. Of a record that the connection is
  // in the middle of, the rest is kept and goes out all the same: an agency that is too slow loses records, not
  // connections.
  void tend(SocketTime now, LegalTime legal, bool& busy, Bounds bounds = Bounds::kApply);
  // Whether there is something that was not handed over in this connection.
  [[nodiscard]] bool unsent() const { return spool_.backlog_records() > cursor_ - released_; }
  // Gives up what shares the oldest record's place on disk; for another lane that needs it. False where there is none.
  bool give_up_part();
  Spool& spool() { return spool_; }
  [[nodiscard]] const Spool& spool() const { return spool_; }
  // Records that were released, and the end of those that are there now.
  [[nodiscard]] uint64_t released() const { return released_; }
  [[nodiscard]] uint64_t end() const { return released_ + spool_.backlog_records(); }

  // What to send next, contiguous: the rest of a record that was begun, and whole records up to `bytes_max` in all, one
  // at least. None from record `end` on. Empty where there is nothing, or nothing may go at this lane's pace.
  Bytes next(size_t bytes_max, uint64_t end = UINT64_MAX);
  // The transport took the first `bytes` of next().
  void sent(size_t bytes);
  // Of the record that next() begins with, where none was begun: its octets, and that nobody can make use of it.
  [[nodiscard]] size_t front_bytes() const;
  void give_up_front(GivenUp why);
  // Whether a record that was sent and is not released may not be delivered any more.
  [[nodiscard]] bool has_sent_revoked() const;
  // Whether a record was begun and not ended.
  [[nodiscard]] bool inside_record() const { return partial_ > 0 || rest_sent_ < rest_.size(); }

  // The peer has acknowledged `bytes` more of what was sent: whole records are accounted and released.
  void confirm(size_t bytes);
  // The connection is gone: what is not confirmed is sent again, from the oldest record's first octet.
  void rewind();
  // The same where nothing of what was sent has arrived: what is given up of it from now on was never handed over.
  void take_back();

  // Finds records of revoked tasks in what is not sent, at most `entries_max` at a time. Answers whether any was new.
  bool purge(size_t entries_max);
  // The process ends. What the spool keeps stays; else accounts for everything that is left, and empties the spool.
  // `unconfirmed`: wholly handed to TCP, in this connection or an earlier one, and never acknowledged. All others are
  // given up, kRevoked or kShutdown.
  void give_up();

  [[nodiscard]] uint64_t resent_records() const { return resent_; }
  [[nodiscard]] uint64_t confirmed_records() const { return confirmed_; }
  void set_pace(std::shared_ptr<TokenBucket> pace) { pace_ = std::move(pace); }
  // It is what a former process left: its octets are none of this one's.
  void set_former() { is_former_ = true; }

 private:
  [[nodiscard]] std::optional<SpoolEntry> entry(uint64_t number) const { return spool_.entry(number - released_); }
  struct Skipped {
    uint64_t end;
    RecordFate fate;
  };

  [[nodiscard]] const Skipped* skipped(uint64_t number) const;
  bool sendable(uint64_t number, const SpoolEntry& record);
  void skip(uint64_t number, const SpoolEntry& record, GivenUp why);
  RecordFate account(uint64_t number, const SpoolEntry& record, GivenUp why);
  void note_gone(TaskSlot slot, uint64_t octets);
  void skip_to_sendable();
  void give_up_below(uint64_t end, GivenUp why);
  void keep_rest(const SpoolEntry& record);
  void forget_rest();
  void release_oldest(uint32_t bytes, RecordFate fate);
  void release_skipped();

  // Records are numbered from the spool's first one on.
  Spool& spool_;
  const SideAccounts accounts_;
  const Revocations& revocations_;
  std::shared_ptr<TokenBucket> pace_;
  SocketTime now_;             // of this round
  uint64_t released_ = 0;      // the oldest record that the spool still holds
  uint64_t cursor_ = 0;        // the record to send next, or the one that was begun
  size_t cursor_offset_ = 0;   // of its first octet in readable()
  size_t partial_ = 0;         // octets of it that were sent
  std::vector<uint8_t> rest_;  // of a record that was given up in the middle
  size_t rest_sent_ = 0;       // octets of it
  size_t acknowledged_ = 0;    // octets acknowledged of the oldest records that are not released
  uint64_t handed_over_ = 0;   // records below were wholly handed to TCP at least once, or skipped
  uint64_t resent_ = 0;
  uint64_t confirmed_ = 0;
  bool is_former_ = false;
  uint64_t scanned_ = 0;                 // purge() has seen the records below
  uint64_t changes_seen_ = 0;            // of the revocations
  size_t forgiven_ = 0;                  // octets on their way of records that were given up meanwhile
  std::map<uint64_t, Skipped> skipped_;  // ranges from `first` that are accounted for and never sent
};

}  // namespace lictor

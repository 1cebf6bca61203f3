// A destination that is a directory: takes what the encoders append, writes it into encrypted files, one open file a
// task, and confirms when they are finished. Its files of one time are a batch: they are begun, and ended, together,
// and only then their records leave the spool. What fails is written anew, from the oldest record that is in no
// finished file. Has a thread of its own, because disks block; the control thread calls, except where it says
// otherwise.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "dataplane/base/alarm.h"
#include "dataplane/base/clock.h"
#include "dataplane/base/counter.h"
#include "encoders/files/chain.h"
#include "encoders/handover/files_plan.h"
#include "encoders/handover/outbox.h"
#include "encoders/handover/outlet.h"
#include "encoders/spool/spool_depot.h"

namespace lictor {

struct FileOutletLimits {
  FilesPlan files;
  uint32_t retry_min_ms = 200;
  uint32_t retry_max_ms = 10'000;
  uint32_t certificate_warn_days = 30;
};

// What an outlet works with; everything outlives it.
struct FileOutletContext {
  std::span<TaskAccount> accounts;
  const Revocations* revocations = nullptr;
  AlarmQueue* alarms = nullptr;
};

// InvalidArgument: what is wrong with it. Any thread.
Status check_file_plan(const FilePlan& plan, const FilesPlan& files);

class FileOutlet final : public Outlet {
 public:
  // Open files of a destination, and tasks whose place in their chain is remembered.
  static constexpr size_t kFilesOpenMax = 256;
  static constexpr size_t kChainsMax = 1024;
  // Of what is taken from a spool at a time.
  static constexpr size_t kChunkBytesMax = size_t{256} << 10;
  static constexpr size_t kRoundBytesMax = size_t{4} << 20;
  static constexpr int64_t kRestNs = 10'000'000;
  static constexpr int64_t kProbeNs = 5 * kNanosecondsPerSecond;

  // The plan is checked.
  FileOutlet(DestinationPlan plan, FileOutletLimits limits, SpoolSet spools, const FileOutletContext& context);
  ~FileOutlet() override;
  FileOutlet(const FileOutlet&) = delete;
  FileOutlet& operator=(const FileOutlet&) = delete;

  void start();
  // Files are finished as soon as there is nothing to write, however small they are.
  void hurry(bool on) { hurries_.store(on, std::memory_order_release); }
  // Asks the thread to end, and says whether it has: a disk may keep it for long. go_on(): not any more.
  bool ends();
  void go_on();
  // Returns when the thread has ended.
  void stop();

  void change(DestinationPlan plan) override;
  [[nodiscard]] bool drained() const override;
  void let_left_go() override { left_may_go_.store(true, std::memory_order_release); }
  void finish(LegalTime legal) override;
  void remove_spools() override;
  [[nodiscard]] DestinationStatistics statistics() const override;
  [[nodiscard]] Spool* spool(size_t encoder) const override { return spools_.live[encoder].get(); }

  // One round, on its thread. Answers whether there was work.
  bool run(SocketTime now, LegalTime legal);

 private:
  void run_loop() noexcept;
  void take_change(SocketTime now);
  [[nodiscard]] bool has_new_revocations() const { return context_.revocations->changes() != revocations_seen_; }
  void follow_revocations();
  [[nodiscard]] bool spool_wants_room(LegalTime legal);
  Status prepare();
  Status take_up_left() const;
  bool write(SocketTime now, LegalTime legal);
  Result<size_t> take(Bytes records, SocketTime now);
  Result<bool> take_record(const FileRecord& record);
  Result<Chain*> chain_of(const FileRecord& record);
  [[nodiscard]] bool is_due(SocketTime now, bool nothing_more) const;
  void finish_batch(SocketTime now, LegalTime legal);
  void note_finished(const Chain& chain, LegalTime legal);
  void abandon_batch();
  void failed(const Status& why, SocketTime now, LegalTime legal);
  void set_up(LegalTime legal);
  void tell_certificate(SocketTime now, LegalTime legal);
  void tell_unreadable(LegalTime legal);
  void tell_bound(LegalTime legal);
  void raise(const char* code, AlarmSeverity severity, const std::string& text, bool cleared, LegalTime legal,
             uint64_t count = 0);

  DestinationPlan plan_;
  const FileOutletLimits limits_;
  const FileOutletContext context_;
  const SpoolSet spools_;
  HandoverTaskAccount nobody_;  // records that no task of this process knows of
  Outbox outbox_;
  CmsRecipients recipients_;
  std::string directory_;
  UniqueFd lock_;  // of the directory: one process, one destination

  std::map<ChainId, std::unique_ptr<Chain>> chains_;
  size_t open_files_ = 0;
  uint64_t batch_records_ = 0;             // taken since the last confirmation
  std::optional<SocketTime> batch_began_;  // also over an abandon that a revocation caused: nobody waits longer for it
  bool batch_ends_ = false;                // one of its files is full
  bool batch_at_bound_ = false;            // more than kFilesOpenMax wanted to be open
  bool bound_told_ = false;                // the alarm stands
  // Sent when a file of a batch was finished whose others were not: the agency may have any of this.
  uint64_t finished_bytes_ = 0;
  uint64_t revocations_seen_ = 0;

  bool usable_ = false;  // the directory was there when it was looked at last
  bool down_ = false;    // the alarm stands
  SocketTime down_since_;
  SocketTime retry_at_{INT64_MIN};
  SocketTime probe_at_{INT64_MIN};
  uint32_t retry_ms_ = 0;
  SocketTime certificate_look_at_{INT64_MIN};
  int64_t certificate_days_told_ = -1;  // -1: the alarm does not stand
  uint64_t unreadable_told_ = 0;

  // Written by its thread.
  std::atomic<bool> is_up_{false};
  std::atomic<uint64_t> waiting_ms_{0};
  Counter ups_;
  Counter written_bytes_;
  Counter confirmed_records_;
  Counter confirmed_bytes_;
  Counter files_;
  Counter errors_;
  Counter unreadable_;
  Counter batches_at_bound_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool over_ = false;                       // under mutex_
  bool ended_ = false;                      // the thread has seen that; under mutex_
  std::optional<DestinationPlan> changed_;  // under mutex_
  std::string last_error_;                  // under mutex_
  std::string last_file_;                   // under mutex_
  LegalTime last_file_at_;                  // under mutex_
  std::atomic<bool> change_waits_{false};
  std::atomic<bool> left_may_go_{false};
  std::atomic<bool> hurries_{false};
  std::thread thread_;
};

}  // namespace lictor

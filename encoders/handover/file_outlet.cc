// A file destination's thread, states and alarms; file_batch.cc writes.
#include "encoders/handover/file_outlet.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

// Entries that are looked at for revoked tasks in one round.
constexpr size_t kPurgePerRound = 4096;
constexpr int64_t kCertificateLookNs = 60 * kNanosecondsPerSecond;
constexpr int64_t kDayNs = 86'400 * kNanosecondsPerSecond;

// A path's component that leads nowhere else and is not hidden.
bool is_component(std::string_view name) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-";
  return !name.empty() && name.size() <= 63 && name.front() != '.' &&
         name.find_first_not_of(kLetters) == std::string_view::npos;
}

Outbox make_outbox(const SpoolSet& spools, const FileOutletContext& context, HandoverTaskAccount& nobody) {
  std::vector<Lane> lanes;
  lanes.reserve(spools.left.size() + spools.live.size());
  const SideAccounts accounts(context.accounts, HandoverSide::kHi3, &nobody);
  const SideAccounts former(context.accounts, HandoverSide::kHi3, &nobody, NumbersOf::kFormer);
  for (const std::unique_ptr<Spool>& spool : spools.left) lanes.emplace_back(*spool, former, *context.revocations);
  for (const std::unique_ptr<Spool>& spool : spools.live) lanes.emplace_back(*spool, accounts, *context.revocations);
  return Outbox(std::move(lanes), spools.left.size());
}

template <typename Work>
void for_each_spool(const SpoolSet& spools, const Work& work) {
  for (const std::unique_ptr<Spool>& spool : spools.left) work(*spool);
  for (const std::unique_ptr<Spool>& spool : spools.live) work(*spool);
}

std::string directory_of(const FilePlan& plan, const FilesPlan& files) {
  return fmt::format("{}/{}/{}", files.root, plan.agency, plan.directory);
}

}  // namespace

Status check_file_plan(const FilePlan& plan, const FilesPlan& files) {
  if (files.root.empty()) return absl::FailedPreconditionError("files.root: this dataplane writes no files");
  if (!is_component(plan.agency) || !is_component(plan.directory))
    return absl::InvalidArgumentError("directory: must be a name of A-Z a-z 0-9 . _ : - that begins with no dot");
  if (plan.bytes == 0 || plan.seconds == 0) return absl::InvalidArgumentError("files: a bound is missing");
  const Result<CmsRecipients> recipients = read_recipients(plan.certificates);
  if (recipients.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("profile.pcapng.certificates: {}", std::string(recipients.status().message())));
}

FileOutlet::FileOutlet(DestinationPlan plan, FileOutletLimits limits, SpoolSet spools, const FileOutletContext& context)
    : plan_(std::move(plan)),
      limits_(std::move(limits)),
      context_(context),
      spools_(std::move(spools)),
      outbox_(make_outbox(spools_, context_, nobody_)),
      revocations_seen_(context_.revocations->changes()),
      retry_ms_(limits_.retry_min_ms) {
  LICTOR_CHECK(plan_.files && !spools_.live.empty());
  Result<CmsRecipients> recipients = read_recipients(plan_.files->certificates);
  LICTOR_CHECK(recipients.ok());
  recipients_ = *std::move(recipients);
  directory_ = directory_of(*plan_.files, limits_.files);
}

FileOutlet::~FileOutlet() { stop(); }

void FileOutlet::start() {
  thread_ = std::thread([this] { run_loop(); });
}

bool FileOutlet::ends() {
  const std::lock_guard lock(mutex_);
  over_ = true;
  wake_.notify_all();
  return ended_;
}

void FileOutlet::go_on() {
  {
    const std::lock_guard lock(mutex_);
    over_ = false;
    if (!ended_) return;
    ended_ = false;
  }
  thread_.join();
  start();
}

void FileOutlet::stop() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void FileOutlet::run_loop() noexcept {
  pthread_setname_np(pthread_self(), "files");
  while (true) {
    const bool busy = run(socket_now(), legal_now());
    std::unique_lock lock(mutex_);
    if (!busy) wake_.wait_for(lock, std::chrono::nanoseconds(kRestNs), [this] { return over_; });
    ended_ = over_;
    if (ended_) return;
  }
}

bool FileOutlet::run(SocketTime now, LegalTime legal) {
  if (change_waits_.load(std::memory_order_acquire)) take_change(now);
  tell_certificate(now, legal);
  tell_unreadable(legal);
  if (left_may_go_.load(std::memory_order_acquire)) outbox_.let_left_go();
  follow_revocations();
  bool busy = outbox_.purge(kPurgePerRound);
  if (batch_records_ > 0 && spool_wants_room(legal)) {
    batch_ends_ = true;
    busy = write(now, legal) || busy;
  }
  // No bound takes what is in open files: they end first.
  outbox_.tend(now, legal, busy, batch_records_ == 0 ? Bounds::kApply : Bounds::kWait);
  waiting_ms_.store(down_ && !drained() ? static_cast<uint64_t>(now.ns - down_since_.ns) / 1'000'000 : 0,
                    std::memory_order_relaxed);
  if (now < retry_at_) return busy;
  if (!usable_ || now >= probe_at_) {
    probe_at_ = {now.ns + kProbeNs};
    if (Status status = prepare(); !status.ok()) {
      failed(status, now, legal);
      return busy;
    }
    // A disk may be full and its directories there all the same: where something waits, a finished file says so.
    if (!down_ || drained()) set_up(legal);
  }
  return write(now, legal) || busy;
}

void FileOutlet::take_change(SocketTime now) {
  DestinationPlan plan;
  {
    const std::lock_guard lock(mutex_);
    plan = std::move(*changed_);
    changed_.reset();
    change_waits_.store(false, std::memory_order_relaxed);
  }
  if (plan.files == plan_.files) return;
  // Nothing of the old plan is finished by the new one.
  abandon_batch();
  batch_began_.reset();
  chains_.clear();
  lock_.reset();
  usable_ = false;
  retry_at_ = now;
  certificate_look_at_ = {INT64_MIN};
  Result<CmsRecipients> recipients = read_recipients(plan.files->certificates);
  LICTOR_CHECK(recipients.ok());
  recipients_ = *std::move(recipients);
  directory_ = directory_of(*plan.files, limits_.files);
  const std::lock_guard lock(mutex_);  // statistics() reads the plan's id
  plan_ = std::move(plan);
}

// What is annulled goes nowhere: where an open file holds it, all are written anew without it.
void FileOutlet::follow_revocations() {
  const uint64_t changes = context_.revocations->changes();
  if (std::exchange(revocations_seen_, changes) != changes && outbox_.has_sent_revoked()) abandon_batch();
}

// Before a bound takes records that wait in open files.
bool FileOutlet::spool_wants_room(LegalTime legal) {
  bool wants = false;
  for_each_spool(spools_, [&](Spool& spool) { wants = wants || spool.overdue(legal).records > 0; });
  return wants;
}

void FileOutlet::failed(const Status& why, SocketTime now, LegalTime legal) {
  abandon_batch();
  batch_began_.reset();
  usable_ = false;
  is_up_.store(false, std::memory_order_relaxed);
  errors_.add(1);
  retry_at_ = {now.ns + int64_t{retry_ms_} * 1'000'000};
  retry_ms_ = std::min(retry_ms_ * 2, limits_.retry_max_ms);
  const std::string text(why.message());
  {
    const std::lock_guard lock(mutex_);
    last_error_ = text;
  }
  if (std::exchange(down_, true)) return;
  down_since_ = now;
  raise("destination_down", AlarmSeverity::kCritical, text + "; trying again", false, legal);
}

void FileOutlet::set_up(LegalTime legal) {
  if (std::exchange(down_, false))
    raise("destination_down", AlarmSeverity::kInformation, "files can be written", true, legal);
  retry_ms_ = limits_.retry_min_ms;
  if (!is_up_.exchange(true, std::memory_order_relaxed)) ups_.add(1);
}

// Behind its end the files are encrypted as before: the agency has its key, and records must not be lost.
void FileOutlet::tell_certificate(SocketTime now, LegalTime legal) {
  if (now < certificate_look_at_) return;
  certificate_look_at_ = {now.ns + kCertificateLookNs};
  const int64_t left_ns = recipients_.until().unix_ns - legal.unix_ns;
  const bool warns = left_ns <= int64_t{limits_.certificate_warn_days} * kDayNs;
  const int64_t days = warns ? std::max<int64_t>(left_ns, 0) / kDayNs : -1;
  if (days == std::exchange(certificate_days_told_, days)) return;
  raise("agency_certificate_expires", warns ? AlarmSeverity::kWarning : AlarmSeverity::kInformation,
        warns ? fmt::format("the certificate that files are encrypted for expires in {} days", days)
              : "files are encrypted for another certificate",
        !warns, legal);
}

void FileOutlet::tell_unreadable(LegalTime legal) {
  const uint64_t now = unreadable_.get();
  if (now == unreadable_told_) return;
  raise("records_unreadable", AlarmSeverity::kCritical, "records of another version of this program are in no file",
        false, legal, now - std::exchange(unreadable_told_, now));
}

void FileOutlet::tell_bound(LegalTime legal) {
  if (batch_at_bound_) batches_at_bound_.add(1);
  if (std::exchange(bound_told_, batch_at_bound_) == batch_at_bound_) return;
  raise("open_files_at_bound", bound_told_ ? AlarmSeverity::kWarning : AlarmSeverity::kInformation,
        bound_told_ ? fmt::format("more than {} tasks deliver at a time: files end before they are full", kFilesOpenMax)
                    : "no file ends early because others are open",
        !bound_told_, legal, bound_told_ ? 1 : 0);
}

void FileOutlet::raise(const char* code, AlarmSeverity severity, const std::string& text, bool cleared, LegalTime legal,
                       uint64_t count) {
  context_.alarms->raise({.code = code,
                          .severity = severity,
                          .xid = {},
                          .destination_id = plan_.id,
                          .text = "files: " + text,
                          .raised = legal,
                          .cleared = cleared,
                          .count = count});
}

void FileOutlet::finish(LegalTime legal) {
  abandon_batch();
  outbox_.give_up();
  is_up_.store(false, std::memory_order_relaxed);
  lock_.reset();
  constexpr const char* kOver = "not used any more";
  if (std::exchange(bound_told_, false)) raise("open_files_at_bound", AlarmSeverity::kInformation, kOver, true, legal);
  if (std::exchange(down_, false)) raise("destination_down", AlarmSeverity::kInformation, kOver, true, legal);
  if (std::exchange(certificate_days_told_, -1) >= 0)
    raise("agency_certificate_expires", AlarmSeverity::kInformation, kOver, true, legal);
}

void FileOutlet::change(DestinationPlan plan) {
  LICTOR_CHECK(plan.files.has_value());
  const std::lock_guard lock(mutex_);
  changed_ = std::move(plan);
  change_waits_.store(true, std::memory_order_release);
}

bool FileOutlet::drained() const {
  bool drained = true;
  for_each_spool(spools_, [&](const Spool& spool) { drained = drained && spool.backlog_records() == 0; });
  return drained;
}

void FileOutlet::remove_spools() {
  for_each_spool(spools_, [](Spool& spool) { spool.remove(); });
}

DestinationStatistics FileOutlet::statistics() const {
  DestinationStatistics all;
  all.is_files = true;
  all.connected = is_up_.load(std::memory_order_relaxed);
  all.connects = ups_.get();
  all.sent_bytes = written_bytes_.get();
  all.confirm_level = ConfirmLevel::kWritten;
  all.confirmed_bytes = confirmed_bytes_.get();
  all.confirmed_records = confirmed_records_.get();
  all.waiting_ms = waiting_ms_.load(std::memory_order_relaxed);
  all.given_up_without_task = nobody_.given_up.total() + nobody_.unconfirmed.get();
  all.files = files_.get();
  all.file_errors = errors_.get();
  all.records_unreadable = unreadable_.get();
  for_each_spool(spools_, [&](const Spool& spool) {
    all.backlog_records += spool.backlog_records();
    all.backlog_bytes += spool.backlog_bytes();
  });
  const std::lock_guard lock(mutex_);
  all.id = plan_.id;
  all.side = plan_.side;
  all.last_error = last_error_;
  all.last_file = last_file_;
  all.last_file_at = last_file_at_;
  return all;
}

}  // namespace lictor

// What a file destination does with its directory: looks whether it is there, takes up what a former process left,
// fills files, and ends all of them together.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

#include "encoders/handover/file_outlet.h"

namespace lictor {
namespace {

constexpr unsigned kDirectoryMode = 0750;
constexpr unsigned kWorkMode = 0700;
constexpr size_t kChainDigits = 2 * sizeof(ChainId);

// An entry of the spool's index has 16 octets, and there is room for one in 128 octets of records.
constexpr size_t kRecordBytesUsual = 128;

// Waits for nobody: whoever has it keeps it.
Result<UniqueFd> lock_file(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() < 0) return absl::UnavailableError(fmt::format("open {}: {}", path, std::strerror(errno)));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  return absl::FailedPreconditionError(path + ": another process or destination has this directory");
}

std::optional<ChainId> read_chain_id(const std::string& name) {
  if (name.size() < kChainDigits || name.find_first_not_of("0123456789abcdef") < kChainDigits) return std::nullopt;
  ChainId id{};
  for (size_t i = 0; i < id.size(); ++i) id[i] = static_cast<uint8_t>(std::stoul(name.substr(2 * i, 2), nullptr, 16));
  return id;
}

}  // namespace

// The root is the operator's: where a file system is not mounted, nothing is written into its place.
Status FileOutlet::prepare() {
  const std::string work = directory_ + "/.work";
  if (usable_) return check_writable(work);
  if (Status status = check_writable(limits_.files.root); !status.ok()) return status;
  const std::string agency = limits_.files.root + "/" + plan_.files->agency;
  if (Status status = make_directory(agency, kDirectoryMode); !status.ok()) return status;
  if (Status status = make_directory(directory_, kDirectoryMode); !status.ok()) return status;
  if (Status status = make_directory(work, kWorkMode); !status.ok()) return status;
  if (Status status = check_writable(work); !status.ok()) return status;
  lock_.reset();
  Result<UniqueFd> lock = lock_file(work + "/lock");
  if (!lock.ok()) return lock.status();
  lock_ = *std::move(lock);
  if (chains_.empty()) {
    if (Status status = take_up_left(); !status.ok()) return status;
  }
  usable_ = true;
  return absl::OkStatus();
}

// Half files go, finished ones that nobody could see yet are shown, though nothing more may come of their tasks.
Status FileOutlet::take_up_left() const {
  std::set<ChainId> left;
  Status status = for_each_name(directory_ + "/.work", [&](const std::string& name) {
    // Between the two renames that show a file, its manifest alone is here.
    if (!name.ends_with(".cms") && !name.ends_with(".json")) return;
    if (const std::optional<ChainId> id = read_chain_id(name)) left.insert(*id);
  });
  // What fails here fails again, and is told, when something is written to that chain.
  for (const ChainId& id : left) static_cast<void>(Chain::open(directory_, id));
  return status;
}

bool FileOutlet::write(SocketTime now, LegalTime legal) {
  const size_t chunk = std::clamp<size_t>(limits_.files.window_bytes / 8, 1, kChunkBytesMax);
  bool busy = false;
  bool nothing_more = false;
  for (size_t budget = kRoundBytesMax; budget > 0 && usable_ && !is_due(now, false);) {
    const Bytes records = outbox_.next(chunk);
    nothing_more = records.empty();
    if (nothing_more) break;
    const Result<size_t> taken = take(records, now);
    if (!taken.ok()) {
      failed(taken.status(), now, legal);
      return true;
    }
    budget -= std::min(budget, *taken);
    busy = true;
  }
  if (usable_ && is_due(now, nothing_more)) {
    finish_batch(now, legal);
    busy = true;
  }
  if (batch_records_ == 0 && drained()) {
    batch_began_.reset();
    finished_bytes_ = 0;
  }
  return busy;
}

bool FileOutlet::is_due(SocketTime now, bool nothing_more) const {
  if (batch_records_ == 0) return false;
  const size_t window = limits_.files.window_bytes;
  const int64_t age_ns = now.ns - batch_began_.value_or(now).ns;
  return batch_ends_ || outbox_.in_flight() >= window / 2 || batch_records_ >= window / kRecordBytesUsual / 2 ||
         age_ns >= int64_t{plan_.files->seconds} * kNanosecondsPerSecond ||
         (nothing_more && (open_files_ == 0 || hurries_.load(std::memory_order_acquire)));
}

// How many octets of whole records are in files now, or are given up because nobody can read them. All of them, unless
// the batch has to end first.
Result<size_t> FileOutlet::take(Bytes records, SocketTime now) {
  size_t taken = 0;
  while (taken < records.size() && !batch_ends_) {
    const Bytes octets = records.subspan(taken, outbox_.front_bytes());
    const std::optional<ReadFileRecord> read = read_file_record(octets);
    if (!read || read->bytes != octets.size()) {
      outbox_.give_up_front(GivenUp::kUnreadable);
      unreadable_.add(1);
      taken += octets.size();
      continue;
    }
    const Result<bool> fits = take_record(read->record);
    if (!fits.ok()) return fits.status();
    if (!*fits) {
      batch_ends_ = true;
      batch_at_bound_ = true;
      break;
    }
    if (!batch_began_) batch_began_ = now;
    ++batch_records_;
    outbox_.sent(octets.size());
    written_bytes_.add(octets.size());
    taken += octets.size();
  }
  return taken;
}

// False where too many files are open for one more.
Result<bool> FileOutlet::take_record(const FileRecord& record) {
  const Result<Chain*> found = chain_of(record);
  if (!found.ok()) return found.status();
  Chain& chain = **found;
  if (Status status = chain.settle(); !status.ok()) return status;
  if (chain.holds(record)) return true;
  if (!chain.is_open()) {
    if (open_files_ == kFilesOpenMax) return false;
    ++open_files_;
    if (Status status = chain.begin(recipients_, record); !status.ok()) return status;
  }
  if (Status status = chain.add(record); !status.ok()) return status;
  batch_ends_ = batch_ends_ || chain.plain_bytes() >= plan_.files->bytes || chain.wants_end();
  return true;
}

Result<Chain*> FileOutlet::chain_of(const FileRecord& record) {
  std::unique_ptr<Chain>& chain = chains_[record.chain];
  if (chain != nullptr) return chain.get();
  Result<std::unique_ptr<Chain>> opened = Chain::open(directory_, record.chain);
  if (!opened.ok()) {
    chains_.erase(record.chain);
    return opened.status();
  }
  chain = *std::move(opened);
  return chain.get();
}

void FileOutlet::finish_batch(SocketTime now, LegalTime legal) {
  for (const auto& [id, chain] : chains_) {
    if (!chain->is_open()) continue;
    if (has_new_revocations()) return;  // the next round looks first whether this file may be
    const Status status = chain->finish(legal);
    if (!chain->is_open()) finished_bytes_ = outbox_.in_flight();
    if (!status.ok()) return failed(status, now, legal);
    note_finished(*chain, legal);
  }
  const uint64_t confirmed = outbox_.confirm(0);
  confirmed_bytes_.add(confirmed);
  confirmed_records_.add(outbox_.confirmed_records() - confirmed_records_.get());
  finished_bytes_ -= std::min(finished_bytes_, confirmed);
  batch_began_.reset();
  tell_bound(legal);
  open_files_ = 0;
  batch_records_ = 0;
  batch_ends_ = false;
  batch_at_bound_ = false;
  if (chains_.size() > kChainsMax) chains_.clear();  // their states are on the disk
  set_up(legal);
}

void FileOutlet::note_finished(const Chain& chain, LegalTime legal) {
  files_.add(1);
  const std::lock_guard lock(mutex_);
  last_file_ = chain.name() + "/" + chain.last().file;
  last_file_at_ = legal;
}

void FileOutlet::abandon_batch() {
  for (const auto& [id, chain] : chains_) chain->abandon();
  open_files_ = 0;
  batch_records_ = 0;
  batch_ends_ = false;
  batch_at_bound_ = false;
  if (finished_bytes_ > 0)
    outbox_.rewind();
  else
    outbox_.take_back();
}

}  // namespace lictor

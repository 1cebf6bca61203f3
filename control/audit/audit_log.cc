#include "control/audit/audit_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "control/audit/recovery.h"
#include "dataplane/base/unique_fd.h"

namespace lictor::control {
namespace {

Status make_folder(const std::string& folder) {
  std::error_code error;
  if (std::filesystem::create_directories(folder, error)) ::chmod(folder.c_str(), 0700);
  struct stat facts {};
  if (error || ::stat(folder.c_str(), &facts) != 0)
    return absl::UnavailableError(fmt::format("audit: {} cannot be made", folder));
  if ((facts.st_mode & 077) != 0)
    return absl::FailedPreconditionError(fmt::format("audit: {}: others have rights on it: chmod 700", folder));
  return absl::OkStatus();
}

// As FileMasterKey reads it, so that every tool can carry it.
Status leave_initial_key(const std::string& path, const Secret& key) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0400));
  if (!file.valid() && errno == EEXIST)
    return absl::FailedPreconditionError(
        fmt::format("audit: {} exists, and no log does: it is a former log's, take it away", path));
  if (!file.valid()) return absl::UnavailableError(fmt::format("audit: {}: {}", path, std::strerror(errno)));
  // One piece of memory, wiped below: no copies of the secret that nobody knows of.
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, 2 * Secret::kBytes + 1> text;
  for (size_t i = 0; i < Secret::kBytes; ++i) {
    text[2 * i] = kDigits[key.octets()[i] >> 4];
    text[2 * i + 1] = kDigits[key.octets()[i] & 0xf];
  }
  text.back() = '\n';
  const bool written =
      ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file.get()) == 0;
  OPENSSL_cleanse(text.data(), text.size());
  if (written) return sync_folder_of(path);
  ::unlink(path.c_str());  // half a key is nobody's, and would be in the way of the next try
  return absl::UnavailableError(fmt::format("audit: {} cannot be written", path));
}

Status check_bounds(const AuditLogOptions& options) {
  if (options.file_bytes_max < 1 || options.file_bytes_max > kFileBytesBound)
    return absl::InvalidArgumentError(fmt::format("audit: file_bytes_max: 1 to {}", kFileBytesBound));
  if (options.checkpoint_entries < 1) return absl::InvalidArgumentError("audit: checkpoint_entries: 1 at least");
  return absl::OkStatus();
}

Result<std::shared_ptr<LogTail>> open_tail(const AuditLogOptions& options, const Recovered& found) {
  return found.good_bytes < kFileHeadBytes ? LogTail::create(options.folder, found.file, found.state)
                                           : LogTail::open(options.folder, found.file, found.good_bytes);
}

}  // namespace

AuditLog::AuditLog(AuditLogOptions options, std::unique_ptr<AuditKeyFile> key_file, std::shared_ptr<LogTail> tail,
                   ChainState state, ChainKeys keys, int64_t now_unix_ns)
    : options_(std::move(options)),
      id_(state.log_id),
      key_file_(std::move(key_file)),
      tail_(std::move(tail)),
      state_(state),
      keys_(std::move(keys)),
      synced_(state.head.number),
      unsigned_since_ns_(state.head.number > state.checkpoint ? now_unix_ns : 0) {}

// The keys first: a log without keys is a log that lost them.
Status AuditLog::begin(const AuditLogOptions& options, AuditKeyFile& key_file) {
  const Result<std::vector<uint32_t>> files = list_audit_files(options.folder);
  if (!files.ok()) return files.status();
  if (!files->empty()) return absl::DataLossError("audit log: its keys are gone: nothing can be continued");
  if (options.store_head.number > 0 && options.accept_store.empty())
    return absl::DataLossError("audit log: it is gone, and the store has seen one");
  const Result<ChainKeys> keys = ChainKeys::make_random();
  if (!keys.ok()) return keys.status();
  const Result<PublicKey> signer = public_key_of(keys->signer_seed);
  if (!signer.ok()) return signer.status();
  LogId id;
  if (RAND_bytes(id.data(), static_cast<int>(id.size())) != 1) return absl::UnavailableError("audit: no randomness");
  if (!options.initial_key_path.empty())
    if (Status status = leave_initial_key(options.initial_key_path, keys->mac); !status.ok()) return status;
  const Status written = key_file.write(begin_chain(id, *signer), *keys);
  if (!written.ok() && !options.initial_key_path.empty()) ::unlink(options.initial_key_path.c_str());
  return written;
}

Result<std::unique_ptr<AuditLog>> AuditLog::open(const AuditLogOptions& options, int64_t now_unix_ns) {
  if (Status status = check_bounds(options); !status.ok()) return status;
  if (Status status = make_folder(options.folder); !status.ok()) return status;
  Result<std::unique_ptr<AuditKeyFile>> key_file = AuditKeyFile::open(options.key_path);
  if (!key_file.ok()) return key_file.status();
  Result<std::optional<AuditKeyFile::Content>> known = (*key_file)->read();
  if (known.ok() && !known->has_value()) {
    if (Status status = begin(options, **key_file); !status.ok()) return status;
    known = (*key_file)->read();
  }
  if (!known.ok()) return known.status();
  const bool compares = options.accept_store.empty();
  Result<Recovered> found =
      recover_audit(options.folder, **std::move(known), compares ? std::optional(options.store_head) : std::nullopt);
  if (!found.ok()) return found.status();
  Result<std::shared_ptr<LogTail>> tail = open_tail(options, *found);
  if (!tail.ok()) return tail.status();
  const size_t torn = found->good_bytes == 0 ? 0 : found->torn_bytes;
  const uint64_t uncommitted = found->uncommitted;
  std::unique_ptr<AuditLog> log(
      new AuditLog(options, *std::move(key_file), *std::move(tail), found->state, std::move(found->keys), now_unix_ns));
  if (torn > 0) {
    const Result<Appended> head = log->record({.kind = AuditKind::kTorn,
                                               .time_unix_ns = now_unix_ns,
                                               .action = "audit.torn",
                                               .outcome = fmt::format("{} octets were cut off", torn)});
    if (!head.ok()) return head.status();
  }
  if (uncommitted > 0) {
    const Result<Appended> head = log->take_back(uncommitted, "lost in a crash", now_unix_ns);
    if (!head.ok()) return head.status();
  }
  if (compares) return log;
  const Result<Appended> head = log->record({.kind = AuditKind::kEvent,
                                             .time_unix_ns = now_unix_ns,
                                             .action = "audit.store_accepted",
                                             .outcome = options.accept_store,
                                             .open = {{"store_head", std::to_string(options.store_head.number)}}});
  if (!head.ok()) return head.status();
  return log;
}

Status AuditLog::check_usable() const {
  return broken_ ? absl::DataLossError("audit log: a write or sync of it failed: restart the daemon")
                 : absl::OkStatus();
}

Result<AuditEntry> AuditLog::seal(const AuditEvent& event) const {
  AuditEntry entry{.kind = event.kind,
                   .time_unix_ns = event.time_unix_ns,
                   .actor = event.actor,
                   .action = event.action,
                   .object = event.object,
                   .outcome = event.outcome,
                   .open = event.open};
  if (event.kind == AuditKind::kCheckpoint) return absl::InvalidArgumentError("audit: checkpoints are the log's own");
  if (!event.secret.empty() && event.key == nullptr)
    return absl::InvalidArgumentError("audit: what names persons needs a key");
  const std::string row = audit_row(id_, state_.head.number + 1);
  for (const AuditField& field : event.secret) {
    Result<std::string> sealed = event.key->seal({.table = "audit", .column = field.name, .row = row}, field.value);
    if (!sealed.ok()) return sealed.status();
    entry.sealed.push_back({.name = field.name, .value = *std::move(sealed)});
  }
  return entry;
}

// The entry, and the checkpoint that is due behind it, in one write.
Status AuditLog::write_locked(AuditEntry entry) {
  if (tail_->bytes() >= options_.file_bytes_max)
    if (Status status = rotate_locked(); !status.ok()) return status;
  ChainState state = state_;
  Result<ChainKeys> keys = keys_.copy();
  if (!keys.ok()) return keys.status();
  const int64_t time = entry.time_unix_ns;
  std::string octets;
  if (Status status = append_record(std::move(entry), state, *keys, octets); !status.ok()) return status;
  if (state.head.number - state.checkpoint >= options_.checkpoint_entries) {
    AuditEntry checkpoint{.kind = AuditKind::kCheckpoint, .time_unix_ns = time, .action = "audit.checkpoint"};
    if (Status status = append_record(std::move(checkpoint), state, *keys, octets); !status.ok()) return status;
  }
  if (Status status = tail_->append(octets); !status.ok()) {
    broken_ = status.code() == absl::StatusCode::kDataLoss;
    return status;
  }
  if (state.checkpoint == state.head.number)
    unsigned_since_ns_ = 0;
  else if (unsigned_since_ns_ == 0)
    unsigned_since_ns_ = time;
  state_ = state;
  keys_ = *std::move(keys);
  return absl::OkStatus();
}

// A full file is on the disk before the next one begins.
Status AuditLog::rotate_locked() {
  if (Status status = tail_->sync(); !status.ok()) {
    broken_ = true;
    return status;
  }
  Result<std::shared_ptr<LogTail>> next = LogTail::create(options_.folder, tail_->file() + 1, state_);
  if (!next.ok()) return next.status();
  tail_ = *std::move(next);
  return absl::OkStatus();
}

Result<AuditLog::Appended> AuditLog::append(const AuditEvent& event) {
  const std::lock_guard lock(mutex_);
  if (Status status = check_usable(); !status.ok()) return status;
  const uint64_t number = state_.head.number + 1;
  Result<AuditEntry> entry = seal(event);
  if (!entry.ok()) return entry.status();
  if (Status status = write_locked(*std::move(entry)); !status.ok()) return status;
  return Appended{.number = number, .head = state_.head};
}

Status AuditLog::sync(uint64_t number) {
  std::unique_lock lock(mutex_);
  while (synced_ < number) {
    if (Status status = check_usable(); !status.ok()) return status;
    if (syncing_) {
      synced_changed_.wait(lock);
      continue;
    }
    const Result<ChainKeys> keys = keys_.copy();
    if (!keys.ok()) return keys.status();
    const ChainState state = state_;
    const std::shared_ptr<LogTail> tail = tail_;
    syncing_ = true;
    lock.unlock();
    Status status = tail->sync();
    if (status.ok()) status = key_file_->write(state, *keys);
    lock.lock();
    syncing_ = false;
    if (status.ok())
      synced_ = state.head.number;
    else
      broken_ = true;
    synced_changed_.notify_all();
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

Result<AuditLog::Appended> AuditLog::record(const AuditEvent& event) {
  Result<Appended> appended = append(event);
  if (!appended.ok()) return appended;
  if (Status status = sync(appended->head.number); !status.ok()) return status;
  return appended;
}

Result<AuditLog::Appended> AuditLog::take_back(uint64_t number, const std::string& why, int64_t now_unix_ns) {
  return record({.kind = AuditKind::kEvent,
                 .time_unix_ns = now_unix_ns,
                 .action = kNotCommitted,
                 .object = std::to_string(number),
                 .outcome = why});
}

Status AuditLog::tick(int64_t now_unix_ns) {
  {
    const std::lock_guard lock(mutex_);
    // A clock that was set back must not put the signature off.
    const int64_t since = unsigned_since_ns_;
    if (since == 0 || (now_unix_ns >= since && now_unix_ns - since < options_.checkpoint_ns)) return absl::OkStatus();
  }
  return checkpoint(now_unix_ns);
}

Status AuditLog::checkpoint(int64_t now_unix_ns) {
  uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    if (Status status = check_usable(); !status.ok()) return status;
    if (state_.head.number > state_.checkpoint) {
      AuditEntry entry{.kind = AuditKind::kCheckpoint, .time_unix_ns = now_unix_ns, .action = "audit.checkpoint"};
      if (Status status = write_locked(std::move(entry)); !status.ok()) return status;
    }
    number = state_.head.number;
  }
  return sync(number);
}

AuditHead AuditLog::head() const {
  const std::lock_guard lock(mutex_);
  return state_.head;
}

AuditLog::Extent AuditLog::extent() const {
  const std::lock_guard lock(mutex_);
  return {.head = state_.head, .file = tail_->file(), .bytes = tail_->bytes()};
}

uint64_t AuditLog::synced() const {
  const std::lock_guard lock(mutex_);
  return synced_;
}

PublicKey AuditLog::signer() const {
  const std::lock_guard lock(mutex_);
  return state_.signer;
}

}  // namespace lictor::control

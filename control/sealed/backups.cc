#include "control/sealed/backups.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>

#include "control/sealed/sealed_store.h"

namespace lictor::control {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kNsPerSecond = 1'000'000'000;

Status failed(const std::string& path, const char* what) {
  const std::string text = fmt::format("store: {}: {}: {}", path, what, std::strerror(errno));
  return errno == EEXIST ? absl::AlreadyExistsError(text) : absl::UnavailableError(text);
}

// Opens, syncs and closes: a file, or a folder whose entries have to last.
Status sync(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const Status status = synced ? absl::OkStatus() : failed(path, "sync");
  if (fd >= 0) ::close(fd);
  return status;
}

std::string folder_of(const std::string& path) {
  const std::string folder = fs::path(path).parent_path();
  return folder.empty() ? "." : folder;
}

// An empty file that nobody else reads.
Status make_private(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return failed(path, "make");
  ::close(fd);
  return absl::OkStatus();
}

Status copy_file(const std::string& from, const std::string& to) {
  ::unlink(to.c_str());
  if (Status status = make_private(to); !status.ok()) return status;
  std::error_code error;
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
  if (error) return absl::UnavailableError(fmt::format("store: {}: copy: {}", from, error.message()));
  if (::chmod(to.c_str(), 0600) != 0) return failed(to, "chmod");
  return sync(to);
}

// That it is a sealed store, whole, of this master key.
Status verify_backup(const std::string& path, const MasterKeySource& source, const SealingRules& rules) {
  Result<std::unique_ptr<SqliteStore>> rows = SqliteStore::open(path);
  if (!rows.ok()) return rows.status();
  const Result<bool> sealed = SealedStore::is_sealed(**rows);
  if (!sealed.ok()) return sealed.status();
  if (!*sealed) return absl::FailedPreconditionError("store: the backup is no sealed store");
  return SealedStore::open(**rows, source, rules).status();
}

// A daemon that runs holds it; whatever else is wrong with it is why it is replaced.
Status check_unused(const std::string& path) {
  if (!fs::exists(path)) return absl::OkStatus();
  const Status status = SqliteStore::open(path).status();
  return absl::IsUnavailable(status) ? status : absl::OkStatus();
}

}  // namespace

Status Backups::check_room() const {
  std::error_code error;
  size_t copies = 0;
  for (const auto& file : fs::directory_iterator(folder_, error)) copies += file.path().extension() == ".db" ? 1 : 0;
  if (error) return absl::UnavailableError(fmt::format("store: {}: {}", folder_, error.message()));
  if (copies < copies_max_) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      fmt::format("store.backups.max: {} has {} already: take some away", folder_, copies));
}

Result<Backup> Backups::make(int64_t now_unix_ns) {
  const std::lock_guard lock(mutex_);
  if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) return failed(folder_, "mkdir");
  if (Status status = check_room(); !status.ok()) return status;
  const auto seconds = static_cast<std::time_t>(now_unix_ns / kNsPerSecond);
  Backup backup{.path = fmt::format("{}/lictord-{:%Y%m%dT%H%M%SZ}.db", folder_, fmt::gmtime(seconds))};
  if (fs::exists(backup.path)) return absl::AlreadyExistsError("store: there is a backup of this second");
  const std::string part = backup.path + ".part";
  ::unlink(part.c_str());  // of a crash
  if (Status status = make_private(part); !status.ok()) return status;
  Status status = rows_.copy_to(part);
  if (status.ok()) status = sync(part);
  if (status.ok() && ::rename(part.c_str(), backup.path.c_str()) != 0) status = failed(part, "rename");
  if (status.ok()) status = sync(folder_);
  if (!status.ok()) ::unlink(part.c_str());
  if (!status.ok()) return status;
  backup.bytes = fs::file_size(backup.path);
  return backup;
}

Status restore_store(const std::string& path, const std::string& backup, const MasterKeySource& source,
                     const SealingRules& rules) {
  if (Status status = check_unused(path); !status.ok()) return status;
  const std::string next = path + ".restored";
  if (Status status = copy_file(backup, next); !status.ok()) return status;
  Status status = verify_backup(next, source, rules);
  if (status.ok() && fs::exists(path)) status = copy_file(path, path + ".replaced");
  if (!status.ok()) {
    ::unlink(next.c_str());
    return status;
  }
  ::unlink((path + "-wal").c_str());  // it would be played into what takes the place
  if (::rename(next.c_str(), path.c_str()) != 0) return failed(next, "rename");
  return sync(folder_of(path));
}

}  // namespace lictor::control

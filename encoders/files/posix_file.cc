#include "encoders/files/posix_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace lictor {
namespace {

constexpr mode_t kFileMode = 0640;

Status failed(const char* what, const std::string& path, int error = errno) {
  const std::string why = fmt::format("{} {}: {}", what, path, std::strerror(error));
  if (error == ENOENT) return absl::NotFoundError(why);
  if (error == ENOSPC || error == EDQUOT) return absl::ResourceExhaustedError(why);
  return absl::UnavailableError(why);
}

}  // namespace

Result<UniqueFd> create_file(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kFileMode));
  if (fd.get() < 0) return failed("open", path);
  if (::fchmod(fd.get(), kFileMode) != 0) return failed("chmod", path);
  return fd;
}

Status write_all(int fd, Bytes octets, const std::string& path) {
  while (!octets.empty()) {
    const ssize_t written = ::write(fd, octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("write", path);
    octets = octets.subspan(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

Status sync_file(int fd, const std::string& path) {
  return ::fsync(fd) == 0 ? absl::OkStatus() : failed("fsync", path);
}

Status write_file(const std::string& path, Bytes octets) {
  const Result<UniqueFd> fd = create_file(path);
  if (!fd.ok()) return fd.status();
  if (Status status = write_all(fd->get(), octets, path); !status.ok()) return status;
  return sync_file(fd->get(), path);
}

Result<std::string> read_file(const std::string& path, size_t bytes_max) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (fd.get() < 0) return failed("open", path);
  std::string text(bytes_max + 1, '\0');
  size_t length = 0;
  while (length < text.size()) {
    const ssize_t got = ::read(fd.get(), text.data() + length, text.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read", path);
    if (got == 0) break;
    length += static_cast<size_t>(got);
  }
  if (length > bytes_max) return absl::InvalidArgumentError(fmt::format("{}: is longer than it can be", path));
  text.resize(length);
  return text;
}

Status make_directory(const std::string& path, unsigned mode) {
  struct stat state {};
  if (::mkdir(path.c_str(), mode) == 0) {
    // A group that is handed down from the directory above stays so.
    if (::lstat(path.c_str(), &state) != 0) return failed("stat", path);
    return ::chmod(path.c_str(), mode | (state.st_mode & S_ISGID)) == 0 ? absl::OkStatus() : failed("chmod", path);
  }
  const int error = errno;
  if (error != EEXIST) return failed("mkdir", path, error);
  if (::lstat(path.c_str(), &state) != 0) return failed("stat", path);
  return S_ISDIR(state.st_mode) ? absl::OkStatus() : failed("mkdir", path, ENOTDIR);
}

Status check_writable(const std::string& path) {
  return ::access(path.c_str(), W_OK | X_OK) == 0 ? absl::OkStatus() : failed("access", path);
}

Status rename_file(const std::string& from, const std::string& to) {
  return ::rename(from.c_str(), to.c_str()) == 0 ? absl::OkStatus() : failed("rename", from);
}

Status sync_directory(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return failed("open", path);
  return sync_file(fd.get(), path);
}

Status for_each_name(const std::string& path, const std::function<void(const std::string&)>& take) {
  std::error_code error;
  std::filesystem::directory_iterator at(path, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    take(at->path().filename().string());
  }
  if (!error || error == std::errc::no_such_file_or_directory) return absl::OkStatus();
  return failed("list", path, error.value());
}

bool file_exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

void remove_file(const std::string& path) { ::unlink(path.c_str()); }

void remove_empty_directory(const std::string& path) { ::rmdir(path.c_str()); }

}  // namespace lictor

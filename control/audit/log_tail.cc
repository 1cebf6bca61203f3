#include "control/audit/log_tail.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace lictor::control {
namespace {

Status sync_folder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  return synced ? absl::OkStatus()
                : absl::UnavailableError(fmt::format("audit: {}: fsync: {}", folder, std::strerror(error)));
}

}  // namespace

Status LogTail::failed(const char* what) const {
  const std::string text = fmt::format("audit: {}: {}: {}", path_, what, std::strerror(errno));
  return errno == ENOSPC || errno == EDQUOT ? absl::ResourceExhaustedError(text) : absl::UnavailableError(text);
}

Result<std::shared_ptr<LogTail>> LogTail::create(const std::string& folder, uint32_t file, const ChainState& state) {
  const std::string path = folder + "/" + audit_file_name(file);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  std::shared_ptr<LogTail> tail(new LogTail(path, file, fd, 0));
  if (fd < 0) return tail->failed("cannot be made");
  if (Status status = tail->append(to_octets(FileHead{.file = file, .state = state})); !status.ok()) return status;
  if (Status status = tail->sync(); !status.ok()) return status;
  if (Status status = sync_folder(folder); !status.ok()) return status;
  return tail;
}

Result<std::shared_ptr<LogTail>> LogTail::open(const std::string& folder, uint32_t file, size_t good_bytes) {
  const std::string path = folder + "/" + audit_file_name(file);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  std::shared_ptr<LogTail> tail(new LogTail(path, file, fd, good_bytes));
  if (fd < 0) return tail->failed("cannot be opened");
  if (::ftruncate(fd, static_cast<off_t>(good_bytes)) != 0) return tail->failed("ftruncate");
  if (Status status = tail->sync(); !status.ok()) return status;
  return tail;
}

LogTail::~LogTail() {
  if (fd_ >= 0) ::close(fd_);
}

Status LogTail::append(std::string_view octets) {
  size_t done = 0;
  while (done < octets.size()) {
    const ssize_t written =
        ::pwrite(fd_, octets.data() + done, octets.size() - done, static_cast<off_t>(bytes_ + done));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      const Status status = failed("write");
      if (done > 0 && ::ftruncate(fd_, static_cast<off_t>(bytes_)) != 0)
        return absl::DataLossError(std::string(status.message()) + ", and a piece of an entry stays");
      return status;
    }
    done += static_cast<size_t>(written);
  }
  bytes_ += octets.size();
  return absl::OkStatus();
}

Status LogTail::sync() { return ::fdatasync(fd_) == 0 ? absl::OkStatus() : failed("fdatasync"); }

}  // namespace lictor::control

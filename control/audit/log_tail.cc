#include "control/audit/log_tail.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "dataplane/base/unique_fd.h"

namespace lictor::control {
namespace {

// `error`: errno, as it was before anything else could change it.
Status failed_at(const std::string& path, const char* what, int error) {
  const std::string text = fmt::format("audit: {}: {}: {}", path, what, std::strerror(error));
  return error == ENOSPC || error == EDQUOT ? absl::ResourceExhaustedError(text) : absl::UnavailableError(text);
}

}  // namespace

Status sync_folder_of(const std::string& path) {
  const std::string folder = std::filesystem::absolute(path).parent_path();
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.valid() && ::fsync(fd.get()) == 0) return absl::OkStatus();
  return failed_at(folder, "fsync", errno);
}

Status LogTail::failed(const char* what) const { return failed_at(path_, what, errno); }

Result<std::shared_ptr<LogTail>> LogTail::create(const std::string& folder, uint32_t file, const ChainState& state) {
  const std::string path = folder + "/" + audit_file_name(file);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return failed_at(path, "cannot be made", errno);
  std::shared_ptr<LogTail> tail(new LogTail(path, file, fd, 0));
  if (Status status = tail->append(to_octets(FileHead{.file = file, .state = state})); !status.ok()) return status;
  if (Status status = tail->sync(); !status.ok()) return status;
  if (Status status = sync_folder_of(path); !status.ok()) return status;
  return tail;
}

Result<std::shared_ptr<LogTail>> LogTail::open(const std::string& folder, uint32_t file, size_t good_bytes) {
  const std::string path = folder + "/" + audit_file_name(file);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return failed_at(path, "cannot be opened", errno);
  std::shared_ptr<LogTail> tail(new LogTail(path, file, fd, good_bytes));
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

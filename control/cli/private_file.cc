#include "control/cli/private_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "dataplane/base/unique_fd.h"

namespace lictor::control::cli {
namespace {

bool write_all(int file, std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t written = ::write(file, octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    octets.remove_prefix(static_cast<size_t>(written));
  }
  return ::fsync(file) == 0;
}

}  // namespace

Status write_private_file(const std::string& path, std::string_view octets) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid())
    return errno == EEXIST ? absl::AlreadyExistsError("is there already")
                           : absl::UnavailableError(std::strerror(errno));
  if (write_all(file.get(), octets)) return absl::OkStatus();
  const Status failed = absl::UnavailableError(std::strerror(errno));
  ::unlink(path.c_str());
  return failed;
}

}  // namespace lictor::control::cli

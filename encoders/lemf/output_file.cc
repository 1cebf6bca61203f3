#include "encoders/lemf/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace lictor::lemf {
namespace {

constexpr mode_t kOwnerOnly = 0600;

Status failure(const std::string& what, const std::string& path) {
  return absl::UnavailableError(fmt::format("cannot {} {}: {}", what, path, std::strerror(errno)));
}

// Whether all of it was written; errno says why not.
bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

Result<OutputFile> OutputFile::open(const std::string& path, OpenMode mode) {
  const int how = mode == OpenMode::kAppend ? O_APPEND : O_TRUNC;
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | how, kOwnerOnly));
  if (!fd.valid()) return failure("open", path);
  return OutputFile(path, std::move(fd));
}

Result<OutputFile> OutputFile::open_beside(const std::vector<std::string>& inputs, const std::string& path) {
  struct stat out {};
  const bool is_file = ::stat(path.c_str(), &out) == 0 && S_ISREG(out.st_mode);
  for (const std::string& input : inputs) {
    struct stat in {};
    if (is_file && ::stat(input.c_str(), &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
      return absl::InvalidArgumentError(fmt::format("{} is {}, which is read: write to another file", path, input));
  }
  return open(path, OpenMode::kTruncate);
}

void OutputFile::flush() {
  if (!buffer_.empty() && status_.ok() && !write_all(fd_.get(), buffer_)) status_ = failure("write", path_);
  buffer_.clear();
}

Status write_atomically(const std::string& path, const std::string& text) {
  const std::string temporary = path + ".new";
  const UniqueFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kOwnerOnly));
  if (!fd.valid() || !write_all(fd.get(), text)) return failure("write", temporary);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return failure("replace", path);
  return absl::OkStatus();
}

}  // namespace lictor::lemf

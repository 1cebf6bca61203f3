#include "control/fleet/spool_keys.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "control/registry/text_rules.h"

namespace lictor::control {
namespace {

constexpr size_t kKeyBytes = 32;

// A path names an XID, which names nobody.
Status failed(const std::string& path, const char* what) {
  return absl::UnavailableError(fmt::format("keys: {}: {}: {}", path, what, std::strerror(errno)));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  const int fd_;
};

Status sync_directory(const std::string& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return directory.get() >= 0 && ::fsync(directory.get()) == 0 ? absl::OkStatus() : failed(path, "fsync");
}

}  // namespace

Result<std::unique_ptr<SpoolKeys>> SpoolKeys::open(const std::string& directory) {
  std::error_code error;
  if (std::filesystem::create_directories(directory, error)) ::chmod(directory.c_str(), 0700);
  struct stat status {};
  if (error || ::stat(directory.c_str(), &status) != 0) return failed(directory, "cannot be made");
  if ((status.st_mode & 077) != 0)
    return absl::FailedPreconditionError("keys.directory: " + directory + " can be read by others: chmod 700");
  std::unique_ptr<SpoolKeys> keys(new SpoolKeys(directory));
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename();
    if (is_uuid(name)) keys->known_.insert(name);
  }
  if (error) return absl::UnavailableError("keys.directory: " + directory + ": " + error.message());
  return keys;
}

Result<std::string> SpoolKeys::get_or_make(const std::string& xid) {
  if (!has(xid)) return make(xid);
  const std::string path = path_of(xid);
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  std::string key(kKeyBytes + 1, '\0');
  const ssize_t read = file.get() < 0 ? -1 : ::read(file.get(), key.data(), key.size());
  if (read != static_cast<ssize_t>(kKeyBytes)) return failed(path, "cannot be read");
  key.resize(kKeyBytes);
  return key;
}

// Under another name until it is whole and on the disk: a key that was told is never half a key afterwards.
Result<std::string> SpoolKeys::make(const std::string& xid) {
  const std::string path = path_of(xid);
  const std::string unfinished = path + ".new";
  std::string key(kKeyBytes, '\0');
  if (::getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size())) return failed(path, "getrandom");
  const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
  const Descriptor file(::open(unfinished.c_str(), flags, 0600));
  if (file.get() < 0) return failed(path, "cannot be made");
  if (::write(file.get(), key.data(), key.size()) != static_cast<ssize_t>(key.size()) || ::fsync(file.get()) != 0)
    return failed(path, "cannot be written");
  if (::rename(unfinished.c_str(), path.c_str()) != 0) return failed(path, "rename");
  if (Status status = sync_directory(directory_); !status.ok()) return status;
  known_.insert(xid);
  return key;
}

Status SpoolKeys::erase(const std::string& xid) {
  if (!has(xid)) return absl::OkStatus();
  const std::string path = path_of(xid);
  {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
    const std::string zeros(kKeyBytes, '\0');
    // What a disk keeps of overwritten octets is not in our hands; what a file system would hand out again is.
    if (file.get() >= 0 && ::write(file.get(), zeros.data(), zeros.size()) == static_cast<ssize_t>(zeros.size()))
      ::fsync(file.get());
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failed(path, "cannot be removed");
  known_.erase(xid);
  return sync_directory(directory_);
}

}  // namespace lictor::control

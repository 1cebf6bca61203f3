#include "control/sealed/master_key.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "control/vault/token_master_key.h"

namespace lictor::control {
namespace {

Status failed(const std::string& path, const char* what) {
  const std::string text = fmt::format("master key {}: {}: {}", path, what, std::strerror(errno));
  return errno == EEXIST ? absl::AlreadyExistsError(text) : absl::UnavailableError(text);
}

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags, mode_t mode = 0)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  const int fd_;
};

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, std::max<size_t>(slash, 1));
}

Status sync_folder_of(const std::string& path) {
  const Descriptor folder(folder_of(path), O_RDONLY | O_DIRECTORY);
  if (folder.get() < 0 || ::fsync(folder.get()) != 0) return failed(folder_of(path), "sync");
  return absl::OkStatus();
}

bool write_all(int fd, Bytes octets) {
  return ::write(fd, octets.data(), octets.size()) == static_cast<ssize_t>(octets.size());
}

// 64 digits and a line's end, in locked memory.
Result<SecretBuffer> random_digits() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const Result<Secret> secret = Secret::make_random();
  if (!secret.ok()) return secret.status();
  Result<SecretBuffer> text = SecretBuffer::make(2 * Secret::kBytes + 1);
  if (!text.ok()) return text;
  const MutableBytes room = text->octets();
  for (size_t i = 0; i < Secret::kBytes; ++i) {
    room[2 * i] = static_cast<uint8_t>(kDigits[secret->octets()[i] >> 4]);
    room[2 * i + 1] = static_cast<uint8_t>(kDigits[secret->octets()[i] & 15]);
  }
  room.back() = '\n';
  return text;
}

Status overwrite(int fd, const std::string& path) {
  struct stat facts {};
  if (::fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) return failed(path, "is no plain file");
  const std::string zeros(static_cast<size_t>(facts.st_size), '\0');
  if (::lseek(fd, 0, SEEK_SET) != 0 || !write_all(fd, as_bytes(zeros)) || ::fsync(fd) != 0)
    return failed(path, "overwrite");
  return absl::OkStatus();
}

}  // namespace

Result<Secret> PassphraseFile::load(const MasterKeyHint& hint) const {
  const Descriptor readable(path_, O_RDONLY | O_NOCTTY);
  const bool is_terminal = readable.get() >= 0 && ::isatty(readable.get()) == 1;
  const Descriptor terminal(is_terminal ? path_ : "", O_RDWR | O_NOCTTY);  // it is asked
  const int fd = is_terminal ? terminal.get() : readable.get();
  struct stat facts {};
  if (fd < 0 || ::fstat(fd, &facts) != 0) return failed(path_, "passphrase");
  if (S_ISREG(facts.st_mode) && (facts.st_mode & 07177) != 0)
    return absl::FailedPreconditionError(
        fmt::format("passphrase {}: has mode {:o}: it must be 400 or 600", path_, facts.st_mode & 07777));
  return PassphraseMasterKey(fd).load(hint);
}

Result<std::unique_ptr<MasterKeySource>> master_key_of(const MasterKeyOptions& options) {
  if (!options.passphrase_file.empty()) return std::make_unique<PassphraseFile>(options.passphrase_file);
  if (!options.token.empty()) {
    Result<TokenMasterKey> token = TokenMasterKey::of_uri(options.token);
    if (!token.ok()) return token.status();
    return std::make_unique<TokenMasterKey>(*std::move(token));
  }
  if (options.credential.empty()) return std::make_unique<FileMasterKey>(options.path());
  Result<FileMasterKey> credential = FileMasterKey::of_credential(options.credential);
  if (!credential.ok()) return credential.status();
  return std::make_unique<FileMasterKey>(*std::move(credential));
}

Status make_master_key_file(const std::string& path) {
  const std::string folder = folder_of(path);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return failed(folder, "mkdir");
  const Result<SecretBuffer> digits = random_digits();
  if (!digits.ok()) return digits.status();
  const Descriptor file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0400);
  if (file.get() < 0) return failed(path, "make");
  if (!write_all(file.get(), digits->octets()) || ::fsync(file.get()) != 0) return failed(path, "write");
  return sync_folder_of(path);
}

Status replace_master_key_file(const std::string& path, const std::string& next) {
  if (::chmod(path.c_str(), 0600) != 0) return failed(path, "chmod");  // it is overwritten by who may be no root
  const Descriptor former(path, O_WRONLY | O_NOFOLLOW);
  if (former.get() < 0) return failed(path, "open");
  if (::rename(next.c_str(), path.c_str()) != 0) return failed(next, "rename");
  if (Status status = sync_folder_of(path); !status.ok()) return status;
  return overwrite(former.get(), path);
}

Status erase_key_file(const std::string& path) {
  if (::chmod(path.c_str(), 0600) != 0) return errno == ENOENT ? absl::OkStatus() : failed(path, "chmod");
  const Descriptor file(path, O_WRONLY | O_NOFOLLOW);
  if (file.get() < 0) return failed(path, "open");
  if (Status status = overwrite(file.get(), path); !status.ok()) return status;
  if (::unlink(path.c_str()) != 0) return failed(path, "unlink");
  return sync_folder_of(path);
}

}  // namespace lictor::control

#include "control/vault/master_key_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace lictor::control {
namespace {

constexpr size_t kDigits = 2 * Secret::kBytes;
// The digits, and a line's end.
constexpr size_t kFileBytesMax = kDigits + 2;

Status unusable(const std::string& path, std::string_view why) {
  return absl::FailedPreconditionError(fmt::format("master key {}: {}", path, why));
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

// Whoever may write the file or become its owner could put another key in its place.
Status check_rights(const std::string& path, const struct stat& facts) {
  if (!S_ISREG(facts.st_mode)) return unusable(path, "is not a plain file");
  if (facts.st_uid != ::geteuid() && facts.st_uid != 0) return unusable(path, "belongs to another user");
  const mode_t rights = facts.st_mode & 07777;
  if (rights != 0400 && rights != 0600)
    return unusable(path, fmt::format("has mode {:o}: it must be 400 or 600", rights));
  return absl::OkStatus();
}

int value_of(uint8_t digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

bool read_digits(Bytes text, MutableBytes key) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text = text.first(text.size() - 1);
  if (text.size() != kDigits) return false;
  for (size_t i = 0; i < key.size(); ++i) {
    const int high = value_of(text[2 * i]);
    const int low = value_of(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    key[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return true;
}

// Switches a terminal's echo off while it lives; nothing where the descriptor is none.
class Silence {
 public:
  explicit Silence(int fd) : fd_(fd), is_terminal_(::tcgetattr(fd, &before_) == 0) {
    if (!is_terminal_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(fd_, TCSAFLUSH, &silent);  // what was typed ahead is no passphrase
  }
  ~Silence() {
    if (is_terminal_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

  void ask(std::string_view question) const {
    if (is_terminal_) static_cast<void>(::write(fd_, question.data(), question.size()) < 0);
  }

 private:
  const int fd_;
  termios before_{};
  const bool is_terminal_;
};

// The first line's length; an octet at a time, because what is behind it may be another's.
Result<size_t> read_line(int fd, MutableBytes line) {
  for (size_t length = 0; length < line.size();) {
    const ssize_t read = ::read(fd, &line[length], 1);
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return absl::UnavailableError(fmt::format("passphrase: {}", std::strerror(errno)));
    if (read == 0 || line[length] == '\n') return length;
    ++length;
  }
  return absl::InvalidArgumentError("passphrase: is too long");
}

}  // namespace

const char* name_of(MasterKeyKind kind) { return kind == MasterKeyKind::kFile ? "a key file" : "a passphrase"; }

Result<FileMasterKey> FileMasterKey::of_credential(const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos || name[0] == '.')
    return absl::InvalidArgumentError("master key: a credential has a plain name");
  const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr || *directory == '\0')
    return absl::FailedPreconditionError("master key: systemd gave this process no credentials (LoadCredential=)");
  return FileMasterKey(std::string(directory) + "/" + name);
}

Result<Secret> FileMasterKey::load(const MasterKeyHint& hint) const {
  const Descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat facts {};
  if (file.get() < 0 || ::fstat(file.get(), &facts) != 0) return unusable(path_, std::strerror(errno));
  if (Status status = check_rights(path_, facts); !status.ok()) return status;
  Result<SecretBuffer> text = SecretBuffer::make(kFileBytesMax + 1);
  Result<Secret> key = Secret::make();
  if (!text.ok()) return text.status();
  if (!key.ok()) return key.status();
  const ssize_t length = ::read(file.get(), text->octets().data(), text->octets().size());
  if (length < 0) return unusable(path_, std::strerror(errno));
  const auto read = static_cast<size_t>(length);
  if (read > kFileBytesMax || !read_digits(text->octets().first(read), key->octets()))
    return unusable(path_, "does not hold 64 hexadecimal digits and nothing else");
  return hkdf_sha256(key->octets(), hint.salt, "lictor master key of a file");
}

Result<Secret> PassphraseMasterKey::load(const MasterKeyHint& hint) const {
  Result<SecretBuffer> line = SecretBuffer::make(kBytesMax + 1);
  if (!line.ok()) return line.status();
  Result<size_t> length = [&] {
    const Silence silence(fd_);
    silence.ask("Passphrase of the store: ");
    Result<size_t> read = read_line(fd_, line->octets());
    silence.ask("\n");
    return read;
  }();
  if (!length.ok()) return length.status();
  if (*length < kBytesMin)
    return absl::InvalidArgumentError(fmt::format("passphrase: has less than {} octets", kBytesMin));
  return scrypt(line->octets().first(*length), hint.salt, hint.cost);
}

}  // namespace lictor::control

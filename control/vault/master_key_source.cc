#include "control/vault/master_key_source.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "control/vault/private_file.h"

namespace lictor::control {
namespace {

constexpr size_t kDigits = 2 * Secret::kBytes;
// The digits, and a line's end.
constexpr size_t kFileBytesMax = kDigits + 2;

int value_of(uint8_t digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

bool read_digits(Bytes text, MutableBytes key) {
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

const char* name_of(MasterKeyKind kind) {
  switch (kind) {
    case MasterKeyKind::kFile:
      return "a key file";
    case MasterKeyKind::kPassphrase:
      return "a passphrase";
    case MasterKeyKind::kToken:
      return "a token";
  }
  return "an unknown kind";
}

Result<FileMasterKey> FileMasterKey::of_credential(const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos || name[0] == '.')
    return absl::InvalidArgumentError("master key: a credential has a plain name");
  const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr || *directory == '\0')
    return absl::FailedPreconditionError("master key: systemd gave this process no credentials (LoadCredential=)");
  return FileMasterKey(std::string(directory) + "/" + name);
}

Result<Secret> FileMasterKey::load(const MasterKeyHint& hint) const {
  const Result<PrivateText> text = read_private_file(path_, kFileBytesMax, "master key");
  if (!text.ok()) return text.status();
  Result<Secret> key = Secret::make();
  if (!key.ok()) return key.status();
  if (!read_digits(text->octets(), key->octets()))
    return absl::FailedPreconditionError(
        fmt::format("master key {}: does not hold 64 hexadecimal digits and nothing else", path_));
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

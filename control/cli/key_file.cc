#include "control/cli/key_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>

#include "dataplane/base/unique_fd.h"

namespace lictor::control::cli {
namespace {

constexpr size_t kFileBytesMax = 256;  // a key, and white space in reason
constexpr size_t kKeyBytesMax = 32;

bool is_key_length(size_t bytes) { return bytes == 24 || bytes == kKeyBytesMax; }

Status failed(const std::string& path) {
  return absl::UnavailableError(fmt::format("{}: {}", path, std::strerror(errno)));
}

// The digits without what may stand around them, where nothing else is there.
std::string_view digits_in(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  text = text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
  if (text.starts_with("0x")) text.remove_prefix(2);
  return text;
}

Result<SecretOctets> read_text(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return failed(path);
  struct stat facts {};
  const bool is_open_to_all = ::fstat(file.get(), &facts) != 0 || (facts.st_mode & S_IRWXO) != 0;
  SecretOctets text(std::string(kFileBytesMax + 1, '\0'));
  const ssize_t length = is_open_to_all ? 0 : ::read(file.get(), text.text().data(), text.text().size());
  const Status read = length < 0 ? failed(path) : absl::OkStatus();
  if (is_open_to_all) return absl::FailedPreconditionError(path + ": others may read it: chmod o-rwx");
  if (!read.ok()) return read;
  text.text().resize(static_cast<size_t>(length));
  return text;
}

}  // namespace

Result<SecretOctets> read_key_file(const std::string& path) {
  Result<SecretOctets> text = read_text(path);
  if (!text.ok()) return text;
  const bool is_text = std::all_of(text->text().begin(), text->text().end(),
                                   [](unsigned char c) { return std::isprint(c) != 0 || std::isspace(c) != 0; });
  if (!is_text && is_key_length(text->text().size())) return text;
  const Status refused =
      absl::InvalidArgumentError(path + ": holds no key of 24 or 32 octets, nor their hexadecimal digits");
  SecretOctets digits{std::string(digits_in(text->text()))};
  if (!is_key_length(digits.text().size() / 2) || digits.text().size() % 2 != 0) return refused;
  SecretOctets key(std::string(kKeyBytesMax, '\0'));
  size_t bytes = 0;
  auto* const room = reinterpret_cast<unsigned char*>(key.text().data());
  if (OPENSSL_hexstr2buf_ex(room, kKeyBytesMax, &bytes, digits.text().c_str(), '\0') != 1 ||
      bytes != digits.text().size() / 2)  // it stops at a zero
    return refused;
  key.text().resize(bytes);
  return key;
}

SecretOctets key_text(const std::string& key) {
  constexpr const char* kDigits = "0123456789abcdef";
  SecretOctets text(std::string(2 * key.size() + 1, '\n'));
  for (size_t i = 0; i < key.size(); ++i) {
    const auto octet = static_cast<unsigned char>(key[i]);
    text.text()[2 * i] = kDigits[octet >> 4];
    text.text()[2 * i + 1] = kDigits[octet & 15];
  }
  return text;
}

Status write_new_file(const std::string& path, const std::string& octets) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid()) return failed(path);
  size_t written = 0;
  while (written < octets.size()) {
    const ssize_t now = ::write(file.get(), octets.data() + written, octets.size() - written);
    if (now < 0 && errno == EINTR) continue;
    if (now < 0) break;
    written += static_cast<size_t>(now);
  }
  if (written == octets.size() && ::fsync(file.get()) == 0) return absl::OkStatus();
  Status status = failed(path);
  ::unlink(path.c_str());  // part of a key is none, and would be in the way of the next try
  return status;
}

}  // namespace lictor::control::cli

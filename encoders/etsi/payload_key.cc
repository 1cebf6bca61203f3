#include "encoders/etsi/payload_key.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace lictor {
namespace {

// Of a file: a key, and white space in reason.
constexpr size_t kTextBytesMax = 256;

constexpr uint8_t kNoDigit = UINT8_MAX;

uint8_t digit_of(char character) {
  if (character >= '0' && character <= '9') return static_cast<uint8_t>(character - '0');
  if (character >= 'a' && character <= 'f') return static_cast<uint8_t>(character - 'a' + 10);
  return character >= 'A' && character <= 'F' ? static_cast<uint8_t>(character - 'A' + 10) : kNoDigit;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  text = text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
  if (text.starts_with("0x")) text.remove_prefix(2);
  return text;
}

Status unusable(const std::string& path, std::string_view why) {
  return absl::FailedPreconditionError(fmt::format("{}: {}", path, why));
}

}  // namespace

Result<std::shared_ptr<const PayloadKey>> PayloadKey::make(Bytes octets) {
  if (octets.size() != kAes192Bytes && octets.size() != kAes256Bytes)
    return absl::InvalidArgumentError("must be 24 or 32 octets");
  auto* const memory = static_cast<uint8_t*>(OPENSSL_secure_malloc(octets.size()));
  if (memory == nullptr) return absl::ResourceExhaustedError("no locked memory is left");
  std::memcpy(memory, octets.data(), octets.size());
  return std::shared_ptr<const PayloadKey>(new PayloadKey(memory, octets.size()));
}

Result<std::shared_ptr<const PayloadKey>> PayloadKey::parse(std::string_view text) {
  text = trimmed(text);
  const size_t bytes = text.size() / 2;
  const Status refused = absl::InvalidArgumentError("holds no key of 48 or 64 hexadecimal digits");
  if (text.size() % 2 != 0 || (bytes != kAes192Bytes && bytes != kAes256Bytes)) return refused;
  auto* const memory = static_cast<uint8_t*>(OPENSSL_secure_malloc(bytes));
  if (memory == nullptr) return absl::ResourceExhaustedError("no locked memory is left");
  const std::shared_ptr<const PayloadKey> key(new PayloadKey(memory, bytes));
  for (size_t i = 0; i < bytes; ++i) {
    const uint8_t high = digit_of(text[2 * i]);
    const uint8_t low = digit_of(text[2 * i + 1]);
    if (high == kNoDigit || low == kNoDigit) return refused;
    memory[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return key;
}

Result<std::shared_ptr<const PayloadKey>> PayloadKey::load(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return unusable(path, std::strerror(errno));
  struct stat facts {};
  std::array<char, kTextBytesMax + 1> text;
  const bool open_to_all = fstat(fd, &facts) != 0 || (facts.st_mode & S_IRWXO) != 0;
  const ssize_t length = open_to_all ? 0 : read(fd, text.data(), text.size());
  const int error = errno;
  close(fd);
  if (open_to_all) return unusable(path, "others may read it: chmod o-rwx");
  if (length < 0) return unusable(path, std::strerror(error));
  Result<std::shared_ptr<const PayloadKey>> key = static_cast<size_t>(length) > kTextBytesMax
                                                      ? absl::InvalidArgumentError("is too long for a key")
                                                      : parse({text.data(), static_cast<size_t>(length)});
  OPENSSL_cleanse(text.data(), text.size());
  if (!key.ok()) return unusable(path, std::string(key.status().message()));
  return key;
}

PayloadKey::~PayloadKey() { OPENSSL_secure_clear_free(memory_, bytes_); }

Result<SharedPayloadKey> PayloadKeyFiles::load(const std::string& name) const {
  const auto found = paths.find(name);
  if (found == paths.end()) return absl::NotFoundError(fmt::format("no payload key is called {}", name));
  return PayloadKey::load(found->second);
}

}  // namespace lictor

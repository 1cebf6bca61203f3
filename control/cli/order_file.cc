#include "control/cli/order_file.h"

#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <memory>

namespace lictor::control::cli {
namespace {

struct Free {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

constexpr size_t kReadBytes = 65536;

}  // namespace

Result<std::string> sha256_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  if (context == nullptr || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1)
    return absl::ResourceExhaustedError("no SHA-256");
  std::array<char, kReadBytes> octets;
  size_t total = 0;
  while (file.good()) {
    file.read(octets.data(), octets.size());
    const auto count = static_cast<size_t>(file.gcount());
    total += count;
    EVP_DigestUpdate(context.get(), octets.data(), count);
  }
  if (!file.eof() || total == 0) return absl::FailedPreconditionError("cannot be read, or is empty");
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int length = 0;
  EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.data()), &length);
  digest.resize(length);
  return digest;
}

Result<std::string> read_small_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string octets(kSmallFileBytesMax + 1, '\0');
  file.read(octets.data(), static_cast<std::streamsize>(octets.size()));
  if (!file.eof() || file.gcount() == 0) return absl::FailedPreconditionError("cannot be read, is empty or too long");
  octets.resize(static_cast<size_t>(file.gcount()));
  return octets;
}

}  // namespace lictor::control::cli

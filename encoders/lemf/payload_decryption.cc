#include "encoders/lemf/payload_decryption.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <cstring>
#include <memory>

#include "encoders/der/container_view.h"

namespace lictor::lemf {
namespace {

constexpr uint32_t kNone = 1;
constexpr uint32_t kAes192Cbc = 3;
constexpr uint32_t kAes256Cbc = 4;
constexpr size_t kBlockBytes = 16;

struct ContextFree {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

}  // namespace

std::optional<PayloadDecryption> PayloadDecryption::from_digits(std::string_view digits) {
  if (digits.starts_with("0x")) digits.remove_prefix(2);
  if (digits.size() != 48 && digits.size() != 64) return std::nullopt;
  PayloadDecryption made;
  made.key_.reserve(digits.size() / 2);  // no copy of it stays behind
  for (size_t i = 0; i < digits.size(); i += 2) {
    uint8_t octet = 0;
    const char* const end = digits.data() + i + 2;
    if (std::from_chars(digits.data() + i, end, octet, 16).ptr != end) return std::nullopt;
    made.key_.push_back(octet);
  }
  return made;
}

PayloadDecryption::~PayloadDecryption() { OPENSSL_cleanse(key_.data(), key_.size()); }

Status PayloadDecryption::decrypt(uint32_t type, uint32_t number, Bytes octets, uint8_t* plain) const {
  if (type == kNone) {
    if (!octets.empty()) std::memcpy(plain, octets.data(), octets.size());
    return absl::OkStatus();
  }
  if (type != kAes192Cbc && type != kAes256Cbc)
    return absl::FailedPreconditionError(fmt::format("encryption method {} is not known", type));
  if (key_.size() != (type == kAes192Cbc ? 24 : 32))
    return absl::FailedPreconditionError(fmt::format("encryption method {} needs another key", type));
  if (octets.empty() || octets.size() % kBlockBytes != 0)
    return absl::FailedPreconditionError("what is encrypted are no whole blocks");
  std::array<uint8_t, kBlockBytes> iv;
  for (size_t i = 0; i < iv.size(); ++i) iv[i] = static_cast<uint8_t>(number >> (24 - 8 * (i % 4)));
  const std::unique_ptr<EVP_CIPHER_CTX, ContextFree> context(EVP_CIPHER_CTX_new());
  int written = 0;
  const EVP_CIPHER* const cipher = type == kAes192Cbc ? EVP_aes_192_cbc() : EVP_aes_256_cbc();
  const bool done =
      EVP_DecryptInit_ex(context.get(), cipher, nullptr, key_.data(), iv.data()) == 1 &&
      EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
      EVP_DecryptUpdate(context.get(), plain, &written, octets.data(), static_cast<int>(octets.size())) == 1;
  return done ? absl::OkStatus() : absl::InternalError("OpenSSL does not decrypt");
}

Result<OpenedRecord> PayloadDecryption::open(Bytes record, uint32_t number) const {
  const std::optional<der::ContainerView> view = der::read_container(record);
  if (!view) return absl::FailedPreconditionError("there is no encryption container that can be read");
  OpenedRecord opened;
  opened.unencrypted.assign(record.begin(), record.end());
  uint8_t* const plain = opened.unencrypted.data() + (view->octets.data() - record.data());
  if (Status status = decrypt(view->type, number, view->octets, plain); !status.ok()) return status;
  const size_t type_end = static_cast<size_t>(view->type_octets.data() - record.data()) + view->type_octets.size();
  opened.unencrypted[type_end - 1] = kNone;
  const std::optional<Bytes> payload = der::payload_inside({plain, view->octets.size()});
  if (!payload) return absl::FailedPreconditionError("what was decrypted is no payload: it is another key");
  opened.plain = der::without_container(*view, *payload);
  return opened;
}

}  // namespace lictor::lemf

#include "control/cli/protocol_signer.h"

#include <fmt/format.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

namespace lictor::control::cli {
namespace {

template <auto Free>
struct FreeBy {
  template <typename Thing>
  void operator()(Thing* thing) const {
    Free(thing);
  }
};
using Key = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, FreeBy<X509_free>>;
using Bio = std::unique_ptr<BIO, FreeBy<BIO_free_all>>;
using Cms = std::unique_ptr<CMS_ContentInfo, FreeBy<CMS_ContentInfo_free>>;

constexpr unsigned int kFlags = CMS_DETACHED | CMS_BINARY | CMS_NOSMIMECAP;

Status unusable(const std::string& path, const std::string& why) {
  ERR_clear_error();
  return absl::FailedPreconditionError(fmt::format("{}: {}", path, why));
}

Result<Bio> open(const std::string& path) {
  errno = 0;
  Bio file(BIO_new_file(path.c_str(), "r"));
  if (file == nullptr) return unusable(path, std::strerror(errno));
  return file;
}

}  // namespace

struct ProtocolSigner::Material {
  Key key;
  Certificate certificate;
};

ProtocolSigner::ProtocolSigner(std::unique_ptr<Material> material) : material_(std::move(material)) {}
ProtocolSigner::~ProtocolSigner() = default;

Result<std::unique_ptr<ProtocolSigner>> ProtocolSigner::load(const std::string& key_path,
                                                             const std::string& certificate_path) {
  const Result<Bio> key_file = open(key_path);
  if (!key_file.ok()) return key_file.status();
  const Result<Bio> certificate_file = open(certificate_path);
  if (!certificate_file.ok()) return certificate_file.status();
  auto material = std::make_unique<Material>();
  material->key.reset(PEM_read_bio_PrivateKey(key_file->get(), nullptr, nullptr, nullptr));
  if (material->key == nullptr) return unusable(key_path, "holds no private key that can be read");
  material->certificate.reset(PEM_read_bio_X509(certificate_file->get(), nullptr, nullptr, nullptr));
  if (material->certificate == nullptr) return unusable(certificate_path, "holds no certificate");
  if (X509_check_private_key(material->certificate.get(), material->key.get()) != 1)
    return unusable(certificate_path, "is not of that key");
  return std::unique_ptr<ProtocolSigner>(new ProtocolSigner(std::move(material)));
}

Result<std::string> ProtocolSigner::sign(const std::string& octets) const {
  if (octets.size() > INT_MAX) return absl::InvalidArgumentError("too long to be signed");
  const Bio data(BIO_new_mem_buf(octets.data(), static_cast<int>(octets.size())));
  const Cms cms(CMS_sign(material_->certificate.get(), material_->key.get(), nullptr, data.get(), kFlags));
  const Bio out(BIO_new(BIO_s_mem()));
  if (cms == nullptr || out == nullptr || i2d_CMS_bio(out.get(), cms.get()) != 1) {
    const unsigned long error = ERR_get_error();
    ERR_clear_error();
    const char* const reason = ERR_reason_error_string(error);
    return absl::FailedPreconditionError(
        fmt::format("cannot be signed by this key: {}", reason == nullptr ? "unknown error" : reason));
  }
  char* memory = nullptr;
  const long bytes = BIO_get_mem_data(out.get(), &memory);
  return std::string(memory, static_cast<size_t>(bytes));
}

}  // namespace lictor::control::cli

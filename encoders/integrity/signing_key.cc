#include "encoders/integrity/signing_key.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "encoders/integrity/signing_key_files.h"

namespace lictor {
namespace {

Status unusable(const std::string& path, const std::string& why) {
  return absl::FailedPreconditionError(fmt::format("{}: {}", path, why));
}

// A daemon has nobody to ask.
int no_passphrase(char*, int, int, void*) { return 0; }

struct CloseFile {
  void operator()(FILE* file) const { std::fclose(file); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

const EVP_MD* digest_of(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kSha384:
      return EVP_sha384();
    case HashAlgorithm::kSha512:
      return EVP_sha512();
    case HashAlgorithm::kSha256:
      break;
  }
  return EVP_sha256();
}

Result<std::shared_ptr<const SigningKey>> SigningKey::load(const std::string& path) {
  const std::unique_ptr<FILE, CloseFile> file(std::fopen(path.c_str(), "re"));
  struct stat facts {};
  if (file == nullptr || fstat(fileno(file.get()), &facts) != 0) return unusable(path, std::strerror(errno));
  if ((facts.st_mode & S_IRWXO) != 0) return unusable(path, "others may read it: chmod o-rwx");
  EVP_PKEY* const key = PEM_read_PrivateKey(file.get(), nullptr, no_passphrase, nullptr);
  ERR_clear_error();
  if (key == nullptr) return unusable(path, "holds no private key that is not encrypted");
  const int type = EVP_PKEY_get_base_id(key);
  const SignatureAlgorithm algorithm = type == EVP_PKEY_EC ? SignatureAlgorithm::kEcdsa : SignatureAlgorithm::kEddsa;
  std::shared_ptr<const SigningKey> made(new SigningKey(key, algorithm));
  if (type != EVP_PKEY_EC && type != EVP_PKEY_ED25519) return unusable(path, "is neither an ECDSA nor an Ed25519 key");
  return made;
}

Result<SharedSigningKey> SigningKeyFiles::load(const std::string& name) const {
  const auto found = paths.find(name);
  if (found == paths.end()) return absl::NotFoundError(fmt::format("no signing key is called {}", name));
  return SigningKey::load(found->second);
}

std::vector<uint8_t> SigningKey::sign(Bytes message, HashAlgorithm hash) const {
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  const EVP_MD* const digest = algorithm_ == SignatureAlgorithm::kEcdsa ? digest_of(hash) : nullptr;
  size_t length = 0;
  if (context == nullptr || EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &length, message.data(), message.size()) != 1) {
    ERR_clear_error();
    return {};
  }
  std::vector<uint8_t> signature(length);
  if (EVP_DigestSign(context.get(), signature.data(), &length, message.data(), message.size()) != 1) {
    ERR_clear_error();
    return {};
  }
  signature.resize(length);
  return signature;
}

}  // namespace lictor

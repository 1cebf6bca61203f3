#include "dataplane/trust/signature.h"

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>

#include <cerrno>
#include <cstring>

#include "dataplane/base/check.h"
#include "dataplane/trust/sha256.h"

namespace lictor {
namespace {

enum class Scheme : uint8_t { kNone, kEd25519, kP256, kP384 };

Scheme scheme_of(const EVP_PKEY& key) {
  const int kind = EVP_PKEY_get_base_id(&key);
  if (kind == EVP_PKEY_ED25519) return Scheme::kEd25519;
  if (kind != EVP_PKEY_EC) return Scheme::kNone;
  char curve[64] = {};
  size_t length = 0;
  if (EVP_PKEY_get_group_name(&key, curve, sizeof(curve), &length) != 1) return Scheme::kNone;
  const int curve_id = OBJ_txt2nid(curve);
  if (curve_id == NID_X9_62_prime256v1) return Scheme::kP256;
  return curve_id == NID_secp384r1 ? Scheme::kP384 : Scheme::kNone;
}

// Ed25519 hashes by itself.
const EVP_MD* digest_of(Scheme scheme) {
  if (scheme == Scheme::kP256) return EVP_sha256();
  return scheme == Scheme::kP384 ? EVP_sha384() : nullptr;
}

Status not_taken() { return absl::FailedPreconditionError("the key is none of Ed25519, ECDSA P-256 and ECDSA P-384"); }

Result<OwnedKey> load(const std::string& path, EVP_PKEY* (*read)(BIO*, EVP_PKEY**, pem_password_cb*, void*),
                      const char* what) {
  const OpensslErrorsForgotten forgotten;
  errno = 0;
  const OwnedBio file(BIO_new_file(path.c_str(), "r"));
  if (file == nullptr) return absl::NotFoundError(fmt::format("{}: {}", path, std::strerror(errno)));
  OwnedKey key(read(file.get(), nullptr, nullptr, nullptr));
  if (key == nullptr) return absl::FailedPreconditionError(fmt::format("{}: holds no {} key", path, what));
  if (!is_taken(*key))
    return absl::FailedPreconditionError(fmt::format("{}: {}", path, std::string(not_taken().message())));
  return key;
}

}  // namespace

Sha256 sha256_digest(Bytes octets) {
  Sha256 digest;
  LICTOR_CHECK(EVP_Digest(octets.data(), octets.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1);
  return digest;
}

bool is_taken(const EVP_PKEY& key) {
  const OpensslErrorsForgotten forgotten;
  return scheme_of(key) != Scheme::kNone;
}

Status verify_signature(EVP_PKEY& key, Bytes octets, Bytes signature) {
  const OpensslErrorsForgotten forgotten;
  const Scheme scheme = scheme_of(key);
  if (scheme == Scheme::kNone) return not_taken();
  if (signature.empty() || signature.size() > kSignatureBytesMax)
    return absl::PermissionDeniedError("the signature is not there, or too long");
  const OwnedDigest context(EVP_MD_CTX_new());
  const bool holds =
      context != nullptr && EVP_DigestVerifyInit(context.get(), nullptr, digest_of(scheme), nullptr, &key) == 1 &&
      EVP_DigestVerify(context.get(), signature.data(), signature.size(), octets.data(), octets.size()) == 1;
  return holds ? absl::OkStatus() : absl::PermissionDeniedError("the signature does not hold");
}

Result<std::string> sign_octets(EVP_PKEY& key, Bytes octets) {
  const OpensslErrorsForgotten forgotten;
  const Scheme scheme = scheme_of(key);
  if (scheme == Scheme::kNone) return not_taken();
  const OwnedDigest context(EVP_MD_CTX_new());
  size_t length = kSignatureBytesMax;
  std::string signature(length, '\0');
  auto* const room = reinterpret_cast<uint8_t*>(signature.data());
  if (context == nullptr || EVP_DigestSignInit(context.get(), nullptr, digest_of(scheme), nullptr, &key) != 1 ||
      EVP_DigestSign(context.get(), room, &length, octets.data(), octets.size()) != 1)
    return absl::FailedPreconditionError("the key cannot sign");
  signature.resize(length);
  return signature;
}

Result<OwnedKey> load_private_key(const std::string& path) { return load(path, PEM_read_bio_PrivateKey, "private"); }

Result<OwnedKey> load_public_key(const std::string& path) { return load(path, PEM_read_bio_PUBKEY, "public"); }

}  // namespace lictor

#include "control/cli/order_signer.h"

#include <fmt/format.h>
#include <openssl/pem.h>

#include <cerrno>
#include <cstring>

#include "dataplane/trust/openssl_owner.h"
#include "dataplane/trust/signature.h"

namespace lictor::control::cli {
namespace {

constexpr std::string_view kApprover = "urn:lictor:role:approver";

bool is_approver(X509& certificate) {
  const OwnedNames names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_STRING* const uri = name->d.uniformResourceIdentifier;
    if (std::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                         static_cast<size_t>(ASN1_STRING_length(uri))) == kApprover)
      return true;
  }
  return false;
}

}  // namespace

struct OrderSigner::Material {
  OwnedKey key;
  std::string certificate;  // DER
};

OrderSigner::OrderSigner(std::unique_ptr<Material> material) : material_(std::move(material)) {}
OrderSigner::~OrderSigner() = default;

Result<std::unique_ptr<OrderSigner>> OrderSigner::load(const std::string& key_path,
                                                       const std::string& certificate_path) {
  const OpensslErrorsForgotten forgotten;
  const auto unusable = [&](const char* why) {
    return absl::FailedPreconditionError(fmt::format("{}: {}", certificate_path, why));
  };
  auto material = std::make_unique<Material>();
  Result<OwnedKey> key = load_private_key(key_path);
  if (!key.ok()) return key.status();
  material->key = *std::move(key);
  errno = 0;
  const OwnedBio file(BIO_new_file(certificate_path.c_str(), "r"));
  if (file == nullptr) return absl::NotFoundError(fmt::format("{}: {}", certificate_path, std::strerror(errno)));
  const OwnedCertificate certificate(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) return unusable("holds no certificate");
  if (X509_check_private_key(certificate.get(), material->key.get()) != 1) return unusable("is not of that key");
  if (!is_approver(*certificate)) return unusable("does not name an approver");
  uint8_t* der = nullptr;
  const int length = i2d_X509(certificate.get(), &der);
  if (length <= 0) return unusable("cannot be written");
  material->certificate.assign(reinterpret_cast<const char*>(der), static_cast<size_t>(length));
  OPENSSL_free(der);
  return std::unique_ptr<OrderSigner>(new OrderSigner(std::move(material)));
}

Result<v1::SignedOrder> OrderSigner::sign(const OrderOffer& offer, const std::string& warrant_id,
                                          const v1::BlindEntry& entry, const std::string& seen) const {
  if (Status status = agrees(offer, warrant_id, entry); !status.ok()) return status;
  if (seen != seen_digest(offer.octets))
    return absl::FailedPreconditionError("order: is not the one that was seen; nothing is signed");
  Result<std::string> signature = sign_octets(*material_->key, as_bytes(offer.octets));
  if (!signature.ok()) return signature.status();
  v1::SignedOrder made;
  made.set_order(offer.octets);
  made.set_signature(*std::move(signature));
  made.set_certificate(material_->certificate);
  return made;
}

}  // namespace lictor::control::cli

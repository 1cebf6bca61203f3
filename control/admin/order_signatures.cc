#include "control/admin/order_signatures.h"

#include <openssl/pem.h>

#include "control/access/certificate_identity.h"
#include "control/registry/hex.h"
#include "control/registry/violations.h"
#include "dataplane/trust/sha256.h"
#include "dataplane/trust/signature.h"

namespace lictor::control {
namespace {

Status not_his() { return absl::PermissionDeniedError("order.certificate: is not of the person who approves"); }

// Of octets that are a certificate.
std::string pem_of(const std::string& der) {
  const uint8_t* at = as_bytes(der).data();
  const OwnedCertificate certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  const OwnedBio out(BIO_new(BIO_s_mem()));
  if (certificate == nullptr || out == nullptr || PEM_write_bio_X509(out.get(), certificate.get()) != 1) return "";
  char* text = nullptr;
  const long length = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<size_t>(length)};
}

}  // namespace

Result<std::unique_ptr<OrderSignatures>> OrderSignatures::open(const OrderPolicy& policy) {
  if (!policy.approvers.names_anybody())
    return std::unique_ptr<OrderSignatures>(new OrderSignatures(policy.required, nullptr));
  Result<std::unique_ptr<ApproverBook>> approvers = ApproverBook::load(policy.approvers);
  if (!approvers.ok()) return approvers.status();
  return std::unique_ptr<OrderSignatures>(new OrderSignatures(policy.required, *std::move(approvers)));
}

Status OrderSignatures::check(const v1::SignedOrder* order, const Caller& caller, LegalTime now) {
  if (order == nullptr)
    return required_ ? refused(absl::StatusCode::kFailedPrecondition, "order",
                               "missing: policy.orders wants each order signed by its approver")
                     : absl::OkStatus();
  const Bytes certificate = as_bytes(order->certificate());
  std::unique_ptr<ApproverBook> alone;
  if (approvers_ == nullptr) {  // all but who vouches for it can be asked of the certificate itself
    const Sha256 digest = sha256_digest(certificate);
    const std::string pin = hex_of({reinterpret_cast<const char*>(digest.data()), digest.size()});
    Result<std::unique_ptr<ApproverBook>> book = ApproverBook::load({.ca = {}, .revoked = {}, .pins = {pin}});
    if (!book.ok()) return book.status();
    alone = *std::move(book);
  }
  ApproverBook& approvers = approvers_ == nullptr ? *alone : *approvers_;
  const Result<EVP_PKEY*> key = approvers.key_of(certificate, now);
  if (!key.ok()) return key.status();
  if (Status status = verify_signature(**key, as_bytes(order->order()), as_bytes(order->signature())); !status.ok())
    return absl::PermissionDeniedError("order.signature: " + std::string(status.message()));
  const Result<Identity> signer = identity_of_certificate(pem_of(order->certificate()));
  return signer.ok() && signer->name == caller.person ? absl::OkStatus() : not_his();
}

}  // namespace lictor::control

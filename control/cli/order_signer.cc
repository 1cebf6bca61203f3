#include "control/cli/order_signer.h"

#include <fmt/format.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "control/registry/selector.h"
#include "control/registry/time_text.h"
#include "dataplane/trust/openssl_owner.h"
#include "dataplane/trust/signature.h"

namespace lictor::control::cli {
namespace {

constexpr std::string_view kApprover = "urn:lictor:role:approver";

Status differs(std::string_view field) {
  return absl::FailedPreconditionError(fmt::format("order.{}: is not what was entered; nothing is signed", field));
}

// Targets and patterns as octets, in one order: whoever entered them in another means the same.
Result<std::vector<std::string>> claimed(const OrderClaim& claim) {
  std::vector<std::string> all;
  for (const v1::TargetSpec& spec : claim.targets) {
    const Result<Selector> selector = parse_selector(spec.selector());
    if (!selector.ok()) return selector.status();
    std::optional<v1::TapTarget> target = tap_target_of(*selector);
    if (!target) {
      all.push_back("pattern" + std::get<v1::Pattern>(*selector).SerializeAsString());
      continue;
    }
    *target->mutable_scope() = spec.scope();
    all.push_back("target" + target->SerializeAsString());
  }
  std::ranges::sort(all);
  return all;
}

std::vector<std::string> ordered(const v1::Order& order) {
  std::vector<std::string> all;
  for (v1::TapTarget target : order.targets()) {
    target.mutable_scope();  // there, though it may be empty
    all.push_back("target" + target.SerializeAsString());
  }
  for (const v1::Pattern& pattern : order.patterns()) all.push_back("pattern" + pattern.SerializeAsString());
  std::ranges::sort(all);
  return all;
}

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

Status agrees(const std::string& octets, const OrderClaim& claim) {
  v1::Order order;
  if (!order.ParseFromString(octets)) return absl::InvalidArgumentError("order: cannot be read");
  const size_t bytes = order.ByteSizeLong();
  order.DiscardUnknownFields();
  if (order.ByteSizeLong() != bytes)
    return absl::FailedPreconditionError("order: says more than this lictorctl understands; nothing is signed");
  const Result<LegalTime> end = parse_time(claim.end);
  if (!end.ok()) return end.status();
  const Result<std::vector<std::string>> targets = claimed(claim);
  if (!targets.ok()) return targets.status();
  if (*targets != ordered(order)) return differs("targets");
  return order.window().end_unix_ns() == end->unix_ns ? absl::OkStatus() : differs("window.end_unix_ns");
}

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

Result<v1::SignedOrder> OrderSigner::sign(const std::string& order, const OrderClaim& claim) const {
  if (Status status = agrees(order, claim); !status.ok()) return status;
  Result<std::string> signature = sign_octets(*material_->key, as_bytes(order));
  if (!signature.ok()) return signature.status();
  v1::SignedOrder made;
  made.set_order(order);
  made.set_signature(*std::move(signature));
  made.set_certificate(material_->certificate);
  return made;
}

}  // namespace lictor::control::cli

#include "control/access/certificate_identity.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

namespace lictor::control {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

// What could not be read stays in the thread's queue of errors, where TLS on the same thread would find it.
struct ErrorsForgotten {
  ErrorsForgotten() = default;
  ErrorsForgotten(const ErrorsForgotten&) = delete;
  ErrorsForgotten& operator=(const ErrorsForgotten&) = delete;
  ~ErrorsForgotten() { ERR_clear_error(); }
};

Status unauthenticated(std::string_view why) {
  return absl::UnauthenticatedError(fmt::format("the certificate: {}", why));
}

std::string_view text_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<size_t>(ASN1_STRING_length(string))};
}

// Two common names would be two persons.
Result<std::string> common_name_of(X509& certificate) {
  const X509_NAME* const subject = X509_get_subject_name(&certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0)
    return unauthenticated("must have one common name");
  return std::string(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// Of our names only what we know: what a later version grants with another one, this one does not.
Status take_uri(std::string_view uri, Identity& identity) {
  if (!take_prefix(uri, "urn:lictor:")) return absl::OkStatus();
  if (take_prefix(uri, "role:")) {
    const std::optional<Role> role = role_of(uri);
    if (!role) return unauthenticated("names a role that there is not");
    identity.roles.add(*role);
    return absl::OkStatus();
  }
  if (take_prefix(uri, "desk:")) {
    if (identity.desks.add(uri)) return absl::OkStatus();
    return unauthenticated("names a desk that there cannot be, or too many");
  }
  const bool is_agency = take_prefix(uri, "agency:");
  if (!is_agency && !take_prefix(uri, "element:")) return unauthenticated("has a name of urn:lictor that is not known");
  std::string& id = is_agency ? identity.agency_id : identity.network_element_id;
  if (!id.empty() || uri.empty() || uri.size() > Identity::kNameBytesMax)
    return unauthenticated("must name one agency or element");
  id = uri;
  return absl::OkStatus();
}

Status take_names(X509& certificate, Identity& identity) {
  const std::unique_ptr<GENERAL_NAMES, Free> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (names == nullptr) return unauthenticated("has no alternative names, which say its role");
  const int count = sk_GENERAL_NAME_num(names.get());
  if (count > static_cast<int>(kCertificateNamesMax)) return unauthenticated("has too many alternative names");
  for (int i = 0; i < count; ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    if (Status status = take_uri(text_of(name->d.uniformResourceIdentifier), identity); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

Result<Identity> identity_of_certificate(std::string_view pem) {
  if (pem.empty() || pem.size() > kCertificateBytesMax) return unauthenticated("is not there, or too long");
  const ErrorsForgotten forgotten;
  const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (bio == nullptr) return absl::ResourceExhaustedError("no memory for a certificate");
  const std::unique_ptr<X509, Free> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) return unauthenticated("cannot be read");
  Identity identity;
  Result<std::string> name = common_name_of(*certificate);
  if (!name.ok()) return name.status();
  identity.name = *std::move(name);
  if (Status status = take_names(*certificate, identity); !status.ok()) return status;
  if (Status status = check_identity(identity); !status.ok()) return unauthenticated(std::string(status.message()));
  if (identity.roles.has(Role::kDataplane) && identity.network_element_id.empty())
    return unauthenticated("is a dataplane's and names no network element");  // it would be any of them
  return identity;
}

}  // namespace lictor::control

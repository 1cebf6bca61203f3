#include "encoders/handover/tls_verify.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "dataplane/base/check.h"
#include "encoders/handover/tls_credential.h"

namespace lictor {
namespace {

int demand_index() {
  static const int kIndex = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return kIndex;
}

PeerDemand& demand_of(const SSL* ssl) {
  auto* const demand = static_cast<PeerDemand*>(SSL_get_ex_data(ssl, demand_index()));
  LICTOR_CHECK(demand != nullptr);
  return *demand;
}

bool is_address(const std::string& host) {
  in6_addr address;
  return inet_pton(AF_INET, host.c_str(), &address) == 1 || inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

// The name that the certificate must have; empty: any.
std::string name_to_check(const PeerDemand& demand, const std::string& host) {
  if (!demand.plan.check_name) return {};
  if (!demand.plan.server_name.empty()) return demand.plan.server_name;
  return demand.has_ca ? host : std::string();
}

// SHA-256 of the certificate, or of its SubjectPublicKeyInfo (as RFC 7469 pins it, not of the key's bits alone).
bool is_pinned(X509* certificate, const CertificatePin& pin) {
  uint8_t* octets = nullptr;
  const int size = pin.of == CertificatePin::Of::kCertificate
                       ? i2d_X509(certificate, &octets)
                       : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &octets);
  if (size <= 0) return false;
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  const bool hashed = EVP_Digest(octets, static_cast<size_t>(size), digest.data(), &length, EVP_sha256(), nullptr) == 1;
  OPENSSL_free(octets);
  return hashed && length == pin.sha256.size() && std::equal(pin.sha256.begin(), pin.sha256.end(), digest.begin());
}

int refuse(X509_STORE_CTX* store, PeerDemand& demand, int error, const char* why) {
  X509_STORE_CTX_set_error(store, error);
  demand.refusal = why;
  return 0;
}

// What X509_verify_cert would hold against a certificate that needs nobody to vouch for it.
int verify_pinned(X509_STORE_CTX* store, PeerDemand& demand, X509* leaf) {
  if (X509_cmp_current_time(X509_get0_notBefore(leaf)) >= 0) {
    return refuse(store, demand, X509_V_ERR_CERT_NOT_YET_VALID, "certificate is not yet valid");
  }
  if (X509_cmp_current_time(X509_get0_notAfter(leaf)) <= 0) {
    return refuse(store, demand, X509_V_ERR_CERT_HAS_EXPIRED, "certificate has expired");
  }
  const std::string name = demand.plan.check_name ? demand.plan.server_name : std::string();
  const bool named =
      name.empty() || (is_address(name) ? X509_check_ip_asc(leaf, name.c_str(), 0) == 1
                                        : X509_check_host(leaf, name.data(), name.size(), 0, nullptr) == 1);
  if (!named) return refuse(store, demand, X509_V_ERR_HOSTNAME_MISMATCH, "certificate is for another name");
  X509_STORE_CTX_set_error(store, X509_V_OK);
  return 1;
}

}  // namespace

Status demand(SSL* ssl, PeerDemand& demand, const std::string& host) {
  bool done = SSL_set_ex_data(ssl, demand_index(), &demand) == 1 &&
              SSL_set_min_proto_version(ssl, demand.plan.allow_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION) == 1;
  if (const std::string name = name_to_check(demand, host); done && !name.empty()) {
    done = is_address(name) ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1
                            : SSL_set1_host(ssl, name.c_str()) == 1;
  }
  const std::string& asked = demand.plan.server_name.empty() ? host : demand.plan.server_name;
  if (done && !is_address(asked)) done = SSL_set_tlsext_host_name(ssl, asked.c_str()) == 1;
  return done ? absl::OkStatus() : absl::InternalError("TLS: " + openssl_reason());
}

int verify_peer(X509_STORE_CTX* store, void*) {
  const auto* const ssl =
      static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  PeerDemand& demand = demand_of(ssl);
  demand.refusal.clear();
  X509* const leaf = X509_STORE_CTX_get0_cert(store);
  const std::vector<CertificatePin>& pins = demand.plan.pins;
  if (leaf == nullptr || (pins.empty() && !demand.has_ca)) {
    return refuse(store, demand, X509_V_ERR_APPLICATION_VERIFICATION, "there is neither a CA nor a pin to know it by");
  }
  const auto matches = [leaf](const CertificatePin& pin) { return is_pinned(leaf, pin); };
  if (!pins.empty() && std::ranges::none_of(pins, matches)) {
    return refuse(store, demand, X509_V_ERR_APPLICATION_VERIFICATION, "certificate is not one that is pinned");
  }
  if (!demand.has_ca) return verify_pinned(store, demand, leaf);
  const int accepted = X509_verify_cert(store);
  if (accepted != 1) demand.refusal = X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
  return accepted == 1 ? 1 : 0;
}

void note_ticket(SSL* ssl) { demand_of(ssl).ticket_arrived = true; }

}  // namespace lictor

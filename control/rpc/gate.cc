#include "control/rpc/gate.h"

#include <fmt/format.h>

#include "control/access/access_table.h"
#include "control/access/certificate_identity.h"
#include "control/rpc/client_certificates.h"
#include "control/rpc/status.h"

namespace lictor::control {
namespace {

// Lives as long as `peer`.
Result<std::string_view> certificate_in(const grpc::AuthContext& peer) {
  const std::vector<grpc::string_ref> certificates = peer.FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (!peer.IsPeerAuthenticated() || certificates.size() != 1)
    return absl::UnauthenticatedError("nobody knows who calls: there is no certificate");
  return std::string_view(certificates.front().data(), certificates.front().size());
}

Result<Identity> certified(const grpc::AuthContext& peer) {
  const Result<std::string_view> certificate = certificate_in(peer);
  if (!certificate.ok()) return certificate.status();
  return identity_of_certificate(*certificate);
}

// What came with it; empty: nothing.
std::string_view chain_in(const grpc::AuthContext& peer) {
  const std::vector<grpc::string_ref> chains = peer.FindPropertyValues(GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME);
  return chains.size() == 1 ? std::string_view(chains.front().data(), chains.front().size()) : std::string_view();
}

class CertificateCheck final : public grpc::AuthMetadataProcessor {
 public:
  explicit CertificateCheck(ClientCertificates& clients) : clients_(clients) {}

  [[nodiscard]] bool IsBlocking() const override { return false; }
  grpc::Status Process(const InputMetadata&, grpc::AuthContext* peer, OutputMetadata*, OutputMetadata*) override {
    const Result<std::string_view> certificate = certificate_in(*peer);
    if (!certificate.ok()) return to_grpc(certificate.status());
    const Result<CertificateFacts> facts = facts_of_certificate(*certificate, chain_in(*peer));
    const Result<Identity> who = identity_of_certificate(*certificate);
    Status status = facts.ok() ? who.status() : facts.status();
    if (status.ok()) status = clients_.check(*facts, *who);
    if (!status.ok()) clients_.refused(status, {"certificate", facts.ok() ? facts->fingerprint : "unreadable"});
    return to_grpc(status);
  }

 private:
  ClientCertificates& clients_;
};

}  // namespace

Result<Identity> Gate::identity_of(const grpc::ServerContextBase& context) const {
  std::optional<Identity> local = local_ == nullptr ? std::nullopt : local_->identity_of(context.peer());
  if (local) return *std::move(local);
  return certified(*context.auth_context());
}

Admission Gate::admit(const grpc::ServerContextBase& context, std::string_view path) const {
  Result<Identity> identity = identity_of(context);
  if (!identity.ok()) return {.status = identity.status(), .who = {}};
  Status status = check_access(*identity, path);
  return {.status = std::move(status), .who = *std::move(identity)};
}

Caller caller_of(const Identity& identity) {
  if (identity.name.empty()) return {.name = "nobody", .desks = {}};
  return {.name = fmt::format("{} ({})", identity.name, identity.roles.text()),
          .person = identity.name,
          .desks = identity.desks};
}

std::optional<CertificateFacts> Gate::certificate_of(const grpc::ServerContextBase& context) const {
  if (local_ != nullptr && local_->identity_of(context.peer())) return std::nullopt;
  const std::shared_ptr<const grpc::AuthContext> peer = context.auth_context();
  const Result<std::string_view> certificate = certificate_in(*peer);
  if (!certificate.ok()) return std::nullopt;
  const Result<CertificateFacts> facts = facts_of_certificate(*certificate, chain_in(*peer));
  return facts.ok() ? std::optional(*facts) : std::nullopt;
}

std::shared_ptr<grpc::AuthMetadataProcessor> make_certificate_check(ClientCertificates& clients) {
  return std::make_shared<CertificateCheck>(clients);
}

}  // namespace lictor::control

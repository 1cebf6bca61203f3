#include "control/rpc/gate.h"

#include <fmt/format.h>

#include "control/access/access_table.h"
#include "control/access/certificate_identity.h"
#include "control/rpc/status.h"

namespace lictor::control {
namespace {

Result<Identity> certified(const grpc::AuthContext& peer) {
  const std::vector<grpc::string_ref> certificates = peer.FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (!peer.IsPeerAuthenticated() || certificates.size() != 1)
    return absl::UnauthenticatedError("nobody knows who calls: there is no certificate");
  return identity_of_certificate({certificates.front().data(), certificates.front().size()});
}

class CertificateCheck final : public grpc::AuthMetadataProcessor {
 public:
  [[nodiscard]] bool IsBlocking() const override { return false; }
  grpc::Status Process(const InputMetadata&, grpc::AuthContext* peer, OutputMetadata*, OutputMetadata*) override {
    return to_grpc(certified(*peer).status());
  }
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

std::shared_ptr<grpc::AuthMetadataProcessor> make_certificate_check() { return std::make_shared<CertificateCheck>(); }

}  // namespace lictor::control

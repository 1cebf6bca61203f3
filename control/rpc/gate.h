// Whether a call may come in: who is at the other end, and what the access table says. Every method of every service
// asks here first. Any thread.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string_view>

#include "control/access/certificate_standing.h"
#include "control/access/identity.h"
#include "control/admin/account.h"
#include "control/rpc/local_listener.h"

namespace lictor::control {

// Who calls, as far as anybody knows, and whether he may.
struct Admission {
  Status status;  // Unauthenticated: nobody knows who that is; PermissionDenied: he may not
  Identity who;
};

class Gate {
 public:
  // Before the first call. Null: nobody is local.
  void set_local(const LocalListener* local) { local_ = local; }

  // What the call's certificate says of itself; nothing: it came by the socket.
  [[nodiscard]] std::optional<CertificateFacts> certificate_of(const grpc::ServerContextBase& context) const;

  // `path`: the method's row in the access table.
  [[nodiscard]] Admission admit(const grpc::ServerContextBase& context, std::string_view path) const;

 private:
  [[nodiscard]] Result<Identity> identity_of(const grpc::ServerContextBase& context) const;

  const LocalListener* local_ = nullptr;
};

// As the account calls him: "anna (operator)"; "nobody" who has no name.
Caller caller_of(const Identity& identity);

class ClientCertificates;

// Refuses every call over TLS, also those of gRPC's own services, whose certificate names nobody that Lictor knows, or
// does not stand any more. `clients` outlives it.
std::shared_ptr<grpc::AuthMetadataProcessor> make_certificate_check(ClientCertificates& clients);

}  // namespace lictor::control

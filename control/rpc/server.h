// The gRPC server: the services, server reflection and the standard health service, on a Unix socket of mode 0600
// and, with mutual TLS only, on TCP. Started and stopped by main's thread.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "control/admin/administration.h"
#include "control/rpc/acceptance_service.h"
#include "control/rpc/agency_service.h"
#include "control/rpc/fleet_service.h"
#include "control/rpc/warrant_service.h"

namespace lictor::control {

struct ListenOptions {
  std::string socket;       // a path
  std::string tcp;          // "host:port"; empty: none
  std::string certificate;  // PEM files, for tcp
  std::string key;
  std::string ca;  // whose clients are let in
};

class RpcServer {
 public:
  // InvalidArgument where tcp is asked for without its three TLS files. See also clear_socket_path.
  static Result<std::unique_ptr<RpcServer>> start(Administration& administration, const ListenOptions& options);
  ~RpcServer() { stop(); }
  RpcServer(const RpcServer&) = delete;
  RpcServer& operator=(const RpcServer&) = delete;

  // Ends every stream and wait, then the calls under way, within a few seconds.
  void stop();

 private:
  explicit RpcServer(Administration& administration);
  void mark_healthy();

  Administration& administration_;
  AgencyService agencies_;
  AcceptanceService acceptances_;
  WarrantService warrants_;
  FleetService fleet_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace lictor::control

// The gRPC server: the services, server reflection and the standard health service, on a Unix socket whose peers are
// known by their uid and, with mutual TLS only, on TCP. Who calls what goes through the gate. Started and stopped by
// main's thread.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "control/admin/administration.h"
#include "control/rpc/acceptance_service.h"
#include "control/rpc/agency_change_service.h"
#include "control/rpc/agency_service.h"
#include "control/rpc/alarm_service.h"
#include "control/rpc/approval_service.h"
#include "control/rpc/audit_service.h"
#include "control/rpc/client_certificates.h"
#include "control/rpc/fleet_service.h"
#include "control/rpc/gate.h"
#include "control/rpc/history_service.h"
#include "control/rpc/local_listener.h"
#include "control/rpc/platform_service.h"
#include "control/rpc/session_service.h"
#include "control/rpc/status_service.h"
#include "control/rpc/warrant_service.h"

namespace lictor::control {

struct ListenOptions {
  std::string socket;  // a path
  std::string group;   // that may open it, too; empty: its owner alone
  // Who may come in by the socket. Empty: who runs this process, with every role (everything_for).
  LocalListener::People people;
  std::string tcp;          // "host:port"; empty: none
  std::string certificate;  // PEM files, for tcp
  std::string key;
  std::string ca;   // whose clients are let in
  std::string crl;  // its revocation list, PEM; empty: none is asked for
};

class RpcServer {
 public:
  // InvalidArgument where tcp is asked for without its three TLS files. See also clear_socket_path.
  // `backups` outlives it; null: the store cannot be copied.
  static Result<std::unique_ptr<RpcServer>> start(Administration& administration, const ListenOptions& options,
                                                  Backups* backups = nullptr);
  ~RpcServer() { stop(); }
  RpcServer(const RpcServer&) = delete;
  RpcServer& operator=(const RpcServer&) = delete;

  // Ends every stream and wait, then the calls under way, within a few seconds.
  void stop();

 private:
  RpcServer(Administration& administration, Backups* backups, std::unique_ptr<CertificateStanding> standing,
            std::unique_ptr<TrustedAuthorities> authorities);
  Status listen_locally(const ListenOptions& options);
  void mark_healthy();

  Administration& administration_;
  Gate gate_;
  ClientCertificates clients_;
  std::unique_ptr<LocalListener> local_;
  AgencyService agencies_;
  AcceptanceService acceptances_;
  AuditService audit_;
  WarrantService warrants_;
  ApprovalService approvals_;
  StatusService status_;
  FleetService fleet_;
  PlatformService platform_;
  AlarmService alarms_;
  AgencyChangeService agency_changes_;
  HistoryService histories_;
  SessionService sessions_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace lictor::control

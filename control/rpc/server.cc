// Binds, limits and starts the gRPC server, and stops it. main's thread.
#include "control/rpc/server.h"

#include <fmt/format.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <utility>

#include "control/rpc/socket_path.h"

namespace lictor::control {
namespace {

constexpr int kMessageBytesMax = 16 << 20;  // statistics of some 100,000 tasks
constexpr int kStreamsPerConnectionMax = 1024;
constexpr int kKeepaliveTimeMs = 10'000;  // a dataplane that vanished is noticed after this and the next
constexpr int kKeepaliveTimeoutMs = 5'000;
constexpr int kPeerPingIntervalMinMs = 5'000;
constexpr std::chrono::seconds kStopWait{3};

constexpr unsigned kTlsFilesLookedAtS = 1;

Status check_file(const std::string& path, const char* field) {
  if (path.empty())
    return absl::InvalidArgumentError(fmt::format("{}: missing: listen.tcp is served with TLS only", field));
  std::ifstream file(path, std::ios::binary);
  if (file.peek() == std::ifstream::traits_type::eof())
    return absl::InvalidArgumentError(fmt::format("{}: cannot read {}", field, path));
  return absl::OkStatus();
}

// Mutual: who has no certificate of our authority does not get in. Renewed files are taken without a restart, for
// connections that are made from then on; a key that does not fit its certificate is not taken.
Result<std::shared_ptr<grpc::ServerCredentials>> tls_credentials(const ListenOptions& options,
                                                                 ClientCertificates& clients) {
  for (const auto& [path, field] : {std::pair(&options.certificate, "listen.tls.certificate"),
                                    std::pair(&options.key, "listen.tls.key"), std::pair(&options.ca, "listen.tls.ca")})
    if (Status status = check_file(*path, field); !status.ok()) return status;
  grpc::experimental::TlsServerCredentialsOptions tls(
      std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(options.key, options.certificate, options.ca,
                                                                           kTlsFilesLookedAtS));
  tls.watch_root_certs();
  tls.watch_identity_key_cert_pairs();
  tls.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  std::shared_ptr<grpc::ServerCredentials> credentials = grpc::experimental::TlsServerCredentials(tls);
  credentials->SetAuthMetadataProcessor(make_certificate_check(clients));
  return credentials;
}

void set_limits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMessageBytesMax);
  builder.SetMaxSendMessageSize(kMessageBytesMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsPerConnectionMax);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT,
                             0);  // a second lictord on the same port is an error, not a lottery
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);  // 0: as many as are due
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kPeerPingIntervalMinMs);
}

}  // namespace

RpcServer::RpcServer(Administration& administration, Backups* backups, std::unique_ptr<CertificateStanding> standing,
                     std::unique_ptr<TrustedAuthorities> authorities)
    : administration_(administration),
      clients_(administration, std::move(standing), std::move(authorities)),
      agencies_({administration, gate_}),
      acceptances_({administration, gate_}),
      audit_({administration, gate_}),
      warrants_({administration, gate_}),
      approvals_({administration, gate_}),
      status_({administration, gate_}),
      fleet_({administration, gate_, &clients_}),
      platform_({administration, gate_}, backups),
      alarms_({administration, gate_}),
      agency_changes_({administration, gate_}),
      histories_({administration, gate_}),
      sessions_({administration, gate_}) {}

Result<std::unique_ptr<RpcServer>> RpcServer::start(Administration& administration, const ListenOptions& options,
                                                    Backups* backups) {
  Result<std::unique_ptr<CertificateStanding>> standing =
      CertificateStanding::open({.ca = options.ca, .crl = options.crl}, legal_now().unix_ns / kNanosecondsPerSecond);
  if (!standing.ok()) return standing.status();
  Result<std::unique_ptr<TrustedAuthorities>> authorities =
      TrustedAuthorities::open(options.tcp.empty() ? std::string() : options.ca);
  if (!authorities.ok()) return authorities.status();
  std::unique_ptr<RpcServer> server(
      new RpcServer(administration, backups, *std::move(standing), *std::move(authorities)));
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  int tcp_port = 1;
  if (!options.tcp.empty()) {
    const Result<std::shared_ptr<grpc::ServerCredentials>> credentials = tls_credentials(options, server->clients_);
    if (!credentials.ok()) return credentials.status();
    builder.AddListeningPort(options.tcp, *credentials, &tcp_port);
  }
  if (Status status = server->listen_locally(options); !status.ok()) return status;
  set_limits(builder);
  builder.RegisterService(&server->agencies_);
  builder.RegisterService(&server->acceptances_);
  builder.RegisterService(&server->audit_);
  builder.RegisterService(&server->warrants_);
  builder.RegisterService(&server->approvals_);
  builder.RegisterService(&server->status_);
  builder.RegisterService(&server->fleet_);
  builder.RegisterService(&server->platform_);
  builder.RegisterService(&server->alarms_);
  builder.RegisterService(&server->agency_changes_);
  builder.RegisterService(&server->histories_);
  builder.RegisterService(&server->sessions_);
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr || tcp_port == 0)
    return absl::UnavailableError(fmt::format("listen.tcp: cannot listen on {}", options.tcp));
  server->mark_healthy();
  server->clients_.start();
  server->local_->serve(*server->server_);
  return server;
}

Status RpcServer::listen_locally(const ListenOptions& options) {
  if (Status status = clear_socket_path(options.socket); !status.ok()) return status;
  LocalListener::People people = options.people;
  if (people.empty()) people.emplace(::geteuid(), everything_for(fmt::format("uid {}", ::geteuid())));
  Result<std::unique_ptr<LocalListener>> local = LocalListener::open(options.socket, options.group, std::move(people));
  if (!local.ok()) return local.status();
  local_ = *std::move(local);
  gate_.set_local(local_.get());
  local_->on_refused([this](uid_t uid) {
    clients_.refused(absl::UnauthenticatedError("the socket: nobody here"), {"uid", std::to_string(uid)});
  });
  return absl::OkStatus();
}

void RpcServer::mark_healthy() {
  grpc::HealthCheckServiceInterface* health = server_->GetHealthCheckService();
  if (health == nullptr) return;
  health->SetServingStatus(true);
  for (const char* service : {"lictor.v1.AgencyService", "lictor.v1.AcceptanceService", "lictor.v1.AuditService",
                              "lictor.v1.WarrantService", "lictor.v1.ApprovalService", "lictor.v1.StatusService",
                              "lictor.v1.FleetService", "lictor.v1.PlatformService", "lictor.v1.AlarmService",
                              "lictor.v1.AgencyChangeService", "lictor.v1.HistoryService", "lictor.v1.SessionService"})
    health->SetServingStatus(service, true);
}

void RpcServer::stop() {
  if (server_ == nullptr) return;
  local_->stop();
  administration_.stop();
  server_->Shutdown(std::chrono::system_clock::now() + kStopWait);
  server_->Wait();
  clients_.stop();
  server_.reset();
}

}  // namespace lictor::control

#include "control/metrics/metrics_listener.h"

#include <fmt/format.h>
#include <grp.h>
#include <httplib.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "control/access/certificate_identity.h"
#include "control/access/certificate_standing.h"
#include "control/access/trusted_authorities.h"
#include "control/rpc/socket_path.h"
#include "dataplane/base/clock.h"

namespace lictor::control {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr const char* kContentType = "text/plain; version=0.0.4; charset=utf-8";
// A scrape is one connection with one request; who is slower than this, or sends more, is hung up on.
constexpr size_t kAnsweringThreads = 2;
constexpr time_t kPatienceS = 10;
constexpr size_t kRequestBodyMax = 1024;
constexpr size_t kGroupBytesMax = 65536;
constexpr int kForbidden = 403;
constexpr int kFailed = 500;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
};

Status invalid(const MetricsListenOptions& options, std::string_view why) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", options.field, why));
}

Status unavailable(const MetricsListenOptions& options, std::string_view why) {
  return absl::UnavailableError(fmt::format("{}: {} {}", options.field, why, options.address));
}

struct Endpoint {
  std::string host;
  int port = 0;
};

// "HOST:PORT", "[2001:db8::1]:PORT"
Result<Endpoint> endpoint_of(const MetricsListenOptions& options) {
  const std::string& text = options.address;
  const size_t colon = text.rfind(':');
  Endpoint endpoint;
  if (colon == std::string::npos || colon == 0) return invalid(options, "must be unix:PATH or HOST:PORT");
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, endpoint.port);
  if (error != std::errc() || stop != end || endpoint.port < 1 || endpoint.port > UINT16_MAX)
    return invalid(options, "must end with a port");
  endpoint.host = text.substr(0, colon);
  if (endpoint.host.size() > 2 && endpoint.host.front() == '[' && endpoint.host.back() == ']')
    endpoint.host = endpoint.host.substr(1, endpoint.host.size() - 2);
  return endpoint;
}

bool is_loopback(const std::string& host) { return host == "127.0.0.1" || host == "::1"; }

// Mutual, and of the authority whose certificates name roles.
bool prepare_tls(SSL_CTX& context, const MetricsListenOptions& options) {
  SSL_CTX_set_verify(&context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_use_certificate_chain_file(&context, options.certificate.c_str()) == 1 &&
         SSL_CTX_use_PrivateKey_file(&context, options.key.c_str(), SSL_FILETYPE_PEM) == 1 &&
         SSL_CTX_load_verify_locations(&context, options.ca.c_str(), nullptr) == 1;
}

int64_t now_unix_s() { return legal_now().unix_ns / kNanosecondsPerSecond; }

// Empty where it is none.
std::string pem_of(X509* certificate) {
  const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
  if (certificate == nullptr || bio == nullptr || PEM_write_bio_X509(bio.get(), certificate) != 1) return {};
  char* pem = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &pem);
  return {pem, static_cast<size_t>(size)};
}

// The peer's certificate in PEM.
Result<std::string> certificate_of(const SSL& ssl) {
  std::string pem = pem_of(SSL_get0_peer_certificate(&ssl));
  if (pem.empty()) return absl::UnauthenticatedError("no certificate");
  return pem;
}

// What came with it.
std::string chain_of(const SSL& ssl) {
  std::string chain;
  STACK_OF(X509)* const certificates = SSL_get_peer_cert_chain(&ssl);
  for (int i = 0; i < sk_X509_num(certificates); ++i) chain += pem_of(sk_X509_value(certificates, i));
  return chain;
}

// Before it is bound.
void limit(httplib::Server& server) {
  server.set_keep_alive_max_count(1);
  server.set_read_timeout(kPatienceS);
  server.set_write_timeout(kPatienceS);
  server.set_payload_max_length(kRequestBodyMax);
  server.set_socket_options([](socket_t socket) {  // not httplib's own, by which another process shares the port
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  });
  server.set_exception_handler([](const httplib::Request&, httplib::Response& response, const std::exception_ptr&) {
    response.status = kFailed;
  });
}

Status give_to_group(const MetricsListenOptions& options, const std::string& path) {
  if (::chmod(path.c_str(), options.group.empty() ? 0600 : 0660) != 0)
    return unavailable(options, "cannot set the mode of");
  if (options.group.empty()) return absl::OkStatus();
  std::vector<char> memory(kGroupBytesMax);
  group facts{};
  group* found = nullptr;
  if (::getgrnam_r(options.group.c_str(), &facts, memory.data(), memory.size(), &found) != 0 || found == nullptr)
    return invalid(options, "there is no such group");
  return ::chown(path.c_str(), static_cast<uid_t>(-1), found->gr_gid) == 0
             ? absl::OkStatus()
             : unavailable(options, "cannot give to its group");
}

}  // namespace

class MetricsListener::Impl {
 public:
  Impl(std::unique_ptr<httplib::Server> server, RoleSet roles, bool all_desks, Page page, Refused refused,
       std::unique_ptr<CertificateStanding> standing, std::unique_ptr<TrustedAuthorities> authorities)
      : server_(std::move(server)),
        roles_(roles),
        all_desks_(all_desks),
        page_(std::move(page)),
        refused_(std::move(refused)),
        standing_(std::move(standing)),
        authorities_(std::move(authorities)) {
    server_->Get("/metrics",
                 [this](const httplib::Request& request, httplib::Response& response) { answer(request, response); });
  }

  httplib::Server& server() { return *server_; }

  // Comes back when a stop() would be heard: httplib makes its queue of tasks when it is about to accept.
  void run() {
    std::promise<void> accepts;
    server_->new_task_queue = [&accepts] {
      accepts.set_value();
      return new httplib::ThreadPool(kAnsweringThreads);  // httplib's to delete
    };
    thread_ = std::thread([this] { server_->listen_after_bind(); });
    accepts.get_future().wait();
  }

  void stop() {
    if (!thread_.joinable()) return;
    server_->stop();
    thread_.join();
  }

  std::string socket_path;  // to be removed at the end; empty: none

 private:
  void answer(const httplib::Request& request, httplib::Response& response) {
    if (request.ssl != nullptr) {
      const Result<Identity> identity = identify(*request.ssl);
      if (!identity.ok() || !identity->roles.meets(roles_) || (all_desks_ && !identity->desks.sees_all())) {
        refused_(identity.ok() ? *identity : Identity{});
        response.status = kForbidden;
        return;
      }
    }
    response.set_content(page_(), kContentType);
  }

  // Who that is, where his certificate is neither revoked nor expired, and of an authority that is still in the file:
  // list and file are looked after at each scrape.
  Result<Identity> identify(const SSL& ssl) {
    const Result<std::string> pem = certificate_of(ssl);
    if (!pem.ok()) return pem.status();
    const Result<CertificateFacts> facts = facts_of_certificate(*pem, chain_of(ssl));
    if (!facts.ok()) return facts.status();
    {
      const std::lock_guard lock(standing_mutex_);
      standing_->refresh(now_unix_s()).IgnoreError();  // the former list stays in force; the gRPC server tells of it
    }
    if (Status status = standing_->check(*facts, now_unix_s()); !status.ok()) return status;
    if (Status status = authorities_->check(*facts); !status.ok()) return status;
    return identity_of_certificate(*pem);
  }

  const std::unique_ptr<httplib::Server> server_;
  const RoleSet roles_;
  const bool all_desks_;
  const Page page_;
  const Refused refused_;
  const std::unique_ptr<CertificateStanding> standing_;
  const std::unique_ptr<TrustedAuthorities> authorities_;
  std::mutex standing_mutex_;  // one thread refreshes at a time
  std::thread thread_;
};

MetricsListener::MetricsListener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

MetricsListener::~MetricsListener() { stop(); }

namespace {

Result<std::unique_ptr<httplib::Server>> bind_socket(const MetricsListenOptions& options, const std::string& path) {
  if (Status status = clear_socket_path(path); !status.ok()) return status;
  auto server = std::make_unique<httplib::Server>();
  limit(*server);
  server->set_address_family(AF_UNIX);
  const mode_t mask = ::umask(0177);  // nobody else may connect before its rights are there
  const bool bound = server->bind_to_port(path, 1);
  ::umask(mask);
  if (!bound) return unavailable(options, "cannot listen on");
  if (Status status = give_to_group(options, path); !status.ok()) return status;
  return server;
}

Result<std::unique_ptr<httplib::Server>> bind_tcp(const MetricsListenOptions& options) {
  const Result<Endpoint> endpoint = endpoint_of(options);
  if (!endpoint.ok()) return endpoint.status();
  std::unique_ptr<httplib::Server> server;
  if (options.clear) {
    if (!is_loopback(endpoint->host)) return invalid(options, "is served in the clear on 127.0.0.1 or ::1 only");
    server = std::make_unique<httplib::Server>();
  } else {
    if (options.certificate.empty() || options.key.empty() || options.ca.empty())
      return invalid(options, "is served with mutual TLS: set listen.tls.certificate, .key and .ca");
    server =
        std::make_unique<httplib::SSLServer>([&options](SSL_CTX& context) { return prepare_tls(context, options); });
  }
  if (!server->is_valid()) return invalid(options, "the files of listen.tls cannot be used");
  limit(*server);
  if (!server->bind_to_port(endpoint->host, endpoint->port)) return unavailable(options, "cannot listen on");
  return server;
}

}  // namespace

Result<std::unique_ptr<MetricsListener>> MetricsListener::start(const MetricsListenOptions& options, Page page,
                                                                Refused refused) {
  const bool is_local = options.address.starts_with(kUnix);
  const std::string path = is_local ? options.address.substr(kUnix.size()) : "";
  Result<std::unique_ptr<CertificateStanding>> standing =
      CertificateStanding::open({.ca = options.ca, .crl = options.crl}, now_unix_s());
  if (!standing.ok()) return standing.status();
  Result<std::unique_ptr<TrustedAuthorities>> authorities =
      TrustedAuthorities::open(is_local || options.clear ? std::string() : options.ca);
  if (!authorities.ok()) return authorities.status();
  Result<std::unique_ptr<httplib::Server>> server = is_local ? bind_socket(options, path) : bind_tcp(options);
  if (!server.ok()) return server.status();
  auto impl = std::make_unique<Impl>(*std::move(server), options.roles, options.all_desks, std::move(page),
                                     std::move(refused), *std::move(standing), *std::move(authorities));
  impl->socket_path = path;
  impl->run();
  return std::unique_ptr<MetricsListener>(new MetricsListener(std::move(impl)));
}

void MetricsListener::stop() {
  impl_->stop();
  if (!impl_->socket_path.empty()) ::unlink(impl_->socket_path.c_str());
  impl_->socket_path.clear();
}

}  // namespace lictor::control

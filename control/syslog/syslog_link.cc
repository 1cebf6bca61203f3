#include "control/syslog/syslog_link.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace lictor::control {
namespace {

constexpr int kSettlePollMs = 5;

Status unavailable(std::string_view what) { return absl::UnavailableError(fmt::format("syslog: {}", what)); }

// The newest of OpenSSL's errors, of which none is left.
Status tls_failed(const char* what, const SSL* tls) {
  std::string why = tls == nullptr || SSL_get_verify_result(tls) == X509_V_OK
                        ? ""
                        : X509_verify_cert_error_string(SSL_get_verify_result(tls));
  const unsigned long error = ERR_peek_last_error();
  if (why.empty() && error != 0 && ERR_reason_error_string(error) != nullptr) why = ERR_reason_error_string(error);
  ERR_clear_error();
  return unavailable(fmt::format("{}: {}", what, why.empty() ? "the server hung up" : why));
}

bool is_address(const std::string& host) {
  std::array<uint8_t, sizeof(in6_addr)> octets{};
  return ::inet_pton(AF_INET, host.c_str(), octets.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), octets.data()) == 1;
}

}  // namespace

SyslogLink::~SyslogLink() {
  if (tls_ != nullptr) SSL_shutdown(tls_.get());
  ERR_clear_error();
}

Result<std::unique_ptr<SyslogLink>> SyslogLink::connect(const SyslogServer& server, int stop) {
  std::unique_ptr<SyslogLink> link(new SyslogLink(stop));
  if (Status status = link->open_socket(server); !status.ok()) return status;
  if (Status status = link->start_tls(server); !status.ok()) return status;
  return link;
}

// The first address that answers.
Status SyslogLink::open_socket(const SyslogServer& server) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(server.host.c_str(), std::to_string(server.port).c_str(), &hints, &found) != 0)
    return unavailable("the server's name is not known");
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);
  Status last = unavailable("the server has no address");
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    socket_ = UniqueFd(::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket_.valid()) continue;
    last = absl::OkStatus();
    if (::connect(socket_.get(), each->ai_addr, each->ai_addrlen) != 0)
      last = errno == EINPROGRESS ? wait_for(POLLOUT, "connecting") : unavailable(std::strerror(errno));
    int error = 0;
    socklen_t size = sizeof error;
    if (last.ok()) ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) last = unavailable(std::strerror(error));
    if (last.ok()) return last;
  }
  return last;
}

Status SyslogLink::start_tls(const SyslogServer& server) {
  context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const context = context_.get();
  const bool ready = context != nullptr && SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
                     SSL_CTX_load_verify_locations(context, server.ca.c_str(), nullptr) == 1 &&
                     SSL_CTX_use_certificate_chain_file(context, server.certificate.c_str()) == 1 &&
                     SSL_CTX_use_PrivateKey_file(context, server.key.c_str(), SSL_FILETYPE_PEM) == 1 &&
                     SSL_CTX_check_private_key(context) == 1;
  if (!ready) return tls_failed("audit.syslog: ca, certificate or key", nullptr);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  tls_.reset(SSL_new(context));
  const bool named =
      tls_ != nullptr && SSL_set_fd(tls_.get(), socket_.get()) == 1 &&
      (is_address(server.host) ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_.get()), server.host.c_str()) == 1
                               : SSL_set_tlsext_host_name(tls_.get(), server.host.c_str()) == 1 &&
                                     SSL_set1_host(tls_.get(), server.host.c_str()) == 1);
  if (!named) return tls_failed("audit.syslog.server", nullptr);
  return carry_through("the handshake", [this] { return SSL_connect(tls_.get()); });
}

template <typename Step>
Status SyslogLink::carry_through(const char* what, const Step& step) {
  for (;;) {
    ERR_clear_error();
    const int done = step();
    if (done > 0) return absl::OkStatus();
    const int error = SSL_get_error(tls_.get(), done);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return tls_failed(what, tls_.get());
    if (Status status = wait_for(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, what); !status.ok()) return status;
  }
}

Status SyslogLink::wait_for(short events, const char* what) const {
  std::array<pollfd, 2> waits{
      {{.fd = socket_.get(), .events = events, .revents = 0}, {.fd = stop_, .events = POLLIN, .revents = 0}}};
  int ready = 0;
  do ready = ::poll(waits.data(), waits.size(), kWaitMs);
  while (ready < 0 && errno == EINTR);
  if (waits[1].revents != 0) return unavailable("stopped");
  return ready > 0 ? absl::OkStatus() : unavailable(fmt::format("{}: the server does not answer", what));
}

Status SyslogLink::send(const std::string& octets) {
  size_t sent = 0;
  while (sent < octets.size()) {
    size_t now = 0;
    const Status status = carry_through(
        "sending", [&] { return SSL_write_ex(tls_.get(), octets.data() + sent, octets.size() - sent, &now); });
    if (!status.ok()) return status;
    sent += now;
  }
  return absl::OkStatus();
}

Status SyslogLink::settle() {
  for (int waited = 0; waited < kWaitMs; waited += kSettlePollMs) {
    if (Status status = look(); !status.ok()) return status;
    int unacknowledged = 0;
    if (::ioctl(socket_.get(), SIOCOUTQ, &unacknowledged) != 0) return unavailable(std::strerror(errno));
    if (unacknowledged == 0) return absl::OkStatus();
    pollfd wait{.fd = stop_, .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, kSettlePollMs) > 0) return unavailable("stopped");
  }
  return unavailable("the server takes nothing");
}

// A syslog server says nothing: what can be read are TLS' own messages, or its end.
Status SyslogLink::look() {
  std::array<char, 256> nothing{};
  ERR_clear_error();
  const int got = SSL_read(tls_.get(), nothing.data(), static_cast<int>(nothing.size()));
  if (got > 0) return absl::OkStatus();
  const int error = SSL_get_error(tls_.get(), got);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return absl::OkStatus();
  return tls_failed("the connection", tls_.get());
}

}  // namespace lictor::control

#include "encoders/handover/tcp_transport.h"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace lictor {
namespace {

Status failed(const char* what, int error) {
  return absl::UnavailableError(fmt::format("{}: {}", what, std::strerror(error)));
}

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

bool set_option(int socket, int level, int name, uint32_t value) {
  return setsockopt(socket, level, name, &value, sizeof value) == 0;
}

bool set_options(int socket, const TcpPlan& plan) {
  // The handover gathers records itself; Nagle would only hold the last one back until an acknowledgement.
  return set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1) && set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1) &&
         set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, plan.keepalive_idle_s) &&
         set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, plan.keepalive_interval_s) &&
         set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, plan.keepalive_probes) &&
         (plan.send_buffer_bytes == 0 || set_option(socket, SOL_SOCKET, SO_SNDBUF, plan.send_buffer_bytes)) &&
         (plan.receive_buffer_bytes == 0 || set_option(socket, SOL_SOCKET, SO_RCVBUF, plan.receive_buffer_bytes));
}

Status bind_source(int socket, const std::string& text, sa_family_t family) {
  if (text.empty()) return absl::OkStatus();
  const Result<SocketAddress> source = source_address(text);
  if (!source.ok()) return source.status();
  if (source->storage.ss_family != family) return absl::UnavailableError("the source address is of another family");
  // The port is chosen when it connects, so that one address is enough for many agencies; a kernel that does not know
  // that chooses now.
  set_option(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  if (bind(socket, reinterpret_cast<const sockaddr*>(&source->storage), source->length) != 0) {
    return failed("source address", errno);
  }
  return absl::OkStatus();
}

}  // namespace

Status TcpTransport::connect(const SocketAddress& peer) {
  close();
  socket_ = socket(peer.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return failed("socket", errno);
  if (!set_options(socket_, plan_)) {
    const Status status = failed("socket options", errno);
    close();
    return status;
  }
  if (Status status = bind_source(socket_, plan_.source_address, peer.storage.ss_family); !status.ok()) {
    close();
    return status;
  }
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&peer.storage), peer.length) != 0 && errno != EINPROGRESS) {
    const Status status = failed("connect", errno);
    close();
    return status;
  }
  connecting_ = true;
  return absl::OkStatus();
}

Result<bool> TcpTransport::finish_connect() {
  pollfd waiting{.fd = socket_, .events = POLLOUT, .revents = 0};
  if (poll(&waiting, 1, 0) == 0) return false;
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = errno;
  if (error != 0) return failed("connect", error);
  connecting_ = false;
  return true;
}

Result<size_t> TcpTransport::send(Bytes bytes) {
  const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && !would_block(errno)) return failed("send", errno);
  full_ = sent < static_cast<ssize_t>(bytes.size());
  return sent < 0 ? 0 : static_cast<size_t>(sent);
}

Result<size_t> TcpTransport::receive(MutableBytes room) {
  const ssize_t received = recv(socket_, room.data(), room.size(), MSG_DONTWAIT);
  if (received == 0) return absl::OutOfRangeError("the peer closed the connection");
  if (received > 0) return static_cast<size_t>(received);
  if (would_block(errno)) return size_t{0};
  return failed("receive", errno);
}

Result<size_t> TcpTransport::unacknowledged() {
  int bytes = 0;
  if (ioctl(socket_, SIOCOUTQ, &bytes) != 0) return failed("SIOCOUTQ", errno);
  return static_cast<size_t>(bytes);
}

void TcpTransport::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  connecting_ = full_ = false;
}

}  // namespace lictor

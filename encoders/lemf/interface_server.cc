#include "encoders/lemf/interface_server.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <vector>

#include "encoders/lemf/receiver.h"

namespace lictor::lemf {
namespace {

void watch(int epoll, int operation, int fd, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  // It fails for want of kernel memory only; the connection is then idle until the sender gives it up.
  ::epoll_ctl(epoll, operation, fd, &event);
}

}  // namespace

InterfaceServer::InterfaceServer(Listener listener, Intake& intake, const Pace& pace, OptionManners manners, int epoll,
                                 SSL_CTX* tls)
    : listener_(std::move(listener)),
      intake_(intake),
      pacer_(pace),
      manners_(manners),
      epoll_(epoll),
      tls_(tls),
      watched_(!pacer_.throttling()) {
  watch(epoll_, EPOLL_CTL_ADD, listener_.socket.get(), EPOLLIN);
}

void InterfaceServer::ready(int fd, uint32_t events) {
  if (fd == listener_.socket.get()) return accept_all();
  Connection& connection = connections_.at(fd);
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return settle(fd, connection.send());
  ConnectionState state = connection.read(Connection::kChunkBytes).state;
  while (state == ConnectionState::kOpen && connection.holds_octets()) {
    state = connection.read(Connection::kChunkBytes).state;
  }
  settle(fd, state);
}

void InterfaceServer::accept_all() {
  while (true) {
    UniqueFd socket(::accept4(listener_.socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.valid()) return;
    InterfaceCounts& counts = intake_.account().counts();
    if (connections_.size() == Receiver::kConnectionsMax) {
      ++counts.refused;
      continue;
    }
    ++counts.connections;
    const int fd = socket.get();
    connections_.try_emplace(fd, Channel(std::move(socket), tls_), intake_, manners_);
    if (watched_) watch(epoll_, EPOLL_CTL_ADD, fd, EPOLLIN);
  }
}

void InterfaceServer::settle(int fd, ConnectionState state) {
  const auto found = connections_.find(fd);
  if (state == ConnectionState::kClosed) {
    connections_.erase(found);  // closing takes it out of epoll
    return;
  }
  if (watched_) watch(epoll_, EPOLL_CTL_MOD, fd, found->second.wants_to_send() ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void InterfaceServer::tick(SocketTime now) {
  const size_t allowance = pacer_.allowance(now);
  // Shared equally, so that no connection starves; what one leaves is there at the next tick.
  const size_t share = connections_.empty() ? 0 : allowance / connections_.size();
  if (share > 0) {
    std::vector<int> open;
    for (const auto& [fd, connection] : connections_) open.push_back(fd);
    for (const int fd : open) {
      const Connection::Read read = connections_.at(fd).read(share);
      pacer_.took(read.octets);
      settle(fd, read.state);
    }
  }
  if (!pacer_.throttling()) watch_all();
}

void InterfaceServer::watch_all() {
  watched_ = true;
  for (const auto& [fd, connection] : connections_) watch(epoll_, EPOLL_CTL_ADD, fd, EPOLLIN);
}

size_t InterfaceServer::drain() {
  accept_all();
  std::vector<int> open;
  for (const auto& [fd, connection] : connections_) open.push_back(fd);
  size_t octets = 0;
  for (const int fd : open) {
    const Connection::Read read = connections_.at(fd).read(Connection::kChunkBytes);
    octets += read.octets;
    settle(fd, read.state);
  }
  return octets;
}

}  // namespace lictor::lemf

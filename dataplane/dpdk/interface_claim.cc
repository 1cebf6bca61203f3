#include "dataplane/dpdk/interface_claim.h"

#include <fmt/format.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

namespace lictor {
namespace {

struct Address {
  sockaddr_un name{};
  socklen_t bytes = 0;
};

// By index: an interface may be renamed.
Address address_of(unsigned index) {
  Address address;
  const std::string name = fmt::format("lictor/interface/{}", index);
  address.name.sun_family = AF_UNIX;
  std::ranges::copy(name, address.name.sun_path + 1);  // a zero in front: it is no file
  address.bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return address;
}

const sockaddr* generic(const Address& address) { return reinterpret_cast<const sockaddr*>(&address.name); }

// The process that listens there; 0 where nobody does any more, or it is of another PID namespace.
pid_t holder_of(const Address& address) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return 0;
  ucred peer{};
  socklen_t bytes = sizeof(peer);
  const bool known = connect(socket, generic(address), address.bytes) == 0 &&
                     getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) == 0;
  close(socket);
  return known ? peer.pid : 0;
}

}  // namespace

Result<InterfaceClaim> InterfaceClaim::make(const std::string& interface) {
  const unsigned index = if_nametoindex(interface.c_str());
  if (index == 0) return absl::NotFoundError(fmt::format("there is no interface {} here", interface));
  const Address address = address_of(index);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return absl::ErrnoToStatus(errno, "no socket to claim an interface by");
  // One waiting connection is room enough: they are made to be asked whose they are, and closed.
  if (bind(socket, generic(address), address.bytes) == 0 && listen(socket, 1) == 0) return InterfaceClaim(socket);
  const int code = errno;
  close(socket);
  if (code != EADDRINUSE) return absl::ErrnoToStatus(code, fmt::format("interface {} cannot be claimed", interface));
  const pid_t holder = holder_of(address);
  if (holder == getpid()) return InterfaceClaim(-1);
  return absl::FailedPreconditionError(fmt::format("interface {} is taken by another dataplane{}", interface,
                                                   holder == 0 ? std::string() : fmt::format(", process {}", holder)));
}

InterfaceClaim::~InterfaceClaim() {
  if (socket_ >= 0) close(socket_);
}

}  // namespace lictor

#include "dataplane/dpdk/interface_claim.h"

#include <fmt/format.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <map>

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

class InterfaceClaim::Socket {
 public:
  explicit Socket(int socket) : socket_(socket) {}
  ~Socket() { close(socket_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  // A process that was forked off has the socket too, but not the interface.
  [[nodiscard]] bool is_of_this_process() const { return process_ == getpid(); }

 private:
  const int socket_;
  const pid_t process_ = getpid();
};

Result<InterfaceClaim> InterfaceClaim::make(const std::string& interface) {
  const unsigned index = if_nametoindex(interface.c_str());
  if (index == 0) return absl::NotFoundError(fmt::format("there is no interface {} here", interface));
  // Own claims are known here and never asked for by connecting: nobody accepts, so what this process had in the queue
  // would stay there. By index; the process stays in its network namespace.
  static std::map<unsigned, std::weak_ptr<const Socket>> own;
  std::weak_ptr<const Socket>& known = own[index];
  if (std::shared_ptr<const Socket> held = known.lock(); held != nullptr && held->is_of_this_process())
    return InterfaceClaim(std::move(held));
  const Address address = address_of(index);
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return absl::ErrnoToStatus(errno, "no socket to claim an interface by");
  auto socket = std::make_shared<const Socket>(descriptor);
  // Who asks whose it is stays in the queue, closed or not: the kernel's longest one (net.core.somaxconn) names the
  // process to that many. Those behind are refused all the same.
  if (bind(descriptor, generic(address), address.bytes) == 0 && listen(descriptor, SOMAXCONN) == 0) {
    known = socket;
    return InterfaceClaim(std::move(socket));
  }
  const int code = errno;
  if (code != EADDRINUSE) return absl::ErrnoToStatus(code, fmt::format("interface {} cannot be claimed", interface));
  const pid_t holder = holder_of(address);
  return absl::FailedPreconditionError(fmt::format("interface {} is taken by another dataplane{}", interface,
                                                   holder == 0 ? std::string() : fmt::format(", process {}", holder)));
}

}  // namespace lictor

#include "encoders/lemf/listener.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

namespace lictor::lemf {
namespace {

constexpr int kBacklog = 64;

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Result<Addresses> resolve(const std::string& endpoint) {
  const size_t colon = endpoint.rfind(':');
  if (colon == std::string::npos) return absl::InvalidArgumentError(fmt::format("{} is not ADDRESS:PORT", endpoint));
  // getaddrinfo would take a port's lower 16 bits.
  uint16_t port = 0;
  const char* const end = endpoint.data() + endpoint.size();
  const auto [behind, fault] = std::from_chars(endpoint.data() + colon + 1, end, port);
  if (fault != std::errc() || behind != end)
    return absl::InvalidArgumentError(fmt::format("{} has no port from 0 to 65535", endpoint));
  std::string host = endpoint.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.empty() ? nullptr : host.c_str(), endpoint.c_str() + colon + 1, &hints, &found);
  if (error != 0) return absl::InvalidArgumentError(fmt::format("{}: {}", endpoint, ::gai_strerror(error)));
  return Addresses(found, &::freeaddrinfo);
}

uint16_t port_of(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port
                                             : reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

}  // namespace

Result<Listener> listen_at(const std::string& endpoint, int receive_buffer) {
  const Result<Addresses> addresses = resolve(endpoint);
  if (!addresses.ok()) return addresses.status();
  const addrinfo& address = **addresses;
  UniqueFd socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  const bool listening =
      socket.valid() && ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
      // Before listen: the window that is offered when a connection opens follows from it.
      (receive_buffer == 0 ||
       ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer)) == 0) &&
      ::bind(socket.get(), address.ai_addr, address.ai_addrlen) == 0 && ::listen(socket.get(), kBacklog) == 0;
  if (!listening) return absl::UnavailableError(fmt::format("cannot listen at {}: {}", endpoint, std::strerror(errno)));
  const uint16_t port = port_of(socket.get());
  return Listener{.socket = std::move(socket), .port = port};
}

}  // namespace lictor::lemf

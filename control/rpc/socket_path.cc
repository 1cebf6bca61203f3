// Finds out whether somebody still listens on a Unix socket, by connecting to it.
#include "control/rpc/socket_path.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace lictor::control {
namespace {

enum class Peer { kAnswers, kDead, kUnknown };

Peer probe(const sockaddr_un& address) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return Peer::kUnknown;
  const int outcome = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::close(socket);
  if (outcome == 0 || error == EAGAIN) return Peer::kAnswers;  // EAGAIN: alive, its queue is full
  return error == ECONNREFUSED ? Peer::kDead : Peer::kUnknown;
}

// gRPC would only print a trace of its own.
Status check_folder(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return absl::OkStatus();
  const std::string folder = path.substr(0, std::max<size_t>(slash, 1));
  if (::access(folder.c_str(), W_OK | X_OK) == 0) return absl::OkStatus();
  return absl::UnavailableError(
      fmt::format("listen.socket: cannot write into the folder {}: {}", folder, std::strerror(errno)));
}

}  // namespace

Status clear_socket_path(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return absl::InvalidArgumentError(
        fmt::format("listen.socket: must be 1 to {} octets long", sizeof address.sun_path - 1));
  path.copy(address.sun_path, path.size());
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) {
    if (errno == ENOENT) return check_folder(path);
    return absl::UnavailableError(fmt::format("listen.socket: cannot look at {}: {}", path, std::strerror(errno)));
  }
  if (!S_ISSOCK(facts.st_mode))
    return absl::FailedPreconditionError(fmt::format("listen.socket: {} exists and is no socket", path));
  switch (probe(address)) {
    case Peer::kAnswers:
      return absl::AlreadyExistsError(fmt::format("listen.socket: another lictord answers at {}", path));
    case Peer::kUnknown:
      return absl::UnavailableError(fmt::format("listen.socket: cannot tell who uses {}", path));
    case Peer::kDead:
      break;
  }
  if (::unlink(path.c_str()) != 0)
    return absl::UnavailableError(
        fmt::format("listen.socket: cannot remove the dead {}: {}", path, std::strerror(errno)));
  return absl::OkStatus();
}

}  // namespace lictor::control

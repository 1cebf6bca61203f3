#include "perf/discard_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <vector>

namespace lictor::perf {
namespace {

constexpr int kPollMs = 50;  // how long the end may take to be noticed
constexpr size_t kReadBytes = size_t{1} << 20;

}  // namespace

Result<std::unique_ptr<DiscardServer>> DiscardServer::start() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (listener < 0 || bind(listener, any, length) != 0 || listen(listener, 8) != 0 ||
      getsockname(listener, any, &length) != 0) {
    const int error = errno;
    if (listener >= 0) close(listener);
    return absl::UnavailableError(fmt::format("no port on 127.0.0.1: {}", std::strerror(error)));
  }
  return std::unique_ptr<DiscardServer>(new DiscardServer(listener, ntohs(address.sin_port)));
}

DiscardServer::DiscardServer(int listener, uint16_t port)
    : listener_(listener), port_(port), thread_([this] { run(); }) {}

DiscardServer::~DiscardServer() {
  stop_.store(true, std::memory_order_relaxed);
  thread_.join();
  close(listener_);
}

double DiscardServer::cpu_s() {
  clockid_t clock{};
  timespec time{};
  if (pthread_getcpuclockid(thread_.native_handle(), &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void DiscardServer::run() noexcept {
  std::vector<pollfd> waited = {{.fd = listener_, .events = POLLIN, .revents = 0}};
  std::vector<char> room(kReadBytes);
  while (!stop_.load(std::memory_order_relaxed)) {
    if (poll(waited.data(), waited.size(), kPollMs) <= 0) continue;
    for (size_t i = waited.size() - 1; i > 0; --i) {
      // MSG_TRUNC: the octets are not even copied out of the kernel.
      if (waited[i].revents == 0 || recv(waited[i].fd, room.data(), room.size(), MSG_TRUNC | MSG_DONTWAIT) > 0)
        continue;
      close(waited[i].fd);
      waited.erase(waited.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (waited[0].revents == 0) continue;
    const int accepted = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted >= 0) waited.push_back({.fd = accepted, .events = POLLIN, .revents = 0});
  }
  for (size_t i = 1; i < waited.size(); ++i) close(waited[i].fd);
}

}  // namespace lictor::perf

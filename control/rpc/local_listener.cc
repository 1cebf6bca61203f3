#include "control/rpc/local_listener.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <grpcpp/server_posix.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace lictor::control {
namespace {

constexpr int kWaitingMax = 128;  // connections that the kernel keeps until they are accepted
constexpr int kNumberFirst = 1024;
constexpr int kNumbersWanted = 65536;
constexpr int kNumbersMin = 256;
constexpr int kFullPauseMs = 100;  // when there is no descriptor for a connection
constexpr size_t kGroupBytesMax = 65536;
constexpr std::string_view kPeer = "fd:";

// As many descriptors as the numbers want, where the hard limit allows them. Returns what lies behind the last one.
int raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kNumberFirst + kNumbersMin;
  const rlim_t wanted = std::min<rlim_t>(kNumberFirst + kNumbersWanted, limit.rlim_max);
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = wanted;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
  }
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur, kNumberFirst + kNumbersWanted));
}

Status unavailable(const char* what) {
  return absl::UnavailableError(fmt::format("listen.socket: {}: {}", what, std::strerror(errno)));
}

// Nothing: the socket stays its owner's.
Result<std::optional<gid_t>> find_group(const std::string& name) {
  if (name.empty()) return std::optional<gid_t>();
  std::vector<char> memory(kGroupBytesMax);
  group facts{};
  group* found = nullptr;
  if (::getgrnam_r(name.c_str(), &facts, memory.data(), memory.size(), &found) != 0 || found == nullptr)
    return absl::InvalidArgumentError("listen.group: there is no such group");
  return std::optional<gid_t>(found->gr_gid);
}

// The rights are there before the first who could connect: listen() comes last.
Status bind_private(int socket, const std::string& path, const std::optional<gid_t>& group) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return unavailable("cannot bind");
  if (::chmod(path.c_str(), group ? 0660 : 0600) != 0) return unavailable("cannot set its mode");
  if (group && ::chown(path.c_str(), static_cast<uid_t>(-1), *group) != 0)
    return unavailable("cannot give it to listen.group");
  return ::listen(socket, kWaitingMax) == 0 ? absl::OkStatus() : unavailable("cannot listen");
}

}  // namespace

Result<std::unique_ptr<LocalListener>> LocalListener::open(const std::string& path, const std::string& group,
                                                           People people) {
  const Result<std::optional<gid_t>> gid = find_group(group);
  if (!gid.ok()) return gid.status();
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return unavailable("cannot make a socket");
  UniqueFd stop(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop.valid()) return unavailable("cannot make an event");
  if (Status status = bind_private(socket.get(), path, *gid); !status.ok()) return status;
  std::unique_ptr<LocalListener> listener(
      new LocalListener(std::move(socket), std::move(stop), path, std::move(people)));
  if (listener->number_max_ < kNumberFirst + kNumbersMin)
    return absl::UnavailableError(
        fmt::format("listen.socket: needs a limit of {} open files", kNumberFirst + kNumbersMin));
  return listener;
}

LocalListener::LocalListener(UniqueFd socket, UniqueFd stop, std::string path, People people)
    : socket_(std::move(socket)),
      stop_(std::move(stop)),
      path_(std::move(path)),
      people_(std::move(people)),
      number_max_(raise_descriptor_limit()),
      next_(kNumberFirst) {}

void LocalListener::serve(grpc::Server& server) {
  server_ = &server;
  thread_ = std::thread([this] { run_accept_loop(); });
}

void LocalListener::stop() {
  if (thread_.joinable()) {
    const uint64_t one = 1;
    if (::write(stop_.get(), &one, sizeof one) < 0) spdlog::error("listen.socket: cannot be stopped");
    thread_.join();
  }
  if (server_ != nullptr) ::unlink(path_.c_str());
  server_ = nullptr;
}

void LocalListener::run_accept_loop() noexcept {
  std::array<pollfd, 2> waits{
      {{.fd = socket_.get(), .events = POLLIN, .revents = 0}, {.fd = stop_.get(), .events = POLLIN, .revents = 0}}};
  while (true) {
    if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return;
    if (waits[1].revents != 0) return;
    const UniqueFd connection(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection.valid()) {
      take(connection);
    } else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
      ::poll(&waits[1], 1, kFullPauseMs);  // it stays readable: do not spin
    }
  }
}

void LocalListener::take(const UniqueFd& connection) {
  ucred peer{};
  socklen_t size = sizeof peer;
  const bool known =
      ::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && people_.contains(peer.uid);
  if (!known) {
    spdlog::warn("listen.socket: uid {} is nobody here, hung up; {} so far", peer.uid, ++refused_);
    if (refused_call_) refused_call_(peer.uid);
    return;
  }
  const int number = renumber(connection);
  if (number < 0) {
    spdlog::error("listen.socket: no descriptor is free for a connection of uid {}", peer.uid);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    uids_[number] = peer.uid;
  }
  grpc::AddInsecureChannelFromFd(server_, number);  // which closes it
}

int LocalListener::renumber(const UniqueFd& connection) {
  for (int turn = 0; turn < 2; ++turn) {
    const int number = ::fcntl(connection.get(), F_DUPFD_CLOEXEC, next_);
    if (number >= 0 && number < number_max_ - 1) {
      next_ = number + 1;
      return number;
    }
    if (number >= 0) ::close(number);
    next_ = kNumberFirst;
  }
  return -1;
}

std::optional<Identity> LocalListener::identity_of(std::string_view peer) const {
  if (!peer.starts_with(kPeer)) return std::nullopt;
  peer.remove_prefix(kPeer.size());
  int number = -1;
  const auto [end, error] = std::from_chars(peer.data(), peer.data() + peer.size(), number);
  if (error != std::errc() || end != peer.data() + peer.size()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto uid = uids_.find(number);
  if (uid == uids_.end()) return std::nullopt;
  const auto found = people_.find(uid->second);
  return found == people_.end() ? std::nullopt : std::optional<Identity>(found->second);
}

}  // namespace lictor::control

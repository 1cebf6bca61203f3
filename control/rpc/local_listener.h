// The Unix socket. gRPC does not say who is at the other end of one, so the connections are accepted here, the kernel
// is asked for the peer's uid, and those who are listed are handed over; the others are hung up on. A call's peer is
// then "fd:N", and N tells whose call it is: numbers come round only after as many connections as
// the hard limit of descriptors has room for (65,536 at most, 256 at least), so that no call of a connection that has
// ended is taken for one of whoever comes next.
//
// Opened, served and stopped by main's thread; identity_of on any.
#pragma once

#include <grpcpp/grpcpp.h>
#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "control/access/identity.h"
#include "dataplane/base/unique_fd.h"

namespace lictor::control {

class LocalListener {
 public:
  using People = std::map<uid_t, Identity>;

  // Listens at `path` (see clear_socket_path) with mode 0600; where `group` is named, 0660 for it. Nobody is answered
  // yet. InvalidArgument: there is no such group; Unavailable: cannot listen.
  static Result<std::unique_ptr<LocalListener>> open(const std::string& path, const std::string& group, People people);
  ~LocalListener() { stop(); }
  LocalListener(const LocalListener&) = delete;
  LocalListener& operator=(const LocalListener&) = delete;

  // Who is hung up on; before serve().
  void on_refused(std::function<void(uid_t)> call) { refused_call_ = std::move(call); }
  // From now on connections go to `server`, which outlives stop().
  void serve(grpc::Server& server);
  void stop();

  // `peer` as a call's context says it. Nothing: it is not one of ours.
  [[nodiscard]] std::optional<Identity> identity_of(std::string_view peer) const;

 private:
  LocalListener(UniqueFd socket, UniqueFd stop, std::string path, People people);
  void run_accept_loop() noexcept;
  void take(const UniqueFd& connection);
  // The same connection under the next number; negative: none is free.
  int renumber(const UniqueFd& connection);

  const UniqueFd socket_;
  const UniqueFd stop_;  // an event
  const std::string path_;
  const People people_;
  const int number_max_;
  grpc::Server* server_ = nullptr;
  std::thread thread_;
  int next_;              // of the accepting thread
  uint64_t refused_ = 0;  // of the accepting thread
  std::function<void(uid_t)> refused_call_;
  mutable std::mutex mutex_;  // guards what follows
  std::unordered_map<int, uid_t> uids_;
};

}  // namespace lictor::control

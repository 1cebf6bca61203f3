// Says to every other dataplane that an interface of the kernel is taken. A driver that attaches a program to it
// (net_af_xdp) takes that of another process away when it fails, so who comes second has to hear it before it tries.
// Main thread.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "dataplane/base/result.h"

namespace lictor {

// Held by a socket in the abstract name space of UNIX sockets. Each network namespace has its own, as it has its own
// interfaces, whatever files a process sees; the kernel lets go of it when the process has ended, however it did.
class InterfaceClaim {
 public:
  // NotFound where there is no such interface; FailedPrecondition, with the process that has it, where it is taken by
  // another. The claims of one process on one interface share what holds it: it is free when the last of them is gone.
  static Result<InterfaceClaim> make(const std::string& interface);

 private:
  class Socket;
  explicit InterfaceClaim(std::shared_ptr<const Socket> socket) : socket_(std::move(socket)) {}

  std::shared_ptr<const Socket> socket_;
};

}  // namespace lictor
